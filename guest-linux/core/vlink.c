// SPDX-License-Identifier: GPL-2.0-only
/* vlinks, and what is allocated on them. */
#include <linux/io.h>
#include <linux/string.h>
#include "core.h"

NkPhAddr nk_core_vlink_lookup(const char *name, NkPhAddr plink)
{
	struct bounce b;
	NkPhAddr link;
	size_t len;

	if (!name)
		return nk_hcall2(NK_HC_VLINK_LOOKUP, 0, plink);
	len = strnlen(name, NK_DEV_VLINK_NAME_LIMIT);
	if (len == NK_DEV_VLINK_NAME_LIMIT)
		return 0;
	bounce_get(&b, NK_DEV_VLINK_NAME_LIMIT);
	memcpy(b.buf, name, len + 1);
	link = nk_hcall2(NK_HC_VLINK_LOOKUP, bounce_ipa(&b), plink);
	bounce_put(&b);
	return link;
}

/* A chunk that cannot be mapped is of no use; it is there still for who tries again. */
NkPhAddr nk_core_pdev_alloc(NkPhAddr vlink, NkResourceId id, NkPhSize size)
{
	NkPhAddr chunk = nk_hcall3(NK_HC_PDEV_ALLOC, vlink, id, size);

	return chunk && !pdev_map(chunk, size) ? chunk : 0;
}

NkPhAddr nk_core_pmem_alloc(NkPhAddr vlink, NkResourceId id, NkPhSize size)
{
	return nk_hcall3(NK_HC_PMEM_ALLOC, vlink, id, size);
}

NkXIrq nk_core_pxirq_alloc(NkPhAddr vlink, NkResourceId id, NkOsId osid, int nb)
{
	return nb > 0 ? nk_hcall(NK_HC_PXIRQ_ALLOC, vlink, id, osid, nb) : 0;
}

void *nk_core_mem_map(NkPhAddr paddr, NkPhSize size)
{
	return size ? memremap(paddr, size, MEMREMAP_WB) : NULL;
}

void nk_core_mem_unmap(void *vaddr, NkPhAddr paddr, NkPhSize size)
{
	if (vaddr)
		memunmap(vaddr);
}

// SPDX-License-Identifier: GPL-2.0-only
/* vlinks, and what is allocated on them. */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
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

NkPhAddr nk_core_pdev_alloc(NkPhAddr vlink, NkResourceId id, NkPhSize size)
{
	NkPhAddr got = nk_hcall3(NK_HC_PDEV_ALLOC, vlink, id, size);

	vdevs_note(VDEV_PDEV, vlink, id, 0, size, got);
	return got;
}

NkPhAddr nk_core_pmem_alloc(NkPhAddr vlink, NkResourceId id, NkPhSize size)
{
	NkPhAddr got = nk_hcall3(NK_HC_PMEM_ALLOC, vlink, id, size);

	vdevs_note(VDEV_PMEM, vlink, id, 0, size, got);
	return got;
}

NkXIrq nk_core_pxirq_alloc(NkPhAddr vlink, NkResourceId id, NkOsId osid, int nb)
{
	NkXIrq got = nb > 0 ? nk_hcall(NK_HC_PXIRQ_ALLOC, vlink, id, osid, nb) : 0;

	vdevs_note(VDEV_PXIRQ, vlink, id, osid, nb, got);
	return got;
}

/* What is not this VM's would be mapped too, and fault when it is touched. */
void *nk_core_mem_map(NkPhAddr paddr, NkPhSize size)
{
	if (!size || nk_mem_extent(paddr, size, false) != size)
		return NULL;
	/* Of RAM and what is beside it memremap() makes no one piece, and warns. */
	if (region_intersects(paddr, size, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) == REGION_MIXED)
		return NULL;
	return memremap(paddr, size, MEMREMAP_WB);
}

void nk_core_mem_unmap(void *vaddr, NkPhAddr paddr, NkPhSize size)
{
	if (vaddr)
		memunmap(vaddr);
}

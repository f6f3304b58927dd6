// SPDX-License-Identifier: GPL-2.0-only
/* Grants: pages that the peer of a link may use, on either side. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "core.h"

/* One call's worth, by way of memory that nk can be told of. Returns how many pages it was done for. */
static unsigned int move_batch(u32 nr, NkPhAddr plink, NkPhAddr *list, unsigned int n, int write)
{
	size_t size = n * sizeof(*list);
	unsigned int done = 0;
	struct bounce b;

	bounce_get(&b, size);
	if (b.buf) {
		memcpy(b.buf, list, size);
		done = nk_hcall(nr, plink, bounce_ipa(&b), n, write);
		if (nr == NK_HC_GRANT)
			memcpy(list, b.buf, size);
	}
	bounce_put(&b);
	return min(done, n);
}

static unsigned int move_pages(u32 nr, NkPhAddr plink, NkPhAddr *list, unsigned int n, int write)
{
	unsigned int done = 0, part, moved;

	do {
		part = min_t(unsigned int, n - done, NK_GRANT_CALL);
		moved = part ? move_batch(nr, plink, list + done, part, write) : 0;
		done += moved;
	} while (moved && moved == part);
	return done;
}

unsigned int nk_grant(NkPhAddr plink, NkPhAddr *pages, unsigned int n, int write)
{
	return move_pages(NK_HC_GRANT, plink, pages, n, write ? NK_GRANT_WRITE : NK_GRANT_READ);
}
EXPORT_SYMBOL(nk_grant);

unsigned int nk_revoke(NkPhAddr plink, const NkPhAddr *addresses, unsigned int n)
{
	return move_pages(NK_HC_REVOKE, plink, (NkPhAddr *)addresses, n, 0);
}
EXPORT_SYMBOL(nk_revoke);

NkPhAddr nk_grant_next(NkPhAddr plink, unsigned int whose, NkPhAddr after, NkPhAddr *page)
{
	NkPhAddr found = 0;
	struct bounce b;

	if (!page)
		return nk_hcall(NK_HC_GRANT_NEXT, plink, whose, after, 0);
	bounce_get(&b, sizeof(*page));
	if (b.buf) {
		found = nk_hcall(NK_HC_GRANT_NEXT, plink, whose, after, bounce_ipa(&b));
		memcpy(page, b.buf, sizeof(*page));
	}
	bounce_put(&b);
	return found;
}
EXPORT_SYMBOL(nk_grant_next);

NkPhAddr nk_grant_window(NkPhAddr plink, unsigned int whose, NkPhAddr *pages)
{
	return nk_grant_next(plink, whose | NK_GRANT_WINDOW, 0, pages);
}
EXPORT_SYMBOL(nk_grant_window);

static int use(u32 nr, NkPhAddr plink, NkPhAddr address, NkPhSize size, int write)
{
	return nk_hcall(nr, plink, address, size, !!write) ? -EACCES : 0;
}

int nk_vm_mem_verify(NkPhAddr plink, NkPhAddr address, NkPhSize size, int write)
{
	return use(NK_HC_VM_MEM_VERIFY, plink, address, size, write);
}
EXPORT_SYMBOL(nk_vm_mem_verify);

int nk_vm_mem_verify_and_lock(NkPhAddr plink, NkPhAddr address, NkPhSize size, int write)
{
	return use(NK_HC_VM_MEM_VERIFY_AND_LOCK, plink, address, size, write);
}
EXPORT_SYMBOL(nk_vm_mem_verify_and_lock);

int nk_vm_mem_unlock(NkPhAddr plink, NkPhAddr address, NkPhSize size)
{
	return use(NK_HC_VM_MEM_UNLOCK, plink, address, size, 0);
}
EXPORT_SYMBOL(nk_vm_mem_unlock);

// SPDX-License-Identifier: GPL-2.0-only
/* Memory ballooning: control calls, and what there is to know about the balloon's pages. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/string.h>
#include "core.h"

static nku32_f ask(int op)
{
	return nk_hcall1(NK_HC_BALLOON_CTRL, op);
}

/* One call's worth. Returns how many frames moved. */
static nku32_f move_batch(int op, nku32_f *pfns, nku32_f count)
{
	size_t size = count * sizeof(*pfns);
	struct bounce b;
	nku32_f moved;

	bounce_get(&b, size);
	memcpy(b.buf, pfns, size);
	moved = nk_hcall3(NK_HC_BALLOON_CTRL, op, bounce_ipa(&b), count);
	if (op == NK_BALLOON_ALLOC)
		memcpy(pfns, b.buf, size);
	bounce_put(&b);
	return min(moved, count);
}

/*
 * A batch that is not done whole means that the pool is empty, or that some of the frames are not
 * ours to free: those behind them may be.
 */
static nku32_f move_pages(int op, nku32_f *pfns, nku32_f count)
{
	nku32_f done = 0;

	for (nku32_f i = 0; i < count; i += NK_BALLOON_BATCH) {
		nku32_f part = min_t(nku32_f, count - i, NK_BALLOON_BATCH);
		nku32_f moved = move_batch(op, pfns + i, part);

		done += moved;
		if (op == NK_BALLOON_ALLOC && moved < part)
			break;
	}
	return done;
}

nku32_f nk_core_balloon_ctrl(int op, nku32_f *pfns, nku32_f count)
{
	if (op != NK_BALLOON_ALLOC && op != NK_BALLOON_FREE)
		return ask(op);
	return pfns ? move_pages(op, pfns, count) : 0;
}

unsigned long nk_core_grand_totalram_pages(void)
{
	struct device_node *node = NULL;
	unsigned long pages = 0;
	struct resource res;

	while ((node = of_find_node_by_type(node, "memory")))
		for (int i = 0; !of_address_to_resource(node, i, &res); i++)
			pages += resource_size(&res) >> PAGE_SHIFT;
	return pages;
}

static unsigned long balloon_pages(void)
{
	if (ask(NK_BALLOON_STATUS) != NK_BALLOON_ENABLED)
		return 0;
	return ask(NK_BALLOON_RGN_SIZE) >> (PAGE_SHIFT - NK_BALLOON_PFN_SHIFT);
}

static bool is_host(void)
{
	return ask(NK_BALLOON_HOST) == nk_core_id_get();
}

unsigned long nk_core_balloon_their_pages(void)
{
	return is_host() ? 0 : balloon_pages();
}

unsigned long nk_core_balloon_our_pages(void)
{
	return is_host() ? balloon_pages() : 0;
}

int nk_core_is_balloon_page(unsigned long pfn)
{
	unsigned long base = ask(NK_BALLOON_RGN_BASE) >> (PAGE_SHIFT - NK_BALLOON_PFN_SHIFT);

	return pfn >= base && pfn - base < balloon_pages();
}

/* No balloon driver of ours waits for handshakes: nk tells of what it takes back by itself. */
void nk_core_balloon_sysconf(struct NkDevVlink *vlink)
{
}

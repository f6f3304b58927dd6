// SPDX-License-Identifier: GPL-2.0-only
/* What needs no link: ids, atomic operations, ballooning, what there is no more. */
#include <linux/bits.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/slab.h>
#include "test.h"

#define THREADS 2
#define TURNS 20000

static nku32_f shared_sum, shared_mask;
static atomic_t running;

static void test_ids(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "nk,hypervisor");
	u32 id = 0;

	of_property_read_u32(node, "vm-id", &id);
	of_node_put(node);
	ok(test_self >= 2 && test_self == id, "nk_id_get: %u, as in the tree", test_self);
	ok(nkops.nk_last_id_get() >= test_self && nkops.nk_last_id_get() < NK_OS_LIMIT,
	   "nk_last_id_get: %u", nkops.nk_last_id_get());
	ok(nkops.nk_running_ids_get() & BIT(test_self), "nk_running_ids_get: %#x",
	   nkops.nk_running_ids_get());
}

/* Each thread moves the sum up by 1 and has a bit of its own on and off. */
static int atomic_thread(void *cookie)
{
	nku32_f bit = nkops.nk_bit2mask((unsigned long)cookie);

	for (int i = 0; i < TURNS; i++) {
		nkops.nk_atomic_add(&shared_sum, 3);
		nkops.nk_atomic_sub(&shared_sum, 2);
		nkops.nk_atomic_set(&shared_mask, bit);
		nkops.nk_atomic_clear(&shared_mask, bit);
		nkops.nk_atomic_set(&shared_mask, bit);
		cond_resched();
	}
	atomic_dec(&running);
	return 0;
}

static void test_race(void)
{
	atomic_set(&running, THREADS);
	for (unsigned long i = 0; i < THREADS; i++)
		if (IS_ERR(kthread_run(atomic_thread, (void *)i, "nkops-test/%lu", i)))
			atomic_dec(&running);
	wait_until(!atomic_read(&running));
	ok(shared_sum == THREADS * TURNS, "nk_atomic_add, nk_atomic_sub: %u by %u threads",
	   shared_sum, THREADS);
	ok(shared_mask == BIT(THREADS) - 1, "nk_atomic_set, nk_atomic_clear: %#x", shared_mask);
}

static void test_atomics(void)
{
	nku32_f word = 0xf0;

	ok(nkops.nk_bit2mask(0) == 1 && nkops.nk_bit2mask(31) == BIT(31), "nk_bit2mask");
	ok(nkops.nk_mask2bit(1) == 0 && nkops.nk_mask2bit(0x80000010) == 4 &&
		   nkops.nk_mask2bit(BIT(31)) == 31,
	   "nk_mask2bit: bit 0 comes first");
	ok(nkops.nk_clear_and_test(&word, 0x70) && word == 0x80,
	   "nk_clear_and_test: some are left");
	ok(!nkops.nk_clear_and_test(&word, 0xff) && !word, "nk_clear_and_test: none is left");
	word = 3;
	ok(nkops.nk_sub_and_test(&word, 2) && word == 1, "nk_sub_and_test: 1 is left");
	ok(!nkops.nk_sub_and_test(&word, 1) && !word, "nk_sub_and_test: 0 is left");
	test_race();
}

static void test_balloon(void)
{
	bool enabled = nkops.nk_balloon_ctrl(NK_BALLOON_STATUS, NULL, 0) == NK_BALLOON_ENABLED;
	unsigned long ours = nkops.nk_balloon_our_pages();
	unsigned long theirs = nkops.nk_balloon_their_pages();
	nku32_f pfn = 1;

	ok(enabled ? ours || theirs : !ours && !theirs,
	   "nk_balloon_our_pages, nk_balloon_their_pages: %lu, %lu", ours, theirs);
	ok(nkops.nk_balloon_ctrl(NK_BALLOON_FREE, &pfn, 1) == 0, "nk_balloon_ctrl: no page of it");
	ok(nkops.nk_balloon_ctrl(-1, NULL, 0) == 0, "nk_balloon_ctrl: no such operation");
	ok(!nkops.nk_is_balloon_page(page_to_pfn(virt_to_page(current))),
	   "nk_is_balloon_page: not where a thread is");
	ok(nkops.nk_grand_totalram_pages() >= totalram_pages(), "nk_grand_totalram_pages: %lu",
	   nkops.nk_grand_totalram_pages());
	nkops.nk_balloon_sysconf(NULL);
	ok(true, "nk_balloon_sysconf");
}

/* Frames of the region from first on, which the caller may hold or not. */
static void fill_frames(nku32_f *frames, nku32_f first, nku32_f nr)
{
	for (nku32_f i = 0; i < nr; i++)
		frames[i] = first + i;
}

/* Where this VM is the host of a balloon that it still has all of: calls of more than a batch. */
static void test_balloon_batches(void)
{
	nku32_f base = nkops.nk_balloon_ctrl(NK_BALLOON_RGN_BASE, NULL, 0);
	nku32_f nr = nkops.nk_balloon_our_pages();
	nku32_f *frames = kcalloc(nr + 1, sizeof(*frames), GFP_KERNEL);
	nku32_f own = min_t(nku32_f, nr, 600), got;

	if (!nr || !frames)
		goto out;
	fill_frames(frames + 1, base, own);
	frames[0] = base - 1;
	got = nkops.nk_balloon_ctrl(NK_BALLOON_FREE, frames, own + 1);
	ok(got == own, "nk_balloon_ctrl: FREE of a foreign frame and %u own ones: %u", own, got);
	fill_frames(frames, base, nr);
	got = nkops.nk_balloon_ctrl(NK_BALLOON_FREE, frames, nr);
	ok(got == nr - own, "nk_balloon_ctrl: FREE of the whole region, %u frames: %u", nr, got);
	ok(frames[nr - 1] == base + nr - 1, "nk_balloon_ctrl: FREE leaves the table as it is");
	got = nkops.nk_balloon_ctrl(NK_BALLOON_ALLOC, frames, nr + 1);
	ok(got == nr, "nk_balloon_ctrl: ALLOC of one more than there are: %u", got);
out:
	kfree(frames);
}

void test_basic(void)
{
	test_ids();
	test_atomics();
	test_balloon();
	test_balloon_batches();
	ok(nkops.nk_xirq_alloc(1) == 0, "nk_xirq_alloc: fails");
	ok(nkops.nk_xirq_attach_masked, "nk_xirq_attach_masked: is there");
	ok(!nkops.nk_tracer_fcalls_recorder(), "nk_tracer_fcalls_recorder: none");
}

// SPDX-License-Identifier: Apache-2.0
/* Devices whose driver grants pages to the back-end: what that has in each slot, and until when. */
#include "virtio_rig.h"

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "nk/grant.h"
#include "unit/s2_entry.h"

#define OF(name) VIRTIO_MMIO_##name
#define SLOTS 1024
#define NEEDED (BIT(32) | BIT(33))

static ipa_t here(void)
{
	struct nk_virtio_share share;

	assert_int_equal(virtio_shares(dev(GRANTED)), 1);
	assert_int_equal(virtio_share(dev(GRANTED), 1, &share), -1);
	assert_int_equal(virtio_share(dev(GRANTED), 0, &share), 0);
	assert_int_equal(share.driver, NK_VIRTIO_GRANTS_AT);
	assert_int_equal(share.size, SLOTS * PAGE_SIZE);
	return share.here;
}

/* What the back-end's VM has in a slot. */
static paddr_t in(u32 slot)
{
	u64 pte = s2_entry(&vm_of(4)->arch, here() + slot * PAGE_SIZE);

	assert_int_equal(pte & ~PTE_ADDR_MASK, S2_GRANT | PTE_PAGE);
	return pte & PTE_ADDR_MASK;
}

static paddr_t nobodys(void)
{
	return dev(GRANTED)->nobodys;
}

static u32 nr_granted(void)
{
	u32 n = 0;

	for (u32 slot = 0; slot < SLOTS; slot++)
		n += stage2_window_at(&dev(GRANTED)->window, slot) != nobodys();
	assert_int_equal(dev(GRANTED)->granted, n);
	return n;
}

static int give(u32 slot, ipa_t page, u32 n)
{
	return virtio_grant(dev(GRANTED), slot, page, n);
}

static u32 take(u32 slot, u32 n)
{
	return virtio_revoke(dev(GRANTED), slot, n);
}

static void test_where(void **state)
{
	assert_true(IS_ALIGNED(here(), GIB(1)) && here() >= GIB(4));
	assert_int_equal(virtio_window(dev(GRANTED)), SLOTS);
	assert_ptr_equal(virtio_had(vm_of(2), 0x0a006000), dev(GRANTED));
	assert_null(virtio_had(vm_of(4), 0x0a006000));
	assert_null(virtio_had(vm_of(2), 0x0a003000)); /* which shares all */
	assert_true(virtio_mapping_moves(&vm_of(4)->arch, here() + SLOTS * PAGE_SIZE - 1));
	assert_false(virtio_mapping_moves(&vm_of(4)->arch, here() + SLOTS * PAGE_SIZE));
	offered(GRANTED);
	for (u32 slot = 0; slot < SLOTS; slot += 341)
		assert_int_equal(in(slot), nobodys());
	assert_int_equal(s2_block(&vm_of(4)->arch, here() + SLOTS * PAGE_SIZE), 0);
	assert_int_equal(s2_block(&vm_of(3)->arch, here()), 0);
}

/* Through the end of a table, and from both pieces of RAM. */
static void test_gives(void **state)
{
	const paddr_t *ram = (paddr_t[]){vm_of(2)->ram[0].pa, vm_of(2)->ram[1].pa};

	offered(GRANTED);
	fake_pulses.charges = 0;
	assert_int_equal(give(500, OWN + PAGE_SIZE, 64), 0);
	assert_int_equal(give(SLOTS - 1, SECOND + SECOND_SIZE - PAGE_SIZE, 1), 0);
	assert_int_equal(fake_pulses.charges, 2);
	for (u32 i = 0; i < 64; i++)
		assert_int_equal(in(500 + i), ram[0] + (i + 1) * PAGE_SIZE);
	assert_int_equal(in(SLOTS - 1), ram[1] + SECOND_SIZE - PAGE_SIZE);
	assert_int_equal(in(499), nobodys());
	assert_int_equal(in(564), nobodys());
	assert_int_equal(nr_granted(), 65);
	fake_pulses.charges = 0;
	assert_int_equal(take(499, 2), 1);
	assert_int_equal(take(499, 2), 0);
	assert_int_equal(fake_pulses.charges, 1);
	assert_int_equal(in(500), nobodys());
	assert_int_equal(in(501), ram[0] + 2 * PAGE_SIZE);
	assert_int_equal(nr_granted(), 64);
}

static void test_refuses(void **state)
{
	static const struct {
		u32 slot;
		ipa_t page;
		u32 n;
	} wrong[] = {
		{0, OWN, 0},
		{0, OWN, NK_GRANT_BATCH + 1},
		{SLOTS, OWN, 1},
		{SLOTS - 1, OWN, 2},
		{~0U, OWN, 2},
		{7, OWN, 1},
		{4, OWN, 4},
		{0, OWN + 8, 1},
		{0, OWN - PAGE_SIZE, 1},
		{0, OWN + OWN_SIZE, 1},
		{0, OWN + OWN_SIZE - PAGE_SIZE, 2},
		{0, SECOND + SECOND_SIZE, 1},
		{0, ~0UL << PAGE_SHIFT, 2},
		{0, 0x0a006000, 1},
	};

	offered(GRANTED);
	assert_int_equal(give(7, OWN, 1), 0);
	fake_pulses.charges = 0;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(give(wrong[i].slot, wrong[i].page, wrong[i].n), -1);
	assert_int_equal(take(0, 0) | take(0, NK_GRANT_BATCH + 1) | take(SLOTS - 1, 2) |
				 take(SLOTS, 1) | take(~0U, 2),
			 0);
	assert_int_equal(fake_pulses.charges, 0);
	assert_int_equal(nr_granted(), 1);
}

/* What a reset leaves is taken back when the driver goes on, which pays for it; not before, and once. */
static void test_reset(void **state)
{
	offered(GRANTED);
	assert_int_equal(give(0, OWN, 2) | give(1000, OWN, 1), 0);
	wr(GRANTED, OF(STATUS), 1);
	assert_int_equal(nr_granted(), 3);
	wr(GRANTED, OF(STATUS), 0);
	catch_up(GRANTED);
	assert_int_equal(nr_granted(), 3);
	fake_pulses.charges = 0;
	wr(GRANTED, OF(STATUS), 1);
	assert_int_equal(nr_granted(), 0);
	assert_int_equal(fake_pulses.charges, 1);
	assert_int_equal(give(0, OWN, 2), 0);
	wr(GRANTED, OF(STATUS), 3);
	assert_int_equal(nr_granted(), 2);
	wr(GRANTED, OF(STATUS), 0);
	catch_up(GRANTED);
	assert_int_equal(give(5, OWN, 1), 0);
	assert_int_equal(nr_granted(), 1);
}

static void test_lives(void **state)
{
	paddr_t pa = vm_of(2)->ram[0].pa;

	offered(GRANTED);
	assert_int_equal(give(0, OWN, 64), 0);
	assert_int_equal(in(0), pa);
	virtio_vm_stop(vm_of(4)); /* the driver's are still the driver's */
	assert_int_equal(in(0), nobodys());
	virtio_vm_start(vm_of(4));
	assert_int_equal(in(0), nobodys());
	offered(GRANTED);
	assert_int_equal(in(0), pa);
	fake_pulses.charges = 0;
	virtio_vm_stop(vm_of(2));
	assert_int_equal(in(0), nobodys());
	assert_int_equal(nr_granted(), 0);
	assert_int_equal(fake_pulses.charges, 0);
	virtio_vm_start(vm_of(2));
	assert_int_equal(give(0, OWN, 1), 0);
	assert_int_equal(in(0), nobodys()); /* until the back-end has heard */
	catch_up(GRANTED);
	assert_int_equal(in(0), pa);
}

static void queue_at(u64 at)
{
	wr(GRANTED, OF(QUEUE_SEL), 0);
	wr(GRANTED, OF(QUEUE_NUM), 16);
	for (u32 i = 0; i < 6; i++)
		wr(GRANTED, OF(QUEUE_DESC_LOW) + i / 2 * 0x10 + i % 2 * 4,
		   (u32)(at >> (i % 2 * 32)));
	wr(GRANTED, OF(QUEUE_READY), 1);
}

/* A driver that knows nothing of grants has its queues in RAM, and is told once. */
static void test_queues(void **state)
{
	offered(GRANTED);
	wr(GRANTED, OF(STATUS), 3);
	wr(GRANTED, OF(DRIVER_FEATURES_SEL), 1);
	wr(GRANTED, OF(DRIVER_FEATURES), (u32)(NEEDED >> 32));
	wr(GRANTED, OF(STATUS), 11);
	queue_at(NK_VIRTIO_GRANTS_AT + (SLOTS - 1) * PAGE_SIZE);
	assert_int_equal(rd(GRANTED, OF(QUEUE_READY)), 1);
	wr(GRANTED, OF(QUEUE_READY), 0);
	catch_up(GRANTED);
	fake_warned.lines = 0;
	queue_at(OWN);
	assert_int_equal(rd(GRANTED, OF(QUEUE_READY)), 0);
	assert_int_equal(fake_warned.lines, 1);
	assert_string_equal(fake_warned.last,
			    "VirtIO device granted: a queue has 0x80000000, outside its window, "
			    "0x1000000000000 to 0x10000003fffff: the kernel needs nk's module "
			    "vlx-virtio-grants, or the device share = \"all\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_where, rig_setup),
		cmocka_unit_test_setup(test_gives, rig_setup),
		cmocka_unit_test_setup(test_refuses, rig_setup),
		cmocka_unit_test_setup(test_reset, rig_setup),
		cmocka_unit_test_setup(test_lives, rig_setup),
		cmocka_unit_test_setup(test_queues, rig_setup),
	};

	return cmocka_run_group_tests(tests, rig_make, NULL);
}

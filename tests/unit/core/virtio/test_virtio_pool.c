// SPDX-License-Identifier: Apache-2.0
/* Devices whose back-end has a pool of the driver's RAM: who sees it and when, and what a driver must do. */
#include "virtio_rig.h"

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "unit/s2_entry.h"

#define OF(name) VIRTIO_MMIO_##name
#define NEEDED (BIT(32) | BIT(33))
#define SIZE 16 /* of the queue that is set up */

/* Where VM 2 has the pools; DISK of the rig has its whole RAM, for VM 3. */
static const u64 at[] = {[POOL] = SECOND, [LOW] = OWN + BLOCK_SIZE};

static struct nk_virtio_share share_of(u32 device)
{
	struct nk_virtio_share share;

	assert_int_equal(virtio_shares(dev(device)), 1);
	assert_int_equal(virtio_share(dev(device), 1, &share), -1);
	assert_int_equal(virtio_share(dev(device), 0, &share), 0);
	return share;
}

static bool shown(u32 device)
{
	const struct vm *front = vm_of(2);
	paddr_t pa = device == POOL ? front->ram[1].pa : front->ram[0].pa + BLOCK_SIZE;
	u64 got = s2_block(&vm_of(4)->arch, share_of(device).here);

	if (got == (pa | S2_GRANT | PTE_BLOCK)) /* and behind it nothing is */
		assert_int_equal(s2_block(&vm_of(4)->arch, share_of(device).here + BLOCK_SIZE), 0);
	else
		assert_int_not_equal(s2_entry(&vm_of(4)->arch, share_of(device).here), 0);
	return got == (pa | S2_GRANT | PTE_BLOCK);
}

static void test_where(void **state)
{
	for (u32 i = POOL; i <= LOW; i++) {
		struct nk_virtio_share share = share_of(i);

		assert_int_equal(share.driver, at[i]);
		assert_int_equal(share.size, BLOCK_SIZE);
		assert_true(IS_ALIGNED(share.here, GIB(1)) && share.here >= GIB(4));
		assert_int_equal(s2_block(&vm_of(3)->arch, share.here), 0);
		assert_true(virtio_mapping_moves(&vm_of(4)->arch, share.here + BLOCK_SIZE - 1));
		assert_false(virtio_mapping_moves(&vm_of(4)->arch, share.here + BLOCK_SIZE));
		assert_false(virtio_mapping_moves(&vm_of(3)->arch, share.here));
	}
	assert_int_not_equal(share_of(POOL).here, share_of(LOW).here);
}

/* Each by what its own back-end has heard. */
static void test_shown_when_heard(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	assert_int_equal(virtio_offer(dev(POOL), &o), 0);
	assert_int_equal(virtio_offer(dev(LOW), &o), 0);
	assert_false(shown(POOL) || shown(LOW));
	catch_up(LOW);
	assert_true(shown(LOW));
	assert_false(shown(POOL));
	catch_up(POOL);
	assert_true(shown(POOL));
	virtio_vm_stop(vm_of(2));
	assert_false(shown(POOL) || shown(LOW));
	catch_up(POOL);
	assert_false(shown(POOL));
	virtio_vm_start(vm_of(2));
	catch_up(POOL);
	assert_true(shown(POOL));
	assert_false(shown(LOW));
	virtio_vm_stop(vm_of(4));
	assert_false(shown(POOL));
}

/* What a pool's back-end has not heard is nothing for those that have all RAM. */
static void test_beside_all(void **state)
{
	struct nk_virtio_share share;

	offered(DISK);
	assert_int_equal(virtio_share(dev(DISK), 0, &share), 0);
	offered(POOL);
	virtio_vm_stop(vm_of(2));
	virtio_vm_start(vm_of(2));
	catch_up(DISK);
	assert_int_equal(s2_block(&vm_of(3)->arch, share.here),
			 vm_of(2)->ram[0].pa | S2_GRANT | PTE_BLOCK);
	assert_false(shown(POOL));
}

static u32 accept(u32 device, u64 features)
{
	wr(device, OF(STATUS), 3);
	for (u32 half = 0; half < 2; half++) {
		wr(device, OF(DRIVER_FEATURES_SEL), half);
		wr(device, OF(DRIVER_FEATURES), (u32)(features >> 32 * half));
	}
	wr(device, OF(STATUS), 11);
	return rd(device, OF(STATUS));
}

/* For the driver's life alone: a back-end has nothing to translate. */
static void test_features(void **state)
{
	offered(POOL);
	wr(POOL, OF(DEVICE_FEATURES_SEL), 1);
	assert_int_equal(rd(POOL, OF(DEVICE_FEATURES)), NEEDED >> 32);
	fake_warned.lines = 0;
	assert_int_equal(accept(POOL, BIT(33)), 3);
	assert_int_equal(fake_warned.lines, 0); /* of VERSION_1 a driver hears by itself */
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(accept(POOL, BIT(32) | 0x10), 3);
	assert_int_equal(fake_warned.lines, 1);
	assert_non_null(strstr(fake_warned.last,
			       "VirtIO device pool: has a pool, 0xc0000000 to 0xc01fffff, and its "
			       "driver does not accept VIRTIO_F_ACCESS_PLATFORM"));
	assert_int_equal(rd(POOL, OF(QUEUE_NUM_MAX)), 256);
	assert_int_equal(accept(POOL, NEEDED | 0x10), 11);
	catch_up(POOL);
	assert_int_equal(state_of(POOL).features, BIT(32) | 0x10);
}

static void queue_at(u32 device, u64 desc, u64 driver, u64 device_area)
{
	const u64 areas[] = {desc, driver, device_area};

	wr(device, OF(QUEUE_SEL), 0);
	wr(device, OF(QUEUE_NUM), SIZE);
	for (u32 i = 0; i < 6; i++)
		wr(device, OF(QUEUE_DESC_LOW) + i / 2 * 0x10 + i % 2 * 4,
		   (u32)(areas[i / 2] >> (i % 2 * 32)));
	wr(device, OF(QUEUE_READY), 1);
}

/* The last places that are right, and a byte more. */
static void test_ends(void **state)
{
	const u64 end = at[LOW] + BLOCK_SIZE;
	const u64 good[] = {end - 16 * SIZE, end - 6 - 2 * SIZE, end - 6 - 8 * SIZE};

	offered(LOW);
	assert_int_equal(accept(LOW, NEEDED), 11);
	queue_at(LOW, good[0], good[1], good[2]);
	assert_int_equal(rd(LOW, OF(QUEUE_READY)), 1);
	for (u32 i = 0; i < 3; i++) {
		wr(LOW, OF(STATUS), 0);
		catch_up(LOW);
		accept(LOW, NEEDED);
		queue_at(LOW, good[0] + (i == 0), good[1] + (i == 1), good[2] + (i == 2));
		assert_int_equal(rd(LOW, OF(QUEUE_READY)), 0);
		assert_int_equal(rd(LOW, OF(STATUS)), 11 | VIRTIO_STATUS_NEEDS_RESET);
		assert_int_equal(dev(LOW)->missed, good[i] + 1);
	}
}

/* Queues are packed, where a back-end has that, if it has all RAM. */
static void test_packed(void **state)
{
	static const u32 devices[] = {DISK, LOW, GRANTED};
	struct nk_virtio_offer o = rig_offer();

	o.features |= BIT(34);
	for (u32 i = 0; i < ARRAY_SIZE(devices); i++) {
		bool all = devices[i] == DISK;
		u64 needed = all ? BIT(32) : NEEDED;

		assert_int_equal(virtio_offer(dev(devices[i]), &o), 0);
		catch_up(devices[i]);
		wr(devices[i], OF(DEVICE_FEATURES_SEL), 1);
		assert_int_equal(rd(devices[i], OF(DEVICE_FEATURES)) >> 2 & 1, all);
		assert_int_equal(accept(devices[i], needed | BIT(34)), all ? 11 : 3);
		assert_int_equal(accept(devices[i], needed), 11);
	}
}

/* Nothing of the device is there until a reset, and one line says why, in each life. */
static void test_outside(void **state)
{
	static const u8 bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct nk_virtio_offer o = rig_offer();

	o.config_size = 8;
	assert_int_equal(virtio_offer(dev(LOW), &o), 0);
	assert_int_equal(virtio_config(dev(LOW), 0, bytes, 8), 0);
	catch_up(LOW);
	fake_warned.lines = 0;
	for (u32 i = 0; i < 4; i++) {
		if (i == 3) {
			virtio_vm_stop(vm_of(2));
			virtio_vm_start(vm_of(2));
			catch_up(LOW);
		}
		assert_int_equal(accept(LOW, NEEDED), 11);
		irqs(LOW);
		assert_int_equal(rig_read(LOW, OF(CONFIG), 8), 0x0807060504030201);
		queue_at(LOW, at[LOW], OWN, at[LOW]);
		assert_int_equal(irqs(LOW), 1);
		assert_ptr_equal(fake_pulses.by, &vm_of(2)->arch);
		assert_int_equal(rd(LOW, OF(INTERRUPT_STATUS)), NK_VIRTIO_INT_CONFIG);
		assert_int_equal(rd(LOW, OF(QUEUE_NUM_MAX)), 0);
		assert_int_equal(rig_read(LOW, OF(CONFIG), 8), 0);
		queue_at(LOW, at[LOW], at[LOW], at[LOW]);
		assert_int_equal(state_of(LOW).ready, 0);
		assert_int_equal(irqs(LOW), 0);
		assert_int_equal(fake_warned.lines, 1 + i / 3);
		wr(LOW, OF(STATUS), 0);
		catch_up(LOW);
		assert_int_equal(rd(LOW, OF(QUEUE_NUM_MAX)), 256);
	}
	assert_string_equal(
		fake_warned.last,
		"VirtIO device low: a queue has 0x80000000, outside its pool, "
		"0x80200000 to 0x803fffff: the kernel needs CONFIG_DMA_RESTRICTED_POOL, "
		"or the device share = \"all\"");
}

/* A queue that was ready before stays so, and can be stopped. */
static void test_ready_before(void **state)
{
	offered(LOW);
	accept(LOW, NEEDED);
	queue_at(LOW, at[LOW], at[LOW], at[LOW]);
	wr(LOW, OF(QUEUE_SEL), 1);
	wr(LOW, OF(QUEUE_NUM), SIZE);
	wr(LOW, OF(QUEUE_READY), 1);
	assert_int_equal(rd(LOW, OF(QUEUE_READY)), 0);
	wr(LOW, OF(QUEUE_SEL), 0);
	wr(LOW, OF(QUEUE_READY), 1);
	assert_int_equal(rd(LOW, OF(QUEUE_READY)), 1);
	catch_up(LOW);
	wr(LOW, OF(QUEUE_READY), 0);
	assert_int_not_equal(waits(LOW, 0), 0);
	assert_int_equal(rd(LOW, OF(QUEUE_READY)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_where, rig_setup),
		cmocka_unit_test_setup(test_shown_when_heard, rig_setup),
		cmocka_unit_test_setup(test_beside_all, rig_setup),
		cmocka_unit_test_setup(test_features, rig_setup),
		cmocka_unit_test_setup(test_ends, rig_setup),
		cmocka_unit_test_setup(test_packed, rig_setup),
		cmocka_unit_test_setup(test_outside, rig_setup),
		cmocka_unit_test_setup(test_ready_before, rig_setup),
	};

	return cmocka_run_group_tests(tests, rig_make, NULL);
}

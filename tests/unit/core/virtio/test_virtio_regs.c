// SPDX-License-Identifier: Apache-2.0
/* What a driver finds in the registers of its device, and does by them. */
#include "virtio_rig.h"

#define OF(name) VIRTIO_MMIO_##name

static const u32 read_only[] = {OF(MAGIC),
				OF(VERSION),
				OF(DEVICE_ID),
				OF(VENDOR_ID),
				OF(DEVICE_FEATURES),
				OF(QUEUE_NUM_MAX),
				OF(INTERRUPT_STATUS),
				OF(SHM_LEN_LOW),
				OF(SHM_BASE_LOW + 4),
				OF(CONFIG_GENERATION)};
static const u32 write_only[] = {
	OF(DEVICE_FEATURES_SEL), OF(DRIVER_FEATURES),  OF(DRIVER_FEATURES_SEL), OF(QUEUE_SEL),
	OF(QUEUE_NUM),		 OF(QUEUE_NOTIFY),     OF(INTERRUPT_ACK),	OF(QUEUE_DESC_LOW),
	OF(QUEUE_DESC_LOW + 4),	 OF(QUEUE_DRIVER_LOW), OF(QUEUE_DEVICE_LOW),	OF(SHM_SEL)};

static void test_absent(void **state)
{
	assert_int_equal(rd(DISK, OF(MAGIC)), 0x74726976);
	assert_int_equal(rd(DISK, OF(VERSION)), 2);
	assert_int_equal(rd(DISK, OF(DEVICE_ID)), 0);
	assert_int_equal(rd(DISK, OF(STATUS)), 0);
	assert_int_equal(rd(DISK, OF(QUEUE_NUM_MAX)), 0);
	assert_int_equal(rig_read(DISK, OF(CONFIG), 8), 0);
	assert_int_equal(posts(DISK), 0);
	offered(DISK);
	assert_int_equal(rd(DISK, OF(DEVICE_ID)), 2);
	assert_int_equal(rd(DISK, OF(VENDOR_ID)), 0x6e6b);
}

/* Stores to what can only be read change nothing, and what can only be written reads as 0. */
static void test_directions(void **state)
{
	u32 before[ARRAY_SIZE(read_only)];

	offered(DISK);
	negotiate(DISK);
	for (u32 i = 0; i < ARRAY_SIZE(read_only); i++)
		before[i] = rd(DISK, read_only[i]);
	for (u32 i = 0; i < ARRAY_SIZE(read_only); i++)
		wr(DISK, read_only[i], 0x5555);
	for (u32 i = 0; i < ARRAY_SIZE(read_only); i++)
		assert_int_equal(rd(DISK, read_only[i]), before[i]);
	for (u32 i = 0; i < ARRAY_SIZE(write_only); i++)
		assert_int_equal(rd(DISK, write_only[i]), 0);
	assert_int_equal(rd(DISK, OF(SHM_LEN_LOW)), UINT32_MAX);
	assert_int_equal(rd(DISK, OF(SHM_BASE_LOW)), UINT32_MAX);
	assert_int_equal(state_of(DISK).asked, dev(DISK)->done);
	assert_int_equal(posts(DISK), 0);
}

/* Where nothing is, and the register for the reset of a queue, which is not offered. */
static void test_nothing_there(void **state)
{
	static const u32 gaps[] = {0x18, 0x2c, 0x3c, 0x40, 0x48, 0x54,
				   0x68, 0x74, 0x88, 0xa8, 0xc0, 0xf8};

	offered(DISK);
	negotiate(DISK);
	for (u32 i = 0; i < ARRAY_SIZE(gaps); i++) {
		assert_int_equal(rd(DISK, gaps[i]), 0);
		wr(DISK, gaps[i], 1);
	}
	assert_int_equal(state_of(DISK).asked, dev(DISK)->done);
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON);
	assert_int_equal(rd(DISK, OF(QUEUE_READY)), 1);
}

/* All below the configuration space is 32 bits wide, at multiples of 4. */
static void test_odd_widths(void **state)
{
	static const u8 sizes[] = {1, 2, 8};

	offered(DISK);
	negotiate(DISK);
	for (u32 reg = 0; reg < OF(CONFIG); reg += 4) {
		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			assert_int_equal(rig_read(DISK, reg, sizes[i]), 0);
			rig_write(DISK, reg, sizes[i], 0);
		}
		assert_int_equal(rig_read(DISK, reg + 2, 4), 0);
		rig_write(DISK, reg + 1, 4, 0);
	}
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON);
	assert_int_equal(rd(DISK, OF(QUEUE_READY)), 1);
	assert_int_equal(posts(DISK), 0);
}

static u64 offered_features(void)
{
	u64 value;

	wr(DISK, OF(DEVICE_FEATURES_SEL), 1);
	value = (u64)rd(DISK, OF(DEVICE_FEATURES)) << 32;
	wr(DISK, OF(DEVICE_FEATURES_SEL), 0);
	return value | rd(DISK, OF(DEVICE_FEATURES));
}

/* Those of the transport are what nk has, whatever the back-end says. */
static void test_features(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	o.features = ~0UL;
	assert_int_equal(virtio_offer(dev(DISK), &o), 0);
	assert_int_equal(offered_features(), ~(BIT(33) | BIT(37) | BIT(38) | BIT(39) | BIT(40)));
	wr(DISK, OF(DEVICE_FEATURES_SEL), 2);
	assert_int_equal(rd(DISK, OF(DEVICE_FEATURES)), 0);
	wr(DISK, OF(DEVICE_FEATURES_SEL), UINT32_MAX);
	assert_int_equal(rd(DISK, OF(DEVICE_FEATURES)), 0);
	virtio_withdraw(dev(DISK));
	o.features = 0;
	assert_int_equal(virtio_offer(dev(DISK), &o), 0);
	assert_int_equal(offered_features(), BIT(32));
}

static void accept(u64 features)
{
	for (u32 half = 0; half < 3; half++) {
		wr(DISK, OF(DRIVER_FEATURES_SEL), half);
		wr(DISK, OF(DRIVER_FEATURES), half < 2 ? (u32)(features >> 32 * half) : UINT32_MAX);
	}
}

static void test_features_ok(void **state)
{
	static const u64 wrong[] = {0,	 0x10, BIT(32) | 0x20, BIT(32) | BIT(33), BIT(32) | BIT(40),
				    ~0UL};

	offered(DISK);
	wr(DISK, OF(STATUS), 3);
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		accept(wrong[i]);
		wr(DISK, OF(STATUS), 11);
		assert_int_equal(rd(DISK, OF(STATUS)), 3);
	}
	accept(BIT(32) | 0x10);
	wr(DISK, OF(STATUS), 11);
	assert_int_equal(rd(DISK, OF(STATUS)), 11);
	accept(BIT(32)); /* too late */
	assert_int_equal(state_of(DISK).features, BIT(32) | 0x10);
	assert_int_equal(virtio_status(dev(DISK), 3), 0); /* the device has not got them */
	assert_int_equal(rd(DISK, OF(STATUS)), 3);
	accept(BIT(32));
	wr(DISK, OF(STATUS), 11);
	assert_int_equal(state_of(DISK).features, BIT(32));
}

/* A driver adds bits, and takes them away by a reset alone. */
static void test_status(void **state)
{
	u32 asked;

	offered(DISK);
	wr(DISK, OF(STATUS), 1);
	asked = dev(DISK)->asked;
	assert_int_equal(posts(DISK), 1);
	wr(DISK, OF(STATUS), 1);
	assert_int_equal(dev(DISK)->asked, asked); /* no news */
	assert_int_equal(posts(DISK), 0);
	wr(DISK, OF(STATUS), 2 | VIRTIO_STATUS_NEEDS_RESET | 0xffffff00);
	assert_int_equal(rd(DISK, OF(STATUS)), 3);
	wr(DISK, OF(STATUS), VIRTIO_STATUS_FAILED);
	assert_int_equal(rd(DISK, OF(STATUS)), 0x83);
	assert_int_equal(state_of(DISK).status, 0x83);
}

static void test_queues(void **state)
{
	struct nk_virtio_queue q;

	offered(DISK);
	wr(DISK, OF(QUEUE_SEL), 0);
	assert_int_equal(rd(DISK, OF(QUEUE_NUM_MAX)), 256);
	wr(DISK, OF(QUEUE_SEL), 1);
	assert_int_equal(rd(DISK, OF(QUEUE_NUM_MAX)), 16);
	wr(DISK, OF(QUEUE_READY), 1);
	assert_int_equal(rd(DISK, OF(QUEUE_READY)), 0); /* without a size */
	wr(DISK, OF(QUEUE_NUM), 17);
	wr(DISK, OF(QUEUE_READY), 1);
	assert_int_equal(rd(DISK, OF(QUEUE_READY)), 0);
	set_queue(DISK, 1, 16);
	assert_int_equal(rd(DISK, OF(QUEUE_READY)), 1);
	set_queue(DISK, 1, 8); /* it stays as it is */
	wr(DISK, OF(QUEUE_DESC_LOW), 7);
	assert_int_equal(virtio_queue(dev(DISK), 1, &q), 0);
	assert_int_equal(q.size, 16);
	assert_int_equal(q.ready, 1);
	assert_int_equal(q.desc, 0x180011000);
	assert_int_equal(q.driver, 0x280012000);
	assert_int_equal(q.device, 0x380013000);
	assert_int_equal(state_of(DISK).ready, 2);
	assert_int_equal(virtio_queue(dev(DISK), 0, &q), 0);
	assert_int_equal(q.size, 0);
	assert_int_equal(q.ready, 0);
}

/* Numbers of no queue: no such memory is touched, which ASan looks at. */
static void test_no_such_queue(void **state)
{
	static const u32 none[] = {2, 31, 32, 33, 63, 0x80000000, UINT32_MAX};
	struct nk_virtio_queue q;

	offered(DISK);
	negotiate(DISK);
	for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
		wr(DISK, OF(QUEUE_SEL), none[i]);
		assert_int_equal(rd(DISK, OF(QUEUE_NUM_MAX)), 0);
		wr(DISK, OF(QUEUE_NUM), 1);
		wr(DISK, OF(QUEUE_DESC_LOW), 1);
		wr(DISK, OF(QUEUE_READY), 1);
		assert_int_equal(rd(DISK, OF(QUEUE_READY)), 0);
		wr(DISK, OF(QUEUE_NOTIFY), none[i]);
		assert_int_equal(virtio_queue(dev(DISK), none[i], &q), none[i] < 32 ? 0 : -1);
	}
	assert_int_equal(state_of(DISK).ready, 1);
	assert_int_equal(posts(DISK), 0);
}

/* A kick of a queue that is ready counts, and is posted by the driver's VM; no other is. */
static void test_kicks(void **state)
{
	const struct nk_virtio_page *page = dev(DISK)->page;

	offered(DISK);
	negotiate(DISK);
	wr(DISK, OF(QUEUE_NOTIFY), 0);
	wr(DISK, OF(QUEUE_NOTIFY), 0);
	assert_int_equal(page->kicks[0], 2);
	assert_int_equal(posts(DISK), 2);
	assert_ptr_equal(fake_pulses.by, &vm_of(2)->arch);
	wr(DISK, OF(QUEUE_NOTIFY), 1);
	wr(DISK, OF(QUEUE_NOTIFY), 0x10000);
	assert_int_equal(page->kicks[1], 0);
	assert_int_equal(posts(DISK), 0);
	assert_int_equal(page->asked, dev(DISK)->done); /* nothing to answer */
	assert_int_equal(dev(CONSOLE)->page->kicks[0], 0);
	fake_pulses.until = 7;
	wr(DISK, OF(QUEUE_NOTIFY), 0);
	fake_pulses.until = 0;
	assert_int_not_equal(fake_held.vcpus, 0); /* too often: the driver pays */
	assert_int_equal(fake_held.until, 7);
}

static void test_interrupts(void **state)
{
	assert_int_equal(virtio_interrupt(dev(DISK), 1), -1); /* not there */
	offered(DISK);
	for (u32 bits = 0; bits < 8; bits++)
		assert_int_equal(virtio_interrupt(dev(DISK), bits), bits && bits < 4 ? 0 : -1);
	assert_int_equal(irqs(DISK), 3);
	assert_ptr_equal(fake_pulses.by, &vm_of(3)->arch);
	assert_int_equal(rd(DISK, OF(INTERRUPT_STATUS)), 3);
	wr(DISK, OF(INTERRUPT_ACK), 1);
	assert_int_equal(rd(DISK, OF(INTERRUPT_STATUS)), 2);
	wr(DISK, OF(INTERRUPT_ACK), UINT32_MAX);
	assert_int_equal(rd(DISK, OF(INTERRUPT_STATUS)), 0);
	assert_int_equal(posts(DISK), 0); /* nobody else hears of that */
	assert_int_equal(irqs(CONSOLE), 0);
}

static void test_configuration(void **state)
{
	static const u8 bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct nk_virtio_offer o = rig_offer();
	u32 generation;

	o.config_size = sizeof(bytes);
	assert_int_equal(virtio_config(dev(DISK), 0, bytes, 1), -1); /* not there */
	assert_int_equal(virtio_offer(dev(DISK), &o), 0);
	generation = rd(DISK, OF(CONFIG_GENERATION));
	assert_int_equal(virtio_config(dev(DISK), 0, bytes, 12), 0);
	assert_int_equal(rd(DISK, OF(CONFIG_GENERATION)), generation + 1);
	assert_int_equal(virtio_config(dev(DISK), 12, bytes, 0), 0);
	assert_int_equal(virtio_config(dev(DISK), 11, bytes, 2), -1);
	assert_int_equal(virtio_config(dev(DISK), UINT32_MAX, bytes, 2), -1);
	assert_int_equal(virtio_config(dev(DISK), 2, bytes, UINT32_MAX), -1);
	assert_int_equal(rig_read(DISK, OF(CONFIG), 8), 0x0807060504030201);
	assert_int_equal(rig_read(DISK, OF(CONFIG) + 3, 8), 0x0b0a090807060504);
	assert_int_equal(rig_read(DISK, OF(CONFIG) + 11, 1), 12);
	assert_int_equal(rig_read(DISK, OF(CONFIG) + 11, 2), 0);
	assert_int_equal(rig_read(DISK, OF(CONFIG) + 0xfc, 4), 0);
	rig_write(DISK, OF(CONFIG) + 11, 2, 0);
	rig_write(DISK, OF(CONFIG) + 0xff, 1, 0);
	assert_int_equal(state_of(DISK).store_size, 0);
	assert_int_equal(waits(DISK, 0), 0);
}

/* All that a driver has set up is gone, even if it never wrote a status. */
static void test_reset_forgets(void **state)
{
	struct nk_virtio_queue q;

	offered(DISK);
	accept(BIT(32) | 0x10);
	wr(DISK, OF(QUEUE_SEL), 1);
	wr(DISK, OF(QUEUE_NUM), 16);
	wr(DISK, OF(DEVICE_FEATURES_SEL), 1);
	assert_int_equal(virtio_interrupt(dev(DISK), 3), 0);
	wr(DISK, OF(STATUS), 0);
	assert_int_equal(rd(DISK, OF(INTERRUPT_STATUS)), 0);
	assert_int_equal(rd(DISK, OF(QUEUE_NUM_MAX)), 256); /* queue 0 */
	assert_int_equal(rd(DISK, OF(DEVICE_FEATURES)), 0x10);
	assert_int_equal(virtio_queue(dev(DISK), 1, &q), 0);
	assert_int_equal(q.size, 0);
	wr(DISK, OF(STATUS), 11);
	assert_int_equal(rd(DISK, OF(STATUS)), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_absent, rig_setup),
		cmocka_unit_test_setup(test_directions, rig_setup),
		cmocka_unit_test_setup(test_nothing_there, rig_setup),
		cmocka_unit_test_setup(test_odd_widths, rig_setup),
		cmocka_unit_test_setup(test_features, rig_setup),
		cmocka_unit_test_setup(test_features_ok, rig_setup),
		cmocka_unit_test_setup(test_status, rig_setup),
		cmocka_unit_test_setup(test_queues, rig_setup),
		cmocka_unit_test_setup(test_no_such_queue, rig_setup),
		cmocka_unit_test_setup(test_kicks, rig_setup),
		cmocka_unit_test_setup(test_interrupts, rig_setup),
		cmocka_unit_test_setup(test_configuration, rig_setup),
		cmocka_unit_test_setup(test_reset_forgets, rig_setup),
	};

	return cmocka_run_group_tests(tests, rig_make, NULL);
}

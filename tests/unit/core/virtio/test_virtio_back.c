// SPDX-License-Identifier: Apache-2.0
/* What a back-end hears, in which order, and who waits for it. */
#include "virtio_rig.h"

#include "arch/sysreg.h"

#define OF(name) VIRTIO_MMIO_##name

static int done(u32 device, u32 asked)
{
	return virtio_done(dev(device), asked);
}

static void ready_to_run(u32 device)
{
	struct nk_virtio_offer o = rig_offer();

	o.config_size = 16;
	assert_int_equal(virtio_offer(dev(device), &o), 0);
	catch_up(device);
	negotiate(device);
}

static int setup(void **state)
{
	rig_setup(state);
	ready_to_run(DISK);
	return 0;
}

/* A reset waits for the back-end, and is shown alone, whatever came behind it. */
static void test_reset(void **state)
{
	struct nk_virtio_state before = state_of(DISK), s;

	wr(DISK, OF(STATUS), 0);
	assert_int_equal(posts(DISK), 1);
	assert_int_equal(waits(DISK, 0), fake_counter + 1000 * MS);
	rig_write_by(1, DISK, OF(STATUS), 4, 1);
	s = state_of(DISK);
	assert_int_equal(s.resets, before.resets + 1);
	assert_int_equal(s.asked, before.asked + 1);
	assert_int_equal(dev(DISK)->page->asked, before.asked + 2);
	assert_int_equal(s.status, 0);
	assert_int_equal(s.ready, 0);
	assert_int_equal(s.features, 0);
	assert_int_equal(done(DISK, s.asked), 0);
	assert_int_equal(waits(DISK, 0), 0);
	s = state_of(DISK);
	assert_int_equal(s.status, 1);
	assert_int_equal(s.asked, before.asked + 2);
}

/* Behind a reset the queues may be ready again before the back-end looks. */
static void test_reset_hides(void **state)
{
	u32 resets = state_of(DISK).resets;

	wr(DISK, OF(STATUS), 0);
	wr(DISK, OF(STATUS), 3);
	set_queue(DISK, 1, 8);
	rig_write_by(1, DISK, OF(CONFIG), 4, 5);
	assert_int_equal(state_of(DISK).ready, 0);
	assert_int_equal(state_of(DISK).store_size, 0);
	wr(DISK, OF(STATUS), 0); /* and once more */
	assert_int_equal(state_of(DISK).resets, resets + 2);
	catch_up(DISK);
	assert_int_equal(state_of(DISK).ready, 0);
	assert_int_equal(state_of(DISK).store_size, 0); /* it was of the life before */
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(waits(DISK, 1), 0);
}

/* One that has nothing to undo costs nobody anything. */
static void test_idle_reset(void **state)
{
	struct nk_virtio_state before;

	wr(DISK, OF(STATUS), 0);
	catch_up(DISK);
	posts(DISK);
	before = state_of(DISK);
	wr(DISK, OF(STATUS), 0);
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(posts(DISK), 0);
	assert_int_equal(state_of(DISK).resets, before.resets);
	assert_int_equal(state_of(DISK).asked, before.asked);
}

/* But it waits for what is not done yet. */
static void test_second_reset_waits(void **state)
{
	wr(DISK, OF(STATUS), 0);
	rig_write_by(1, DISK, OF(STATUS), 4, 0);
	assert_int_not_equal(waits(DISK, 1), 0);
	catch_up(DISK);
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(waits(DISK, 1), 0);
}

static void test_queue_stops(void **state)
{
	wr(DISK, OF(QUEUE_READY), 1);
	assert_int_equal(waits(DISK, 0), 0); /* no news */
	wr(DISK, OF(QUEUE_READY), 0);
	assert_int_not_equal(waits(DISK, 0), 0);
	assert_int_equal(posts(DISK), 1);
	assert_int_equal(state_of(DISK).ready, 0);
	catch_up(DISK);
	assert_int_equal(waits(DISK, 0), 0);
	wr(DISK, OF(QUEUE_READY), 1);
	assert_int_equal(waits(DISK, 0), 0); /* a queue may begin at once */
	assert_int_equal(state_of(DISK).ready, 1);
}

/* Each is shown until it is done, the first one first; each vCPU waits for its own. */
static void test_stores(void **state)
{
	struct nk_virtio_state s;

	rig_write_by(1, DISK, OF(CONFIG) + 2, 2, 0xabcd);
	rig_write_by(0, DISK, OF(CONFIG) + 8, 8, ~0UL);
	assert_int_equal(posts(DISK), 2);
	s = state_of(DISK);
	assert_int_equal(s.store_offset, 2);
	assert_int_equal(s.store_size, 2);
	assert_int_equal(s.store_data, 0xabcd);
	assert_int_equal(s.status, STAT_ON);
	assert_int_equal(s.ready, 1);
	assert_int_equal(done(DISK, s.asked), 0);
	assert_int_equal(waits(DISK, 1), 0);
	assert_int_not_equal(waits(DISK, 0), 0);
	s = state_of(DISK);
	assert_int_equal(s.store_offset, 8);
	assert_int_equal(s.store_size, 8);
	assert_int_equal(s.store_data, ~0UL);
	assert_int_equal(s.asked, dev(DISK)->page->asked);
	assert_int_equal(done(DISK, s.asked), 0);
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(state_of(DISK).store_size, 0);
}

/* What was done with one number covers the stores before it too. */
static void test_stores_together(void **state)
{
	rig_write_by(0, DISK, OF(CONFIG), 1, 1);
	rig_write_by(1, DISK, OF(CONFIG), 1, 2);
	assert_int_equal(done(DISK, dev(DISK)->page->asked), 0);
	assert_int_equal(waits(DISK, 0) | waits(DISK, 1), 0);
	assert_int_equal(state_of(DISK).store_size, 0);
}

static void test_wrong_numbers(void **state)
{
	u32 n = dev(DISK)->page->asked;

	assert_int_equal(done(DISK, n), 0); /* again */
	assert_int_equal(done(DISK, n + 1), -1);
	assert_int_equal(done(DISK, n - 1), -1);
	assert_int_equal(done(DISK, n + (1U << 31)), -1);
	wr(DISK, OF(QUEUE_READY), 0);
	assert_int_equal(done(DISK, n + 2), -1);
	assert_int_equal(done(DISK, n - 1), -1);
	assert_int_equal(done(DISK, n), 0);
	assert_int_not_equal(waits(DISK, 0), 0);
	assert_int_equal(done(DISK, n + 1), 0);
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(done(DISK, n), -1);
	assert_int_equal(done(CONSOLE, dev(CONSOLE)->page->asked), -1); /* not there */
}

static void all_at(u32 n)
{
	dev(DISK)->asked = dev(DISK)->done = dev(DISK)->reset_asked = n;
	dev(DISK)->page->asked = n;
}

static void test_wrap(void **state)
{
	all_at(UINT32_MAX - 1);
	test_stores(state);
	all_at(UINT32_MAX);
	test_stores(state);
	all_at(UINT32_MAX);
	test_reset(state);
	rig_setup(state);
	ready_to_run(DISK);
	all_at(UINT32_MAX);
	test_wrong_numbers(state);
}

/* The last reset was any time ago. */
static void test_long_after_a_reset(void **state)
{
	static const u32 later[] = {0x7fffffff, 0x80000000, 0x80000001, 0xfffffff0};

	for (u32 i = 0; i < ARRAY_SIZE(later); i++) {
		all_at(1000);
		dev(DISK)->asked = dev(DISK)->done = 1000 + later[i];
		rig_write(DISK, OF(CONFIG), 4, i);
		assert_int_equal(state_of(DISK).store_size, 4);
		assert_int_equal(state_of(DISK).status, STAT_ON);
		catch_up(DISK);
		assert_int_equal(waits(DISK, 0), 0);
	}
}

/* A driver may ask for as much as it likes: the back-end catches up with that. */
static void test_far_behind(void **state)
{
	all_at(1000);
	wr(DISK, OF(STATUS), 0);
	dev(DISK)->asked += 0x90000000;
	rig_write_by(1, DISK, OF(STATUS), 4, 1);
	assert_int_equal(state_of(DISK).status, 0);
	catch_up(DISK);
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(state_of(DISK).status, 1);
}

/* A back-end that is late costs a driver a second, and no more until it has caught up. */
static void test_late(void **state)
{
	u64 due = fake_counter + 1000 * MS;

	wr(DISK, OF(STATUS), 0);
	assert_int_equal(waits(DISK, 0), due);
	fake_counter = due - 1;
	assert_int_equal(rd(DISK, OF(STATUS)), 0);
	rig_write_by(1, DISK, OF(STATUS), 4, 0);
	assert_int_equal(waits(DISK, 1), due); /* and not longer than the first one */
	rig_vcpu[0][0].awaits = rig_vcpu[0][1].awaits = NULL; /* their time is over */
	fake_counter = due;
	assert_int_equal(rd(DISK, OF(STATUS)), VIRTIO_STATUS_NEEDS_RESET);
	wr(DISK, OF(STATUS), 0);
	rig_write_by(1, DISK, OF(CONFIG), 4, 0);
	assert_int_equal(waits(DISK, 0) | waits(DISK, 1), 0);
	catch_up(DISK);
	assert_int_equal(rd(DISK, OF(STATUS)), 0);
	rig_write_by(1, DISK, OF(CONFIG), 4, 0);
	assert_int_equal(waits(DISK, 1), fake_counter + 1000 * MS);
}

/* Who does one thing after the other is not late, as long as each takes less than a second. */
static void test_slow_is_not_late(void **state)
{
	rig_write_by(0, DISK, OF(CONFIG), 4, 0);
	rig_write_by(1, DISK, OF(CONFIG), 4, 0);
	fake_counter += 999 * MS;
	assert_int_equal(done(DISK, state_of(DISK).asked), 0);
	fake_counter += 999 * MS;
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON);
	fake_counter += MS;
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON | VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(state_of(DISK).status,
			 STAT_ON); /* the driver is not told by the back-end */
}

/* While TLBs are emptied for DONE: the vCPU's time is over, and it stops the queue again. */
static void wait_again(void)
{
	rig_vcpu[0][0].awaits = NULL;
	wr(DISK, OF(QUEUE_READY), 1);
	wr(DISK, OF(QUEUE_READY), 0);
}

/* What ends one wait of a vCPU never ends its next one. */
static void test_answered_too_late(void **state)
{
	struct nk_virtio_offer o = rig_offer();
	u32 asked;

	rig_setup(state); /* what is shared is not shown yet */
	assert_int_equal(virtio_offer(dev(DISK), &o), 0);
	set_queue(DISK, 0, 16);
	wr(DISK, OF(QUEUE_READY), 0);
	assert_int_not_equal(waits(DISK, 0), 0);
	asked = dev(DISK)->page->asked;
	fake_during_tlbi = wait_again;
	assert_int_equal(done(DISK, asked), 0);
	assert_null(fake_during_tlbi); /* it was done */
	assert_int_not_equal(waits(DISK, 0), 0);
	catch_up(DISK);
	assert_int_equal(waits(DISK, 0), 0);
}

/* Only those are woken whose wait is over, and nobody of another device. */
static void test_who_is_answered(void **state)
{
	offered(CONSOLE);
	negotiate(CONSOLE);
	rig_write_by(0, DISK, OF(STATUS), 4, 0);
	rig_write_by(1, CONSOLE, OF(STATUS), 4, 0);
	fake_answers = 0;
	catch_up(CONSOLE);
	assert_int_equal(fake_answers, 1);
	assert_int_equal(waits(CONSOLE, 1), 0);
	assert_int_not_equal(waits(DISK, 0), 0);
	catch_up(CONSOLE);
	assert_int_equal(fake_answers, 1);
	catch_up(DISK);
	assert_int_equal(fake_answers, 2);
}

static int try(u32 device, const struct nk_virtio_offer *o)
{
	return virtio_offer(dev(device), o);
}

static void test_wrong_offers(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	assert_int_equal(try(DISK, &o), -1); /* it is there */
	o.device_id = 0;
	assert_int_equal(try(CONSOLE, &o), -1);
	o = rig_offer();
	o.nr_queues = 33;
	assert_int_equal(try(CONSOLE, &o), -1);
	o.nr_queues = 3; /* the third has no descriptors */
	assert_int_equal(try(CONSOLE, &o), -1);
	o.queue_max[2] = 32769;
	assert_int_equal(try(CONSOLE, &o), -1);
	o.queue_max[2] = 32768;
	o.config_size = 0x61; /* one more than its registers have room for */
	assert_int_equal(try(CONSOLE, &o), -1);
	o.config_size = 0x60;
	o.flags = 2;
	assert_int_equal(try(CONSOLE, &o), -1);
	assert_int_equal(posts(CONSOLE), 0);
	o.flags = 0;
	assert_int_equal(try(CONSOLE, &o), 0);
	assert_int_equal(posts(CONSOLE), 1);
	o.config_size = 257;
	assert_int_equal(try(NET, &o), -1);
	o.config_size = 256;
	assert_int_equal(try(NET, &o), 0);
	assert_int_equal(try(DISK_4, &o), -1); /* its registers end there */
}

/* A driver that looks before the device is there waits for it, as long as the tree says. */
static void test_waits_for_an_offer(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	assert_int_equal(rd(NET, OF(MAGIC)), 0x74726976);
	assert_int_equal(waits(NET, 0), fake_counter + 15000 * MS);
	assert_int_equal(try(NET, &o), 0);
	assert_int_equal(waits(NET, 0), 0);
	rd(NET, OF(MAGIC));
	assert_int_equal(waits(NET, 0), 0);
	rd(CONSOLE, OF(MAGIC));
	assert_int_equal(waits(CONSOLE, 0), fake_counter + 10000 * MS);
	vm_of(2)->arch.vcpu[0]->awaits = NULL;
	fake_counter += 10000 * MS;
	rd(CONSOLE, OF(MAGIC));
	assert_int_equal(waits(CONSOLE, 0), 0);
}

/* Nobody is left to wait for, and a driver that had begun has to begin anew. */
static void test_withdrawn(void **state)
{
	wr(DISK, OF(QUEUE_READY), 0);
	virtio_withdraw(dev(DISK));
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(irqs(DISK), 1);
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON | VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(rd(DISK, OF(DEVICE_ID)), 2); /* until it has */
	assert_int_equal(rd(DISK, OF(INTERRUPT_STATUS)), 2);
	virtio_withdraw(dev(DISK));
	assert_int_equal(irqs(DISK), 0);
	rig_write(DISK, OF(CONFIG), 4, 0);
	wr(DISK, OF(STATUS), 0);
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(rd(DISK, OF(DEVICE_ID)), 0);
	assert_int_equal(rd(DISK, OF(STATUS)), 0);
	assert_int_equal(virtio_status(dev(DISK), 0), -1);
}

/* The same device is taken up where it was, any other is begun anew, with nothing of the one before. */
static void test_another_device(void **state)
{
	struct nk_virtio_offer o = rig_offer();
	struct nk_virtio_queue q;
	static const u8 secret[] = {1, 2, 3, 4};

	assert_int_equal(virtio_config(dev(DISK), 0, secret, sizeof(secret)), 0);
	virtio_withdraw(dev(DISK));
	o.nr_queues = 1;
	o.queue_max[0] = 8; /* the driver has set up 64 */
	o.config_size = 16;
	assert_int_equal(try(DISK, &o), 0);
	catch_up(DISK);
	assert_int_equal(rig_read(DISK, OF(CONFIG), 4), 0);
	wr(DISK, OF(QUEUE_SEL), 0);
	wr(DISK, OF(QUEUE_READY), 1);
	assert_int_equal(virtio_queue(dev(DISK), 0, &q), 0);
	assert_in_range(q.size, 0, 8);
	assert_int_equal(state_of(DISK).ready, 0);
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON | VIRTIO_STATUS_NEEDS_RESET);
}

/* The same, of a driver that made queues ready without a status. */
static void test_no_status(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	wr(DISK, OF(STATUS), 0);
	catch_up(DISK);
	set_queue(DISK, 0, 64);
	set_queue(DISK, 1, 16);
	virtio_withdraw(dev(DISK));
	o.nr_queues = 1;
	o.queue_max[0] = 8;
	assert_int_equal(try(DISK, &o), 0);
	catch_up(DISK);
	assert_int_equal(state_of(DISK).ready, 0);
	posts(DISK);
	wr(DISK, OF(QUEUE_NOTIFY), 1);
	assert_int_equal(posts(DISK), 0);
}

static void test_trouble(void **state)
{
	assert_int_equal(virtio_status(dev(DISK), STAT_ON), 0);
	assert_int_equal(irqs(DISK), 0);
	assert_int_equal(virtio_status(dev(DISK), STAT_ON | VIRTIO_STATUS_NEEDS_RESET), 0);
	assert_int_equal(irqs(DISK), 1);
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON | VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(virtio_status(dev(DISK), UINT32_MAX), 0); /* told once, and no other bit */
	assert_int_equal(irqs(DISK), 0);
	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON | VIRTIO_STATUS_NEEDS_RESET);
	wr(DISK, OF(STATUS), 0);
	assert_int_equal(virtio_status(dev(DISK), VIRTIO_STATUS_NEEDS_RESET), -1);
}

/* By hypercalls: numbers of devices are the caller's, pointers are its RAM. */
static void test_hypercalls(void **state)
{
	struct nk_virtio_info *info = (void *)(fake_ram + (vm_of(3)->ram[0].pa - FAKE_RAM));
	struct nk_virtio_share *share = (void *)info;

	assert_int_equal(hc_virtio_info(vm_of(3), NULL, 0, OWN), 0);
	assert_string_equal(info->name, "disk,a");
	assert_int_equal(info->vm, 2);
	assert_int_equal(info->xirq, dev(DISK)->xirq);
	assert_int_equal(info->page, dev(DISK)->page_at);
	assert_int_equal(info->reg, 0x0a003000);
	assert_int_equal(info->size, 0x200);
	assert_int_equal(info->nr_shares, 2);
	assert_int_equal(hc_virtio_info(vm_of(3), NULL, 1, OWN), 0);
	assert_string_equal(info->name, "console");
	assert_int_equal(info->nr_shares, 0);
	assert_int_equal(hc_virtio_info(vm_of(3), NULL, 2, OWN), 0);
	assert_int_equal(info->vm, 4);
	assert_int_equal(hc_virtio_info(vm_of(3), NULL, 3, OWN), GONE);
	assert_int_equal(hc_virtio_info(vm_of(4), NULL, 3, OWN), GONE);
	assert_int_equal(hc_virtio_info(vm_of(3), NULL, 0, OWN + OWN_SIZE - 63), GONE);
	assert_int_equal(hc_virtio_share(vm_of(3), NULL, 0, 1, OWN), 0);
	assert_int_equal(share->driver, SECOND);
	assert_int_equal(share->size, SECOND_SIZE);
	assert_int_equal(hc_virtio_share(vm_of(3), NULL, 0, 2, OWN), GONE);
	assert_int_equal(hc_virtio_share(vm_of(3), NULL, 1, 0, OWN), GONE);
	/* Nothing of what it sees of others is a place for nk to write to. */
	assert_int_equal(hc_virtio_share(vm_of(3), NULL, 0, 0, share->here), GONE);
	assert_int_equal(hc_virtio_config(vm_of(3), NULL, 0, 0, OWN, 257), GONE);
	assert_int_equal(hc_virtio_config(vm_of(3), NULL, 0, 0, OWN, 16), 0);
	assert_int_equal(hc_virtio_config(vm_of(3), NULL, 0, 1, OWN, 16), GONE);
	assert_int_equal(hc_virtio_queue(vm_of(3), NULL, 0, 32, OWN), GONE);
	assert_int_equal(hc_virtio_offer(vm_of(3), NULL, 0, OWN + OWN_SIZE - 8), GONE);
	assert_int_equal(hc_virtio_offer(vm_of(3), NULL, 0, 0), 0);
	assert_false(dev(DISK)->there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test_setup(test_reset_hides, setup),
		cmocka_unit_test_setup(test_idle_reset, setup),
		cmocka_unit_test_setup(test_second_reset_waits, setup),
		cmocka_unit_test_setup(test_queue_stops, setup),
		cmocka_unit_test_setup(test_stores, setup),
		cmocka_unit_test_setup(test_stores_together, setup),
		cmocka_unit_test_setup(test_wrong_numbers, setup),
		cmocka_unit_test_setup(test_wrap, setup),
		cmocka_unit_test_setup(test_long_after_a_reset, setup),
		cmocka_unit_test_setup(test_far_behind, setup),
		cmocka_unit_test_setup(test_late, setup),
		cmocka_unit_test_setup(test_slow_is_not_late, setup),
		cmocka_unit_test_setup(test_answered_too_late, setup),
		cmocka_unit_test_setup(test_who_is_answered, setup),
		cmocka_unit_test_setup(test_wrong_offers, setup),
		cmocka_unit_test_setup(test_waits_for_an_offer, setup),
		cmocka_unit_test_setup(test_withdrawn, setup),
		cmocka_unit_test_setup(test_another_device, setup),
		cmocka_unit_test_setup(test_no_status, setup),
		cmocka_unit_test_setup(test_trouble, setup),
		cmocka_unit_test_setup(test_hypercalls, setup),
	};

	return cmocka_run_group_tests(tests, rig_make, NULL);
}

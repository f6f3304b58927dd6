// SPDX-License-Identifier: Apache-2.0
/* Lives of VMs: what becomes of devices, and what back-ends see of the memory of others, by the tables of stage 2. */
#include "virtio_rig.h"

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/sysreg.h"
#include "unit/s2_entry.h"

#define OF(name) VIRTIO_MMIO_##name

/* Where VM 3 has a piece of the device's driver. */
static ipa_t here(u32 device, u32 which)
{
	struct nk_virtio_share share;

	assert_int_equal(virtio_share(dev(device), which, &share), 0);
	return share.here;
}

/* The entry of level 2 that VM 3 has for it. */
static u64 block(ipa_t ipa)
{
	return s2_block(&vm_of(3)->arch, ipa);
}

static bool shown(u32 device)
{
	const struct vm *front = dev(device)->front;
	bool first = block(here(device, 0)) == (front->ram[0].pa | S2_GRANT | PTE_BLOCK);
	bool second = block(here(device, 1)) == (front->ram[1].pa | S2_GRANT | PTE_BLOCK);

	assert_int_equal(first, second);
	return first;
}

/* Nobody's page is what it sees else, all over. */
static u64 nobodys(u32 device)
{
	u64 page = s2_entry(&vm_of(3)->arch, here(device, 0));

	assert_int_not_equal(page, 0);
	assert_int_equal(s2_entry(&vm_of(3)->arch, here(device, 1)), page);
	assert_int_equal(s2_entry(&vm_of(3)->arch, here(device, 0) + GIB(1) - PAGE_SIZE), page);
	return page & PTE_ADDR_MASK & ~(u64)0xfff;
}

static void stop(u32 id)
{
	virtio_vm_stop(vm_of(id));
	fake_vms.running &= ~(u32)BIT(id);
	virtio_vm_event(vm_of(id), VM_EVENT_RUNNING);
}

static void start(u32 id)
{
	fake_vms.running |= (u32)BIT(id);
	virtio_vm_start(vm_of(id));
	virtio_vm_event(vm_of(id), VM_EVENT_RUNNING);
}

static void restart(u32 id)
{
	stop(id);
	start(id);
}

/* Only what has a share, only for who serves it, only when that has heard of this life. */
static void test_shown_when_heard(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	assert_false(shown(DISK));
	nobodys(DISK);
	assert_int_equal(virtio_offer(dev(DISK), &o), 0);
	assert_false(shown(DISK));
	catch_up(DISK);
	assert_true(shown(DISK));
	assert_false(shown(DISK_4));
	assert_int_equal(s2_block(&vm_of(4)->arch, here(DISK, 0)), 0);
	assert_int_equal(s2_block(&vm_of(2)->arch, here(DISK, 0)), 0);
	assert_int_equal(virtio_shares(dev(CONSOLE)), 0);
	/* Beyond it there is nothing. */
	assert_int_equal(block(here(DISK, 0) + OWN_SIZE), 0);
	assert_true(IS_ALIGNED(here(DISK, 0), GIB(1)) && here(DISK, 0) >= GIB(4));
	assert_true(virtio_mapping_moves(&vm_of(3)->arch, here(DISK, 1)));
	assert_true(virtio_mapping_moves(&vm_of(3)->arch, here(DISK, 0) + OWN_SIZE - 1));
	assert_false(virtio_mapping_moves(&vm_of(3)->arch, here(DISK, 0) + OWN_SIZE));
	assert_false(virtio_mapping_moves(&vm_of(2)->arch, here(DISK, 0)));
}

static void test_driver_restarts(void **state)
{
	u32 resets;

	offered(DISK);
	negotiate(DISK);
	resets = state_of(DISK).resets;
	stop(2);
	assert_false(shown(DISK));
	catch_up(DISK);
	assert_false(shown(DISK)); /* it has heard, but that VM is not there */
	assert_int_equal(posts(DISK), 1);
	start(2);
	assert_int_equal(posts(DISK), 1);
	assert_false(shown(DISK));
	assert_int_equal(state_of(DISK).resets, resets + 2);
	assert_int_equal(state_of(DISK).status, 0);
	assert_int_equal(state_of(DISK).ready, 0);
	assert_int_equal(rd(DISK, OF(STATUS)), 0);
	assert_int_equal(rd(DISK, OF(DEVICE_ID)), 2); /* the back-end is still there */
	catch_up(DISK);
	assert_true(shown(DISK));
}

/* What the back-end finds when it is told is what others see too; the driver's VM pays. Of all else it hears nothing. */
static void test_hears_whether_it_runs(void **state)
{
	offered(DISK);
	posts(DISK);
	for (u32 i = 0; i < 3; i++) {
		stop(2);
		assert_int_equal(posts(DISK), 1);
		assert_ptr_equal(fake_pulses.by, &vm_of(2)->arch);
		catch_up(DISK);
		assert_int_equal(state_of(DISK).running & 1, 0);
		start(2);
		assert_int_equal(posts(DISK), 1);
		catch_up(DISK);
		assert_int_equal(state_of(DISK).running & 1, 1);
	}
	virtio_vm_event(vm_of(2), VM_EVENT_PAUSED);
	virtio_vm_event(vm_of(3), VM_EVENT_RUNNING);
	assert_int_equal(posts(DISK), 0);
	assert_int_equal(posts(CONSOLE), 0); /* nobody is there for it */
}

/* A vCPU that waited has no wait left in its next life. */
static void test_stops_while_it_waits(void **state)
{
	offered(DISK);
	negotiate(DISK);
	wr(DISK, OF(STATUS), 0);
	assert_int_not_equal(waits(DISK, 0), 0);
	stop(2);
	rig_vcpu[0][0].awaits = NULL; /* as it left */
	start(2);
	fake_answers = 0;
	catch_up(DISK);
	assert_int_equal(fake_answers, 0);
}

static void test_back_end_ends(void **state)
{
	offered(DISK);
	negotiate(DISK);
	wr(DISK, OF(QUEUE_READY), 0);
	rig_write_by(1, DISK, OF(STATUS), 4, STAT_ON | VIRTIO_STATUS_FAILED);
	stop(3);
	assert_false(shown(DISK));
	assert_int_equal(waits(DISK, 0), 0);
	assert_int_equal(rd(DISK, OF(STATUS)), 0xcf);
	assert_int_equal(irqs(DISK), 1);
	assert_ptr_equal(fake_pulses.by, &vm_of(3)->arch);
	assert_int_equal(virtio_done(dev(DISK), dev(DISK)->page->asked), -1);
}

static void resumes(u32 device)
{
	struct nk_virtio_offer o = rig_offer();

	o.flags = NK_VIRTIO_OFFER_RESUMES;
	assert_int_equal(virtio_offer(dev(device), &o), 0);
}

static void goes_on(void)
{
	struct nk_virtio_queue q;
	u32 kicks = dev(DISK)->page->kicks[0];

	assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON);
	assert_int_equal(irqs(DISK), 0);
	wr(DISK, OF(QUEUE_NOTIFY), 0);
	assert_int_equal(dev(DISK)->page->kicks[0], kicks + 1);
	resumes(DISK);
	assert_true(shown(DISK)); /* before it hears of the queues */
	assert_int_equal(state_of(DISK).status, STAT_ON);
	assert_int_equal(state_of(DISK).ready, 1);
	assert_int_equal(virtio_queue(dev(DISK), 0, &q), 0);
	assert_int_equal(q.size, 64);
	assert_int_equal(q.desc, 0x180001000);
	catch_up(DISK);
	assert_int_equal(irqs(DISK), 0);
}

/* One that said so goes on where it was: queues and status are kept, kicks meanwhile are seen. */
static void test_back_end_resumes(void **state)
{
	resumes(DISK);
	catch_up(DISK);
	negotiate(DISK);
	restart(3);
	assert_false(shown(DISK));
	goes_on();
	virtio_withdraw(dev(DISK));
	goes_on();
	virtio_withdraw(dev(DISK));
	wr(DISK, OF(STATUS), 0);
	assert_int_equal(rd(DISK, OF(DEVICE_ID)), 0);
}

/* A driver that resets another device of that back-end's just then keeps it from nothing. */
static void test_resumes_beside_a_reset(void **state)
{
	resumes(DISK);
	catch_up(DISK);
	negotiate(DISK);
	restart(3);
	offered(CONSOLE);
	assert_true(shown(DISK));
	restart(3);
	assert_int_equal(virtio_offer(dev(CONSOLE), &(struct nk_virtio_offer){.device_id = 3}), 0);
	wr(CONSOLE, OF(STATUS), 1);
	wr(CONSOLE, OF(STATUS), 0);
	assert_false(shown(DISK));
	goes_on();
}

/* What comes back is another device, or does not fit what the driver has set up. */
static void test_cannot_resume(void **state)
{
	for (u32 i = 0; i < 6; i++) {
		struct nk_virtio_offer o = rig_offer();

		rig_setup(state);
		o.flags = NK_VIRTIO_OFFER_RESUMES;
		assert_int_equal(virtio_offer(dev(DISK), &o), 0);
		catch_up(DISK);
		negotiate(DISK);
		restart(3);
		o.device_id += i == 0;
		o.vendor_id += i == 1;
		o.features |= BIT(i == 2 ? 5 : 4);
		o.nr_queues -= i == 3;
		o.queue_max[0] = i == 4 ? 63 : 64;
		o.flags = i == 5 ? 0 : NK_VIRTIO_OFFER_RESUMES;
		assert_int_equal(virtio_offer(dev(DISK), &o), 0);
		assert_int_equal(rd(DISK, OF(STATUS)), STAT_ON | VIRTIO_STATUS_NEEDS_RESET);
		assert_int_equal(irqs(DISK), 1);
		assert_int_equal(state_of(DISK).ready, 0);
	}
}

/* One that has not heard of a reset keeps all of that VM from view, until it has, or is gone. */
static void test_two_of_one_vm(void **state)
{
	offered(DISK);
	offered(CONSOLE);
	assert_true(shown(DISK));
	restart(2);
	catch_up(DISK);
	assert_false(shown(DISK));
	catch_up(CONSOLE);
	assert_true(shown(DISK));
	restart(2);
	catch_up(DISK);
	virtio_withdraw(dev(CONSOLE));
	assert_true(shown(DISK));
	restart(2);
	virtio_withdraw(dev(DISK)); /* nobody is there who could have heard */
	assert_false(shown(DISK));
}

/* While TLBs are emptied there is neither the one nor the other. */
static ipa_t looked_at;
static u32 looks;

static void look(void)
{
	assert_int_equal(s2_level1(&vm_of(3)->arch, looked_at), 0);
	looks++;
}

static void test_break_before_make(void **state)
{
	struct nk_virtio_offer o = rig_offer();

	assert_int_equal(virtio_offer(dev(DISK), &o), 0);
	looked_at = here(DISK, 0);
	fake_during_tlbi = look;
	looks = 0;
	catch_up(DISK);
	assert_int_equal(looks, 1);
	fake_during_tlbi = look;
	stop(2);
	assert_int_equal(looks, 2);
	fake_during_tlbi = look;
	stop(2); /* it is hidden already */
	assert_int_equal(looks, 2);
	fake_during_tlbi = NULL;
}

/* All of it is gone before the hook of the driver's stop returns, that of the other VM stays. */
static void test_of_others(void **state)
{
	offered(DISK);
	offered(DISK_4);
	assert_true(shown(DISK) && shown(DISK_4));
	assert_int_not_equal(here(DISK, 0), here(DISK_4, 0));
	stop(2);
	assert_false(shown(DISK));
	assert_true(shown(DISK_4));
	stop(3);
	assert_false(shown(DISK_4));
}

/* What a back-end sees of kicks it may not write; its interrupts are for nk alone to post. */
static void test_page(void **state)
{
	u64 page = dev(DISK)->page_at;

	assert_int_equal(page % 256, 0);
	assert_int_equal(dev(CONSOLE)->page_at, page + 256);
	assert_int_equal(s2_entry(&vm_of(3)->arch, page),
			 ALIGN_DOWN(page, PAGE_SIZE) | S2_SHARED_RO | PTE_PAGE);
	assert_int_equal(s2_entry(&vm_of(2)->arch, page), 0);
	assert_int_not_equal(s2_entry(&vm_of(2)->arch, dev(NET)->page_at), 0);
	assert_int_equal(vm_of(3)->xirqs.posters[dev(DISK)->xirq - NK_XIRQ_FIRST], 0);
	assert_int_not_equal(dev(DISK)->xirq, dev(CONSOLE)->xirq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_shown_when_heard, rig_setup),
		cmocka_unit_test_setup(test_driver_restarts, rig_setup),
		cmocka_unit_test_setup(test_hears_whether_it_runs, rig_setup),
		cmocka_unit_test_setup(test_stops_while_it_waits, rig_setup),
		cmocka_unit_test_setup(test_back_end_ends, rig_setup),
		cmocka_unit_test_setup(test_back_end_resumes, rig_setup),
		cmocka_unit_test_setup(test_resumes_beside_a_reset, rig_setup),
		cmocka_unit_test_setup(test_cannot_resume, rig_setup),
		cmocka_unit_test_setup(test_two_of_one_vm, rig_setup),
		cmocka_unit_test_setup(test_break_before_make, rig_setup),
		cmocka_unit_test_setup(test_of_others, rig_setup),
		cmocka_unit_test_setup(test_page, rig_setup),
	};

	return cmocka_run_group_tests(tests, rig_make, NULL);
}

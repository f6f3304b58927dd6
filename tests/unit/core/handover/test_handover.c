// SPDX-License-Identifier: Apache-2.0
/*
 * Who has which CPU: a case for each rule, and long runs by chance in which guests do what they like. What runs where is
 * kept here, as the scheduler would have it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/handover/handover.c" /* its table begins anew for each test */
#include "core/prop/prop.h"
#include "core/sched/sched.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "fake/core.h"
#include "fake/fake.h"

#define CPUS 6
#define VMS 4 /* 2 and 3: bound vCPUs; 4 and 5: they move */
#define MS_BOUND 50

static struct vm vms[VMS];
static struct arch_vcpu vcpus[VMS][CPUS];
static bool on[VMS][CPUS];
static u32 at[VMS][CPUS]; /* where a vCPU that is on and moves is */
static u32 told; /* VMs, since it was taken */
static struct vm *told_by;

void props_cpus_changed(u32 changed, struct vm *by)
{
	told |= changed;
	told_by = by;
}

static u32 take_told(void)
{
	u32 was = told;

	told = 0;
	return was;
}

static void make_vm(u32 id, u32 affinity, u32 handover, bool moves)
{
	struct cfg_vm *cfg = &sys_config.vm[id - 2];
	struct vm *vm = &vms[id - 2];

	*cfg = (struct cfg_vm){.id = id,
			       .affinity = affinity,
			       .handover_affinity = handover,
			       .migration = moves,
			       .handover_ms = MS_BOUND,
			       .autostart = id != 2};
	memset(vm, 0, sizeof(*vm));
	vm->cfg = cfg;
	vm->arch.id = id;
	for (u32 m = affinity; m; m &= m - 1) {
		struct arch_vcpu *v = &vcpus[id - 2][cfg->nr_vcpus];

		v->id = cfg->nr_vcpus;
		v->vm = &vm->arch;
		cfg->vcpu_cpu[cfg->nr_vcpus++] = (u32)__builtin_ctz(m);
	}
	vm->arch.nr_vcpus = cfg->nr_vcpus;
	fake_vms.by_id[id] = vm;
	assert_int_equal(handover_create(vm, NULL), 0);
}

/* CPU 0 is everybody's; 1 of 2 and 3; 2 of 3 and 4; 3 of 4 and 5; 4 of all; 5 in nobody's handover-affinity. */
static int setup(void **state)
{
	memset(cpus, 0, sizeof(cpus));
	memset(fake_sched, 0, sizeof(fake_sched));
	memset(on, 0, sizeof(on));
	fake_counter = 1000;
	board.nr_cpus = CPUS;
	sys_config.nr_vms = VMS;
	make_vm(2, 0x13, 0x12, false);
	make_vm(3, 0x17, 0x16, false);
	make_vm(4, 0x1d, 0x1c, true);
	make_vm(5, 0x19, 0x18, true);
	assert_int_equal(handover_ready(NULL), 0);
	told = 0;
	return 0;
}

static bool turn_on(u32 id, u32 vcpu)
{
	return on[id - 2][vcpu] = handover_vcpu_on(&vcpus[id - 2][vcpu]);
}

static void turn_off(u32 id, u32 vcpu)
{
	on[id - 2][vcpu] = false;
	handover_vcpu_off(&vcpus[id - 2][vcpu]);
}

static u32 owner(u32 cpu)
{
	return handover_state(cpu).owner;
}

static u32 state_of(u32 cpu)
{
	return handover_state(cpu).state;
}

static void at_boot(void **state)
{
	assert_int_equal(owner(0), 0);
	assert_int_equal(owner(1), 3); /* VM 2 does not start by itself */
	assert_int_equal(owner(2), 3);
	assert_int_equal(owner(3), 4);
	assert_int_equal(owner(4), 3);
	assert_int_equal(owner(5), 0);
	assert_int_equal(handover_cpus(&vms[0]), 0x01);
	assert_int_equal(handover_vcpus(&vms[0]), 0x1);
	assert_int_equal(handover_cpus(&vms[1]), 0x17);
	assert_int_equal(handover_target(&vms[1]), 0xf);
	assert_int_equal(handover_cpus(&vms[2]), 0x09);
	assert_int_equal(handover_target(&vms[2]), 0);
	assert_int_equal(handover_vcpus(&vms[2]), 0xf);
	assert_int_equal(handover_cpus(&vms[3]), 0x01);
	assert_int_equal(fake_sched[3].barred, 1 << 5);
	assert_int_equal(fake_sched[4].barred, 1 << 4 | 1 << 5);
	assert_int_equal(fake_sched[1].barred, 0);
}

static void bound(void **state)
{
	assert_true(turn_on(3, 1));
	assert_false(turn_on(2, 1));
	assert_int_equal(handover_give(1, 2, &vms[3]), 0);
	assert_ptr_equal(told_by, &vms[3]);
	assert_int_equal(take_told(), 1 << 3);
	assert_int_equal(state_of(1), NK_HANDOVER_WAITING);
	assert_int_equal(handover_target(&vms[1]), 0xd);
	assert_int_equal(handover_vcpus(&vms[1]), 0xf); /* not let go yet */
	assert_false(turn_on(2, 1));
	assert_false(handover_vcpu_on(&vcpus[1][1])); /* and no way back for the owner */
	assert_int_equal(handover_give(1, 2, &vms[3]), 0); /* the same again */
	assert_int_equal(take_told(), 0);
	turn_off(3, 1);
	assert_int_equal(take_told(), 1 << 2 | 1 << 3);
	assert_int_equal(state_of(1), NK_HANDOVER_DONE);
	assert_int_equal(fake_sched[1].due, SCHED_NEVER);
	assert_int_equal(handover_cpus(&vms[1]), 0x15);
	assert_int_equal(handover_target(&vms[0]), 0x3);
	assert_false(turn_on(3, 1));
	assert_true(turn_on(2, 1));
	assert_int_equal(handover_state(1).number, 1);
}

static void at_once(void **state)
{
	assert_int_equal(handover_give(1, 2, NULL),
			 0); /* its vCPU is off, or the VM does not run */
	assert_int_equal(owner(1), 2);
	assert_int_equal(take_told(), 1 << 2 | 1 << 3);
	assert_int_equal(handover_give(1, 2, NULL), 0);
	assert_int_equal(handover_state(1).number, 1);
	assert_int_equal(take_told(), 0);
}

static void mistakes(void **state)
{
	assert_int_equal(handover_give(CPUS, 3, NULL), -1);
	assert_int_equal(handover_give(~0u, 3, NULL), -1);
	assert_int_equal(handover_give(1, 4, NULL), -1); /* does not name it */
	assert_int_equal(handover_give(1, NK_VM_IDS, NULL), -1);
	assert_int_equal(handover_give(1, 0, NULL), -1);
	assert_int_equal(handover_give(5, 2, NULL), -1);
	turn_on(3, 3);
	assert_int_equal(handover_give(4, 2, NULL), 0);
	assert_int_equal(handover_give(4, 5, NULL), -1); /* on its way to VM 2 */
	assert_int_equal(handover_state(4).to, 2);
}

static void withdrawn(void **state)
{
	turn_on(3, 1);
	handover_give(1, 2, NULL);
	assert_int_equal(handover_give(1, 3, NULL), 0);
	assert_int_equal(state_of(1), NK_HANDOVER_WITHDRAWN);
	assert_int_equal(handover_target(&vms[1]), 0xf);
	turn_off(3, 1);
	assert_int_equal(owner(1), 3);
	assert_true(turn_on(3, 1));
}

static void late(void **state)
{
	turn_on(3, 1);
	handover_give(1, 2, NULL);
	assert_int_equal(fake_sched[1].due, 1000 + sched_ticks(MS_BOUND * 1000));
	fake_counter = fake_sched[1].due - 1;
	handover_due(1);
	assert_int_equal(state_of(1), NK_HANDOVER_WAITING);
	take_told();
	fake_counter++;
	handover_due(1);
	assert_int_equal(state_of(1), NK_HANDOVER_LATE);
	assert_int_equal(owner(1), 3);
	assert_int_equal(take_told(), 1 << 3);
	assert_int_equal(handover_target(&vms[1]), 0xf);
	assert_int_equal(handover_give(1, 2, NULL), 0); /* it may be tried again */
	turn_off(3, 1);
	assert_int_equal(owner(1), 2);
}

/* What has let go meanwhile is not late. */
static void just_in_time(void **state)
{
	handover_start(&vms[2]);
	fake_sched[3].members = 1 << 4;
	handover_give(3, 5, NULL);
	assert_int_equal(state_of(3), NK_HANDOVER_WAITING);
	fake_sched[3].members = 0;
	fake_counter += sched_ticks(1000 * MS_BOUND);
	handover_due(3);
	assert_int_equal(state_of(3), NK_HANDOVER_DONE);
}

static void moving(void **state)
{
	handover_start(&vms[2]);
	assert_true(turn_on(4, 1));
	assert_false(turn_on(4, 2)); /* two CPUs, two vCPUs */
	fake_sched[0].members = fake_sched[3].members = 1 << 4;
	handover_give(3, 5, NULL);
	assert_int_equal(take_told(), 1 << 4);
	assert_int_equal(handover_cpus(&vms[2]), 0x01);
	assert_int_equal(fake_sched[3].barred, 1 << 5); /* not before it has done its part */
	handover_left(3);
	assert_int_equal(state_of(3), NK_HANDOVER_WAITING);
	turn_off(4, 0); /* that on CPU 0, so the other one has to leave CPU 3 */
	assert_int_equal(fake_sched[3].barred, 1 << 4 | 1 << 5);
	assert_int_equal(owner(3), 4);
	assert_false(turn_on(4, 0));
	fake_sched[3].members = 0;
	handover_left(3);
	assert_int_equal(owner(3), 5);
	assert_int_equal(fake_sched[3].barred, 1 << 4);
	assert_int_equal(take_told(), 1 << 4 | 1 << 5);
	assert_int_equal(handover_cpus(&vms[3]), 0x09);
}

/* One that was let on has a place, also if a CPU was asked for before it was there: else it could never go off. */
static void asked_while_it_turns_on(void **state)
{
	handover_start(&vms[2]);
	fake_sched[0].members = 1 << 4;
	assert_true(turn_on(4, 1));
	handover_give(3, 5, NULL);
	assert_int_equal(handover_cpus(&vms[2]), 0x01);
	assert_int_equal(handover_owned(&vms[2]), 0x09);
	assert_int_equal(fake_sched[3].barred, 1 << 5);
	turn_off(4, 1);
	assert_int_equal(handover_owned(&vms[2]), 0x01);
	assert_int_equal(owner(3), 5);
}

/* A VM that stops lets go, and stays the owner of the rest. */
static void stops(void **state)
{
	handover_start(&vms[1]);
	turn_on(3, 1);
	turn_on(3, 2);
	handover_give(1, 2, NULL);
	turn_off(3, 1);
	turn_off(3, 2);
	handover_vcpu_off(&vcpus[1][0]);
	assert_int_equal(owner(1), 2);
	assert_int_equal(owner(2), 3);
	handover_start(&vms[1]);
	assert_false(turn_on(3, 1));
	assert_true(turn_on(3, 2));
}

/* ---- by chance ---- */

static u32 places(u32 vm)
{
	u32 mask = 0;

	for (u32 i = 0; i < CPUS; i++)
		mask |= (u32)on[vm][i] << at[vm][i];
	return mask;
}

static u32 nr_on(u32 vm)
{
	u32 n = 0;

	for (u32 i = 0; i < CPUS; i++)
		n += on[vm][i];
	return n;
}

static void note_members(void)
{
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		for (u32 vm = 2; vm < VMS; vm++)
			fake_sched[cpu].members = (fake_sched[cpu].members & ~(4u << vm)) |
						  (places(vm) >> cpu & 1) << (vm + 2);
}

/* A vCPU that is on goes to a CPU where no other one is: mask may be old. */
static bool place(u32 vm, u32 i, u32 mask)
{
	u32 left = mask & ~places(vm);

	if (!left)
		return false;
	at[vm][i] = (u32)__builtin_ctz(left);
	note_members();
	return true;
}

/* VMs that run a vCPU on this CPU and name it in handover-affinity. */
static u32 running_on(u32 cpu)
{
	u32 mask = 0;

	for (u32 vm = 0; vm < VMS; vm++) {
		const struct cfg_vm *cfg = vms[vm].cfg;

		for (u32 i = 0; i < cfg->nr_vcpus; i++) {
			u32 where = cfg->migration ? at[vm][i] : cfg->vcpu_cpu[i];

			if (on[vm][i] && where == cpu && (cfg->handover_affinity >> cpu & 1) &&
			    !(fake_sched[cpu].barred >> (vm + 2) & 1))
				mask |= 4u << vm;
		}
	}
	return mask;
}

static void check_all(void)
{
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		NkHandover h = handover_state(cpu);
		u32 has = 0;

		assert_int_equal(running_on(cpu) & ~(1u << h.owner), 0);
		if (h.state == NK_HANDOVER_WAITING)
			assert_int_equal(h.from, h.owner);
		assert_int_equal(fake_sched[cpu].due != SCHED_NEVER && fake_sched[cpu].due,
				 h.state == NK_HANDOVER_WAITING);
		for (u32 vm = 0; vm < VMS; vm++)
			if (vms[vm].cfg->handover_affinity >> cpu & 1)
				has |= (handover_cpus(&vms[vm]) >> cpu & 1) << (vm + 2);
		assert_int_equal(has & ~(1u << h.owner), 0);
	}
}

static void step_moving(u32 vm, u32 old_cpus)
{
	u32 i = (u32)rand() % vms[vm].cfg->nr_vcpus;

	if (on[vm][i] && rand() % 3) {
		u32 was = at[vm][i];

		/* The scheduler moves it, for once with an old mask. */
		on[vm][i] = false;
		if (!place(vm, i, rand() % 8 ? handover_cpus(&vms[vm]) : old_cpus))
			at[vm][i] = was;
		on[vm][i] = true;
		note_members();
		handover_left(was);
	} else if (on[vm][i]) {
		u32 was = at[vm][i];

		turn_off(vm + 2, i);
		note_members();
		handover_left(was);
	} else if (!nr_on(vm)) {
		handover_start(&vms[vm]);
		assert_true(place(vm, i, handover_cpus(&vms[vm])));
		on[vm][i] = true;
		note_members();
	} else if (handover_vcpu_on(&vcpus[vm][i])) {
		assert_true(nr_on(vm) < popcount32(handover_cpus(&vms[vm])));
		if (rand() % 4 == 0) /* a CPU is asked for before it has a place */
			handover_give((u32)rand() % CPUS, 2 + (u32)rand() % VMS, NULL);
		assert_true(place(vm, i, handover_cpus(&vms[vm])) ||
			    place(vm, i, handover_owned(&vms[vm])));
		on[vm][i] = true;
		note_members();
	}
}

static void one_run(u32 seed)
{
	u32 old[VMS] = {0}, done = 0;

	setup(NULL);
	srand(seed);
	for (u32 step = 0; step < 20000; step++) {
		u32 vm = (u32)rand() % VMS, cpu = (u32)rand() % CPUS;
		u32 i = 1 + (u32)rand() % (vms[vm].cfg->nr_vcpus - 1);

		fake_counter += (u64)rand() % 2000;
		if (rand() % 6 == 0)
			handover_give(cpu, 2 + (u32)rand() % VMS, NULL);
		if (fake_sched[cpu].due && fake_counter >= fake_sched[cpu].due)
			handover_due(cpu);
		if (vms[vm].cfg->migration)
			step_moving(vm, old[vm]);
		else if (on[vm][i])
			turn_off(vm + 2, i);
		else
			turn_on(vm + 2, i);
		if (rand() % 4 == 0)
			old[vm] = handover_cpus(&vms[vm]);
		done += handover_state(cpu).state == NK_HANDOVER_DONE;
		check_all();
	}
	assert_true(done > 1000);
}

static void by_chance(void **state)
{
	for (u32 seed = 1; seed <= 25; seed++)
		one_run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(at_boot, setup),
		cmocka_unit_test_setup(bound, setup),
		cmocka_unit_test_setup(at_once, setup),
		cmocka_unit_test_setup(mistakes, setup),
		cmocka_unit_test_setup(withdrawn, setup),
		cmocka_unit_test_setup(late, setup),
		cmocka_unit_test_setup(just_in_time, setup),
		cmocka_unit_test_setup(moving, setup),
		cmocka_unit_test_setup(asked_while_it_turns_on, setup),
		cmocka_unit_test_setup(stops, setup),
		cmocka_unit_test_setup(by_chance, setup),
	};

	return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}

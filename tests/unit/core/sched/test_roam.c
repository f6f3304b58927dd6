// SPDX-License-Identifier: Apache-2.0
/*
 * vCPUs that roam, with those who decide which CPUs they have: each that is on has a CPU, or gets one, whatever moves,
 * ends or is asked for between two steps of it. Threads and kicks are played here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cpu.h"
#include "arch/thread.h"
#include "core/handover/handover.h"
#include "core/prop/prop.h"
#include "core/sched/priv.h"
#include "core/sched/table.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "fake/core.h"
#include "fake/fake.h"

#define CPUS 4
#define VMS 2 /* 2 has CPU 0 for itself, 3 has CPU 1; both name CPUs 2 and 3 */

struct sched_cpu sched_cpus[NK_CPUS_MAX];
static struct vm vms[VMS];
static struct arch_vcpu vcpus[VMS][NK_VCPUS_MAX];
static bool on[VMS][NK_VCPUS_MAX];
static void (*while_it_moves)(void);

void props_cpus_changed(u32 changed, struct vm *by)
{
}

u64 sched_ticks(u64 us)
{
	return us;
}

static u32 kicks[CPUS];

void arch_cpu_kick(u32 cpu)
{
	kicks[cpu]++;
}

void arch_vcpu_place(struct arch_vcpu *v, u32 cpu)
{
	v->cpu = cpu;
}

void arch_vcpu_move(struct arch_vcpu *v, u32 cpu)
{
	v->cpu = cpu;
	if (while_it_moves)
		while_it_moves();
}

void sched_begin_thread(struct sched_vcpu *t)
{
	t->alive = true;
}

static void make_vm(u32 id)
{
	struct cfg_vm *cfg = &sys_config.vm[id - 2];
	struct vm *vm = &vms[id - 2];

	*cfg = (struct cfg_vm){.id = id,
			       .nr_vcpus = 3,
			       .affinity = 0xc | 1u << (id - 2),
			       .handover_affinity = 0xc,
			       .migration = true,
			       .handover_ms = 50,
			       .autostart = true};
	memset(vm, 0, sizeof(*vm));
	vm->cfg = cfg;
	vm->arch.id = id;
	for (u32 i = 0; i < cfg->nr_vcpus; i++) {
		vcpus[id - 2][i] = (struct arch_vcpu){.id = i, .vm = &vm->arch};
		vm->sched[i] = (struct sched_vcpu){.v = &vcpus[id - 2][i],
						   .roams = true,
						   .may_move = cfg->affinity,
						   .e = {.slice = 1000}};
	}
	fake_vms.by_id[id] = vm;
	assert_int_equal(handover_create(vm, NULL), 0);
}

/* As sched_post() does. */
static void post(u32 id, u32 vcpu)
{
	struct vm *vm = &vms[id - 2];

	__atomic_or_fetch(&vm->sched[vcpu].jobs, SCHED_START, __ATOMIC_ACQ_REL);
	spin_lock(&vm->lock);
	sched_place(vm);
	spin_unlock(&vm->lock);
}

static struct sched_vcpu *thread(u32 id, u32 vcpu)
{
	return &vms[id - 2].sched[vcpu];
}

/* What a CPU does when it looks: all that have come begin, and work as guests. */
static void look(u32 cpu)
{
	struct sched_cpu *c = &sched_cpus[cpu];

	fake_here = cpu;
	sched_take_arrivals(c, fake_counter);
	for (u32 vm = 2; vm < 2 + VMS; vm++)
		if (c->vcpu[vm] && __atomic_exchange_n(&c->vcpu[vm]->jobs, 0, __ATOMIC_ACQ_REL))
			c->vcpu[vm]->in_guest = true;
	c->s.barred = sched_barred_here(c);
	sched_forward_kicks(c, fake_counter);
	sched_evict(c);
	if (fake_counter >= c->due)
		handover_due(cpu);
}

static void look_everywhere(void)
{
	for (u32 i = 0; i < 2 * CPUS; i++)
		look(i % CPUS);
}

/* The vCPU was where it is and runs no more: vm_vcpu_gone(), thread_exit(), and the CPU's next settle(). */
static void turn_off(u32 id, u32 vcpu)
{
	struct sched_vcpu *t = thread(id, vcpu);
	struct sched_cpu *c = &sched_cpus[t->v->cpu];

	fake_here = t->v->cpu;
	on[id - 2][vcpu] = false;
	t->in_guest = false;
	handover_vcpu_off(t->v);
	t->alive = false;
	c->gone = t;
	sched_sleep(&c->s, id);
	sched_release(c);
}

static bool let_on(u32 id, u32 vcpu)
{
	return on[id - 2][vcpu] = handover_vcpu_on(&vcpus[id - 2][vcpu]);
}

static int setup(void **state)
{
	memset(sched_cpus, 0, sizeof(sched_cpus));
	memset(on, 0, sizeof(on));
	while_it_moves = NULL;
	board.nr_cpus = CPUS;
	sys_config.nr_vms = VMS;
	for (u32 i = 0; i < CPUS; i++)
		sched_cpus[i].due = sched_cpus[i].look_at = SCHED_NEVER;
	for (u32 vm = 2; vm < 2 + VMS; vm++)
		make_vm(vm);
	assert_int_equal(handover_ready(NULL), 0);
	for (u32 vm = 2; vm < 2 + VMS; vm++) {
		handover_start(&vms[vm - 2]);
		on[vm - 2][0] = true;
		post(vm, 0);
	}
	look_everywhere();
	return 0;
}

static bool is_on(u32 id, u32 vcpu, u32 cpu)
{
	const struct sched_vcpu *t = thread(id, vcpu);

	return sched_cpus[cpu].vcpu[id] == t && t->v->cpu == cpu && t->placed && t->in_guest &&
	       sched_is_member(cpu, id);
}

/* It has to run to be turned off, and nobody else may have the CPU before that. */
static void asked_while_it_turns_on(void **state)
{
	handover_give(3, 3, NULL);
	look_everywhere();
	assert_int_equal(handover_state(3).owner, 3);
	assert_true(is_on(2, 0, 0));
	assert_true(let_on(2, 1));
	handover_give(2, 3, NULL);
	post(2, 1);
	look_everywhere();
	assert_true(is_on(2, 1, 2));
	assert_int_equal(handover_state(2).state, NK_HANDOVER_WAITING);
	turn_off(2, 1);
	assert_int_equal(handover_state(2).owner, 3);
	assert_false(sched_is_member(2, 2));
}

static void post_the_third(void)
{
	while_it_moves = NULL;
	post(2, 2);
	assert_false(thread(2, 2)->placed);
}

/* One that moves has two places for a moment. */
static void turns_on_while_another_moves(void **state)
{
	struct sched_cpu *c = &sched_cpus[2];

	assert_true(let_on(2, 1));
	post(2, 1);
	look_everywhere();
	assert_true(is_on(2, 1, 2));
	assert_true(let_on(2, 2));
	while_it_moves = post_the_third;
	fake_here = 2;
	assert_true(sched_move(c, 2, 3));
	look_everywhere();
	assert_true(is_on(2, 1, 3));
	assert_true(is_on(2, 2, 2));
}

/* It looked for an idle CPU by itself, before it saw that it has to go: that counts all the same. */
static void moves_by_itself_when_asked_for(void **state)
{
	assert_true(let_on(2, 1));
	post(2, 1);
	look_everywhere();
	assert_true(is_on(2, 1, 2));
	turn_off(2, 0);
	handover_give(2, 3, NULL);
	assert_int_equal(handover_state(2).state, NK_HANDOVER_WAITING);
	fake_here = 2;
	assert_true(sched_move(&sched_cpus[2], 2, 0));
	assert_int_equal(handover_state(2).owner, 3);
}

/* How many kicks a CPU gets while the one that v left, and which may have got them for v, looks again and again. */
static u32 forwarded(struct arch_vcpu *v, u64 requests)
{
	u32 before = kicks[v->cpu];

	v->requests = requests | VCPU_REQ_LOOK;
	for (u32 i = 0; i < 10; i++)
		sched_forward_kicks(&sched_cpus[fake_here], fake_counter);
	return kicks[v->cpu] - before;
}

/* Where it waits others run, who did not ask for anything. */
static void a_kick_follows_once(void **state)
{
	struct arch_vcpu *v = thread(2, 1)->v;

	assert_true(let_on(2, 1));
	post(2, 1);
	look_everywhere();
	assert_true(is_on(2, 1, 2));
	fake_here = 2;
	assert_true(sched_move(&sched_cpus[2], 2, 3));
	assert_int_equal(forwarded(v, 0), 0);
	assert_int_equal(forwarded(v, VCPU_REQ_VGIC), 1);
	assert_int_equal(forwarded(v, VCPU_REQ_VGIC | VCPU_REQ_STOP), 1);
	assert_int_equal(forwarded(v, VCPU_REQ_STOP), 0);
	assert_int_equal(forwarded(v, VCPU_REQ_VGIC | VCPU_REQ_STOP), 1);
	fake_counter += 1001; /* the last look for it forwards, too */
	assert_int_equal(forwarded(v, VCPU_REQ_PAUSE), 1);
	assert_int_equal(forwarded(v, VCPU_REQ_VGIC), 0);
}

/* ---- by chance ---- */

static u32 places_of(u32 id)
{
	u32 n = 0;

	for (u32 cpu = 0; cpu < CPUS; cpu++)
		n += sched_is_member(cpu, id);
	return n;
}

/* Once all have looked, who is on has a CPU of its VM's, and nobody else has one. */
static void check_all(void)
{
	for (u32 id = 2; id < 2 + VMS; id++) {
		u32 nr = 0;

		for (u32 i = 0; i < 3; i++) {
			const struct sched_vcpu *t = thread(id, i);

			nr += on[id - 2][i];
			assert_int_equal(t->placed, on[id - 2][i]);
			if (!t->placed)
				continue;
			assert_true(is_on(id, i, t->v->cpu));
			assert_true(handover_owned(&vms[id - 2]) >> t->v->cpu & 1);
		}
		assert_int_equal(places_of(id), nr);
	}
}

static void step(void)
{
	u32 id = 2 + (u32)rand() % VMS, i = (u32)rand() % 3;
	bool was_on = on[id - 2][i];

	if (rand() % 3 == 0)
		handover_give(2 + (u32)rand() % 2, 2 + (u32)rand() % VMS, NULL);
	if (i && was_on) {
		turn_off(id, i);
	} else if (i && let_on(id, i)) {
		if (rand() % 2)
			handover_give(2 + (u32)rand() % 2, 2 + (u32)rand() % VMS, NULL);
		if (rand() % 2)
			look((u32)rand() % CPUS);
		post(id, i);
	}
	fake_counter += (u64)rand() % 3000; /* a kick that follows is on its way for 1000 */
}

static void by_chance(void **state)
{
	u32 done = 0;

	for (u32 seed = 1; seed <= 25; seed++) {
		setup(NULL);
		srand(seed);
		for (u32 n = 0; n < 4000; n++) {
			u32 number = handover_state(2).number;

			step();
			if (rand() % 2)
				look((u32)rand() % CPUS);
			fake_counter += 1001;
			look_everywhere();
			check_all();
			done += handover_state(2).number != number;
		}
	}
	assert_true(done > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(asked_while_it_turns_on, setup),
		cmocka_unit_test_setup(turns_on_while_another_moves, setup),
		cmocka_unit_test_setup(moves_by_itself_when_asked_for, setup),
		cmocka_unit_test_setup(a_kick_follows_once, setup),
		cmocka_unit_test_setup(by_chance, setup),
	};

	return cmocka_run_group_tests_name("roam", tests, NULL, NULL);
}

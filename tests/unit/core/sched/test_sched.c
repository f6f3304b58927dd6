// SPDX-License-Identifier: Apache-2.0
/*
 * The scheduler's decisions: one case for each rule, and long runs by chance whose every step is held against what
 * the rules say, with accounts kept here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/sched/sched.h"

#define SLICE 1000
#define JITTER 7 /* ticks that the CPU may come late */

static struct sched s;
static struct sched_entity e[NK_VM_IDS];

static int setup(void **state)
{
	memset(&s, 0, sizeof(s));
	memset(e, 0, sizeof(e));
	return 0;
}

static void add(u32 vm, u32 priority, u64 budget, u64 period)
{
	e[vm] = (struct sched_entity){
		.priority = priority, .slice = SLICE, .budget = budget, .period = period};
	sched_add(&s, vm, &e[vm], 0);
}

static u32 at(u64 now)
{
	sched_account(&s, now);
	return sched_pick(&s, now);
}

static void test_nobody(void **state)
{
	add(2, 0, 0, 0);
	assert_int_equal(at(5), 0);
	assert_true(sched_next(&s, 5) == SCHED_NEVER);
	assert_false(sched_contended(&s));
}

static void test_alone(void **state)
{
	add(2, 0, 0, 0);
	sched_wake(&s, 2);
	assert_int_equal(at(5), 2);
	assert_true(sched_next(&s, 5) == SCHED_NEVER); /* no timer for one that is alone */
	assert_false(sched_contended(&s));
	sched_sleep(&s, 2);
	assert_int_equal(at(50), 0);
}

/* Who has to leave the CPU does not run, whatever its priority, and nobody has to make room for it. */
static void test_barred(void **state)
{
	add(2, 5, 0, 0);
	add(3, 1, 0, 0);
	sched_wake(&s, 2);
	sched_wake(&s, 3);
	s.barred = 1 << 2;
	assert_int_equal(at(5), 3);
	assert_false(sched_contended(&s));
	assert_true(sched_next(&s, 5) == SCHED_NEVER);
	sched_remove(&s, 2);
	assert_int_equal(s.barred, 0);
	s.barred = 1 << 3;
	assert_int_equal(at(9), 0);
	s.barred = 0;
	assert_int_equal(at(9), 3);
}

static void test_turns(void **state)
{
	u64 now = 0;

	for (u32 vm = 2; vm <= 4; vm++) {
		add(vm, 1, 0, 0);
		sched_wake(&s, vm);
	}
	for (u32 turn = 0; turn < 9; turn++) {
		assert_int_equal(at(now), 2 + turn % 3);
		assert_true(sched_contended(&s));
		assert_int_equal(sched_next(&s, now), now + SLICE);
		now += SLICE / 2; /* looked at in the middle: nothing changes */
		assert_int_equal(at(now), 2 + turn % 3);
		assert_int_equal(sched_next(&s, now), now + SLICE / 2);
		now += SLICE / 2;
	}
}

static void test_priority(void **state)
{
	add(2, 1, 0, 0);
	add(3, 1, 0, 0);
	add(4, 9, 0, 0);
	sched_wake(&s, 2);
	sched_wake(&s, 3);
	assert_int_equal(at(0), 2);
	sched_wake(&s, 4);
	assert_int_equal(at(SLICE / 4), 4);
	assert_true(sched_next(&s, SLICE / 4) == SCHED_NEVER); /* it has no equal */
	/* Who was preempted has the rest of its slice, and keeps its place. */
	sched_account(&s, 5 * SLICE);
	sched_sleep(&s, 4);
	assert_int_equal(sched_pick(&s, 5 * SLICE), 2);
	assert_int_equal(sched_next(&s, 5 * SLICE), 5 * SLICE + SLICE * 3 / 4);
	assert_int_equal(at(6 * SLICE), 3);
}

/* Another CPU is better where it runs at once; or where it has turns, if it has none here for as long as one takes. */
static void test_gains(void **state)
{
	u64 now = 5 * SLICE;

	add(2, 3, 0, 0);
	add(3, 4, 0, 0);
	sched_account(&s, now);
	sched_wake(&s, 2);
	assert_true(sched_gains(&e[2], 5, 0, now));
	assert_true(sched_gains(&e[2], 4, 3, now));
	assert_false(sched_gains(&e[2], 4, 4, now + 2 * SLICE)); /* it has turns here */
	assert_false(sched_gains(&e[2], 5, 5, now + 2 * SLICE));
	assert_false(sched_gains(&e[2], 5, 4, now + SLICE - 1));
	assert_true(sched_gains(&e[2], 5, 4, now + SLICE));
	/* It waits from when it last ran. */
	assert_int_equal(at(now), 2);
	now += SLICE / 2;
	sched_account(&s, now);
	sched_wake(&s, 3);
	assert_int_equal(sched_pick(&s, now), 3);
	assert_int_equal(at(now + SLICE / 2), 3);
	assert_false(sched_gains(&e[2], 5, 4, now + SLICE - 1));
	assert_true(sched_gains(&e[2], 5, 4, now + SLICE));
}

/* Preempted again and again, two equals still take turns. */
static void test_turns_beside_interrupter(void **state)
{
	u64 had[4] = {0}, now = 0;

	add(2, 1, 0, 0);
	add(3, 1, 0, 0);
	add(4, 2, 0, 0);
	sched_wake(&s, 2);
	sched_wake(&s, 3);
	for (u32 i = 0; i < 1000; i++) {
		u32 vm = at(now);

		had[vm] += SLICE / 10;
		now += SLICE / 10;
		sched_account(&s, now);
		sched_wake(&s, 4);
		assert_int_equal(sched_pick(&s, now), 4);
		now += SLICE / 20;
		sched_account(&s, now);
		sched_sleep(&s, 4);
	}
	assert_int_equal(had[2], had[3]);
}

static void test_yield(void **state)
{
	add(2, 0, 0, 0);
	add(3, 0, 0, 0);
	sched_wake(&s, 2);
	sched_wake(&s, 3);
	assert_int_equal(at(0), 2);
	sched_account(&s, 10);
	sched_yield_turn(&s, 2);
	assert_int_equal(sched_pick(&s, 10), 3);
}

static void test_budget(void **state)
{
	add(2, 5, 300, 1000);
	add(3, 0, 0, 0);
	sched_wake(&s, 2);
	sched_wake(&s, 3);
	assert_int_equal(at(0), 2);
	assert_int_equal(sched_next(&s, 0), 300);
	assert_int_equal(at(310), 3); /* 10 too many */
	assert_int_equal(sched_next(&s, 310), 1000);
	assert_int_equal(at(1000), 2);
	assert_int_equal(sched_next(&s, 1000), 1290); /* which it has less now */
	sched_account(&s, 1100);
	sched_sleep(&s, 2);
	assert_int_equal(sched_pick(&s, 1100), 3);
	/* What it did not use is not kept. */
	sched_wake(&s, 2);
	assert_int_equal(at(7500), 2);
	assert_int_equal(sched_next(&s, 7500), 7800);
}

static const struct sched_table table = {
	.frame = 1000,
	.nr_windows = 2,
	.window = {{0, 400, 1U << 2, false}, {500, 800, 1U << 3, true}},
};

static void test_table(void **state)
{
	add(2, 0, 0, 0);
	add(3, 0, 0, 0);
	add(4, 9, 0, 0);
	s.table = &table;
	sched_wake(&s, 2);
	sched_wake(&s, 4);
	for (u64 frame = 0; frame < 5000; frame += 1000) {
		assert_int_equal(at(frame), 2); /* whatever priority others have */
		assert_int_equal(sched_next(&s, frame), frame + 400);
		assert_int_equal(at(frame + 400), 0);
		assert_int_equal(sched_next(&s, frame + 400), frame + 500);
		assert_int_equal(at(frame + 500), 4); /* vm3 sleeps: others may, by priority */
		sched_wake(&s, 3);
		assert_int_equal(at(frame + 600), 3);
		sched_sleep(&s, 3);
		assert_int_equal(at(frame + 700), 4);
		assert_int_equal(at(frame + 800), 0);
		assert_int_equal(sched_next(&s, frame + 800), frame + 1000);
	}
}

static void test_remove(void **state)
{
	add(2, 0, 10, 100);
	add(3, 0, 0, 0);
	sched_wake(&s, 2);
	sched_wake(&s, 3);
	assert_int_equal(at(0), 2);
	sched_remove(&s, 2);
	assert_int_equal(at(50), 3);
	assert_true(sched_next(&s, 50) == SCHED_NEVER);
}

/* ---- By chance ---- */

static struct {
	u64 waits_since; /* it could run then, and has not since; ~0: not so */
	u64 used; /* of its budget in this period, as the scheduler sees it: up to a look */
	u64 really; /* the same, up to the period's end */
	u64 period_end;
	u64 debt;
} mine[NK_VM_IDS];

static u32 window_vms(u64 now, bool *others)
{
	for (u32 i = 0; s.table && i < s.table->nr_windows; i++) {
		const struct sched_window *w = &s.table->window[i];

		if (now % s.table->frame >= w->start && now % s.table->frame < w->end) {
			*others = w->others;
			return w->vms;
		}
	}
	*others = !s.table;
	return 0;
}

static bool has_budget(u32 vm)
{
	return !e[vm].budget || mine[vm].used + mine[vm].debt < e[vm].budget;
}

/* Who may run by the rules: first those of the window, then, if they may, others. */
static u32 may_run(u64 now)
{
	u32 ready = 0, own;
	bool others;

	for (u32 vm = 2; vm < NK_VM_IDS; vm++)
		if ((s.ready >> vm & 1) && has_budget(vm))
			ready |= 1U << vm;
	own = ready & window_vms(now, &others);
	return own ? own : others ? ready : 0;
}

static void charge(u32 vm, u64 from, u64 to)
{
	if (vm && e[vm].budget) {
		mine[vm].used += to - from;
		mine[vm].really += MIN(to, mine[vm].period_end) - from;
	}
	for (u32 i = 2; i < NK_VM_IDS; i++) {
		if (!e[i].budget)
			continue;
		while (to >= mine[i].period_end) {
			u64 spent = mine[i].used + mine[i].debt;

			/* Over by no more than the CPU came late, twice; it is taken off the next one. */
			assert_true(mine[i].really <= e[i].budget + 2 * JITTER);
			mine[i].really = i == vm ? to - MAX(from, mine[i].period_end) : 0;
			mine[i].debt = spent > e[i].budget ? spent - e[i].budget : 0;
			mine[i].used = 0;
			mine[i].period_end += e[i].period;
		}
	}
}

static void check_pick(u32 vm, u64 now)
{
	u32 may = may_run(now), equals = 0;

	assert_int_equal(!vm, !may);
	if (!vm)
		return;
	assert_true(may >> vm & 1);
	for (u32 m = may; m; m &= m - 1) {
		u32 other = (u32)__builtin_ctz(m);

		assert_true(e[other].priority <= e[vm].priority);
		equals += e[other].priority == e[vm].priority;
	}
	for (u32 m = may; m; m &= m - 1) {
		u32 other = (u32)__builtin_ctz(m);

		if (other == vm || e[other].priority != e[vm].priority) {
			mine[other].waits_since = ~0UL;
			continue;
		}
		if (mine[other].waits_since == ~0UL)
			mine[other].waits_since = now;
	}
	for (u32 other = 2; other < NK_VM_IDS; other++)
		if (!(may >> other & 1))
			mine[other].waits_since = ~0UL;
		else if (mine[other].waits_since !=
			 ~0UL) /* no starvation: a turn of each that can be before it */
			assert_true(now - mine[other].waits_since <=
				    (u64)NK_VM_IDS * (SLICE + JITTER));
}

static void one_run(u32 seed, const struct sched_table *t)
{
	u64 now = 0;
	u32 vm = 0;

	setup(NULL);
	memset(mine, 0xff, sizeof(mine));
	srand(seed);
	for (u32 i = 2; i < 10; i++) {
		u64 period = 2000 + (u64)rand() % 5000;

		if (rand() % 3)
			add(i, (u32)rand() % 3, 0, 0);
		else
			add(i, (u32)rand() % 3, period / (2 + (u64)rand() % 8), period);
		mine[i].used = mine[i].really = mine[i].debt = 0;
		mine[i].period_end = period;
	}
	s.table = t;
	for (u32 step = 0; step < 20000; step++) {
		u64 before = now, next = sched_next(&s, now), event = now + 1 + (u64)rand() % 1500;
		u32 other = 2 + (u32)rand() % 8;

		assert_true(next > now);
		now = MIN(next, event) + (u64)rand() % JITTER;
		charge(vm, before, now);
		sched_account(&s, now);
		if (rand() % 4 == 0)
			(s.ready >> other & 1) ? sched_sleep(&s, other) : sched_wake(&s, other);
		vm = sched_pick(&s, now);
		check_pick(vm, now);
		assert_int_equal(sched_contended(&s), (s.ready & ~(1U << vm)) != 0);
	}
}

static void test_random(void **state)
{
	for (u32 seed = 1; seed <= 40; seed++)
		one_run(seed, seed % 2 ? NULL : &table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nobody, setup),
		cmocka_unit_test_setup(test_alone, setup),
		cmocka_unit_test_setup(test_barred, setup),
		cmocka_unit_test_setup(test_turns, setup),
		cmocka_unit_test_setup(test_priority, setup),
		cmocka_unit_test_setup(test_gains, setup),
		cmocka_unit_test_setup(test_turns_beside_interrupter, setup),
		cmocka_unit_test_setup(test_yield, setup),
		cmocka_unit_test_setup(test_budget, setup),
		cmocka_unit_test_setup(test_table, setup),
		cmocka_unit_test_setup(test_remove, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Monitoring is switched a thousand times while other VMs, alone on a CPU and sharing one, make exits of all kinds. */
#include "monitor/monitor.h"
#include "prop/prop.h"
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/stat.h"

#define SWITCHES 1000
#define CALLS 100
#define PIECE 50 /* hypercalls and loads a round */
#define STAGE "monitor.stage"
#define EXACT 1 /* each does what it knows the number of, */
#define ENOUGH 2 /* and then ends */
#define FIRST 3
#define LAST 5
#define CPUS 3
#define PATIENCE (30 * counter_hz())

static char done[] = "monitor.done.N";

static const char *done_of(u64 vm)
{
	done[sizeof(done) - 2] = (char)('0' + vm);
	return done;
}

/* What nobody does before, so often. */
static void exact(void)
{
	for (u32 i = 0; i < CALLS; i++)
		nk_call(NK_HC_LAST_VM_ID, 0, 0, 0, 0);
}

void load(void)
{
	u32 typer = read32(gicd + GICD_TYPER), rounds = 0, lost = 0, sgis = 0, timers = 0;

	for (; prop_u32(STAGE) < EXACT; rounds++) {
		for (u32 i = 0; i < PIECE; i++) {
			lost += nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0) != me;
			lost += read32(gicd + GICD_TYPER) != typer;
		}
		do_sgis();
		sgis += fired != SGIS;
		do_timers();
		timers += fired != TIMERS;
		do_sleeps();
	}
	exact();
	prop_set(done_of(me), &rounds, sizeof(rounds));
	while (prop_u32(STAGE) < ENOUGH)
		do_sleeps();
	ok(rounds, "load: %u rounds", rounds);
	is(lost, 0, "load: hypercalls and emulated registers return what they should");
	is(sgis, 0, "load: each SGI comes once");
	is(timers, 0, "load: each interrupt of the timer comes once");
	tap_done();
}

static void set_stage(u32 stage)
{
	prop_set(STAGE, &stage, sizeof(stage));
}

static struct nk_stat total(u32 matrix, u32 vm)
{
	struct nk_stat all = {0}, s;

	for (u32 id = 0; nk_call(NK_HC_MONITOR_STATS, matrix | vm << 8, id, (u64)&s, 1) == 1;
	     id = s.id + 1) {
		all.count += s.count;
		all.sum += s.sum;
	}
	return all;
}

struct totals {
	struct nk_stat of[LAST + 1][NK_STAT_NR];
};

static void look(struct totals *t)
{
	for (u32 vm = FIRST; vm <= LAST; vm++)
		for (u32 matrix = NK_STAT_CPU_OPS + 1; matrix < NK_STAT_NR; matrix++)
			t->of[vm][matrix] = total(matrix, vm);
}

static bool same(const struct totals *a, const struct totals *b)
{
	return !memcmp(a->of[FIRST], b->of[FIRST], sizeof(a->of) / (LAST + 1) * (LAST + 1 - FIRST));
}

/* Nobody counts any more, once all CPUs have seen that. */
static struct totals *at_rest(void)
{
	static struct totals t[2];
	u64 end = counter() + PATIENCE;
	u32 i = 0;

	enable(0);
	look(&t[1]);
	do {
		delay_us(2000);
		look(&t[i]);
		i ^= 1;
	} while (!same(&t[0], &t[1]) && counter() < end);
	ok(same(&t[0], &t[1]), "off: nothing is counted");
	return &t[0];
}

static void check_totals(const struct nk_stat *of, u32 vm)
{
	static const u32 timed[] = {NK_STAT_HWIRQ_EXEC, NK_STAT_HCALL_EXEC, NK_STAT_TRAP_EXEC,
				    NK_STAT_VDEV_EXEC}; /* the next one is of waits */
	u32 rounds = prop_u32(done_of(vm));

	for (u32 i = 0; i < ARRAY_SIZE(timed); i++)
		ok(of[timed[i] + 1].count <= of[timed[i]].count,
		   "VM %u: no more waits than exits, matrix %u", vm, timed[i]);
	ok(of[NK_STAT_HWIRQ_LATENCY].count + of[NK_STAT_HWIRQ_VSWITCH].count <=
		   of[NK_STAT_VIRQ].count,
	   "VM %u: no more latencies than interrupts", vm);
	ok(stat_count(NK_STAT_HCALL, vm, 0, NK_HC_MY_VM_ID) <= rounds * PIECE + 1,
	   "VM %u: no more hypercalls than it made, %u", vm, rounds);
	ok(stat_count(NK_STAT_VIRQ, vm, 0, SGI) <= rounds * SGIS, "VM %u: nor SGIs", vm);
}

/* Each is on its CPU alone, whatever was counted when. */
static void check_cpus(void)
{
	static const u64 vms[CPUS] = {1U << 2, 3U << 3, 1U << 5};
	struct nk_cpu_times t;

	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		u64 seen = 0;

		nk_call(NK_HC_MONITOR_CPU, cpu, (u64)&t, 0, 0);
		for (u32 vm = 2; vm <= LAST; vm++)
			seen |= t.vm[vm] ? 1U << vm : 0;
		is(seen, vms[cpu], "CPU %u: times of its VMs", cpu);
		is(sum_of(&t), t.period, "CPU %u: times add up", cpu);
		ok(t.period && t.period < counter(), "CPU %u: and are no more than there was", cpu);
	}
}

/* They count no less and no more than before, while the others make exits. */
static void check_exact(void)
{
	u64 end = counter() + PATIENCE;

	for (u32 vm = FIRST; vm <= LAST; vm++)
		is(stat_count(NK_STAT_HCALL, vm, 0, NK_HC_LAST_VM_ID), 0,
		   "VM %u: nothing of the kind yet", vm);
	set_stage(EXACT);
	for (u32 vm = FIRST; vm <= LAST; vm++) {
		while (!prop_u32(done_of(vm)) && counter() < end)
			delay_us(1000);
		is(stat_count(NK_STAT_HCALL, vm, 0, NK_HC_LAST_VM_ID), CALLS, "VM %u: hypercalls",
		   vm);
	}
}

/* Exits of all kinds of each of them are counted from here on. */
static void check_counts(void)
{
	static const u32 kinds[] = {NK_STAT_VIRQ, NK_STAT_HWIRQ_EXEC, NK_STAT_HCALL_EXEC,
				    NK_STAT_TRAP_EXEC, NK_STAT_VDEV_EXEC};
	const u32 all = (LAST + 1 - FIRST) * ARRAY_SIZE(kinds);
	static struct totals before, now;
	u64 end = counter() + PATIENCE;
	u32 more;

	enable(NK_MONITOR_COUNTERS);
	look(&before);
	do {
		look(&now);
		more = 0;
		for (u32 vm = FIRST; vm <= LAST; vm++)
			for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
				more += now.of[vm][kinds[i]].count > before.of[vm][kinds[i]].count;
	} while (more < all && counter() < end);
	is(more, all, "on: all is counted");
}

void switch_often(void)
{
	const u64 others = 0x38; /* bits of VMs 3 to 5 */
	const struct totals *t;

	for (u32 i = 0; i < SWITCHES; i++) {
		enable(i & 3);
		delay_us(random_u64() % 1000);
	}
	is(nk_call(NK_HC_RUNNING_IDS, 0, 0, 0, 0) & others, others, "switched %u times under load",
	   SWITCHES);
	check_counts();
	check_exact();
	t = at_rest();
	for (u32 vm = FIRST; vm <= LAST; vm++)
		check_totals(t->of[vm], vm);
	check_cpus();
	set_stage(ENOUGH);
	tap_done();
}

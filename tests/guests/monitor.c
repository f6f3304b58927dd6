// SPDX-License-Identifier: Apache-2.0
/*
 * Contract of monitoring: what a guest has done exactly so often, matrices and rings say so; counts of an exit are
 * in one bucket each; times of a CPU add up; nothing is recorded that is switched off or filtered out. It may get
 * nk.monitoring, and set nk.monitoring.enable, .user and nk.event-log.filter. Needs nk, and a CPU for itself.
 */
#include "monitor/monitor.h"
#include "prop/prop.h"
#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/stat.h"
#include "rt/timer.h"

#define ENABLE "nk.monitoring.enable"
#define FILTER "nk.event-log.filter"
#define CALLS 100
#define READS 37
#define WRITES 11
#define IDS 50
#define SWITCHES 1000
#define MEASURED 50
#define EC_WFX 0x01

#define ANY 0xffffffffU
#define SLEEPS 0xffffffffU /* as often as it slept */

static struct nk_monitoring info;
u64 me;
u32 fired;
static u32 sleeps; /* WFIs of do_sleeps(): one may end early */
static u64 slept; /* ticks of them */

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (IAR_ID(iar) == PPI_VTIMER)
		vtimer.set_ctl(0);
	WRITE_ONCE(fired, READ_ONCE(fired) + 1);
	gic_eoi(iar);
}

/* ------------------------------------------------------------------ what there is to ask */

static u64 count(u32 matrix, u32 id)
{
	return stat_count(matrix, matrix <= NK_STAT_CPU_OPS ? 0 : me, 0, id);
}

static struct nk_event_ring *ring(u32 cpu)
{
	return (struct nk_event_ring *)(info.rings + cpu * info.stride);
}

static u64 head(void)
{
	return __atomic_load_n(&ring(0)->head, __ATOMIC_ACQUIRE);
}

static const struct nk_event *record(u64 n)
{
	const struct nk_event_ring *r = ring(0);

	return (const struct nk_event *)((u64)r + NK_EVENT_HEADER) + n % r->nr_records;
}

/* Records from `from` to `to` of a type, with that first word of the payload. */
static u32 seen(u64 from, u64 to, u32 type, u32 at, u32 word)
{
	u32 n = 0;

	for (; from < to; from++) {
		const struct nk_event *e = record(from);
		u32 w;

		memcpy(&w, e->payload + 4 * at, sizeof(w));
		n += e->type == type && (word == ANY || w == word);
	}
	return n;
}

void enable(u32 mode)
{
	prop_set(ENABLE, &mode, sizeof(mode));
}

/* ------------------------------------------------------------------ what is done so often */

static void do_calls(void)
{
	for (u32 i = 0; i < CALLS; i++)
		nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
}

static void do_reads(void)
{
	for (u32 i = 0; i < READS; i++)
		(void)read32(gicd + GICD_TYPER);
}

static void do_writes(void)
{
	for (u32 i = 0; i < WRITES; i++)
		write32(gicd + GICD_ISENABLER, 0);
}

static void do_ids(void)
{
	for (u32 i = 0; i < IDS; i++)
		(void)read_sysreg(id_aa64mmfr0_el1);
}

static void wait_fired(u32 n)
{
	u64 end = counter() + 10 * counter_hz();

	while (READ_ONCE(fired) < n && counter() < end)
		cpu_relax();
}

void do_sgis(void)
{
	fired = 0;
	for (u32 i = 0; i < SGIS; i++) {
		gic_sgi(0, SGI);
		wait_fired(i + 1);
	}
}

void do_timers(void)
{
	fired = 0;
	for (u32 i = 0; i < TIMERS; i++) {
		vtimer.set_tval(counter_hz() / 2000);
		vtimer.set_ctl(TIMER_ENABLE);
		wait_fired(i + 1);
	}
}

static void one_sleep(void)
{
	u64 begin = counter();

	wfi();
	slept += counter() - begin;
	sleeps++;
}

/* Asleep until each of them; masked, so that one WFI is one sleep. */
void do_sleeps(void)
{
	sleeps = 0;
	slept = 0;
	irq_disable();
	for (u32 i = 0; i < TIMERS; i++) {
		vtimer.set_tval(counter_hz() / 500);
		vtimer.set_ctl(TIMER_ENABLE);
		while (!(vtimer.get_ctl() & TIMER_ISTATUS))
			one_sleep();
		fired = 0;
		irq_enable();
		wait_fired(1);
		irq_disable();
	}
	irq_enable();
}

static const struct work {
	const char *name;
	void (*fn)(void);
	u32 matrix, id, n, event, at, word;
} work[] = {
	{"hypercalls", do_calls, NK_STAT_HCALL, NK_HC_MY_VM_ID, CALLS, NK_EVT_ID_HYP_CALL, 4,
	 NK_HC_FID(NK_HC_MY_VM_ID)},
	{"hypercalls, timed", do_calls, NK_STAT_HCALL_EXEC, NK_HC_MY_VM_ID, CALLS,
	 NK_EVT_ID_HYP_CALL, 4, NK_HC_FID(NK_HC_MY_VM_ID)},
	{"GICD reads", do_reads, NK_STAT_VDEV, 0, READS, NK_EVT_ID_VDEV_LOAD, 0, ANY},
	{"GICD writes", do_writes, NK_STAT_VDEV, 1, WRITES, NK_EVT_ID_VDEV_STORE, 0, ANY},
	{"GICD writes, timed", do_writes, NK_STAT_VDEV_EXEC, 1, WRITES, NK_EVT_ID_VDEV_STORE, 0,
	 ANY},
	{"ID registers", do_ids, NK_STAT_TRAP, EC_SYSREG, IDS, NK_EVT_ID_TRAP_ENTER, 3, ANY},
	{"ID registers, timed", do_ids, NK_STAT_TRAP_EXEC, EC_SYSREG, IDS, NK_EVT_ID_TRAP_LEAVE, 3,
	 ANY},
	{"SGIs", do_sgis, NK_STAT_VIRQ, SGI, SGIS, NK_EVT_ID_VIRQ_ASSERT, 1, SGI},
	{"timer interrupts", do_timers, NK_STAT_VIRQ, PPI_VTIMER, TIMERS, NK_EVT_ID_VIRQ_ASSERT, 1,
	 PPI_VTIMER},
	{"physical timer interrupts", do_timers, NK_STAT_HWIRQ, PPI_VTIMER, TIMERS,
	 NK_EVT_ID_IRQ_SELECT, 0, PPI_VTIMER},
	{"timer exits", do_timers, NK_STAT_HWIRQ_EXEC, PPI_VTIMER, TIMERS, NK_EVT_ID_IRQ_SELECT, 0,
	 PPI_VTIMER},
	{"latencies of the timer", do_timers, NK_STAT_HWIRQ_LATENCY, PPI_VTIMER, TIMERS,
	 NK_EVT_ID_VIRQ_ASSERT, 1, PPI_VTIMER},
	{"WFI", do_sleeps, NK_STAT_TRAP, EC_WFX, SLEEPS, NK_EVT_ID_VCPU_IDLE_ENTER, 0, ANY},
	{"waits in WFI", do_sleeps, NK_STAT_TRAP_WAIT, EC_WFX, SLEEPS, NK_EVT_ID_VCPU_IDLE_ENTER, 0,
	 ANY},
	{"sleeps", do_sleeps, NK_STAT_VCPU_OPS, NK_VCPU_OP_IDLE, SLEEPS, NK_EVT_ID_VCPU_IDLE_LEAVE,
	 0, ANY},
	{"sleeps of the CPU", do_sleeps, NK_STAT_CPU_OPS, NK_CPU_OP_IDLE, SLEEPS,
	 NK_EVT_ID_CPU_IDLE_ENTER, 0, ANY},
};

/* Exits that asking makes, beside those that are counted. */
static u32 own_events(const struct work *w)
{
	return w->event == NK_EVT_ID_TRAP_ENTER || w->event == NK_EVT_ID_TRAP_LEAVE;
}

static void check_work(const struct work *w)
{
	u64 before = count(w->matrix, w->id), from = head(), to, n, counted;

	w->fn();
	to = head();
	n = w->n == SLEEPS ? sleeps : w->n;
	counted = count(w->matrix, w->id) - before;
	/* An exit that took two interrupts is the first one's. */
	if (w->matrix == NK_STAT_HWIRQ_EXEC || w->matrix == NK_STAT_HWIRQ_LATENCY)
		ok(counted && counted <= n, "%s: counted, %lu of %lu", w->name, counted, n);
	else
		is(counted, n, "%s: counted", w->name);
	if (own_events(w))
		ok(seen(from, to, w->event, w->at, w->word) >= n, "%s: recorded", w->name);
	else
		is(seen(from, to, w->event, w->at, w->word), n, "%s: recorded", w->name);
}

static void check_buckets(const struct work *w)
{
	struct nk_stat s;
	u64 sum = 0;

	if (w->matrix < NK_STAT_HWIRQ_EXEC)
		return;
	stat_get(w->matrix, me, 0, w->id, &s);
	for (u32 i = 0; i < NK_STAT_BUCKETS; i++)
		sum += s.bucket[i];
	is(sum, s.count, "%s: each in a bucket", w->name);
	ok(s.count && s.sum && s.sum / s.count < counter_hz(), "%s: took time, %lu ticks each",
	   w->name, (u64)(s.sum / s.count));
}

/* Each exit begins and ends, in time. */
static void check_order(void)
{
	u64 from = head(), to, last = 0;
	u32 back = 0, foreign = 0;

	do_calls();
	do_timers();
	to = head();
	for (u64 n = from; n < to; n++) {
		back += record(n)->ticks < last;
		foreign += record(n)->cpu != 0 || record(n)->vm != me || record(n)->vcpu != 0;
		last = record(n)->ticks;
	}
	is(back, 0, "records: none is older than the one before");
	is(foreign, 0, "records: all of this vCPU");
	is(seen(from, to, NK_EVT_ID_TRAP_ENTER, 0, ANY),
	   seen(from, to, NK_EVT_ID_TRAP_LEAVE, 0, ANY), "records: as many exits begin as end");
	is(seen(from, to, NK_EVT_ID_INTR_ENTER, 0, ANY),
	   seen(from, to, NK_EVT_ID_INTR_LEAVE, 0, ANY), "records: and interrupts");
}

u64 sum_of(const struct nk_cpu_times *t)
{
	u64 sum = t->idle;

	for (u32 i = 0; i < NK_OS_LIMIT; i++)
		sum += t->vm[i];
	return sum;
}

/* The CPU is this VM's alone: what it does not work it sleeps, or is in nk. */
static void check_times(void)
{
	struct nk_cpu_times a, b;
	u64 begin = counter(), took, idle, nk;

	nk_call(NK_HC_MONITOR_CPU, 0, (u64)&a, 0, 0);
	do_sleeps();
	nk_call(NK_HC_MONITOR_CPU, 0, (u64)&b, 0, 0);
	took = counter() - begin;
	idle = b.idle - a.idle;
	is(sum_of(&a), a.period, "times add up to the period");
	is(sum_of(&b), b.period, "times add up to the period, later");
	ok(b.period - a.period <= took, "period: no longer than it took");
	nk = b.vm[NK_OS_NKERNEL] - a.vm[NK_OS_NKERNEL];
	ok(idle <= slept && idle + nk >= slept, "idle while it sleeps: %lu of %lu ticks, nk %lu",
	   idle, slept, nk);
	ok(b.vm[me] > a.vm[me] && b.vm[1] > a.vm[1], "the guest worked, and nk");
	is(nk_call(NK_HC_MONITOR_CPU, 99, (u64)&a, 0, 0), ~0UL, "no such CPU");
}

/* Its own CPU: what a vCPU had of it at EL1 is what its VM had, and with EL2 and its sleep, that is all its time. */
static void check_own_time(void)
{
	struct nk_cpu_times a, b, c;
	u64 el1, el2, begin = counter(), took, idle;

	nk_call(NK_HC_MONITOR_CPU, 0, (u64)&a, 0, 0);
	el1 = count(NK_STAT_VCPU_TIME, NK_VCPU_TIME_EL1);
	el2 = count(NK_STAT_VCPU_TIME, NK_VCPU_TIME_EL2);
	nk_call(NK_HC_MONITOR_CPU, 0, (u64)&b, 0, 0);
	ok(el1 >= a.vm[me] && el1 <= b.vm[me], "EL1 of the only vCPU: its VM's");
	do_sleeps();
	nk_call(NK_HC_MONITOR_CPU, 0, (u64)&c, 0, 0);
	el1 = count(NK_STAT_VCPU_TIME, NK_VCPU_TIME_EL1) - el1;
	el2 = count(NK_STAT_VCPU_TIME, NK_VCPU_TIME_EL2) - el2;
	took = counter() - begin;
	idle = c.idle - b.idle;
	ok(el1 && el2 && el1 + el2 + idle <= took && el1 + el2 + idle >= took / 2,
	   "EL1 %lu, EL2 %lu, asleep %lu ticks of %lu", el1, el2, idle, took);
}

static void set_filter(const u8 *filter)
{
	is(prop_set(FILTER, filter, NK_EVT_FILTER_BYTES), NK_EVT_FILTER_BYTES, "filter: set");
}

static void check_filter(void)
{
	u8 all[NK_EVT_FILTER_BYTES], one[NK_EVT_FILTER_BYTES] = {0}, got[NK_EVT_FILTER_BYTES];
	u64 from;

	is(prop_get(FILTER, all, sizeof(all)), sizeof(all), "filter: got");
	one[NK_EVT_ID_HYP_CALL / 8] = 1 << NK_EVT_ID_HYP_CALL % 8;
	set_filter(one);
	from = head();
	do_calls();
	do_timers();
	is(head() - from, CALLS, "filter: one kind alone is recorded");
	memset(one, 0xff, sizeof(one));
	set_filter(one);
	prop_get(FILTER, got, sizeof(got));
	ok(!memcmp(got, all, sizeof(all)), "filter: all there are is what it began with");
	ok(prop_set(FILTER, one, NK_EVT_FILTER_BYTES - 1) < 0, "filter: a shorter one is none");
}

static void check_user(void)
{
	u64 from = head(), later = 0, n = 0;

	is(nk_call(NK_HC_MONITOR_USER, 5, 0x1122334455667788, 0x99, 0x77), 0, "user: recorded");
	is(seen(from, head(), NK_EVT_ID_RANGE_USER_BASE + 5, 0, 0x55667788), 1,
	   "user: with its words");
	is(nk_call(NK_HC_MONITOR_USER, NK_EVT_NR_USER, 0, 0, 0), ~0UL, "user: no such event");
	for (u32 i = 0; i < 100000 && !later; i++, n++)
		later = nk_call(NK_HC_MONITOR_USER, 0, 0, 0, 0);
	is(later, ~1UL, "user: too many are refused");
	ok(n > 10, "user: after %lu of them", n);
}

static void check_wrap(void)
{
	u64 n = ring(0)->nr_records, from = head();

	while (head() < from + 2 * n)
		do_calls();
	ok(1, "ring: wrapped twice");
	check_order();
}

static void check_off(void)
{
	u64 before, from;

	enable(0);
	before = count(NK_STAT_HCALL, NK_HC_MY_VM_ID);
	from = head();
	do_calls();
	do_sgis();
	do_timers();
	is(count(NK_STAT_HCALL, NK_HC_MY_VM_ID), before, "off: nothing is counted");
	is(head(), from, "off: nothing is recorded");
	enable(NK_MONITOR_COUNTERS);
	do_calls();
	is(count(NK_STAT_HCALL, NK_HC_MY_VM_ID) - before, CALLS, "counters alone count");
	is(head(), from, "counters alone record nothing");
	enable(NK_MONITOR_EVENTS);
	from = head();
	do_calls();
	is(seen(from, head(), NK_EVT_ID_HYP_CALL, 4, NK_HC_FID(NK_HC_MY_VM_ID)), CALLS,
	   "events alone are recorded");
	is(count(NK_STAT_HCALL, NK_HC_MY_VM_ID) - before, CALLS, "events alone count nothing");
	enable(4);
	ok(prop_u32(ENABLE) == NK_MONITOR_EVENTS, "what is no mode is refused");
}

static void check_switches(void)
{
	struct nk_cpu_times t;

	for (u32 i = 0; i < SWITCHES; i++) {
		enable(i & 3);
		do_reads();
		gic_sgi(0, SGI);
	}
	enable(3);
	do_timers();
	nk_call(NK_HC_MONITOR_CPU, 0, (u64)&t, 0, 0);
	is(sum_of(&t), t.period, "switched %u times: times add up", SWITCHES);
	ok(t.period < counter(), "and are no more than there was");
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		check_buckets(&work[i]);
}

static void check_refusals(void)
{
	struct nk_stat s;
	u64 ro = info.rings;

	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_NR | me << 8, 0, (u64)&s, 1), ~0UL,
	   "no such matrix");
	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_TRAP | me << 8 | 99 << 16, 0, (u64)&s, 1), ~0UL,
	   "no such vCPU");
	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_TRAP | 31 << 8, 0, (u64)&s, 1), ~0UL, "no such VM");
	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_HWIRQ | me << 8, 0, (u64)&s, 1), ~0UL,
	   "of a CPU, not of a VM");
	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_TRAP | me << 8, 0, 8, 1), ~0UL,
	   "not to memory that is not there");
	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_TRAP | me << 8, 0, ro, 1), ~0UL,
	   "nor to the rings");
	is(nk_call(NK_HC_MONITOR_STATS, NK_STAT_TRAP | me << 8, 0, (u64)&s, 0), 0,
	   "none are asked for");
}

/* For nk-bench, where an instruction is a nanosecond: how much of a call is no EL2 time. */
static void measure(void)
{
	u64 ns = 1000000000UL / counter_hz(), begin, took;
	struct nk_stat s;

	do_calls();
	stat_get(NK_STAT_HCALL_EXEC, me, 0, NK_HC_MY_VM_ID, &s);
	begin = s.sum;
	took = counter();
	for (u32 i = 0; i < MEASURED; i++)
		do_calls();
	took = counter() - took;
	stat_get(NK_STAT_HCALL_EXEC, me, 0, NK_HC_MY_VM_ID, &s);
	printf("bench el2time_outside %lu instructions\nbench done\n",
	       (u64)(took - (s.sum - begin)) * ns / (MEASURED * CALLS));
}

static void check_all(void)
{
	is(nk_call(NK_HC_MONITOR_INFO, (u64)&info, 0, 0, 0), 0, "there is monitoring");
	ok(info.rings && info.hz == counter_hz() && info.nr_buckets == 4,
	   "with rings, and buckets");
	is(ring(0)->magic, NK_EVENT_MAGIC, "a ring");
	enable(3);
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		check_work(&work[i]);
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		check_buckets(&work[i]);
	check_order();
	check_times();
	check_own_time();
	check_filter();
	check_user();
	check_wrap();
	check_off();
	check_switches();
	check_refusals();
	tap_done();
}

void guest_main(void)
{
	mmu_on();
	if (arg_flag("measure")) {
		me = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
		measure();
		return;
	}
	gic_init();
	gic_cpu_init();
	irq_handler = on_irq;
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	gic_bit(GICD_ISENABLER, SGI);
	irq_enable();
	me = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	if (arg_flag("switch"))
		switch_often();
	else if (arg_flag("load"))
		load();
	else if (arg_flag("lives"))
		lives();
	else if (arg_flag("subject"))
		subject();
	else if (arg_flag("stranger"))
		stranger();
	else
		check_all();
}

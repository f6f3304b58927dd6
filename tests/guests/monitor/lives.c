// SPDX-License-Identifier: Apache-2.0
/*
 * What happens to a VM as a whole, to its vCPUs and to CPUs is recorded and counted as often as it happens. VM 2 (`lives` in
 * the bootargs) has VM 3 (`subject`) started, paused, stopped, and started again to die; VM 3 meanwhile switches its second
 * vCPU on and off, interrupts it, sleeps, and interrupts others too often. VM 4 (`stranger`) shares a CPU with VM 3, and may see nothing.
 */
#include "monitor/monitor.h"
#include "prop/prop.h"
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/stat.h"

#define SUBJECT 3
#define STRANGER 4
#define CPUS 3
#define CPU_OF_SECOND 2 /* where nobody else is */
#define RUNNING "nk.vm.3.state.running"
#define PAUSED "nk.vm.3.state.paused"
#define STAGE "lives.stage"
#define DONE "lives.done"
#define RINGS "lives.rings"
#define FILTER "nk.event-log.filter"
#define DENIED ((u64)-3)

#define TURNS 5
#define KICKS 1000 /* of each CPU, of which 10,000 a second are free, and a 64th of that at once */
#define GAP_US 500 /* more between two looks at the counter: others ran */
#define PATIENCE (30 * counter_hz())
#define ANY 0xffffffffU

enum stage { UP = 1, ON_OFF, INTERRUPTS, HELD_BACK, NAPS, KICKING, DEATH, END };

static struct nk_monitoring info;
static u64 from[CPUS]; /* events are counted from these on */

static void set(const char *name, u32 value)
{
	prop_set(name, &value, sizeof(value));
}

/* Waits until the bits of mask are those; at most for so long. */
static bool await(const char *name, u32 mask, u32 want)
{
	u64 end = counter() + PATIENCE;

	while ((prop_u32(name) & mask) != want)
		if (counter() > end)
			return false;
	return true;
}

/* ------------------------------------------------------------------ VM 3 */

static void off_again(void *arg)
{
	(void)arg;
}

static void do_on_off(void)
{
	for (u32 i = 0; i < TURNS; i++) {
		cpu_start(1, off_again, NULL);
		cpu_wait_off(1);
	}
}

static void receive(void *arg)
{
	(void)arg;
	gic_cpu_init();
	gic_bit(GICD_ISENABLER, SGI);
	irq_enable();
	cpus_meet(2);
	while (READ_ONCE(fired) < SGIS)
		cpu_relax();
	irq_disable();
}

static void do_interrupts(void)
{
	u64 end = counter() + PATIENCE;

	fired = 0;
	cpu_start(1, receive, NULL);
	cpus_meet(2);
	for (u32 i = 0; i < SGIS; i++) {
		gic_sgi(1, SGI);
		while (READ_ONCE(fired) <= i && counter() < end)
			cpu_relax();
	}
	cpu_wait_off(1);
}

/* One waits while this vCPU goes, and is back, some times. */
static void do_held_back(void)
{
	u64 end = counter() + PATIENCE, last = counter(), now;
	u32 away = 0;

	fired = 0;
	irq_disable();
	gic_sgi(0, SGI);
	for (; away < TURNS && last < end; last = now) {
		now = counter();
		away += now - last > GAP_US * counter_hz() / 1000000;
	}
	irq_enable();
	while (!READ_ONCE(fired) && counter() < end)
		cpu_relax();
}

/* Each change has all CPUs look; events are recorded all the while. */
static void do_kicking(void)
{
	for (u32 i = 0; i < KICKS; i++)
		enable(i & 1 ? 3 : NK_MONITOR_EVENTS);
}

static void do_death(void)
{
	nk_call(NK_HC_CRASH, 0, 0, 0, 0);
}

void subject(void)
{
	static void (*const acts[END])(void) = {
		[ON_OFF] = do_on_off, [INTERRUPTS] = do_interrupts, [HELD_BACK] = do_held_back,
		[NAPS] = do_sleeps,   [KICKING] = do_kicking,	    [DEATH] = do_death,
	};
	u32 done = UP, stage;

	for (;;) {
		set(DONE, done);
		do
			stage = prop_u32(STAGE);
		while (stage == done || stage >= END || !acts[stage]);
		acts[stage]();
		done = stage;
	}
}

/* ------------------------------------------------------------------ VM 4 */

static void check_own(void)
{
	struct nk_cpu_times t;
	struct nk_stat s;

	ok((s64)nk_call(NK_HC_MONITOR_STATS, NK_STAT_TRAP | me << 8, 0, (u64)&s, 1) >= 0,
	   "stranger: its own counters");
	nk_call(NK_HC_MONITOR_CPU, 1, (u64)&t, 0, 0);
	ok(t.period && t.vm[me] && t.vm[me] <= t.period, "stranger: its own share of a CPU");
	for (u32 i = 0; i < NK_OS_LIMIT; i++)
		if (i != me)
			t.idle |= t.vm[i];
	is(t.idle, 0, "stranger: and nobody else's");
}

static void check_denied(void)
{
	struct nk_stat_vdev frame;
	struct nk_stat s = {0};
	u32 answered = 0;

	for (u32 matrix = 0; matrix <= NK_STAT_NR; matrix++)
		for (u32 vm = 0; vm <= SUBJECT; vm++)
			answered += nk_call(NK_HC_MONITOR_STATS, matrix | vm << 8, 0, (u64)&s, 1) !=
				    DENIED;
	is(answered, 0, "stranger: no counters of CPUs and of others");
	is(s.id | s.count, 0, "stranger: nothing was written");
	is(nk_call(NK_HC_MONITOR_VDEVS, SUBJECT, (u64)&frame, 1, 0), DENIED,
	   "stranger: no frames of others");
	is(nk_call(NK_HC_MONITOR_USER, 0, 1, 2, 3), DENIED, "stranger: no events of its own");
}

static void check_rings_hidden(void)
{
	struct nk_monitoring own;
	u64 rings = 0, value;

	is(nk_call(NK_HC_MONITOR_INFO, (u64)&own, 0, 0, 0), 0, "stranger: there is monitoring");
	is(own.rings, 0, "stranger: without rings");
	await(STAGE, ANY, UP); /* then their place is known */
	ok(prop_get(RINGS, &rings, sizeof(rings)) == sizeof(rings) && rings,
	   "stranger: somebody tells where they are");
	ok(probe_read(rings, 8, &value), "stranger: nothing is there");
	ok(probe_write(rings, 8, 0), "stranger: to write neither");
}

void stranger(void)
{
	u8 none[NK_EVT_FILTER_BYTES] = {0};
	u32 off = 0;

	check_rings_hidden();
	check_own();
	check_denied();
	ok(prop_set("nk.monitoring.enable", &off, sizeof(off)) < 0,
	   "stranger: it switches nothing");
	ok(prop_set(FILTER, none, sizeof(none)) < 0, "stranger: it filters nothing");
	ok(prop_get(FILTER, none, sizeof(none)) < 0, "stranger: nor sees that");
	set("lives.seen", 1);
	while (prop_u32(STAGE) != END) /* VM 3 has to be switched out for somebody */
		delay_us(1000);
	tap_done();
}

/* ------------------------------------------------------------------ VM 2: what was recorded */

static const struct nk_event_ring *ring(u32 cpu)
{
	return (const struct nk_event_ring *)(info.rings + cpu * info.stride);
}

static u64 head(u32 cpu)
{
	return __atomic_load_n(&ring(cpu)->head, __ATOMIC_ACQUIRE);
}

static void mark(void)
{
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		from[cpu] = head(cpu);
}

/* Whom it is about is in the payload, or in the record. */
static bool is_about(const struct nk_event *e, u32 vm, u32 vcpu)
{
	struct nk_event_target t;

	memcpy(&t, e->payload, sizeof(t));
	switch (e->type) {
	case NK_EVT_ID_IRQ_POST:
	case NK_EVT_ID_IRQ_THROTTLE:
	case NK_EVT_ID_VCPU_SUSPEND_REQUEST:
	case NK_EVT_ID_VCPU_RESUME_REQUEST:
	case NK_EVT_ID_VM_SUSPEND_REQUEST:
	case NK_EVT_ID_VM_RESUME_REQUEST:
		return t.vm == vm && t.vcpu == vcpu;
	default:
		return e->vm == vm && e->vcpu == vcpu;
	}
}

/* Of a CPU's ring since mark(), with that word `at` of the payload. */
static u64 seen_on(u32 cpu, u32 type, u32 vm, u32 vcpu, u32 at, u32 word)
{
	const struct nk_event_ring *r = ring(cpu);
	u64 n = 0, to = head(cpu);

	if (to - from[cpu] > r->nr_records - NK_EVENT_MARGIN)
		return ~0UL; /* too many to know */
	for (u64 i = from[cpu]; i < to; i++) {
		const struct nk_event *e =
			(const struct nk_event *)((u64)r + NK_EVENT_HEADER) + i % r->nr_records;
		u32 w;

		memcpy(&w, e->payload + 4 * at, sizeof(w));
		n += e->type == type && is_about(e, vm, vcpu) && (word == ANY || w == word);
	}
	return n;
}

static u64 seen(u32 type, u32 vm, u32 vcpu, u32 at, u32 word)
{
	u64 n = 0;

	for (u32 cpu = 0; cpu < CPUS; cpu++)
		n += seen_on(cpu, type, vm, vcpu, at, word);
	return n;
}

/* VM 3's, or its vCPU's, in all rings. */
#define events(type, vcpu) seen(NK_EVT_ID_##type, SUBJECT, vcpu, 0, ANY)

static u64 op(u32 vcpu, u32 id)
{
	return stat_count(NK_STAT_VCPU_OPS, SUBJECT, vcpu, id);
}

static u64 cpu_op(u32 cpu, u32 id)
{
	return stat_count(NK_STAT_CPU_OPS, 0, cpu, id);
}

/* What makes no exits: these are too many. */
static void leave_out_exits(void)
{
	static const u8 often[] = {NK_EVT_ID_TRAP_ENTER, NK_EVT_ID_TRAP_LEAVE, NK_EVT_ID_HYP_CALL,
				   NK_EVT_ID_INTR_ENTER, NK_EVT_ID_INTR_LEAVE, NK_EVT_ID_VDEV_LOAD,
				   NK_EVT_ID_VDEV_STORE, NK_EVT_ID_IRQ_SELECT};
	u8 filter[NK_EVT_FILTER_BYTES];

	memset(filter, 0xff, sizeof(filter));
	for (u32 i = 0; i < sizeof(often); i++)
		filter[often[i] / 8] &= (u8) ~(1U << often[i] % 8);
	prop_set(FILTER, filter, sizeof(filter));
}

static void do_stage(enum stage stage)
{
	set(STAGE, stage);
	ok(await(DONE, ANY, stage), "subject: stage %u", stage);
}

/* ------------------------------------------------------------------ VM 2: what it has done to VM 3 */

/* Of CPU 2 alone: VM 4 makes exits on the other one from boot on. */
static void check_boot(void)
{
	is(seen_on(CPU_OF_SECOND, NK_EVT_ID_CPU_START, NK_OS_NKERNEL, 0, 0, ANY), 1,
	   "CPU 2: cpu_start");
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		is(cpu_op(cpu, NK_CPU_OP_START), 1, "CPU %u: CPU_START", cpu);
}

static void check_read_only(void)
{
	u64 value, was = ring(1)->magic;

	ok(!probe_read(info.rings, 8, &value) && value == NK_EVENT_MAGIC, "rings: to be read");
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		ok(probe_write(info.rings + cpu * info.stride, 8, 0),
		   "rings: no header is written");
		ok(probe_write(info.rings + cpu * info.stride + NK_EVENT_HEADER, 8, 0),
		   "rings: nor a record");
	}
	is(ring(1)->magic, was, "rings: as they were");
}

static void start(void)
{
	mark();
	set(DONE, 0);
	set(STAGE, UP);
	set(RUNNING, 1);
	ok(await(DONE, ANY, UP), "started");
	is(events(VM_LOADING, 0), 1, "start: vm_loading");
	is(events(VM_LOADED, 0), 1, "start: vm_loaded");
	is(events(VM_START, 0), 1, "start: vm_start");
	is(events(VCPU_START, 0), 1, "start: vcpu_start");
	is(events(VCPU_START, 1), 0, "start: not of the other vCPU");
}

static void check_start(void)
{
	start();
	is(op(0, NK_VCPU_OP_VM_LOADING), 1, "start: VM_LOADING");
	is(op(0, NK_VCPU_OP_VM_START), 1, "start: VM_START");
	is(op(0, NK_VCPU_OP_START), 1, "start: VCPU_START");
	is(op(0, NK_VCPU_OP_VM_STOP) + op(0, NK_VCPU_OP_VM_FATAL) + op(0, NK_VCPU_OP_STOP), 0,
	   "start: nothing ended");
}

static void check_on_off(void)
{
	mark();
	do_stage(ON_OFF);
	is(events(VCPU_START, 1), TURNS, "vCPU on and off: vcpu_start");
	is(events(VCPU_STOP, 1), TURNS, "vCPU on and off: vcpu_stop");
	is(op(1, NK_VCPU_OP_START), TURNS, "vCPU on and off: VCPU_START");
	is(op(1, NK_VCPU_OP_STOP), TURNS, "vCPU on and off: VCPU_STOP");
}

/* Of the CPU that is VM 3's second vCPU's alone, which sleeps before and behind that. */
static void check_cpu(void)
{
	u64 idles = cpu_op(CPU_OF_SECOND, NK_CPU_OP_IDLE);
	u64 interrupts = cpu_op(CPU_OF_SECOND, NK_CPU_OP_INTR_EL2), slept, taken;

	check_on_off();
	delay_us(1000); /* until it sleeps again */
	slept = seen_on(CPU_OF_SECOND, NK_EVT_ID_CPU_IDLE_ENTER, NK_OS_NKERNEL, 0, 0, ANY);
	taken = seen_on(CPU_OF_SECOND, NK_EVT_ID_INTR_EL2_ENTER, NK_OS_NKERNEL, 0, 0, ANY);
	ok(slept >= TURNS && slept != ~0UL && taken >= TURNS,
	   "CPU 2: slept %lu times, took %lu interrupts in nk", slept, taken);
	is(cpu_op(CPU_OF_SECOND, NK_CPU_OP_IDLE) - idles, slept, "CPU 2: IDLE");
	is(cpu_op(CPU_OF_SECOND, NK_CPU_OP_INTR_EL2) - interrupts, taken, "CPU 2: INTR_EL2");
	is(seen_on(CPU_OF_SECOND, NK_EVT_ID_INTR_EL2_LEAVE, NK_OS_NKERNEL, 0, 0, ANY), taken,
	   "CPU 2: intr_el2_leave");
}

static void check_interrupts(void)
{
	u64 before = stat_count(NK_STAT_VIRQ, SUBJECT, 1, SGI);

	mark();
	do_stage(INTERRUPTS);
	is(seen(NK_EVT_ID_IRQ_POST, SUBJECT, 1, 2, SGI), SGIS, "SGIs: irq_post");
	is(seen_on(CPU_OF_SECOND, NK_EVT_ID_VIRQ_ASSERT, SUBJECT, 1, 1, SGI), SGIS,
	   "SGIs: virq_assert");
	is(stat_count(NK_STAT_VIRQ, SUBJECT, 1, SGI) - before, SGIS, "SGIs: counted");
}

static void check_held_back(void)
{
	u64 before = stat_count(NK_STAT_VIRQ, SUBJECT, 0, SGI);

	mark();
	do_stage(HELD_BACK);
	is(seen(NK_EVT_ID_VIRQ_ASSERT, SUBJECT, 0, 1, SGI), 1, "one that waits: virq_assert");
	is(stat_count(NK_STAT_VIRQ, SUBJECT, 0, SGI) - before, 1, "one that waits: counted");
}

static void pause_it(void)
{
	u32 turns = prop_u32(PAUSED);

	set(PAUSED, 1);
	ok(await(PAUSED, ANY, turns | 1), "paused");
}

static void go_on(void)
{
	set(PAUSED, 0);
	ok(await(PAUSED, 1, 0), "goes on");
}

/* While it is paused nothing is counted, nor recorded, of it. */
static void check_naps(void)
{
	u64 idle, switches, idles, enters, leaves;

	pause_it();
	mark();
	idle = op(0, NK_VCPU_OP_IDLE);
	switches = op(0, NK_VCPU_OP_SWITCH);
	go_on();
	do_stage(NAPS);
	pause_it();
	idles = events(VCPU_IDLE_ENTER, 0);
	enters = events(VCPU_SWITCH_IN, 0);
	leaves = events(VCPU_SWITCH_OUT, 0);
	ok(idles && idles != ~0UL, "naps: %lu times vcpu_idle_enter", idles);
	is(events(VCPU_IDLE_LEAVE, 0), idles, "naps: vcpu_idle_leave");
	is(op(0, NK_VCPU_OP_IDLE) - idle, idles, "naps: IDLE");
	ok(enters >= idles && leaves >= idles, "naps: %lu times out, %lu in", leaves, enters);
	ok(enters - leaves <= 1 || leaves - enters <= 1, "naps: each time out, and in again");
	is(op(0, NK_VCPU_OP_SWITCH) - switches, enters, "naps: SWITCH");
	go_on();
}

static void check_pauses(void)
{
	mark();
	for (u32 i = 0; i < TURNS; i++) {
		pause_it();
		go_on();
	}
	is(events(VM_SUSPEND_REQUEST, ANY), TURNS, "pauses: vm_suspend_request");
	is(events(VM_RESUME_REQUEST, ANY), TURNS, "pauses: vm_resume_request");
	for (u32 vcpu = 0; vcpu < 2; vcpu++) {
		is(events(VCPU_SUSPEND_REQUEST, vcpu), TURNS, "pauses: vcpu_suspend_request %u",
		   vcpu);
		is(events(VCPU_RESUME_REQUEST, vcpu), TURNS, "pauses: vcpu_resume_request %u",
		   vcpu);
	}
}

static void check_kicking(void)
{
	mark();
	do_stage(KICKING);
	ok(events(IRQ_THROTTLE, 0) - 1 < KICKS, "kicks too often: irq_throttle");
	is(seen(NK_EVT_ID_IRQ_THROTTLE, STRANGER, 0, 0, ANY), 0, "kicks too often: nobody else");
}

/* One that has stopped takes no time any more, and what there was of it adds up. */
static void check_times_stopped(void)
{
	struct nk_cpu_times a, b;

	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		nk_call(NK_HC_MONITOR_CPU, cpu, (u64)&a, 0, 0);
		delay_us(2000);
		nk_call(NK_HC_MONITOR_CPU, cpu, (u64)&b, 0, 0);
		is(sum_of(&b), b.period, "stopped: times of CPU %u add up", cpu);
		ok(b.period > a.period, "stopped: and go on");
		is(b.vm[SUBJECT], a.vm[SUBJECT], "stopped: no more of its");
		is(!b.vm[SUBJECT], !cpu, "stopped: it was on CPUs 1 and 2");
	}
	is(b.vm[NK_OS_NKERNEL], a.vm[NK_OS_NKERNEL], "stopped: CPU 2 does nothing");
	is(b.idle - a.idle, b.period - a.period, "stopped: but sleep");
}

static void check_stop(void)
{
	mark();
	set(RUNNING, 0);
	ok(await(RUNNING, 1, 0), "stopped");
	is(events(VM_STOP, 0), 1, "stop: vm_stop");
	is(events(VCPU_STOP, 0), 1, "stop: vcpu_stop");
	is(events(VCPU_STOP, 1), 0, "stop: the other vCPU was off");
	is(op(0, NK_VCPU_OP_VM_STOP), 1, "stop: VM_STOP");
	is(op(0, NK_VCPU_OP_STOP), 1, "stop: VCPU_STOP");
	is(events(VM_FATAL, 0) + op(0, NK_VCPU_OP_VM_FATAL), 0, "stop: no death");
}

static void check_death(void)
{
	start();
	mark();
	set(STAGE, DEATH);
	ok(await(RUNNING, 1, 0), "died");
	is(events(VM_FATAL, 0), 1, "death: vm_fatal");
	is(events(VM_STOP, 0), 1, "death: vm_stop");
	is(op(0, NK_VCPU_OP_VM_FATAL), 1, "death: VM_FATAL");
	is(op(0, NK_VCPU_OP_VM_START), 2, "death: in its second life");
}

void lives(void)
{
	is(nk_call(NK_HC_MONITOR_INFO, (u64)&info, 0, 0, 0), 0, "there is monitoring");
	check_boot();
	check_read_only();
	prop_set(RINGS, &info.rings, sizeof(info.rings));
	leave_out_exits();
	set(STAGE, UP);
	ok(await("lives.seen", ANY, 1), "VM 4 has looked");
	check_start();
	check_cpu();
	check_interrupts();
	check_held_back();
	check_naps();
	check_pauses();
	check_kicking();
	check_stop();
	check_times_stopped();
	check_death();
	set(STAGE, END);
	tap_done();
}

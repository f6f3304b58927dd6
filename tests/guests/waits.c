// SPDX-License-Identifier: Apache-2.0
/*
 * Contract of monitoring where VMs share a CPU: each time that a vCPU is away is in the matrix of the exit in which it left,
 * and no other; an interrupt that is taken while another vCPU runs is in its receiver's matrix of such. It shares its
 * CPU with VM 3, which is above it and wakes each millisecond for a while, and with the second vCPU of VM 4, which is this
 * program, too, with the argument `ring`: its first vCPU raises the interrupt of a given PL031 there. Where an
 * instruction is a nanosecond (-icount), nobody else makes gaps. Argument: intid=N, the PL031's. Needs nk.
 */
#include "prop/prop.h"
#include "rt/gic.h"
#include "rt/pl031.h"
#include "rt/psci.h"
#include "rt/stat.h"
#include "rt/timer.h"

#define GAPS 10 /* of each kind of exit */
#define RINGS 20
#define NAPS 10
#define GAP_US                                                                                     \
	100 /* more between two looks at the counter is an absence: VM 3 works for twice as long */
#define PERIOD_US 1000
#define EC_WFX 0x01
#define ME 2
#define ABOVE 3
#define RINGER 4
#define GO "waits.go"

static const u32 kinds[] = {NK_STAT_HWIRQ_WAIT, NK_STAT_HCALL_WAIT, NK_STAT_TRAP_WAIT,
			    NK_STAT_VDEV_WAIT};

/* ------------------------------------------------------------------ who rings */

static struct pl031 rtc;
static u32 got;

static void take(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	if (IAR_ID(iar) == PPI_VTIMER) {
		if (vtimer.get_ctl() & TIMER_ISTATUS) /* not one from before it was set anew */
			vtimer.set_ctl(0);
	} else {
		pl031_clear(&rtc);
		WRITE_ONCE(got, got + 1);
	}
	gic_eoi(iar);
}

/* Masked between the look and the wait, so that the interrupt ends that. Returns how often it slept. */
static u32 nap_us(u64 us, bool suspend)
{
	u64 end = vtimer.count() + us * counter_hz() / 1000000;
	u32 naps = 0;

	vtimer.set_cval(end);
	vtimer.set_ctl(TIMER_ENABLE);
	for (; vtimer.count() < end; naps++) {
		if (suspend)
			psci_call(PSCI_CPU_SUSPEND_64, 0, 0, 0);
		else
			wfi();
		irq_enable();
		isb();
		irq_disable();
	}
	return naps;
}

/* Takes them, on the CPU where the others run. */
static void answer(void *arg)
{
	(void)arg;
	gic_cpu_init();
	gic_set_target(rtc.intid, 1);
	irq_disable();
	while (READ_ONCE(got) < RINGS) {
		wfi();
		irq_enable();
		isb();
		irq_disable();
	}
}

static void ring(void)
{
	u32 done = 2;

	if (!pl031_find(&rtc))
		return;
	cpu_start(1, answer, NULL);
	while (prop_u32(GO) != 1)
		nap_us(PERIOD_US, false);
	for (u32 i = 0; i < RINGS; i++) {
		pl031_alarm(&rtc, 0);
		while (READ_ONCE(got) <= i)
			nap_us(20, false);
		nap_us(100, false);
	}
	prop_set(GO, &done, sizeof(done));
	cpu_wait_off(1);
}

/* ------------------------------------------------------------------ who is away meanwhile */

struct waits {
	u64 count[ARRAY_SIZE(kinds)], sum[ARRAY_SIZE(kinds)];
};

static void look(struct waits *w)
{
	*w = (struct waits){0};
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct nk_stat s = {0};

		for (u32 id = 0;
		     nk_call(NK_HC_MONITOR_STATS, kinds[i] | ME << 8, id, (u64)&s, 1) == 1;
		     id = s.id + 1) {
			w->count[i] += s.count;
			w->sum[i] += s.sum;
		}
	}
}

static void nothing(void)
{
}

static void call(void)
{
	nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
}

static void access(void)
{
	(void)read32(gicd + GICD_TYPER);
}

static void trap(void)
{
	write_sysreg(actlr_el1, 0);
}

/* Until it has been away n times, and is there again. Returns how long it was away in all. */
static u64 be_away(void (*fn)(void), u32 n)
{
	u64 gap = GAP_US * counter_hz() / 1000000, end = counter() + 10 * counter_hz();
	u64 last = counter(), now, away = 0;

	while (n && last < end) {
		fn();
		now = counter();
		if (now - last > gap) {
			away += now - last;
			n--;
		}
		last = now;
	}
	return n ? 0 : away;
}

static const struct work {
	const char *name;
	void (*fn)(void);
	u32 kind; /* of kinds[]; 0: interrupts alone */
	u32 id;
} work[] = {
	{"no exits", nothing, 0, 0},
	{"hypercalls", call, 1, NK_HC_MY_VM_ID},
	{"traps", trap, 2, EC_SYSREG},
	{"accesses", access, 3, 0},
};

/* VM 3 has just gone to sleep when it begins, and when it ends. */
static void check_work(const struct work *w)
{
	struct waits before, after;
	u64 away, n = 0, sum = 0, matrix = kinds[w->kind], was;

	be_away(nothing, 1);
	was = stat_count(matrix, ME, 0, w->id);
	look(&before);
	away = be_away(w->fn, GAPS);
	look(&after);
	ok(away, "%s: away %u times", w->name, GAPS);
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		after.count[i] -= before.count[i];
		n += after.count[i];
		sum += after.sum[i] - before.sum[i];
		if (i && i != w->kind)
			is(after.count[i], 0, "%s: nothing in matrix %u", w->name, kinds[i]);
	}
	is(n, GAPS, "%s: each time in one matrix", w->name);
	ok(sum <= away && sum > away / 2, "%s: for %lu of %lu ticks", w->name, sum, away);
	if (!w->kind)
		return;
	ok(after.count[w->kind], "%s: %lu of them there, %lu with an interrupt", w->name,
	   after.count[w->kind], after.count[0]);
	is(stat_count(matrix, ME, 0, w->id) - was, after.count[w->kind],
	   "%s: all of them in its column", w->name);
}

/* Whoever sleeps is away, whether others run meanwhile or nobody does. */
static void check_naps(const char *name, bool suspend, u32 matrix, u32 id)
{
	struct nk_stat before, after;
	u64 begin, took;
	u32 naps = 0;

	stat_get(matrix, ME, 0, id, &before);
	begin = counter();
	for (u32 i = 0; i < NAPS; i++)
		naps += nap_us(300, suspend);
	took = counter() - begin;
	stat_get(matrix, ME, 0, id, &after);
	is(after.count - before.count, naps, "%s: waited each time", name);
	ok(naps >= NAPS && after.sum - before.sum <= took && after.sum - before.sum > took / 2,
	   "%s: for %lu of %lu ticks", name, (u64)(after.sum - before.sum), took);
}

/* Without a `yield`, each of which takes QEMU long under -icount. */
static void spin_us(u64 us)
{
	u64 end = counter() + us * counter_hz() / 1000000;

	while (counter() < end)
		;
}

/* VM 4's interrupt comes while this vCPU runs, or VM 3's. */
static void check_rings(u32 intid)
{
	u64 end = counter() + counter_hz();
	u32 go = 1;

	prop_set(GO, &go, sizeof(go));
	while (prop_u32(GO) != 2 && counter() < end)
		spin_us(PERIOD_US);
	is(prop_u32(GO), 2, "rings: all came");
	is(stat_count(NK_STAT_HWIRQ_WAIT, ME, 0, intid) +
		   stat_count(NK_STAT_HWIRQ_WAIT, ABOVE, 0, intid),
	   RINGS, "rings: each had somebody wait");
	is(stat_count(NK_STAT_VIRQ, RINGER, 1, intid), RINGS, "rings: each was asserted");
	is(stat_count(NK_STAT_HWIRQ_VSWITCH, RINGER, 1, intid), RINGS,
	   "rings: each was taken while another vCPU ran");
	is(stat_count(NK_STAT_HWIRQ_LATENCY, RINGER, 1, intid), 0, "rings: none while its own did");
	is(stat_count(NK_STAT_HWIRQ_VSWITCH, ME, 0, intid), 0, "rings: they are not this VM's");
}

void guest_main(void)
{
	mmu_on();
	gic_init();
	gic_cpu_init();
	irq_handler = take;
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	if (arg_flag("ring")) {
		ring();
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		check_work(&work[i]);
	check_naps("WFI", false, NK_STAT_TRAP_WAIT, EC_WFX);
	check_naps("CPU_SUSPEND", true, NK_STAT_HCALL_WAIT, NK_STAT_PSCI);
	check_rings((u32)arg_u64("intid", 0));
	tap_done();
}

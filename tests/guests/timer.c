// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: the virtual and the physical EL1 timer behave as the Arm ARM says (D11.2), and each
 * expiry gives one interrupt, none lost and none extra, whether the CPU sleeps or works.
 */
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define ROUNDS 200
#define FAR (1UL << 48)

static const struct timer *t; /* under test */
static u32 fired, wrong, early;
static bool nk;

/* Switches the level off before completing, as an operating system does. */
static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) >= 1020)
		return;
	if (IAR_ID(iar) != t->ppi) {
		wrong++;
	} else {
		fired++;
		if (t->count() < t->get_cval())
			early++;
		t->set_ctl(0);
	}
	gic_eoi(iar);
}

static u64 ticks(u64 us)
{
	return us * counter_hz() / 1000000;
}

/* The timer's registers, with the interrupt off. */
static void registers(void)
{
	u64 before, now, v;

	t->set_ctl(0);
	t->set_cval(0x0123456789abcdef);
	is(t->get_cval(), 0x0123456789abcdef, "%s: CVAL keeps 64 bits", t->name);
	before = t->count();
	t->set_tval(ticks(1000));
	v = t->get_cval() - ticks(1000);
	ok(v >= before && v <= t->count(), "%s: TVAL write sets CVAL to count + TVAL", t->name);
	t->set_tval(0xffffffff);
	now = t->count();
	ok(t->get_cval() < now, "%s: TVAL is signed", t->name);
	t->set_cval(t->count() + ticks(10000000));
	v = t->get_tval();
	ok(v <= ticks(10000000) && v > ticks(500000), "%s: TVAL read is CVAL - count", t->name);
	t->set_cval(t->count() - 5);
	v = t->get_tval();
	ok((s32)v < 0 && v >> 32 == 0, "%s: TVAL read goes below 0 in 32 bits", t->name);

	t->set_cval(0);
	t->set_ctl(TIMER_ENABLE | TIMER_IMASK);
	is(t->get_ctl(), 7, "%s: expired: ISTATUS set, IMASK kept", t->name);
	ok(!gic_test(GICD_ISPENDR, t->ppi), "%s: IMASK: no interrupt pends", t->name);
	t->set_cval(t->count() + FAR);
	is(t->get_ctl(), 3, "%s: CVAL in the future clears ISTATUS", t->name);
	t->set_cval(0);
	t->set_ctl(TIMER_ENABLE);
	is(t->get_ctl(), 5, "%s: expired and unmasked", t->name);
	ok(gic_test(GICD_ISPENDR, t->ppi), "%s: the interrupt pends", t->name);
	t->set_cval(t->count() + FAR);
	ok(!gic_test(GICD_ISPENDR, t->ppi), "%s: pending goes with the level", t->name);
	t->set_ctl(0);
	is(t->get_ctl() & 3, 0, "%s: off", t->name);
	t->set_ctl(~0UL << 2);
	is(t->get_ctl() & ~4UL, 0, "%s: only two bits can be written", t->name);
}

/* Masked while testing, so that the interrupt cannot come between test and sleep. */
static void wait_sleeping(void)
{
	irq_disable();
	while (!READ_ONCE(fired)) {
		wfi();
		irq_enable();
		irq_disable();
	}
	irq_enable();
}

static void rounds(const char *how, void (*wait)(void), u64 us)
{
	u32 lost = 0, extra = 0, i;
	u64 late = 0, end;

	early = wrong = 0;
	irq_enable();
	for (i = 0; i < ROUNDS; i++) {
		u64 cval = t->count() + ticks(us) + random_u64() % ticks(20);

		fired = 0;
		t->set_cval(cval);
		t->set_ctl(TIMER_ENABLE);
		wait();
		late = MAX(late, t->count() - cval);
		lost += fired == 0;
		/* An extra one would come at once. */
		end = t->count() + ticks(5);
		while (t->count() < end)
			cpu_relax();
		extra += fired > 1;
	}
	irq_disable();
	is(lost, 0, "%s %s: no interrupt lost in %d", t->name, how, ROUNDS);
	is(extra, 0, "%s %s: none extra", t->name, how);
	is(wrong, 0, "%s %s: no other interrupt", t->name, how);
	is(early, 0, "%s %s: none early", t->name, how);
	note("%s %s: at most %lu us late", t->name, how, late * 1000000 / counter_hz());
}

/* WFI must wake with interrupts masked at the CPU, and the interrupt still be there. */
static void sleep_masked(void)
{
	u64 start = t->count();
	u32 iar;

	t->set_cval(start + ticks(2000));
	t->set_ctl(TIMER_ENABLE);
	while (!(t->get_ctl() & TIMER_ISTATUS))
		wfi();
	ok(t->count() - start >= ticks(2000), "%s: WFI with PSTATE.I set wakes, not early",
	   t->name);
	iar = gic_ack();
	is(IAR_ID(iar), t->ppi, "%s: and the interrupt is there to take", t->name);
	t->set_ctl(0);
	gic_eoi(iar);
	is(IAR_ID(gic_ack()), SPURIOUS, "%s: once", t->name);
}

/*
 * A level that fell before it was taken. Under a hypervisor the virtual timer's interrupt may be
 * in a list register by then, from where no fallen level takes it back: one may come. An operating
 * system looks at ISTATUS.
 */
static void fallen(const char *what)
{
	u32 iar = gic_ack();

	if (nk && t == &vtimer && IAR_ID(iar) == t->ppi) {
		note("%s: %s: one was on its way", t->name, what);
		gic_eoi(iar);
		iar = gic_ack();
	}
	is(IAR_ID(iar), SPURIOUS, "%s: %s: none", t->name, what);
}

/* The next one, for which no register but the CPU interface's is looked at. */
static u32 ack_soon(void)
{
	u64 end = t->count() + ticks(1000000);
	u32 iar;

	do
		iar = gic_ack();
	while (IAR_ID(iar) == SPURIOUS && t->count() < end);
	return iar;
}

/*
 * The level stays up over the EOI: the interrupt comes again, until the level falls. An operating system
 * whose next deadline passes in its handler depends on it.
 */
static void level(void)
{
	u32 i, seen = 0, iar;

	t->set_cval(0);
	t->set_ctl(TIMER_ENABLE);
	for (i = 0; i < 10; i++) {
		iar = ack_soon();
		seen += IAR_ID(iar) == t->ppi;
		gic_eoi(iar);
	}
	is(seen, 10, "%s: level: comes again after each EOI", t->name);
	t->set_ctl(TIMER_ENABLE | TIMER_IMASK);
	fallen("masked at the timer");
	t->set_ctl(TIMER_ENABLE);
	iar = ack_soon();
	is(IAR_ID(iar), t->ppi, "%s: unmasked again: one", t->name);
	t->set_ctl(0);
	gic_eoi(iar);
	is(IAR_ID(gic_ack()), SPURIOUS, "%s: level fallen while active: none", t->name);
}

static void disabled_at_gic(void)
{
	u32 iar;

	gic_bit(GICD_ICENABLER, t->ppi);
	t->set_cval(0);
	t->set_ctl(TIMER_ENABLE);
	is(IAR_ID(gic_ack()), SPURIOUS, "%s: disabled at the GIC: none", t->name);
	gic_bit(GICD_ISENABLER, t->ppi);
	iar = gic_ack();
	is(IAR_ID(iar), t->ppi, "%s: enabled: one", t->name);
	t->set_ctl(0);
	gic_eoi(iar);
}

static void wait_busy(void)
{
	u64 end = t->count() + ticks(10000000);

	while (!READ_ONCE(fired) && t->count() < end)
		cpu_relax();
}

/* Starts the timer, then does something before it expires; false: the host was too slow. */
static bool in_time(void (*then)(void))
{
	u32 i;

	for (i = 0; i < 20; i++) {
		u64 deadline = t->count() + ticks(1000);

		fired = 0;
		t->set_cval(deadline);
		t->set_ctl(TIMER_ENABLE);
		then();
		if (t->count() < deadline)
			return true;
		t->set_ctl(0);
	}
	return false;
}

static void stop_timer(void)
{
	t->set_ctl(0);
}

static void move_timer(void)
{
	t->set_cval(t->count() + ticks(50000));
}

static void cancelled(void)
{
	irq_enable();
	if (in_time(stop_timer)) {
		delay_us(3000);
		is(fired, 0, "%s: stopped in time: no interrupt", t->name);
	}
	if (in_time(move_timer)) {
		u64 deadline = t->get_cval();

		delay_us(3000);
		ok(!fired || t->count() > deadline, "%s: moved to later: none yet", t->name);
		wait_busy();
		delay_us(1000);
		is(fired, 1, "%s: one then", t->name);
	}
	irq_disable();
}

/* Who polls ISTATUS finds the interrupt there when it is set. */
static void status_and_interrupt(void)
{
	u32 i, before = 0;

	for (i = 0; i < 1000; i++) {
		t->set_cval(t->count() + ticks(5) + random_u64() % ticks(5));
		t->set_ctl(TIMER_ENABLE);
		while (!(t->get_ctl() & TIMER_ISTATUS))
			cpu_relax();
		isb();
		before += !(read_sysreg(isr_el1) & BIT(7));
		t->set_ctl(0);
	}
	/* QEMU's own CPU sets ISTATUS before its interrupt controller hears of it. */
	if (nk && t == &ptimer)
		is(before, 0, "%s: ISTATUS is never set before the interrupt", t->name);
	else
		note("%s: ISTATUS was set before the interrupt %u times", t->name, before);
}

/* Comparators that an operating system disarms its timer with: they are kept, and never fire. */
static void never(void)
{
	static const u64 far[] = {~0UL,	     ~0UL - 1000, 1UL << 63, (1UL << 63) - 1,
				  ~0UL >> 2, 1UL << 56};
	u32 i, bad = 0;

	irq_enable();
	fired = 0;
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		t->set_cval(far[i]);
		t->set_ctl(TIMER_ENABLE);
		delay_us(20000);
		bad += t->get_ctl() != TIMER_ENABLE || t->get_cval() != far[i];
		t->set_cval(t->count() + far[i] / 2); /* and while it is on */
		delay_us(20000);
		bad += t->get_ctl() != TIMER_ENABLE;
		t->set_ctl(0);
	}
	irq_disable();
	is(bad, 0, "%s: comparators up to 2^64 - 1 are in the future", t->name);
	is(fired, 0, "%s: and do not fire", t->name);
}

static void test(const struct timer *timer)
{
	t = timer;
	t->set_ctl(0);
	gic_set_edge(t->ppi, false);
	registers();
	gic_bit(GICD_ISENABLER, t->ppi);
	sleep_masked();
	level();
	disabled_at_gic();
	cancelled();
	never();
	status_and_interrupt();
	rounds("busy", wait_busy, 50);
	rounds("sleeping", wait_sleeping, 200);
	rounds("expired at once", wait_busy, 0);
	gic_bit(GICD_ICENABLER, t->ppi);
}

#define BOTH_TIMES 100

/* Both at once, at different rates, asleep between. */
static u32 both_fired[2], both_early;
static u64 both_period[2];

static void on_both(struct regs *r)
{
	u32 iar = gic_ack();
	bool virt = IAR_ID(iar) == PPI_VTIMER;
	const struct timer *x = virt ? &vtimer : &ptimer;

	(void)r;
	if (IAR_ID(iar) >= 1020)
		return;
	both_early += x->count() < x->get_cval();
	both_fired[virt]++;
	x->set_cval(x->get_cval() + both_period[virt]);
	gic_eoi(iar);
}

static bool both_done(void)
{
	return READ_ONCE(both_fired[0]) >= BOTH_TIMES && READ_ONCE(both_fired[1]) >= BOTH_TIMES;
}

/* However slow the host is: one whose interrupt gets lost never fires again. */
static void both(void)
{
	u64 late = counter() + ticks(30000000);

	irq_handler = on_both;
	both_period[0] = ticks(730);
	both_period[1] = ticks(1000);
	ptimer.set_cval(ptimer.count() + both_period[0]);
	vtimer.set_cval(vtimer.count() + both_period[1]);
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	gic_bit(GICD_ISENABLER, PPI_PTIMER);
	ptimer.set_ctl(TIMER_ENABLE);
	vtimer.set_ctl(TIMER_ENABLE);
	while (!both_done() && counter() < late) {
		wfi();
		irq_enable();
		irq_disable();
	}
	ptimer.set_ctl(0);
	vtimer.set_ctl(0);
	ok(both_fired[0] >= BOTH_TIMES, "both: physical timer fired %u times", both_fired[0]);
	ok(both_fired[1] >= BOTH_TIMES, "both: virtual timer fired %u times", both_fired[1]);
	/* The virtual one may be on its way when it is moved: see fallen(). */
	ok(both_early <= (nk ? 2 : 0), "both: none extra (%u)", both_early);
}

static void counters(void)
{
	u64 i, v, p, back = 0, last = 0;

	for (i = 0; i < 10000; i++) {
		v = counter();
		back += v < last;
		last = v;
	}
	is(back, 0, "the virtual counter never goes back");
	v = counter();
	isb();
	p = read_sysreg(cntpct_el0);
	ok(p >= v, "the physical counter is not behind the virtual one");
	ok(counter_hz() >= 1000000, "CNTFRQ says %lu Hz", counter_hz());
}

static void expire(void *arg)
{
	(void)arg;
	gic_cpu_init();
	ptimer.set_cval(0);
	ptimer.set_ctl(TIMER_ENABLE);
}

static void look(void *pending)
{
	gic_cpu_init();
	*(u32 *)pending = gic_test(GICD_ISPENDR, ptimer.ppi);
}

/* A timer that had expired when its CPU went off is off when the CPU comes back. */
static void cpu_off(void)
{
	static u32 pending = 2;

	if (nr_cpus < 2) {
		skip("one CPU", "an expired timer does not outlive its CPU");
		return;
	}
	mmu_on();
	ok(!cpu_start(1, expire, NULL) && cpu_wait_off(1), "cpu 1 goes off with a timer expired");
	ok(!cpu_start(1, look, &pending) && cpu_wait_off(1), "cpu 1 comes back");
	if (nk) /* QEMU's own CPU_ON leaves the line up */
		is(pending, 0, "no interrupt pends from before");
}

void guest_main(void)
{
	nk = under_nk();
	gic_init();
	irq_handler = on_irq;
	counters();
	test(&vtimer);
	test(&ptimer);
	both();
	cpu_off();
	tap_done();
}

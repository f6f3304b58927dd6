// SPDX-License-Identifier: Apache-2.0
/*
 * A VM that shares its CPU, and tells what it had of it. Arguments: `for`=MS, how long; then one of
 *   spin          counts, and sees by the gaps when it was away
 *   sleep=US      sleeps by WFI for as long, again and again, and sees how late it wakes (`phys`: by the
 *                 emulated timer; `suspend`: by PSCI CPU_SUSPEND; `nap`: up to as long from each wake-up)
 *   regs=SEED     fills registers of all kinds, and sees that none changes
 *   busy=US       with sleep: works for as long each time
 * At the end a line, and off: "share: ran 33333 of 100000 us, away 10 times, 20004 us at most, 300000
 * rounds", or
 * "share: woke 99 times, 3 us late at most", or "share: 500 rounds, 0 changed".
 */
#include "nk/pl011.h"
#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define GAP_US 20 /* more between two looks at the counter is an absence */

static u64 us(u64 ticks)
{
	return ticks * 1000000 / counter_hz();
}

static u64 ticks(u64 t)
{
	return t * counter_hz() / 1000000;
}

/* What tests/bench/exits.c counts is between these. */
#define mark_begin() __asm__ volatile("hint #100" ::: "memory")
#define mark_end() __asm__ volatile("hint #101" ::: "memory")

static void spin(u64 end)
{
	u64 start = counter(), last = start, away = 0, most = 0, times = 0, rounds = 0, now;

	mark_begin();
	for (; (now = counter()) < end; rounds++) {
		if (now - last > ticks(GAP_US)) {
			away += now - last;
			most = now - last > most ? now - last : most;
			times++;
		}
		last = now;
		if (now < end - (end - start) / 5) /* before one of us prints */
			mark_end();
	}
	printf("share: ran %lu of %lu us, away %lu times, %lu us at most, %lu rounds\n",
	       us(last - start - away), us(last - start), times, us(most), rounds);
}

static void work(u64 t)
{
	u64 until = counter() + ticks(t);

	while (counter() < until)
		;
}

static const struct timer *timer;

static void timer_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (timer->get_ctl() & TIMER_ISTATUS) /* not one from before it was set anew */
		timer->set_ctl(0);
	gic_eoi(iar);
}

/* Until then; masked between the look and the wait, so that the interrupt ends that. */
static void sleep_until(u64 when, bool suspend)
{
	timer->set_cval(when);
	timer->set_ctl(TIMER_ENABLE);
	while (timer->count() < when) {
		if (suspend)
			psci_call(PSCI_CPU_SUSPEND_64, 0, 0, 0);
		else
			wfi();
		irq_enable();
		isb();
		irq_disable();
	}
}

static void sleep(u64 end, u64 gap)
{
	const struct timer *t = timer = arg_flag("phys") ? &ptimer : &vtimer;
	u64 busy = arg_u64("busy", 0), most = 0, times = 0, next = t->count() + gap, late;
	bool suspend = arg_flag("suspend"), nap = arg_flag("nap");

	gic_init();
	gic_bit(GICD_ISENABLER, t->ppi);
	irq_handler = timer_irq;
	mark_begin();
	for (; t->count() < end; next += gap) {
		sleep_until(next, suspend);
		late = t->count() - next;
		if (next < end - gap * 5)
			mark_end();
		most = late > most ? late : most;
		times++;
		work(busy);
		if (nap)
			next = t->count() + random_u64() % (2 * gap) - gap;
	}
	printf("share: woke %lu times, %lu us late at most\n", times, us(most));
}

/* The registers of EL0 and EL1 that a program may have any value in. */
/* clang-format off */
#define REGS(X)									\
	X(tpidr_el0) X(tpidrro_el0) X(tpidr_el1_copy) X(sp_el0) X(elr_el1)	\
	X(far_el1) X(vbar_el1) X(mair_el1) X(amair_el1) X(contextidr_el1)	\
	X(afsr0_el1) X(ttbr0_el1) X(ttbr1_el1) X(esr_el1) X(cntv_cval_el0)	\
	X(dbgbvr0_el1) X(dbgbvr1_el1) X(dbgwvr0_el1) X(dbgwvr3_el1)
/* clang-format on */
#define tpidr_el1_copy par_el1 /* the runtime's own stays as it is */

static u64 mask_of(u64 value)
{
	return value & 0x0000fffffffff000; /* an address, whatever the register */
}

static void regs_set(u64 seed)
{
#define SET(r) write_sysreg(r, mask_of(seed *= 0x9e3779b97f4a7c15));
	REGS(SET)
#undef SET
}

static u64 regs_differ(u64 seed, u64 *was)
{
	u64 n = 0, i = 0;

#define GET(r) was[i++] = mask_of(read_sysreg(r));
	if (!seed) {
		REGS(GET)
		return 0;
	}
#undef GET
#define CHECK(r) n += mask_of(read_sysreg(r)) != was[i++];
	REGS(CHECK)
#undef CHECK
	return n;
}

/* What an emulated access reads gets to its register, a callee-saved one, whatever nk does on the way back. */
static bool reads_nothing(void)
{
	u64 value, poison = 0x5a5a5a5a;

	__asm__ volatile("mov x20, %1\n\tldr w20, [%2]\n\tmov %0, x20"
			 : "=r"(value)
			 : "r"(poison), "r"(uart_base + PL011_FR)
			 : "x20", "memory");
	return value == poison;
}

static void regs(u64 end, u64 seed)
{
	u64 was[20], rounds = 0, changed = 0;

	write_sysreg(cpacr_el1, 3UL << 20);
	isb();
	for (; counter() < end; rounds++) {
		u64 now = seed + rounds;

		regs_set(now | 1);
		regs_differ(0, was); /* some have fewer bits */
		fp_set(now);
		work(500);
		changed += reads_nothing();
		changed += fp_differs(now) != 0;
		changed += regs_differ(now | 1, was);
	}
	printf("share: %lu rounds, %lu changed\n", rounds, changed);
}

void guest_main(void)
{
	u64 end = counter() + ticks(arg_u64("for", 100) * 1000);

	if (arg_flag("spin"))
		spin(end);
	else if (arg_u64("sleep", 0))
		sleep(end, ticks(arg_u64("sleep", 0)));
	else
		regs(end, arg_u64("regs", 1));
}

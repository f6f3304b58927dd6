// SPDX-License-Identifier: Apache-2.0
/*
 * Timers. The guest drives the virtual timer without exits; its interrupt is physical and comes back
 * through a list register with the HW bit. EL1's physical timer is emulated on EL2's own.
 */
#include "arch/timer.h"
#include "arch/cpu.h"
#include "arch/gic_hw.h"
#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "arch/vgic.h"

#define OP2_TVAL 0
#define OP2_CTL 1
#define OP2_CVAL 2

#define NEVER (~0UL)
#define RECHECK_HZ 100

static u32 intid_ptimer, intid_vtimer;
static u32 counter_hz;
static u64 recheck_ticks; /* RECHECK_HZ */

void timer_init(const struct cfg_board *board)
{
	intid_ptimer = board->timer_phys.intid;
	intid_vtimer = board->timer_virt.intid;
	counter_hz = read_sysreg(cntfrq_el0);
	recheck_ticks = arch_ticks_hz() / RECHECK_HZ;
}

u64 arch_ticks(void)
{
	return read_sysreg(cntpct_el0);
}

u32 arch_ticks_hz(void)
{
	return counter_hz ? counter_hz : 1000000;
}

u64 arch_ticks_us(u64 ticks)
{
	u64 hz = arch_ticks_hz();

	return ticks / hz * 1000000 + ticks % hz * 1000000 / hz;
}

u64 arch_time_us(void)
{
	return arch_ticks_us(read_sysreg(cntpct_el0));
}

static bool ptimer_enabled(const struct arch_vcpu *v)
{
	return (v->ptimer.ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) == CNT_CTL_ENABLE;
}

/* EL2's timer, of which each CPU has one: for the vCPU that is here, and for the CPU's own alarm. */
static void hyp_timer_start(u64 next)
{
	next = MIN(next, this_cpu()->alarm);
	write_sysreg(next, cnthp_cval_el2);
	write_sysreg(next == NEVER ? 0 : CNT_CTL_ENABLE, cnthp_ctl_el2);
	isb();
}

/*
 * The same, with a vCPU here. Its interrupt has a GIC that forgets levels look at all of them: the guest's
 * own timer, whose deadline passed in the guest's handler, would be silent forever.
 */
static void hyp_timer_set(u64 next)
{
	if (unlikely(gic_hw.forgets_levels))
		next = MIN(next, read_sysreg(cntpct_el0) + recheck_ticks);
	hyp_timer_start(next);
}

/*
 * Sets the line to what the registers say, and EL2's timer to when that changes next, or to the alarm.
 */
static void ptimer_update(struct arch_vcpu *v)
{
	u64 next = v->alarm; /* which may be past already: then at once */
	bool due = false;

	if (unlikely(ptimer_enabled(v))) {
		due = arch_ticks() >= v->ptimer.cval;
		next = due ? next : MIN(next, v->ptimer.cval);
	}
	hyp_timer_set(next);
	if (v->ptimer.line == due)
		return;
	v->ptimer.line = due;
	vgic_set_level(v->vm, v, intid_ptimer, due);
}

void timer_alarm(struct arch_vcpu *v, u64 at)
{
	if (!v) {
		hyp_timer_set(at);
	} else if (v->alarm != at) {
		v->alarm = at;
		ptimer_update(v);
	}
}

/* What is done for it may take other interrupts, its own included. */
static void cpu_alarm(struct percpu *cpu)
{
	bool nested = cpu->in_irq;

	cpu->in_irq = true;
	cpu->alarm = core_cpu_alarm();
	cpu->in_irq = nested;
}

void timer_cpu_alarm(struct arch_vcpu *v)
{
	cpu_alarm(this_cpu());
	if (v)
		ptimer_update(v);
	else
		hyp_timer_start(NEVER);
}

void timer_hyp_irq(struct arch_vcpu *v)
{
	if (unlikely(this_cpu()->alarm <= read_sysreg(cntpct_el0)))
		cpu_alarm(this_cpu());
	if (v) {
		if (v->alarm <= read_sysreg(cntpct_el0))
			v->alarm = NEVER;
		ptimer_update(v);
	} else {
		hyp_timer_start(NEVER);
	}
}

/*
 * The line is up before ISTATUS is seen: EL2's timer may be due, and its interrupt not be taken yet.
 */
static u64 ptimer_ctl(struct arch_vcpu *v)
{
	if (!(v->ptimer.ctl & CNT_CTL_ENABLE) || read_sysreg(cntpct_el0) < v->ptimer.cval)
		return v->ptimer.ctl;
	if (!v->ptimer.line && ptimer_enabled(v))
		ptimer_update(v);
	return v->ptimer.ctl | CNT_CTL_ISTATUS;
}

u64 timer_ptimer_read(struct arch_vcpu *v, u32 op2)
{
	u64 now = read_sysreg(cntpct_el0);

	if (op2 == OP2_TVAL)
		return (u32)(v->ptimer.cval - now);
	if (op2 == OP2_CVAL)
		return v->ptimer.cval;
	return ptimer_ctl(v);
}

void timer_ptimer_write(struct arch_vcpu *v, u32 op2, u64 value)
{
	if (op2 == OP2_TVAL)
		v->ptimer.cval = read_sysreg(cntpct_el0) + (u64)(s64)(s32)value;
	else if (op2 == OP2_CVAL)
		v->ptimer.cval = value;
	else
		v->ptimer.ctl = value & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
	ptimer_update(v);
}

void timer_vcpu_reset(struct arch_vcpu *v)
{
	v->ptimer.ctl = 0;
	v->ptimer.cval = 0;
	v->ptimer.line = false;
	write_sysreg(v->vm->cntvoff, cntvoff_el2);
	write_sysreg(CNTHCTL_EL1PCTEN, cnthctl_el2);
	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(0, cntv_cval_el0);
	write_sysreg(0, cntkctl_el1);
	v->alarm = NEVER;
	hyp_timer_set(NEVER);
}

void timer_vcpu_save(struct arch_vcpu *v)
{
	struct arch_context *x = &v->context;

	x->cntv_ctl = read_sysreg(cntv_ctl_el0) & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
	x->cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(0, cntv_ctl_el0);
	v->alarm = 0; /* which no alarm is that it is given when it comes back */
	isb();
}

void timer_vcpu_load(struct arch_vcpu *v)
{
	write_sysreg(v->vm->cntvoff, cntvoff_el2);
	write_sysreg(v->context.cntv_cval, cntv_cval_el0);
	isb();
	write_sysreg(v->context.cntv_ctl, cntv_ctl_el0);
}

u64 timer_vcpu_next(struct arch_vcpu *v)
{
	u64 next = ptimer_enabled(v) && !v->ptimer.line ? v->ptimer.cval : NEVER;
	u64 ctl = read_sysreg(cntv_ctl_el0) & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
	u64 cval = read_sysreg(cntv_cval_el0), off = v->vm->cntvoff;

	if (ctl != CNT_CTL_ENABLE || !vgic_ppi_fires(v, intid_vtimer) || cval > NEVER - off)
		return next; /* beyond the counter's end: a way to have it off */
	return MIN(next, cval + off);
}

void timer_vcpu_pause(struct arch_vcpu *v)
{
	v->vtimer_ctl = (u32)read_sysreg(cntv_ctl_el0);
	write_sysreg(0, cntv_ctl_el0);
	isb();
}

void timer_vcpu_resume(struct arch_vcpu *v)
{
	write_sysreg(v->vm->cntvoff, cntvoff_el2);
	isb();
	write_sysreg(v->vtimer_ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK), cntv_ctl_el0);
	isb();
}

void timer_vcpu_park(struct arch_vcpu *v)
{
	write_sysreg(0, cntv_ctl_el0);
	v->ptimer.ctl = 0;
	ptimer_update(v); /* its line falls too: the vGIC outlives a CPU_OFF */
}

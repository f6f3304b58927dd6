// SPDX-License-Identifier: Apache-2.0
/* Physical interrupts: who each one belongs to. GIC architecture IHI 0069, IHI 0048. */
#include "arch/irq.h"
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/sysreg.h"
#include "arch/timer.h"
#include "arch/vgic.h"
#include "arch/watch.h"

#define OWN_IRQS_MAX 4
#define IRQS_PER_EXIT 8

static u32 intid_vtimer, intid_hyptimer, intid_maintenance;

static struct {
	u32 intid;
	void (*fn)(void);
} own[OWN_IRQS_MAX];
static u32 nr_own;

void irq_init(const struct cfg_board *board)
{
	intid_vtimer = board->timer_virt.intid;
	intid_hyptimer = board->timer_hyp.intid;
	intid_maintenance = gic_maintenance_irq();
}

void irq_cpu_init(void)
{
	gic_irq_set_priority(NK_SGI_KICK, GIC_PRIO_KICK);
	gic_irq_set_priority(NK_SGI_STOP, GIC_PRIO_NK);
	gic_irq_set_priority(NK_SGI_ALARM, GIC_PRIO_NK);
	gic_irq_set_priority(intid_hyptimer, GIC_PRIO_NK);
	gic_irq_enable(NK_SGI_KICK);
	gic_irq_enable(NK_SGI_STOP);
	gic_irq_enable(NK_SGI_ALARM);
	gic_irq_enable(intid_maintenance);
	gic_irq_enable(intid_hyptimer);
}

int irq_own(const struct cfg_irq *irq, u32 cpu, void (*fn)(void))
{
	if (nr_own == OWN_IRQS_MAX)
		return -1;
	own[nr_own].intid = irq->intid;
	own[nr_own].fn = fn;
	nr_own++;
	gic_irq_set_trigger(irq->intid, irq->trigger);
	gic_irq_set_cpu(irq->intid, cpu);
	gic_irq_set_priority(irq->intid, GIC_PRIO_NK);
	gic_irq_enable(irq->intid);
	return 0;
}

static void stop_here(void)
{
	this_cpu()->online = 0;
	if (READ_ONCE(watch_mode))
		watch_cpu_event(NK_EVT_ID_CPU_STOP, NK_CPU_OP_STOP);
	for (;;)
		__asm__ volatile("wfe" ::: "memory");
}

static bool own_irq(u32 intid)
{
	for (u32 i = 0; i < nr_own; i++) {
		if (own[i].intid == intid) {
			this_cpu()->in_irq = true;
			own[i].fn();
			this_cpu()->in_irq = false;
			return true;
		}
	}
	return false;
}

/* One of nk's own, or of a given device. Returns false when it is the guest's to end. */
static bool irq_named(struct arch_vcpu *v, u32 intid)
{
	if (intid == NK_SGI_STOP)
		stop_here();
	if (intid == intid_maintenance) {
		if (v)
			vgic_maintenance(v);
	} else if (intid == intid_hyptimer) {
		timer_hyp_irq(v);
	} else if (intid == NK_SGI_ALARM) {
		timer_cpu_alarm(v);
	} else if (!own_irq(intid)) {
		if (v) {
			vgic_hw_irq(v, intid);
			return false;
		}
		return vgic_hw_irq_away(intid);
	}
	return true;
}

/* LPIs, which nobody here enabled, have no active state (IHI 0069 4.1.2). */
static void irq_no_kick(struct arch_vcpu *v, u32 iar)
{
	u32 intid = gic_intid(iar);

	if (intid >= GIC_SPURIOUS && intid <= GIC_SPECIAL_LAST)
		return;
	gic_eoi(iar);
	if (intid < GIC_LPI_FIRST && irq_named(v, intid))
		gic_deactivate(iar);
}

/*
 * A kick only has this CPU look: what it is about is in the mailbox or in the vCPU's requests,
 * which the caller of irq_handle() reads next.
 */
static inline void irq_kick(u32 iar)
{
	gic_eoi(iar);
	gic_deactivate(iar);
}

/* A CPU that is kicked all the time takes its other interrupts in the same exit. */
static __attribute__((noinline)) void irq_more(void)
{
	for (u32 n = 1; n < IRQS_PER_EXIT && irq_pending(); n++) {
		u32 iar = gic_ack();

		if (unlikely(READ_ONCE(watch_mode)))
			watch_irq(gic_intid(iar));
		if (gic_intid(iar) == NK_SGI_KICK)
			irq_kick(iar);
		else
			irq_no_kick(this_cpu()->vcpu, iar);
	}
}

static __attribute__((noinline)) void irq_rest(struct arch_vcpu *v, u32 iar)
{
	irq_no_kick(v, iar);
	if (irq_pending())
		irq_more();
}

/* All but the virtual timer. Not inlined: the virtual timer's way stays short. */
static __attribute__((noinline)) void irq_other(struct arch_vcpu *v, u32 iar)
{
	if (unlikely(gic_intid(iar) != NK_SGI_KICK)) {
		irq_rest(v, iar);
		return;
	}
	irq_kick(iar);
	if (unlikely(irq_pending()))
		irq_more();
}

static inline void irq_take(struct arch_vcpu *v, u32 iar)
{
	if (unlikely(iar != intid_vtimer || !v)) {
		irq_other(v, iar);
		return;
	}
	gic_eoi(iar);
	vgic_hw_irq(v, iar);
}

void irq_handle(void)
{
	irq_take(this_cpu()->vcpu, gic_ack());
}

void irq_handle_acked(struct arch_vcpu *v, u32 iar)
{
	irq_take(v, iar);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts: who each one belongs to. GIC architecture IHI 0069, IHI 0048. */
#include "arch/irq.h"
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/sysreg.h"
#include "arch/timer.h"
#include "arch/vgic.h"

#define OWN_IRQS_MAX 4

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
	gic_irq_enable(NK_SGI_KICK);
	gic_irq_enable(NK_SGI_STOP);
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
	gic_irq_enable(irq->intid);
	return 0;
}

static void stop_here(void)
{
	this_cpu()->online = 0;
	for (;;)
		__asm__ volatile("wfe" ::: "memory");
}

static bool own_irq(u32 intid)
{
	for (u32 i = 0; i < nr_own; i++) {
		if (own[i].intid == intid) {
			own[i].fn();
			return true;
		}
	}
	return false;
}

/* All but the virtual timer. Not inlined: the virtual timer's way stays short. */
static __attribute__((noinline)) void irq_other(struct arch_vcpu *v, u32 iar)
{
	u32 intid = GIC_IAR_INTID(iar);

	if (likely(intid == NK_SGI_KICK)) {
		/* The mailbox and the requests are looked at by whoever called. */
		gic_eoi(iar);
		gic_deactivate(iar);
		return;
	}
	if (intid >= GIC_SPURIOUS)
		return;
	gic_eoi(iar);
	if (intid == NK_SGI_STOP)
		stop_here();
	if (intid == intid_maintenance) {
		if (v)
			vgic_maintenance(v);
	} else if (intid == intid_hyptimer) {
		timer_hyp_irq(v);
	} else if (!own_irq(intid)) {
		if (v) {
			vgic_hw_irq(v, intid);
			return; /* the guest's own end of interrupt deactivates it */
		}
		gic_irq_disable(intid);
	}
	gic_deactivate(iar);
}

void irq_handle(void)
{
	struct arch_vcpu *v = this_cpu()->vcpu;
	u32 iar = gic_ack();

	if (unlikely(iar != intid_vtimer || !v)) {
		irq_other(v, iar);
		return;
	}
	gic_eoi(iar);
	vgic_hw_irq(v, iar);
}

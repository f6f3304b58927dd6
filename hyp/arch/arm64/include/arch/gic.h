/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical interrupt controller, GICv2 (IHI 0048) or GICv3 (IHI 0069), found at boot.
 *
 * nk runs with EOImode 1: gic_eoi() drops the priority, gic_deactivate() ends the interrupt. What
 * belongs to a guest is deactivated by the guest's own EOI, through a list register's HW bit.
 * An INTID below 32 always means the calling CPU's own.
 */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H

#include "arch/gic_hw.h"
#include "config/model.h"
#include "lib/types.h"

#define GIC_SPURIOUS 1020 /* to GIC_SPECIAL_LAST: nothing was pending */
#define GIC_SPECIAL_LAST 1023
#define GIC_LPI_FIRST 8192

/*
 * What comes first when several interrupts pend on a CPU: nk's own, then those of guests, and last
 * of all kicks, which other VMs cause. GICv3 with one Security state, and the Non-secure view of
 * both versions, have 16 levels at least.
 */
#define GIC_PRIO_NK 0x80U
#define GIC_PRIO_GUEST 0xa0U
#define GIC_PRIO_KICK 0xc0U

/*
 * Maps the controller, disables all its SPIs and routes them to the boot CPU. Returns 0, or -1 when
 * it is no GICv2 or GICv3 or cannot be mapped. Context: boot CPU, before gic_cpu_init.
 */
int gic_init(const struct cfg_gic *g, void *(*map_device)(paddr_t pa, u64 size));

/*
 * Makes this CPU take interrupts of every priority, all its SGIs and PPIs disabled. cpu: nk's
 * number of it. Returns 0, or -1 when no redistributor has its affinity. Context: each CPU, once.
 */
int gic_cpu_init(u32 cpu, u64 mpidr);

u32 gic_version(void); /* 2 or 3 */
u32 gic_maintenance_irq(void); /* INTID of the vGIC's maintenance interrupt, a PPI */

/*
 * Acknowledges: returns what gic_intid() takes the INTID from, now active, or a special one.
 * GICv2 has the sender of an SGI beside it, and wants it back. Context: masked.
 */
static inline u32 gic_ack(void)
{
	return gic_hw_ack();
}

static inline u32 gic_intid(u32 iar)
{
	return iar & gic_hw.intid_mask;
}

/* Drops the priority of what gic_ack() returned last. Context: the CPU that acknowledged. */
static inline void gic_eoi(u32 iar)
{
	gic_hw_eoi(iar);
}

/* Ends what gic_ack() returned, or a PPI or SPI by its INTID. Context: the CPU that has it. */
static inline void gic_deactivate(u32 iar)
{
	gic_hw_deactivate(iar);
}

/* Context of all below: any. Disabling waits (bounded) until it has taken effect. */
void gic_irq_enable(u32 intid);
void gic_irq_disable(u32 intid);
void gic_irq_set_trigger(u32 intid, enum cfg_trigger trigger); /* must be disabled */
void gic_irq_set_cpu(u32 intid, u32 cpu); /* SPIs; cpu must have run gic_cpu_init */
void gic_irq_set_priority(u32 intid, u8 priority); /* GIC_PRIO_*; SGIs and PPIs: of this CPU */
void gic_irq_set_active(u32 intid, bool active);
void gic_irq_set_pending(u32 intid, bool pending);
u32 gic_irqs_pending(u32 word); /* pending bits of INTIDs 32*word.. */

/* Sends an SGI; what was written before is visible to the receiver. Context: any. */
static inline void gic_sgi_send(u32 cpu, u32 sgi)
{
	gic_hw_sgi_send(cpu, sgi);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GIC (IHI 0048 for v2, IHI 0069 for v3), in the mode where the end of an interrupt
 * only drops the running priority: a guest's interrupt stays active until the guest deactivates it
 * through its list register.
 *
 * "iar" below is what gic_ack() returned: the INTID in bits 9:0, on GICv2 with the source CPU of an
 * SGI above it.
 */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H

#include "config/model.h"
#include "lib/types.h"

#define GIC_INTID(iar) ((iar) & 0x3ff)
#define GIC_INTID_SPECIAL 1020 /* this and above: no interrupt */
#define VGIC_LRS_MAX 16 /* list registers nk uses at most */
#define GIC_PRIORITY 0xa0 /* of every physical interrupt: none preempts another at EL2 */

struct gic_ops {
	u32 version;
	int (*init)(const struct cfg_gic *g, void *(*map)(paddr_t, u64));
	int (*cpu_init)(u32 cpu, u64 mpidr);
	u32 (*ack)(void);
	void (*eoi)(u32 iar);
	void (*deactivate)(u32 iar);
	void (*set_cpu)(u32 intid, u32 cpu);
	void (*sgi_send)(u32 cpu, u32 sgi);
	/* Registers of SGIs and PPIs of this CPU, and of SPIs: base of the frame that has them. */
	volatile u8 *(*frame)(u32 intid);
	void (*wait)(volatile u8 *frame); /* until a write to a clear register took effect */
	/* Virtual CPU interface control, in the layout of GICv3's ICH_* registers. */
	u32 nr_lrs;
	u64 (*lr_read)(u32 n);
	void (*lr_write)(u32 n, u64 lr);
	u64 (*elrsr)(void); /* which list registers are empty */
	u64 (*eisr)(void); /* which ones signalled the end of an interrupt */
	void (*hcr_write)(u64 hcr);
	void (*vcpu_save)(u64 *vmcr, u32 apr[8]);
	void (*vcpu_load)(u64 vmcr, const u32 apr[8]);
};

extern struct gic_ops gicv2_ops, gicv3_ops;
extern const struct gic_ops *gic;

/*
 * Finds the registers and sets up the distributor: every SPI off, in group 1, at GIC_PRIORITY.
 * Returns 0, or -1 when the hardware is not what the tree says. Context: boot CPU.
 */
int gic_init(const struct cfg_gic *g, void *(*map_device)(paddr_t, u64));

/* This CPU's interface, redistributor and virtual interface. Returns 0 or -1. */
int gic_cpu_init(u32 cpu, u64 mpidr);

/* Acknowledges the highest pending interrupt. Context: EL2, interrupts masked. */
static inline u32 gic_ack(void)
{
	return gic->ack();
}

/* Drops the running priority: the next interrupt can come. */
static inline void gic_eoi(u32 iar)
{
	gic->eoi(iar);
}

/* Ends the interrupt for good. */
static inline void gic_deactivate(u32 iar)
{
	gic->deactivate(iar);
}

static inline void gic_sgi_send(u32 cpu, u32 sgi)
{
	gic->sgi_send(cpu, sgi);
}

static inline u32 gic_version(void)
{
	return gic->version;
}

/* Enabling, by number; SGIs and PPIs are those of the calling CPU. Context: any. */
void gic_irq_enable(u32 intid);
void gic_irq_disable(u32 intid);

/* Sets or clears what the distributor holds of an interrupt. */
void gic_irq_set_active(u32 intid, bool active);
void gic_irq_set_pending(u32 intid, bool pending);
bool gic_irq_pending(u32 intid);

/* Edge or level; not for SGIs. */
void gic_irq_set_trigger(u32 intid, enum cfg_trigger trigger);

/* Routes an SPI to one CPU. */
void gic_irq_set_cpu(u32 intid, u32 cpu);

/* The PPI by which the virtual CPU interface calls for maintenance. */
u32 gic_maintenance_irq(void);

#endif

// SPDX-License-Identifier: Apache-2.0
/* The physical GIC: what both versions have in common, the distributor. IHI 0048 4.3, IHI 0069 12.9. */
#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "ops.h"

struct gic_hw gic_hw;
volatile u8 *gic_frames[NK_CPUS_MAX];

static const struct gic_ops *ops;
static u32 maintenance;
/* For registers that hold several interrupts and are read, changed, written. */
static spinlock_t lock = SPINLOCK(LOCK_GIC);

/* Frame of registers that an INTID's bits are in. */
static volatile u8 *frame_of(u32 intid)
{
	return intid < 32 ? gic_frames[this_cpu()->id] : gic_hw.gicd;
}

static void set_bit(u32 reg, u32 intid)
{
	gic_write32(frame_of(intid) + reg + intid / 32 * 4, 1U << intid % 32);
}

u32 gic_version(void)
{
	return gic_hw.v3 ? 3 : 2;
}

u32 gic_maintenance_irq(void)
{
	return maintenance;
}

static void spis_init(void)
{
	u32 nr = MIN(((gic_read32(gic_hw.gicd + GICD_TYPER) & 0x1f) + 1) * 32, 1020U);

	for (u32 i = 32; i < nr; i += 32) {
		gic_write32(gic_hw.gicd + GICD_ICENABLER + i / 8, ~0U);
		gic_write32(gic_hw.gicd + GICD_ICPENDR + i / 8, ~0U);
		gic_write32(gic_hw.gicd + GICD_ICACTIVER + i / 8, ~0U);
		if (gic_hw.v3)
			gic_write32(gic_hw.gicd + GICD_IGROUPR + i / 8, ~0U);
	}
	for (u32 i = 32; i < nr; i += 4)
		gic_write32(gic_hw.gicd + GICD_IPRIORITYR + i, GIC_PRIO_GUEST * 0x01010101U);
}

int gic_init(const struct cfg_gic *g, void *(*map_device)(paddr_t pa, u64 size))
{
	if (g->version != 2 && g->version != 3)
		return -1;
	gic_hw.v3 = g->version == 3;
	ops = gic_hw.v3 ? &gicv3_ops : &gicv2_ops;
	gic_hw.intid_mask = gic_hw.v3 ? 0xffffff : 0x3ff;
	maintenance = g->maintenance.intid;
	gic_hw.gicd = map_device(g->dist.base, g->dist.size);
	if (!gic_hw.gicd || ops->init(g, map_device))
		return -1;
	gic_write32(gic_hw.gicd + GICD_CTLR, 0);
	spis_init();
	ops->dist_enable();
	return 0;
}

int gic_cpu_init(u32 cpu, u64 mpidr)
{
	volatile u8 *f = ops->cpu_frame(cpu, mpidr);

	if (!f)
		return -1;
	gic_frames[cpu] = f;
	gic_write32(f + GICD_ICENABLER, ~0U);
	gic_write32(f + GICD_ICPENDR, ~0U);
	gic_write32(f + GICD_ICACTIVER, ~0U);
	if (gic_hw.v3)
		gic_write32(f + GICD_IGROUPR, ~0U);
	for (u32 i = 0; i < 32; i += 4)
		gic_write32(f + GICD_IPRIORITYR + i, GIC_PRIO_GUEST * 0x01010101U);
	ops->cpu_enable(cpu);
	return 0;
}

void gic_irq_enable(u32 intid)
{
	set_bit(GICD_ISENABLER, intid);
}

void gic_irq_disable(u32 intid)
{
	set_bit(GICD_ICENABLER, intid);
	ops->wait(intid);
}

void gic_irq_set_priority(u32 intid, u8 priority)
{
	*(frame_of(intid) + GICD_IPRIORITYR + intid) = priority;
}

void gic_irq_set_active(u32 intid, bool active)
{
	set_bit(active ? GICD_ISACTIVER : GICD_ICACTIVER, intid);
}

void gic_irq_set_pending(u32 intid, bool pending)
{
	set_bit(pending ? GICD_ISPENDR : GICD_ICPENDR, intid);
}

u32 gic_irqs_pending(u32 word)
{
	return gic_read32(frame_of(word * 32) + GICD_ISPENDR + word * 4);
}

void gic_irq_set_trigger(u32 intid, enum cfg_trigger trigger)
{
	volatile u8 *p = frame_of(intid) + GICD_ICFGR + intid / 16 * 4;
	u32 bit = 2U << intid % 16 * 2;
	u32 v;

	spin_lock(&lock);
	v = gic_read32(p) & ~bit;
	gic_write32(p, trigger == CFG_TRIGGER_EDGE ? v | bit : v);
	spin_unlock(&lock);
}

void gic_irq_set_cpu(u32 intid, u32 cpu)
{
	ops->set_cpu(intid, cpu);
}

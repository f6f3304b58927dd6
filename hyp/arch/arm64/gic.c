/* SPDX-License-Identifier: Apache-2.0 */
/* What both GIC versions share: the registers that have one bit, byte or field per interrupt. */
#include "arch/gic.h"
#include "arch/gic_regs.h"
#include "arch/io.h"
#include "arch/spinlock.h"

const struct gic_ops *gic;
static struct cfg_irq maintenance;
static spinlock_t config_lock; /* read-modify-write of ICFGR */

int gic_init(const struct cfg_gic *g, void *(*map_device)(paddr_t, u64))
{
	gic = g->version == 2 ? &gicv2_ops : &gicv3_ops;
	maintenance = g->maintenance;
	return gic->init(g, map_device);
}

int gic_cpu_init(u32 cpu, u64 mpidr)
{
	return gic->cpu_init(cpu, mpidr);
}

u32 gic_maintenance_irq(void)
{
	return maintenance.intid;
}

static void write_bit(u32 intid, u32 reg)
{
	volatile u8 *frame = gic->frame(intid);

	io_write32(frame + reg + intid / 32 * 4, 1U << (intid % 32));
}

void gic_irq_enable(u32 intid)
{
	write_bit(intid, GICD_ISENABLER);
}

void gic_irq_disable(u32 intid)
{
	write_bit(intid, GICD_ICENABLER);
	gic->wait(gic->frame(intid));
}

void gic_irq_set_active(u32 intid, bool active)
{
	write_bit(intid, active ? GICD_ISACTIVER : GICD_ICACTIVER);
}

void gic_irq_set_pending(u32 intid, bool pending)
{
	write_bit(intid, pending ? GICD_ISPENDR : GICD_ICPENDR);
}

bool gic_irq_pending(u32 intid)
{
	return io_read32(gic->frame(intid) + GICD_ISPENDR + intid / 32 * 4) & 1U << (intid % 32);
}

void gic_irq_set_trigger(u32 intid, enum cfg_trigger trigger)
{
	volatile u8 *reg = gic->frame(intid) + GICD_ICFGR + intid / 16 * 4;
	u32 bit = 2U << (intid % 16 * 2);
	u32 value;

	spin_lock(&config_lock);
	value = io_read32(reg) & ~bit;
	io_write32(reg, trigger == CFG_TRIGGER_EDGE ? value | bit : value);
	spin_unlock(&config_lock);
}

void gic_irq_set_cpu(u32 intid, u32 cpu)
{
	gic->set_cpu(intid, cpu);
}

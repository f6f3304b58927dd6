/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 with the virtualization extensions (IHI 0048B): GICD, GICC and GICH in memory. */
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/gic_regs.h"
#include "arch/io.h"
#include "arch/sysreg.h"

static volatile u8 *dist, *cpuif, *hypif;
static u8 cpu_mask[NK_CPUS_MAX]; /* what ITARGETSR calls each CPU */

static volatile u8 *gicv2_frame(u32 intid)
{
	return dist;
}

/* GICv2 has no sign of completion: reading back orders the write. */
static void gicv2_wait(volatile u8 *frame)
{
	io_read32(frame + GICD_CTLR);
}

static int gicv2_init(const struct cfg_gic *g, void *(*map)(paddr_t, u64))
{
	u32 lines;

	dist = map(g->dist.base, g->dist.size);
	cpuif = map(g->cpu.base, g->cpu.size);
	hypif = map(g->hyp.base, g->hyp.size);
	if (!dist || !cpuif || !hypif)
		return -1;
	io_write32(dist + GICD_CTLR, 0);
	lines = (io_read32(dist + GICD_TYPER) & 31) + 1;
	for (u32 i = 1; i < lines; i++) {
		io_write32(dist + GICD_ICENABLER + i * 4, ~0U);
		io_write32(dist + GICD_ICACTIVER + i * 4, ~0U);
		io_write32(dist + GICD_ICPENDR + i * 4, ~0U);
	}
	for (u32 i = 8; i < lines * 8; i++)
		io_write32(dist + GICD_IPRIORITYR + i * 4, GIC_PRIORITY * 0x01010101U);
	io_write32(dist + GICD_CTLR, GICD_CTLR_ENABLE_G0);
	return 0;
}

static int gicv2_cpu_init(u32 cpu, u64 mpidr)
{
	u32 targets = 0;

	/* ITARGETSR of the private interrupts reads as this CPU; some may be absent (4.3.12). */
	for (u32 i = 0; i < 8 && !targets; i++)
		targets = io_read32(dist + GICD_ITARGETSR + i * 4);
	targets |= targets >> 16;
	targets |= targets >> 8;
	cpu_mask[cpu] = targets & 0xff ? targets & 0xff : 1;

	io_write32(dist + GICD_ICENABLER, ~0U);
	io_write32(dist + GICD_ICACTIVER, ~0U);
	io_write32(dist + GICD_ICPENDR, 0xffff0000);
	for (u32 i = 0; i < 8; i++)
		io_write32(dist + GICD_IPRIORITYR + i * 4, GIC_PRIORITY * 0x01010101U);
	io_write32(cpuif + GICC_PMR, 0xff);
	io_write32(cpuif + GICC_CTLR, GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
	io_write32(hypif + GICH_HCR, 0);
	gicv2_ops.nr_lrs = (io_read32(hypif + GICH_VTR) & 63) + 1;
	if (gicv2_ops.nr_lrs > VGIC_LRS_MAX)
		gicv2_ops.nr_lrs = VGIC_LRS_MAX;
	return 0;
}

static u32 gicv2_ack(void)
{
	return io_read32(cpuif + GICC_IAR);
}

static void gicv2_eoi(u32 iar)
{
	io_write32(cpuif + GICC_EOIR, iar);
}

static void gicv2_deactivate(u32 iar)
{
	io_write32(cpuif + GICC_DIR, iar);
}

static void gicv2_set_cpu(u32 intid, u32 cpu)
{
	io_write8(dist + GICD_ITARGETSR + intid, cpu_mask[cpu]);
}

static void gicv2_sgi_send(u32 cpu, u32 sgi)
{
	dsb(ishst);
	io_write32(dist + GICD_SGIR, (u32)cpu_mask[cpu] << 16 | sgi);
}

/* GICH_LR: virtual ID 9:0, physical ID or source and EOI 19:10, priority 27:23, state 29:28, G1, HW. */
static u32 lr_pack(u64 lr)
{
	return (u32)(lr & 0x3ff) | (u32)((lr >> ICH_LR_PHYS_SHIFT) & 0x3ff) << 10 |
	       (u32)((lr >> (ICH_LR_PRIORITY_SHIFT + 3)) & 31) << 23 | (u32)(lr >> 62) << 28 |
	       (u32)((lr >> 60) & 1) << 30 | (u32)((lr >> 61) & 1) << 31;
}

static u64 lr_unpack(u32 v)
{
	return (v & 0x3ff) | (u64)((v >> 10) & 0x3ff) << ICH_LR_PHYS_SHIFT |
	       (u64)((v >> 23) & 31) << (ICH_LR_PRIORITY_SHIFT + 3) | (u64)((v >> 28) & 3) << 62 |
	       (u64)((v >> 30) & 1) << 60 | (u64)(v >> 31) << 61;
}

static u64 gicv2_lr_read(u32 n)
{
	return lr_unpack(io_read32(hypif + GICH_LR + n * 4));
}

static void gicv2_lr_write(u32 n, u64 lr)
{
	io_write32(hypif + GICH_LR + n * 4, lr_pack(lr));
}

static u64 gicv2_elrsr(void)
{
	return io_read32(hypif + GICH_ELRSR0);
}

static u64 gicv2_eisr(void)
{
	return io_read32(hypif + GICH_EISR0);
}

static void gicv2_hcr_write(u64 hcr)
{
	io_write32(hypif + GICH_HCR, (u32)hcr);
}

static void gicv2_vcpu_save(u64 *vmcr, u32 apr[8])
{
	*vmcr = io_read32(hypif + GICH_VMCR);
	apr[0] = io_read32(hypif + GICH_APR);
}

static void gicv2_vcpu_load(u64 vmcr, const u32 apr[8])
{
	io_write32(hypif + GICH_VMCR, (u32)vmcr);
	io_write32(hypif + GICH_APR, apr[0]);
}

struct gic_ops gicv2_ops = {
	.version = 2,
	.init = gicv2_init,
	.cpu_init = gicv2_cpu_init,
	.ack = gicv2_ack,
	.eoi = gicv2_eoi,
	.deactivate = gicv2_deactivate,
	.set_cpu = gicv2_set_cpu,
	.sgi_send = gicv2_sgi_send,
	.frame = gicv2_frame,
	.wait = gicv2_wait,
	.lr_read = gicv2_lr_read,
	.lr_write = gicv2_lr_write,
	.elrsr = gicv2_elrsr,
	.eisr = gicv2_eisr,
	.hcr_write = gicv2_hcr_write,
	.vcpu_save = gicv2_vcpu_save,
	.vcpu_load = gicv2_vcpu_load,
};

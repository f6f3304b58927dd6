// SPDX-License-Identifier: Apache-2.0
/* GICv2 (IHI 0048): CPU interface and virtual interface are memory, SGIs carry their sender. */
#include "arch/cpu.h"
#include "ops.h"

#define SGIR_TARGETS_SHIFT 16
#define GICC_CTLR_ENABLE 0x001U
#define GICC_CTLR_EOIMODE 0x200U /* bit 9, also in the Non-secure view: IHI 0048 table 4-31 */

/*
 * QEMU's model says that it is Arm's product 0 (only the GIC inside the Cortex-A15 does so too). It looks at
 * its inputs again when EL2 or the distributor is accessed, not when a guest's EOI deactivates an interrupt
 * (seen in 7.2).
 */
#define IIDR_QEMU 0x0000043b

/*
 * Where a GIC-400 is connected for pages of 64 KiB, each of its 4 KiB is there 16 times (GIC-400's integration by Arm's
 * SBSA; Xilinx UG1085). The last time of its first page is in front of its second one: from there it is as everywhere.
 */
#define GICC_REPEATS_SIZE KIB(128)
#define GICC_LAST_REPEAT KIB(60)

static u8 interface[NK_CPUS_MAX]; /* bit of each CPU's interface in target lists */

static volatile u8 *skip_repeats(volatile u8 *gicc, u64 size)
{
	if (size < GICC_REPEATS_SIZE ||
	    gic_read32(gicc + GICC_IIDR) != gic_read32(gicc + GICC_LAST_REPEAT + GICC_IIDR))
		return gicc;
	return gicc + GICC_LAST_REPEAT;
}

static int v2_init(const struct cfg_gic *g, void *(*map_device)(paddr_t pa, u64 size))
{
	gic_hw.gicc = map_device(g->cpu.base, g->cpu.size);
	gic_hw.gich = map_device(g->hyp.base, g->hyp.size);
	if (!gic_hw.gicc || !gic_hw.gich)
		return -1;
	gic_hw.gicc = skip_repeats(gic_hw.gicc, g->cpu.size);
	return 0;
}

static void v2_dist_enable(void)
{
	u32 nr = MIN(((gic_read32(gic_hw.gicd + GICD_TYPER) & 0x1f) + 1) * 32, 1020U);
	u32 me = gic_read32(gic_hw.gicd + GICD_ITARGETSR) & 0xff;

	for (u32 i = 32; i < nr; i += 4)
		gic_write32(gic_hw.gicd + GICD_ITARGETSR + i, me * 0x01010101U);
	gic_write32(gic_hw.gicd + GICD_CTLR, 1);
	gic_hw.forgets_levels = gic_read32(gic_hw.gicd + GICD_IIDR) == IIDR_QEMU;
}

/* The registers of INTIDs 0..31 are banked: one address, each CPU its own. */
static volatile u8 *v2_cpu_frame(u32 cpu, u64 mpidr)
{
	(void)mpidr;
	interface[cpu] = (u8)gic_read32(gic_hw.gicd + GICD_ITARGETSR);
	if (!interface[cpu])
		interface[cpu] = 1; /* one CPU: the register is RAZ */
	gic_hw.sgi_target[cpu] = (u32)interface[cpu] << SGIR_TARGETS_SHIFT;
	return gic_hw.gicd;
}

static void v2_cpu_enable(u32 cpu)
{
	u32 vtr = gic_read32(gic_hw.gich + GICH_VTR);

	(void)cpu;
	gic_hw.nr_lrs = (u8)MIN((vtr & 0x3f) + 1, 16U);
	gic_hw.lr_mask = (1U << gic_hw.nr_lrs) - 1;
	gic_hw.nr_aprs = 1;
	gic_write32(gic_hw.gich + GICH_HCR, 0);
	gic_write32(gic_hw.gicc + GICC_PMR, 0xff);
	gic_write32(gic_hw.gicc + GICC_BPR, 0);
	gic_write32(gic_hw.gicc + GICC_CTLR, GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
}

/* IHI 0048 has no bit that tells; a read behind the write is as much as there is. */
static void v2_wait(u32 intid)
{
	(void)intid;
	gic_read32(gic_hw.gicd + GICD_CTLR);
}

static void v2_set_cpu(u32 intid, u32 cpu)
{
	*(gic_hw.gicd + GICD_ITARGETSR + intid) = interface[cpu];
}

const struct gic_ops gicv2_ops = {
	.init = v2_init,
	.dist_enable = v2_dist_enable,
	.cpu_frame = v2_cpu_frame,
	.cpu_enable = v2_cpu_enable,
	.wait = v2_wait,
	.set_cpu = v2_set_cpu,
};

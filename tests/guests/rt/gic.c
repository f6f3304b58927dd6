// SPDX-License-Identifier: Apache-2.0
#include "rt/gic.h"
#include "rt/dt.h"
#include "nk/smccc.h"
#include "rt/rt.h"

u32 gic_version;
u64 gicd, gicc, gicr, gicr_stride = 0x20000;

static void find(void)
{
	u64 size;
	int node = dt_compatible("arm,gic-v3");

	gic_version = node >= 0 ? 3 : 2;
	if (node < 0)
		node = dt_compatible("arm,cortex-a15-gic");
	if (node < 0)
		node = dt_compatible("arm,gic-400");
	if (!dt_reg(node, 0, &gicd, &size) ||
	    !dt_reg(node, 1, gic_version == 3 ? &gicr : &gicc, &size))
		printf("Bail out! no GIC in the device tree\n");
}

/* Affinity of GICR_TYPER[63:32] against the CPU's MPIDR. */
static u64 find_redist(u64 mpidr)
{
	u64 aff = (mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000);
	u64 r, typer;

	for (r = gicr;; r += gicr_stride) {
		typer = read64(r + GICR_TYPER);
		if (typer & GICR_TYPER_VLPIS)
			gicr_stride = 0x40000;
		if (typer >> 32 == aff)
			return r;
		if (typer & GICR_TYPER_LAST)
			return 0;
	}
}

u32 gic_lines(void)
{
	u32 n = ((read32(gicd + GICD_TYPER) & 0x1f) + 1) * 32;

	return MIN(n, (u32)INTID_MAX);
}

u64 gic_frame(u32 intid)
{
	return gic_version == 3 && intid < 32 ? this_cpu()->redist + GICR_SGI_FRAME : gicd;
}

void gic_bit(u32 reg, u32 intid)
{
	write32(gic_frame(intid) + reg + intid / 32 * 4, (u32)BIT(intid % 32));
	dsb();
}

bool gic_test(u32 reg, u32 intid)
{
	return read32(gic_frame(intid) + reg + intid / 32 * 4) >> (intid % 32) & 1;
}

void gic_set_prio(u32 intid, u8 prio)
{
	write8(gic_frame(intid) + GICD_IPRIORITYR + intid, prio);
	dsb();
}

u8 gic_get_prio(u32 intid)
{
	return read8(gic_frame(intid) + GICD_IPRIORITYR + intid);
}

void gic_set_edge(u32 intid, bool edge)
{
	u64 a = gic_frame(intid) + GICD_ICFGR + intid / 16 * 4;
	u32 bit = (u32)BIT(intid % 16 * 2 + 1);
	u32 v = read32(a) & ~bit;

	write32(a, edge ? v | bit : v);
	dsb();
}

void gic_set_target(u32 intid, u32 cpu)
{
	if (gic_version == 3)
		write64(gicd + GICD_IROUTER + intid * 8, cpus[cpu].mpidr & MPIDR_AFF_MASK);
	else
		write8(gicd + GICD_ITARGETSR + intid, (u8)BIT(cpu));
	dsb();
}

static void wake_redist(u64 r)
{
	write32(r + GICR_WAKER, 0);
	while (read32(r + GICR_WAKER) & BIT(2))
		cpu_relax();
}

void gic_cpu_init(void)
{
	struct cpu *c = this_cpu();
	u64 frame;
	u32 i;

	if (gic_version == 3) {
		c->redist = find_redist(read_sysreg(mpidr_el1) & MPIDR_AFF_MASK);
		wake_redist(c->redist);
		write_sysreg(ICC_SRE_EL1, 7);
		isb();
	}
	frame = gic_frame(0);
	write32(frame + GICD_ICENABLER, ~0u);
	write32(frame + GICD_ICPENDR, ~0u);
	write32(frame + GICD_ICACTIVER, ~0u);
	write32(frame + GICD_IGROUPR, gic_version == 3 ? ~0u : 0);
	for (i = 0; gic_version == 2 && i < 16; i += 4)
		write32(frame + GICD_CPENDSGIR + i, ~0u);
	for (i = 0; i < 32; i += 4)
		write32(frame + GICD_IPRIORITYR + i, 0xa0a0a0a0);
	if (gic_version == 3) {
		write_sysreg(ICC_PMR_EL1, 0xff);
		write_sysreg(ICC_BPR1_EL1, 0);
		write_sysreg(ICC_CTLR_EL1, 0);
		write_sysreg(ICC_IGRPEN1_EL1, 1);
		isb();
	} else {
		write32(gicc + GICC_PMR, 0xff);
		write32(gicc + GICC_BPR, 0);
		write32(gicc + GICC_CTLR, 1);
	}
	dsb();
}

void gic_cpu_off(void)
{
	if (gic_version == 2)
		write32(gicc + GICC_CTLR, 0);
	else
		write_sysreg(ICC_IGRPEN1_EL1, 0);
	isb();
}

void gic_init(void)
{
	u32 lines, i;

	find();
	lines = gic_lines();
	write32(gicd + GICD_CTLR, gic_version == 3 ? BIT(4) : 0);
	for (i = 32; i < lines; i += 32) {
		write32(gicd + GICD_ICENABLER + i / 8, ~0u);
		write32(gicd + GICD_ICPENDR + i / 8, ~0u);
		write32(gicd + GICD_ICACTIVER + i / 8, ~0u);
		write32(gicd + GICD_IGROUPR + i / 8, gic_version == 3 ? ~0u : 0);
	}
	for (i = 32; i < lines; i++) {
		write8(gicd + GICD_IPRIORITYR + i, 0xa0);
		gic_set_target(i, 0);
	}
	write32(gicd + GICD_CTLR, gic_version == 3 ? GICD_CTLR_ON : 1);
	dsb();
	gic_cpu_init();
}

u32 gic_ack(void)
{
	u32 iar;

	if (gic_version == 3)
		iar = (u32)read_sysreg(ICC_IAR1_EL1);
	else
		iar = read32(gicc + GICC_IAR);
	dsb();
	return iar;
}

void gic_eoi(u32 iar)
{
	if (gic_version == 3) {
		write_sysreg(ICC_EOIR1_EL1, iar);
		isb();
	} else {
		write32(gicc + GICC_EOIR, iar);
	}
	dsb();
}

void gic_dir(u32 iar)
{
	if (gic_version == 3) {
		write_sysreg(ICC_DIR_EL1, iar);
		isb();
	} else {
		write32(gicc + GICC_DIR, iar);
	}
	dsb();
}

u32 gic_hppi(void)
{
	return gic_version == 3 ? (u32)read_sysreg(ICC_HPPIR1_EL1) : read32(gicc + GICC_HPPIR);
}

u32 gic_rpr(void)
{
	return gic_version == 3 ? (u32)read_sysreg(ICC_RPR_EL1) : read32(gicc + GICC_RPR);
}

void gic_set_pmr(u8 mask)
{
	if (gic_version == 3) {
		write_sysreg(ICC_PMR_EL1, mask);
		isb();
	} else {
		write32(gicc + GICC_PMR, mask);
	}
	dsb();
}

void gic_set_bpr(u32 bpr)
{
	if (gic_version == 3) {
		write_sysreg(ICC_BPR1_EL1, bpr);
		isb();
	} else {
		write32(gicc + GICC_BPR, bpr);
	}
	dsb();
}

void gic_set_eoimode(bool split)
{
	if (gic_version == 3) {
		write_sysreg(ICC_CTLR_EL1, split ? BIT(1) : 0);
		isb();
	} else {
		write32(gicc + GICC_CTLR, 1 | (split ? BIT(9) : 0));
	}
	dsb();
}

static u64 sgi_target(u64 mpidr)
{
	return (mpidr >> 8 & 0xff) << 16 | (mpidr >> 16 & 0xff) << 32 | (mpidr >> 32 & 0xff) << 48 |
	       (mpidr >> 4 & 0xf) << 44 | BIT(mpidr & 0xf);
}

void gic_sgi(u32 cpu, u32 id)
{
	dsb();
	if (gic_version == 3) {
		write_sysreg(ICC_SGI1R_EL1, sgi_target(cpus[cpu].mpidr) | (u64)id << 24);
		isb();
	} else {
		write32(gicd + GICD_SGIR, (u32)BIT(16 + cpu) | id);
	}
	dsb();
}

void gic_sgi_others(u32 id)
{
	dsb();
	if (gic_version == 3) {
		write_sysreg(ICC_SGI1R_EL1, BIT(40) | (u64)id << 24);
		isb();
	} else {
		write32(gicd + GICD_SGIR, 1u << 24 | id);
	}
	dsb();
}

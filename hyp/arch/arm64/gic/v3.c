// SPDX-License-Identifier: Apache-2.0
/* GICv3 (IHI 0069): redistributors, affinity routing, and a CPU interface of system registers. */
#include "arch/cpu.h"
#include "lib/log.h"
#include "ops.h"

#define GICD_CTLR_RWP BIT(31)
#define GICR_CTLR_RWP BIT(3)
#define ICC_CTLR_EOIMODE 0x2U
#define WAIT_MAX 1000000

static struct {
	volatile u8 *base;
	u64 size;
} redist[CFG_REDIST_MAX];
static u32 nr_redist;
static u64 stride;
static u64 mpidrs[NK_CPUS_MAX];

static u64 read64(const volatile u8 *p)
{
	return gic_read32(p) | (u64)gic_read32(p + 4) << 32;
}

static void write64(volatile u8 *p, u64 v)
{
	__asm__ volatile("str %x1, %0" : "=Q"(*(volatile u64 *)p) : "r"(v) : "memory");
}

static void wait_clear(const volatile u8 *p, u64 bit)
{
	for (u32 n = WAIT_MAX; n && (gic_read32(p) & bit); n--)
		cpu_relax();
}

static int v3_init(const struct cfg_gic *g, void *(*map_device)(paddr_t pa, u64 size))
{
	stride = g->redist_stride;
	for (u32 i = 0; i < g->nr_redist; i++) {
		redist[i].base = map_device(g->redist[i].base, g->redist[i].size);
		redist[i].size = g->redist[i].size;
		if (!redist[i].base)
			return -1;
	}
	nr_redist = g->nr_redist;
	return 0;
}

static u64 mpidr_affinity(u64 mpidr)
{
	return mpidr & 0xff00ffffffUL;
}

static void v3_set_cpu(u32 intid, u32 cpu)
{
	write64(gic_hw.gicd + GICD_IROUTER + 8 * intid, mpidr_affinity(mpidrs[cpu]));
}

static void v3_dist_enable(void)
{
	u32 nr = MIN(((gic_read32(gic_hw.gicd + GICD_TYPER) & 0x1f) + 1) * 32, 1020U);

	wait_clear(gic_hw.gicd + GICD_CTLR, GICD_CTLR_RWP);
	gic_write32(gic_hw.gicd + GICD_CTLR, GICD_CTLR_ON);
	wait_clear(gic_hw.gicd + GICD_CTLR, GICD_CTLR_RWP);
	mpidrs[this_cpu()->id] = read_sysreg(mpidr_el1);
	/* Routing exists once ARE is on. */
	for (u32 i = 32; i < nr; i++)
		v3_set_cpu(i, this_cpu()->id);
}

/* Looks for the redistributor of an affinity in one region; IHI 0069 12.11.35, GICR_TYPER. */
static volatile u8 *find_redist(volatile u8 *base, u64 size, u32 aff)
{
	u64 off = 0;

	while (off + 2 * GICR_SGI_FRAME <= size) {
		u64 typer = read64(base + off + GICR_TYPER);

		if (typer >> 32 == aff)
			return base + off;
		if (typer & GICR_TYPER_LAST)
			break;
		if (stride)
			off += stride;
		else
			off += typer & GICR_TYPER_VLPIS ? 4 * GICR_SGI_FRAME : 2 * GICR_SGI_FRAME;
	}
	return NULL;
}

/* ICC_SGI1R_EL1 (IHI 0069 12.2.20): Aff3.Aff2.Aff1, a list of 16 in the range RS of Aff0. */
static u64 sgi_target(u64 m)
{
	u64 aff0 = m & 0xff;

	return (m >> 32 & 0xff) << 48 | (aff0 >> 4) << 44 | (m >> 16 & 0xff) << 32 |
	       (m >> 8 & 0xff) << 16 | 1U << (aff0 & 15);
}

/*
 * What a loader left on writes to its tables, wherever they are in memory that nk has given to VMs since. Some
 * redistributors cannot turn it off again (IHI 0069 12.11.2, GICR_CTLR.EnableLPIs).
 */
static void lpis_off(u32 cpu, volatile u8 *rd)
{
	u32 ctlr = gic_read32(rd + GICR_CTLR);

	if (!(ctlr & GICR_CTLR_LPIS))
		return;
	gic_write32(rd + GICR_CTLR, ctlr & ~GICR_CTLR_LPIS);
	wait_clear(rd + GICR_CTLR, GICR_CTLR_RWP);
	if (gic_read32(rd + GICR_CTLR) & GICR_CTLR_LPIS)
		printk("cpu%u: the loader has LPIs on, for good: reserve the memory of their "
		       "tables, the one at "
		       "0x%llx too",
		       cpu, (unsigned long long)(read64(rd + GICR_PENDBASER) & 0xfffffffff0000));
	else
		printk("cpu%u: the loader had LPIs on: off", cpu);
}

static volatile u8 *v3_cpu_frame(u32 cpu, u64 mpidr)
{
	u32 aff = (u32)(mpidr & 0xffffff) | (u32)(mpidr >> 32 & 0xff) << 24;
	volatile u8 *rd = NULL;

	for (u32 i = 0; i < nr_redist && !rd; i++)
		rd = find_redist(redist[i].base, redist[i].size, aff);
	if (!rd)
		return NULL;
	mpidrs[cpu] = mpidr;
	gic_hw.sgi_target[cpu] = sgi_target(mpidr);
	gic_write32(rd + GICR_WAKER, gic_read32(rd + GICR_WAKER) & ~(u32)GICR_WAKER_SLEEP);
	wait_clear(rd + GICR_WAKER, GICR_WAKER_ASLEEP);
	lpis_off(cpu, rd);
	return rd + GICR_SGI_FRAME;
}

static void v3_cpu_enable(u32 cpu)
{
	u64 vtr;

	(void)cpu;
	write_sysreg(ICC_SRE_ON, ICC_SRE_EL2);
	isb();
	write_sysreg(ICC_SRE_ON, ICC_SRE_EL1);
	isb();
	vtr = read_sysreg(ICH_VTR_EL2);
	gic_hw.nr_lrs = (u8)MIN((vtr & 0x1f) + 1, 16UL);
	gic_hw.lr_mask = (1U << gic_hw.nr_lrs) - 1;
	/* Bits of preemption, 5 to 7: 32 levels a register. */
	gic_hw.nr_aprs = (u8)(1U << ((vtr >> 26 & 7) - 4));
	write_sysreg(0, ICH_HCR_EL2);
	write_sysreg(0xff, ICC_PMR_EL1);
	write_sysreg(0, ICC_BPR1_EL1);
	write_sysreg(ICC_CTLR_EOIMODE, ICC_CTLR_EL1);
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
}

static void v3_wait(u32 intid)
{
	if (intid < 32)
		wait_clear(gic_frames[this_cpu()->id] - GICR_SGI_FRAME + GICR_CTLR, GICR_CTLR_RWP);
	else
		wait_clear(gic_hw.gicd + GICD_CTLR, GICD_CTLR_RWP);
}

/* ICH_AP0Rn_EL2, of group 0, is S3_4_C12_C8_n; ICH_AP1Rn_EL2 S3_4_C12_C9_n. */
void ich_aprs_save_rest(u32 apr[2 * ICH_APRS])
{
	apr[1] = (u32)read_sysreg(S3_4_C12_C8_1);
	apr[ICH_APRS + 1] = (u32)read_sysreg(S3_4_C12_C9_1);
	if (gic_hw.nr_aprs < 3)
		return;
	apr[2] = (u32)read_sysreg(S3_4_C12_C8_2);
	apr[3] = (u32)read_sysreg(S3_4_C12_C8_3);
	apr[ICH_APRS + 2] = (u32)read_sysreg(S3_4_C12_C9_2);
	apr[ICH_APRS + 3] = (u32)read_sysreg(S3_4_C12_C9_3);
}

void ich_aprs_load_rest(const u32 apr[2 * ICH_APRS])
{
	write_sysreg(apr[1], S3_4_C12_C8_1);
	write_sysreg(apr[ICH_APRS + 1], S3_4_C12_C9_1);
	if (gic_hw.nr_aprs < 3)
		return;
	write_sysreg(apr[2], S3_4_C12_C8_2);
	write_sysreg(apr[3], S3_4_C12_C8_3);
	write_sysreg(apr[ICH_APRS + 2], S3_4_C12_C9_2);
	write_sysreg(apr[ICH_APRS + 3], S3_4_C12_C9_3);
}

const struct gic_ops gicv3_ops = {
	.init = v3_init,
	.dist_enable = v3_dist_enable,
	.cpu_frame = v3_cpu_frame,
	.cpu_enable = v3_cpu_enable,
	.wait = v3_wait,
	.set_cpu = v3_set_cpu,
};

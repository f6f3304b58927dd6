/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 and v4 with system registers (IHI 0069): distributor, redistributors, ICC_* and ICH_*. */
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/gic_regs.h"
#include "arch/io.h"
#include "arch/sysreg.h"
#include "lib/log.h"

#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define ICH_VTR_EL2 S3_4_C12_C11_1
#define ICH_EISR_EL2 S3_4_C12_C11_3
#define ICH_ELRSR_EL2 S3_4_C12_C11_5
#define ICH_VMCR_EL2 S3_4_C12_C11_7
#define ICH_AP0R0_EL2 S3_4_C12_C8_0
#define ICH_AP0R1_EL2 S3_4_C12_C8_1
#define ICH_AP0R2_EL2 S3_4_C12_C8_2
#define ICH_AP0R3_EL2 S3_4_C12_C8_3
#define ICH_AP1R0_EL2 S3_4_C12_C9_0
#define ICH_AP1R1_EL2 S3_4_C12_C9_1
#define ICH_AP1R2_EL2 S3_4_C12_C9_2
#define ICH_AP1R3_EL2 S3_4_C12_C9_3

#define ICC_CTLR_EOIMODE (1UL << 1)
#define WAIT_TRIES 1000000
#define REDIST_FRAME KIB(128)

static volatile u8 *dist;
static volatile u8 *redist_base[CFG_REDIST_MAX];
static struct cfg_gic cfg;
static volatile u8 *redist[NK_CPUS_MAX];
static u64 cpu_mpidr[NK_CPUS_MAX];
static u32 preemption_bits;

static void dist_wait(volatile u8 *frame)
{
	u32 offset = frame == dist ? GICD_CTLR : (u32)-GICR_SGI;
	u32 rwp = frame == dist ? GICD_CTLR_RWP : GICR_CTLR_RWP;

	for (u32 i = 0; i < WAIT_TRIES && (io_read32(frame + (s32)offset) & rwp); i++)
		cpu_relax();
}

static volatile u8 *gicv3_frame(u32 intid)
{
	return intid < 32 ? redist[this_cpu()->id] + GICR_SGI : dist;
}

static int gicv3_init(const struct cfg_gic *g, void *(*map)(paddr_t, u64))
{
	u32 lines;

	cfg = *g;
	dist = map(g->dist.base, g->dist.size);
	if (!dist)
		return -1;
	for (u32 i = 0; i < g->nr_redist; i++) {
		redist_base[i] = map(g->redist[i].base, g->redist[i].size);
		if (!redist_base[i])
			return -1;
	}
	io_write32(dist + GICD_CTLR, 0);
	dist_wait(dist);
	lines = (io_read32(dist + GICD_TYPER) & 31) + 1;
	for (u32 i = 1; i < lines; i++) {
		io_write32(dist + GICD_IGROUPR + i * 4, ~0U);
		io_write32(dist + GICD_ICENABLER + i * 4, ~0U);
		io_write32(dist + GICD_ICACTIVER + i * 4, ~0U);
		io_write32(dist + GICD_ICPENDR + i * 4, ~0U);
	}
	for (u32 i = 8; i < lines * 8; i++)
		io_write32(dist + GICD_IPRIORITYR + i * 4, GIC_PRIORITY * 0x01010101U);
	dist_wait(dist);
	io_write32(dist + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_G1A);
	dist_wait(dist);
	return 0;
}

/* Affinity as GICR_TYPER and IROUTER pack it, from MPIDR. */
static u32 affinity32(u64 mpidr)
{
	return (u32)(((mpidr >> 32) & 0xff) << 24 | (mpidr & 0xffffff));
}

static volatile u8 *find_redist(u64 mpidr)
{
	for (u32 i = 0; i < cfg.nr_redist; i++) {
		volatile u8 *frame = redist_base[i];
		u64 left = cfg.redist[i].size;

		while (left >= REDIST_FRAME) {
			u64 typer = io_read64(frame + GICR_TYPER);
			u64 stride = cfg.redist_stride;

			if (typer >> 32 == affinity32(mpidr))
				return frame;
			if (!stride)
				stride = typer & GICR_TYPER_VLPIS ? 2 * REDIST_FRAME : REDIST_FRAME;
			if ((typer & GICR_TYPER_LAST) || left < stride)
				break;
			frame += stride;
			left -= stride;
		}
	}
	return NULL;
}

static int redist_init(volatile u8 *r)
{
	u32 i;

	io_write32(r + GICR_WAKER, io_read32(r + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	for (i = 0; io_read32(r + GICR_WAKER) & GICR_WAKER_ASLEEP; i++) {
		if (i == WAIT_TRIES)
			return -1;
		cpu_relax();
	}
	io_write32(r + GICR_SGI + GICD_IGROUPR, ~0U);
	io_write32(r + GICR_SGI + GICD_ICENABLER, ~0U);
	io_write32(r + GICR_SGI + GICD_ICACTIVER, ~0U);
	io_write32(r + GICR_SGI + GICD_ICPENDR, ~0U);
	for (i = 0; i < 8; i++)
		io_write32(r + GICR_SGI + GICD_IPRIORITYR + i * 4, GIC_PRIORITY * 0x01010101U);
	dist_wait(r + GICR_SGI);
	return 0;
}

static int gicv3_cpu_init(u32 cpu, u64 mpidr)
{
	volatile u8 *r = find_redist(mpidr);
	u64 vtr;

	if (!r)
		return -1;
	redist[cpu] = r;
	cpu_mpidr[cpu] = mpidr;
	if (redist_init(r))
		return -1;
	/* System registers at EL2, and for EL1 without a trap. */
	write_sysreg(read_sysreg(ICC_SRE_EL2) | 0xf, ICC_SRE_EL2);
	isb();
	write_sysreg(0xff, ICC_PMR_EL1);
	write_sysreg(7, ICC_BPR1_EL1);
	write_sysreg(ICC_CTLR_EOIMODE, ICC_CTLR_EL1);
	write_sysreg(1, ICC_IGRPEN1_EL1);
	write_sysreg(0, ICH_HCR_EL2);
	vtr = read_sysreg(ICH_VTR_EL2);
	gicv3_ops.nr_lrs = (vtr & 31) + 1;
	preemption_bits = ((vtr >> 26) & 7) + 1;
	isb();
	return 0;
}

static u32 gicv3_ack(void)
{
	u32 iar = read_sysreg(ICC_IAR1_EL1);

	/* The acknowledge is seen before the handler's accesses to the device (IHI 0069, 8.1.7). */
	dsb(sy);
	return iar;
}

static void gicv3_eoi(u32 iar)
{
	write_sysreg(iar, ICC_EOIR1_EL1);
	isb();
}

static void gicv3_deactivate(u32 iar)
{
	write_sysreg(iar, ICC_DIR_EL1);
	isb();
}

static void gicv3_set_cpu(u32 intid, u32 cpu)
{
	io_write64(dist + GICD_IROUTER + intid * 8, cpu_mpidr[cpu] & 0xff00ffffffUL);
}

static void gicv3_sgi_send(u32 cpu, u32 sgi)
{
	u64 m = cpu_mpidr[cpu];
	u64 range = (m & 0xff) >> 4;

	dsb(ishst);
	write_sysreg(((m >> 32) & 0xff) << 48 | range << 44 | ((m >> 16) & 0xff) << 32 |
			     (u64)sgi << 24 | ((m >> 8) & 0xff) << 16 | 1UL << (m & 15),
		     ICC_SGI1R_EL1);
	isb();
}

/* The list registers are 16 system registers with no index. */
#define FOR_EACH_LR(X)                                                                             \
	X(0, S3_4_C12_C12_0)                                                                       \
	X(1, S3_4_C12_C12_1)                                                                       \
	X(2, S3_4_C12_C12_2)                                                                       \
	X(3, S3_4_C12_C12_3)                                                                       \
	X(4, S3_4_C12_C12_4)                                                                       \
	X(5, S3_4_C12_C12_5)                                                                       \
	X(6, S3_4_C12_C12_6)                                                                       \
	X(7, S3_4_C12_C12_7)                                                                       \
	X(8, S3_4_C12_C13_0)                                                                       \
	X(9, S3_4_C12_C13_1)                                                                       \
	X(10, S3_4_C12_C13_2)                                                                      \
	X(11, S3_4_C12_C13_3)                                                                      \
	X(12, S3_4_C12_C13_4)                                                                      \
	X(13, S3_4_C12_C13_5)                                                                      \
	X(14, S3_4_C12_C13_6)                                                                      \
	X(15, S3_4_C12_C13_7)

static u64 gicv3_lr_read(u32 n)
{
	switch (n) {
#define READ_LR(i, reg)                                                                            \
	case i:                                                                                    \
		return read_sysreg(reg);
		FOR_EACH_LR(READ_LR)
	default:
		return 0;
	}
}

static void gicv3_lr_write(u32 n, u64 lr)
{
	switch (n) {
#define WRITE_LR(i, reg)                                                                           \
	case i:                                                                                    \
		write_sysreg(lr, reg);                                                             \
		break;
		FOR_EACH_LR(WRITE_LR)
	}
}

static u64 gicv3_elrsr(void)
{
	return read_sysreg(ICH_ELRSR_EL2);
}

static u64 gicv3_eisr(void)
{
	return read_sysreg(ICH_EISR_EL2);
}

static void gicv3_hcr_write(u64 hcr)
{
	write_sysreg(hcr, ICH_HCR_EL2);
}

static void gicv3_vcpu_save(u64 *vmcr, u32 apr[8])
{
	*vmcr = read_sysreg(ICH_VMCR_EL2);
	apr[0] = read_sysreg(ICH_AP0R0_EL2);
	apr[4] = read_sysreg(ICH_AP1R0_EL2);
	if (preemption_bits > 5) {
		apr[1] = read_sysreg(ICH_AP0R1_EL2);
		apr[5] = read_sysreg(ICH_AP1R1_EL2);
	}
	if (preemption_bits > 6) {
		apr[2] = read_sysreg(ICH_AP0R2_EL2);
		apr[3] = read_sysreg(ICH_AP0R3_EL2);
		apr[6] = read_sysreg(ICH_AP1R2_EL2);
		apr[7] = read_sysreg(ICH_AP1R3_EL2);
	}
}

static void gicv3_vcpu_load(u64 vmcr, const u32 apr[8])
{
	write_sysreg(vmcr, ICH_VMCR_EL2);
	write_sysreg(apr[0], ICH_AP0R0_EL2);
	write_sysreg(apr[4], ICH_AP1R0_EL2);
	if (preemption_bits > 5) {
		write_sysreg(apr[1], ICH_AP0R1_EL2);
		write_sysreg(apr[5], ICH_AP1R1_EL2);
	}
	if (preemption_bits > 6) {
		write_sysreg(apr[2], ICH_AP0R2_EL2);
		write_sysreg(apr[3], ICH_AP0R3_EL2);
		write_sysreg(apr[6], ICH_AP1R2_EL2);
		write_sysreg(apr[7], ICH_AP1R3_EL2);
	}
	isb();
}

struct gic_ops gicv3_ops = {
	.version = 3,
	.init = gicv3_init,
	.cpu_init = gicv3_cpu_init,
	.ack = gicv3_ack,
	.eoi = gicv3_eoi,
	.deactivate = gicv3_deactivate,
	.set_cpu = gicv3_set_cpu,
	.sgi_send = gicv3_sgi_send,
	.frame = gicv3_frame,
	.wait = dist_wait,
	.lr_read = gicv3_lr_read,
	.lr_write = gicv3_lr_write,
	.elrsr = gicv3_elrsr,
	.eisr = gicv3_eisr,
	.hcr_write = gicv3_hcr_write,
	.vcpu_save = gicv3_vcpu_save,
	.vcpu_load = gicv3_vcpu_load,
};

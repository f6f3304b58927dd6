/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GIC registers that are touched while guests run, of both versions. An interrupt costs a few
 * dozen instructions in all, so these are inline and choose the version by a predicted branch.
 *
 * List registers are passed in the GICv3 layout (IHI 0069, 12.4.6 ICH_LR<n>_EL2); GICv2's are
 * converted (IHI 0048, 5.3.8 GICH_LRn): the same fields, narrower. With HW clear bits 34:32 hold
 * the CPU that sent an SGI, which only GICv2 has.
 */
#ifndef ARCH_GIC_HW_H
#define ARCH_GIC_HW_H

#include "arch/sysreg.h"
#include "lib/limits.h"
#include "lib/types.h"
#include "nk/gic.h"

#define LR_INTID 0x3ffUL
#define LR_PHYS_SHIFT 32 /* HW set: the physical INTID */
#define LR_SOURCE_SHIFT 32 /* HW clear, SGI of a GICv2 */
#define LR_EOI BIT(41) /* HW clear: maintenance interrupt at the deactivation */
#define LR_PRIO_SHIFT 48
#define LR_GROUP1_SHIFT 60
#define LR_HW BIT(61)
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)

/* ICH_HCR_EL2 and GICH_HCR */
#define VHCR_EN 0x01U
#define VHCR_LRENPIE 0x04U /* an EOI of an interrupt in no list register */
#define VHCR_NPIE 0x08U /* no list register is pending */
#define VHCR_GRP_EIE(g) (0x10U << 2 * (g)) /* the group is enabled */
#define VHCR_GRP_DIE(g) (0x20U << 2 * (g)) /* the group is disabled */
#define VHCR_TDIR 0x4000U /* GICv3: trap writes of ICC_DIR_EL1 */
#define VHCR_EOICOUNT_SHIFT 27

/* ICH_MISR_EL2 and GICH_MISR: why there is a maintenance interrupt. */
#define VMISR_EOI 0x1U
#define VMISR_NP 0x8U

/* ICH_VMCR_EL2 and GICH_VMCR agree on these. */
#define VMCR_GRP_EN(g) (1U << (g))
#define VMCR_EOIM 0x200U /* EOI drops the priority only */
#define VMCR_PMR(v) ((v) >> 24 & 0xf8)

#define ICC_SRE_ON 0x7U /* SRE, DFB, DIB; not Enable: EL1 may not turn its SRE off */
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICH_AP0R0_EL2 S3_4_C12_C8_0
#define ICH_AP1R0_EL2 S3_4_C12_C9_0
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define ICH_VTR_EL2 S3_4_C12_C11_1
#define ICH_MISR_EL2 S3_4_C12_C11_2
#define ICH_EISR_EL2 S3_4_C12_C11_3
#define ICH_ELRSR_EL2 S3_4_C12_C11_5
#define ICH_VMCR_EL2 S3_4_C12_C11_7

#define SGI1R_INTID_SHIFT 24 /* ICC_SGI1R_EL1; GICD_SGIR has it at 0 */
#define GICH_HCR 0x000
#define GICH_VTR 0x004
#define GICH_VMCR 0x008
#define GICH_MISR 0x010
#define GICH_EISR0 0x020
#define GICH_ELRSR0 0x030
#define GICH_APR 0x0f0
#define GICH_LR(n) (0x100 + 4 * (n))

#define ICH_APRS 4 /* each of groups 0 and 1; GICv2 has one for both */

/* Set by gic_init and gic_cpu_init, constant from then on. */
struct gic_hw {
	volatile u8 *gicd;
	volatile u8 *gicc; /* GICv2 */
	volatile u8 *gich;
	u64 sgi_target[NK_CPUS_MAX]; /* what to write for an SGI 0 to each CPU */
	u32 lr_mask; /* one bit for each list register */
	u32 intid_mask; /* of what an acknowledge returns: 10 bits, GICv3 24 */
	u8 v3;
	u8 nr_lrs; /* 16 at most */
	u8 nr_aprs;
	u8 forgets_levels; /* a level that stays up over the end of its interrupt may not be seen */
};
extern struct gic_hw gic_hw;

static inline u32 gic_read32(const volatile u8 *p)
{
	u32 v;

	__asm__ volatile("ldr %w0, %1" : "=r"(v) : "Q"(*(const volatile u32 *)p));
	return v;
}

static inline void gic_write32(volatile u8 *p, u32 v)
{
	__asm__ volatile("str %w1, %0" : "=Q"(*(volatile u32 *)p) : "r"(v) : "memory");
}

/* Bit n is set when list register n is free: not valid, and no EOI waits to be seen. */
static inline u32 ich_elrsr(void)
{
	return gic_hw.v3 ? (u32)read_sysreg(ICH_ELRSR_EL2) : gic_read32(gic_hw.gich + GICH_ELRSR0);
}

static inline u32 ich_misr(void)
{
	return gic_hw.v3 ? (u32)read_sysreg(ICH_MISR_EL2) : gic_read32(gic_hw.gich + GICH_MISR);
}

/* Bit n is set when the interrupt in list register n has ended, and LR_EOI wants that to be seen. */
static inline u32 ich_eisr(void)
{
	return gic_hw.v3 ? (u32)read_sysreg(ICH_EISR_EL2) : gic_read32(gic_hw.gich + GICH_EISR0);
}

static inline u32 ich_hcr(void)
{
	return gic_hw.v3 ? (u32)read_sysreg(ICH_HCR_EL2) : gic_read32(gic_hw.gich + GICH_HCR);
}

static inline void ich_hcr_write(u32 v)
{
	if (gic_hw.v3)
		write_sysreg(v, ICH_HCR_EL2);
	else
		gic_write32(gic_hw.gich + GICH_HCR, v);
}

static inline u32 ich_vmcr(void)
{
	return gic_hw.v3 ? (u32)read_sysreg(ICH_VMCR_EL2) : gic_read32(gic_hw.gich + GICH_VMCR);
}

static inline void ich_vmcr_write(u32 v)
{
	if (gic_hw.v3)
		write_sysreg(v, ICH_VMCR_EL2);
	else
		gic_write32(gic_hw.gich + GICH_VMCR, v);
}

static inline u32 lr_to_v2(u64 lr)
{
	return (lr & LR_INTID) | (lr >> LR_PHYS_SHIFT & 0x3ff) << 10 |
	       (lr >> (LR_PRIO_SHIFT + 3) & 0x1f) << 23 | (u32)(lr >> 62) << 28 |
	       (u32)(lr >> LR_GROUP1_SHIFT & 3) << 30;
}

static inline u64 lr_from_v2(u32 lr)
{
	return (lr & LR_INTID) | (u64)(lr >> 10 & 0x3ff) << LR_PHYS_SHIFT |
	       (u64)(lr >> 23 & 0x1f) << (LR_PRIO_SHIFT + 3) | (u64)(lr >> 28 & 3) << 62 |
	       (u64)(lr >> 30) << LR_GROUP1_SHIFT;
}

/* Runs ENTRY(n) for list register n, its name as the assembler wants it. */
#define ICH_LR_SWITCH(i, ENTRY)                                                                    \
	switch (i) {                                                                               \
		ENTRY(0, S3_4_C12_C12_0)                                                           \
		ENTRY(1, S3_4_C12_C12_1)                                                           \
		ENTRY(2, S3_4_C12_C12_2)                                                           \
		ENTRY(3, S3_4_C12_C12_3)                                                           \
		ENTRY(4, S3_4_C12_C12_4)                                                           \
		ENTRY(5, S3_4_C12_C12_5)                                                           \
		ENTRY(6, S3_4_C12_C12_6)                                                           \
		ENTRY(7, S3_4_C12_C12_7)                                                           \
		ENTRY(8, S3_4_C12_C13_0)                                                           \
		ENTRY(9, S3_4_C12_C13_1)                                                           \
		ENTRY(10, S3_4_C12_C13_2)                                                          \
		ENTRY(11, S3_4_C12_C13_3)                                                          \
		ENTRY(12, S3_4_C12_C13_4)                                                          \
		ENTRY(13, S3_4_C12_C13_5)                                                          \
		ENTRY(14, S3_4_C12_C13_6)                                                          \
		ENTRY(15, S3_4_C12_C13_7)                                                          \
	}

static inline void ich_lr_write(u32 i, u64 lr)
{
	if (!gic_hw.v3) {
		gic_write32(gic_hw.gich + GICH_LR(i), lr_to_v2(lr));
		return;
	}
#define ICH_LR_CASE(n, reg)                                                                        \
	case n:                                                                                    \
		write_sysreg(lr, reg);                                                             \
		return;
	ICH_LR_SWITCH(i & 15, ICH_LR_CASE)
#undef ICH_LR_CASE
}

static inline u64 ich_lr_read(u32 i)
{
	if (!gic_hw.v3)
		return lr_from_v2(gic_read32(gic_hw.gich + GICH_LR(i)));
#define ICH_LR_CASE(n, reg)                                                                        \
	case n:                                                                                    \
		return read_sysreg(reg);
	ICH_LR_SWITCH(i & 15, ICH_LR_CASE)
#undef ICH_LR_CASE
	return 0;
}

/* GICv3 with more than 32 levels: the rest of these. */
void ich_aprs_save_rest(u32 apr[2 * ICH_APRS]);
void ich_aprs_load_rest(const u32 apr[2 * ICH_APRS]);

/* Active priorities, to and from memory: apr[0..3] of group 0, apr[4..7] of group 1. */
static inline void ich_apr_save(u32 apr[2 * ICH_APRS])
{
	if (!gic_hw.v3) {
		apr[0] = gic_read32(gic_hw.gich + GICH_APR);
		return;
	}
	apr[0] = (u32)read_sysreg(ICH_AP0R0_EL2);
	apr[ICH_APRS] = (u32)read_sysreg(ICH_AP1R0_EL2);
	if (unlikely(gic_hw.nr_aprs > 1))
		ich_aprs_save_rest(apr);
}

static inline void ich_apr_load(const u32 apr[2 * ICH_APRS])
{
	if (!gic_hw.v3) {
		gic_write32(gic_hw.gich + GICH_APR, apr[0]);
		return;
	}
	write_sysreg(apr[0], ICH_AP0R0_EL2);
	write_sysreg(apr[ICH_APRS], ICH_AP1R0_EL2);
	if (unlikely(gic_hw.nr_aprs > 1))
		ich_aprs_load_rest(apr);
}

static inline u32 gic_hw_ack(void)
{
	if (gic_hw.v3) {
		u32 iar = read_sysreg(ICC_IAR1_EL1);

		dsb(sy);
		return iar;
	}
	return gic_read32(gic_hw.gicc + GICC_IAR);
}

static inline void gic_hw_eoi(u32 iar)
{
	if (gic_hw.v3)
		write_sysreg(iar, ICC_EOIR1_EL1);
	else
		gic_write32(gic_hw.gicc + GICC_EOIR, iar);
}

static inline void gic_hw_deactivate(u32 iar)
{
	if (gic_hw.v3)
		write_sysreg(iar, ICC_DIR_EL1);
	else
		gic_write32(gic_hw.gicc + GICC_DIR, iar);
}

/* Barriers that make what was written before visible to who gets the interrupt are here. */
static inline void gic_hw_sgi_send(u32 cpu, u32 sgi)
{
	if (gic_hw.v3) {
		dsb(ishst);
		write_sysreg(gic_hw.sgi_target[cpu] | (u64)sgi << SGI1R_INTID_SHIFT, ICC_SGI1R_EL1);
		isb();
	} else {
		dmb(ishst);
		gic_write32(gic_hw.gicd + GICD_SGIR, (u32)gic_hw.sgi_target[cpu] | sgi);
	}
}

#endif

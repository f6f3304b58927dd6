/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2 and GICv3 behind one set of calls: SPIs live in the distributor, SGIs and PPIs in the
 * distributor (v2) or in the CPU's redistributor (v3), at the same offsets.
 * Sources: ARM IHI 0048B (GICv2), IHI 0069 (GICv3).
 */
#ifndef RT_GIC_H
#define RT_GIC_H

#include "rt/exc.h"

#define GICD_CTLR 0x000
#define GICD_TYPER 0x004
#define GICD_IIDR 0x008
#define GICD_IGROUPR 0x080
#define GICD_ISENABLER 0x100
#define GICD_ICENABLER 0x180
#define GICD_ISPENDR 0x200
#define GICD_ICPENDR 0x280
#define GICD_ISACTIVER 0x300
#define GICD_ICACTIVER 0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR 0x800
#define GICD_ICFGR 0xc00
#define GICD_SGIR 0xf00
#define GICD_CPENDSGIR 0xf10
#define GICD_SPENDSGIR 0xf20
#define GICD_IROUTER 0x6000
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI_FRAME 0x10000
#define GICC_CTLR 0x00
#define GICC_PMR 0x04
#define GICC_BPR 0x08
#define GICC_IAR 0x0c
#define GICC_EOIR 0x10
#define GICC_RPR 0x14
#define GICC_HPPIR 0x18
#define GICC_APR 0xd0
#define GICC_IIDR 0xfc
#define GICC_DIR 0x1000

#define ICC_PMR S3_0_C4_C6_0
#define ICC_IAR1 S3_0_C12_C12_0
#define ICC_EOIR1 S3_0_C12_C12_1
#define ICC_HPPIR1 S3_0_C12_C12_2
#define ICC_BPR1 S3_0_C12_C12_3
#define ICC_CTLR S3_0_C12_C12_4
#define ICC_SRE S3_0_C12_C12_5
#define ICC_IGRPEN1 S3_0_C12_C12_7
#define ICC_DIR S3_0_C12_C11_1
#define ICC_RPR S3_0_C12_C11_3
#define ICC_SGI1R S3_0_C12_C11_5

#define IAR_ID(iar) ((iar) & (gic_version == 2 ? 0x3ff : 0xffffff))
#define IAR_CPU(iar) ((iar) >> 10 & 7)
#define SPURIOUS 1023

extern u32 gic_version; /* 2 or 3 */
extern u64 gicd;
extern u64 gicc;
extern u64 gicr; /* the first redistributor */
extern u64 gicr_stride;

/* Distributor and this CPU's interface; every interrupt off, priority 0xa0, mask open. */
void gic_init(void);
void gic_cpu_init(void);
u32 gic_lines(void); /* INTIDs of GICD_TYPER */

/* The frame with the interrupt's enable, pending... registers, for the calling CPU. */
u64 gic_frame(u32 intid);
/* Registers of a bit per interrupt: 0x080..0x380. */
void gic_bit(u32 reg, u32 intid); /* writes the one bit */
bool gic_test(u32 reg, u32 intid);
void gic_set_prio(u32 intid, u8 prio);
u8 gic_get_prio(u32 intid);
void gic_set_edge(u32 intid, bool edge);
void gic_set_target(u32 intid, u32 cpu); /* SPI */

/* CPU interface. */
u32 gic_ack(void);
void gic_eoi(u32 iar);
void gic_dir(u32 iar);
u32 gic_hppi(void);
u32 gic_rpr(void);
void gic_set_pmr(u8 mask);
void gic_set_bpr(u32 bpr);
void gic_set_eoimode(bool split);

/* SGI `id` to one CPU of cpus[] or to all others. */
void gic_sgi(u32 cpu, u32 id);
void gic_sgi_others(u32 id);

#endif

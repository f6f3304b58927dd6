/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2 and GICv3 behind one set of calls: SPIs live in the distributor, SGIs and PPIs in the
 * distributor (v2) or in the CPU's redistributor (v3), at the same offsets.
 * Sources: ARM IHI 0048B (GICv2), IHI 0069 (GICv3).
 */
#ifndef RT_GIC_H
#define RT_GIC_H

#include "nk/gic.h"
#include "rt/exc.h"

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
void gic_cpu_off(void); /* until gic_cpu_init(): nothing is signalled */
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

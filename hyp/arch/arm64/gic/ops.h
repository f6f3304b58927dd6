/* SPDX-License-Identifier: Apache-2.0 */
/* What the two versions of the GIC do each in their own way. */
#ifndef ARCH_GIC_OPS_H
#define ARCH_GIC_OPS_H

#include "arch/gic.h"
#include "lib/limits.h"
#include "nk/gic.h"

struct gic_ops {
	/* Maps what is not the distributor; returns 0 or -1. */
	int (*init)(const struct cfg_gic *g, void *(*map_device)(paddr_t pa, u64 size));
	void (*dist_enable)(void); /* after the SPIs were set up */
	/* Finds this CPU's frame of SGIs and PPIs; NULL when there is none. */
	volatile u8 *(*cpu_frame)(u32 cpu, u64 mpidr);
	void (*cpu_enable)(u32 cpu);
	void (*wait)(u32 intid); /* until a disable has taken effect */
	void (*set_cpu)(u32 intid, u32 cpu);
};

extern const struct gic_ops gicv2_ops, gicv3_ops;
extern volatile u8 *gic_frames[NK_CPUS_MAX]; /* registers of INTIDs 0..31 of each CPU */

#endif

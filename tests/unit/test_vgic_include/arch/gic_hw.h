/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual interface that vgic_rig.c plays, in place of the hardware's registers. */
#ifndef ARCH_GIC_HW_H
#define ARCH_GIC_HW_H

#include "lib/types.h"

#define LR_INTID 0x3ffUL
#define LR_PHYS_SHIFT 32
#define LR_SOURCE_SHIFT 32
#define LR_EOI BIT(41)
#define LR_PRIO_SHIFT 48
#define LR_GROUP1_SHIFT 60
#define LR_HW BIT(61)
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)

#define VHCR_EN 0x01U
#define VHCR_LRENPIE 0x04U
#define VHCR_NPIE 0x08U
#define VHCR_GRP_EIE(g) (0x10U << 2 * (g))
#define VHCR_GRP_DIE(g) (0x20U << 2 * (g))
#define VHCR_TDIR 0x4000U
#define VHCR_EOICOUNT_SHIFT 27

#define VMISR_EOI 0x1U
#define VMISR_NP 0x8U

#define VMCR_GRP_EN(g) (1U << (g))
#define VMCR_EOIM 0x200U
#define VMCR_PMR(v) ((v) >> 24 & 0xf8)

struct gic_hw {
	u32 lr_mask;
	u32 intid_mask;
	u8 v3;
	u8 nr_lrs;
};
extern struct gic_hw gic_hw;

u32 ich_elrsr(void);
u32 ich_eisr(void);
u32 ich_misr(void);
u32 ich_hcr(void);
void ich_hcr_write(u32 v);
u32 ich_vmcr(void);
void ich_vmcr_write(u32 v);
void ich_lr_write(u32 i, u64 lr);
u64 ich_lr_read(u32 i);
void ich_apr_save(u32 apr[8]);
void ich_apr_load(const u32 apr[8]);
u32 gic_hw_ack(void);
void gic_hw_eoi(u32 iar);
void gic_hw_deactivate(u32 iar);
void gic_hw_sgi_send(u32 cpu, u32 sgi);

static inline void isb(void)
{
}

#endif

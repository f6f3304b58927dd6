/* SPDX-License-Identifier: Apache-2.0 */
/* Register offsets and fields of GICv2 (IHI 0048B) and GICv3 (IHI 0069), physical and emulated. */
#ifndef ARCH_GIC_REGS_H
#define ARCH_GIC_REGS_H

#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GICD_IGROUPR 0x0080
#define GICD_ISENABLER 0x0100
#define GICD_ICENABLER 0x0180
#define GICD_ISPENDR 0x0200
#define GICD_ICPENDR 0x0280
#define GICD_ISACTIVER 0x0300
#define GICD_ICACTIVER 0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ITARGETSR 0x0800
#define GICD_ICFGR 0x0c00
#define GICD_SGIR 0x0f00
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_IROUTER 0x6000
#define GICD_PIDR2 0xffe8
#define GICV2_PIDR2 0x0fe8

#define GICD_CTLR_ENABLE_G0 (1U << 0)
#define GICD_CTLR_ENABLE_G1 (1U << 1) /* v2; v3 with one security state */
#define GICD_CTLR_ENABLE_G1A (1U << 1)
#define GICD_CTLR_ARE (1U << 4)
#define GICD_CTLR_DS (1U << 6)
#define GICD_CTLR_RWP (1U << 31)

#define GICR_CTLR 0x0000
#define GICR_IIDR 0x0004
#define GICR_TYPER 0x0008
#define GICR_STATUSR 0x0010
#define GICR_WAKER 0x0014
#define GICR_SGI 0x10000 /* the SGI and PPI frame */
#define GICR_CTLR_RWP (1U << 3)
#define GICR_TYPER_LAST (1UL << 4)
#define GICR_TYPER_VLPIS (1UL << 1)
#define GICR_WAKER_SLEEP (1U << 1)
#define GICR_WAKER_ASLEEP (1U << 2)

#define GICC_CTLR 0x0000
#define GICC_PMR 0x0004
#define GICC_IAR 0x000c
#define GICC_EOIR 0x0010
#define GICC_DIR 0x1000
#define GICC_CTLR_ENABLE 1U
#define GICC_CTLR_EOIMODE (1U << 9)

#define GICH_HCR 0x000
#define GICH_VTR 0x004
#define GICH_VMCR 0x008
#define GICH_EISR0 0x020
#define GICH_EISR1 0x024
#define GICH_ELRSR0 0x030
#define GICH_ELRSR1 0x034
#define GICH_APR 0x0f0
#define GICH_LR 0x100

/* ICH_HCR_EL2 and GICH_HCR have these in the same places. */
#define ICH_HCR_EN (1U << 0)
#define ICH_HCR_UIE (1U << 1)
#define ICH_HCR_NPIE (1U << 3)

/* ICH_LR<n>_EL2, which the vGIC uses for both versions. */
#define ICH_LR_PENDING (1UL << 62)
#define ICH_LR_ACTIVE (1UL << 63)
#define ICH_LR_STATE (3UL << 62)
#define ICH_LR_HW (1UL << 61)
#define ICH_LR_GROUP1 (1UL << 60)
#define ICH_LR_PRIORITY_SHIFT 48
#define ICH_LR_EOI (1UL << 41)
#define ICH_LR_PHYS_SHIFT 32 /* HW: physical INTID; else, for v2's SGIs, the source CPU */

#endif

/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Registers of GICv2 (IHI 0048) and GICv3 (IHI 0069): offsets in their frames, encodings of system registers. nk drives
 * the physical ones, and guests have others just like them.
 */
#ifndef NK_GIC_H
#define NK_GIC_H

/* The distributor; from GICD_IGROUPR to GICD_ICFGR also the second frame of a redistributor. */
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
#define GICD_ICFGR_END 0x0d00
#define GICD_SGIR 0x0f00 /* from here on GICv2 */
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_SPENDSGIR_END 0x0f30
#define GICD_V2_PIDR2 0x0fe8
#define GICD_IROUTER 0x6000 /* from here on GICv3 */
#define GICD_IROUTER_END 0x8000
#define GICD_PIDR2 0xffe8

/* GICD_CTLR of GICv3: ARE_NS, EnableGrp1A, EnableGrp1 (Non-secure view); with one Security state ARE, both groups. */
#define GICD_CTLR_ON 0x13U

/* A redistributor of GICv3. */
#define GICR_CTLR 0x0000
#define GICR_IIDR 0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_PENDBASER 0x0078
#define GICR_PIDR2 0xffe8
#define GICR_FRAMES 0x20000U /* both frames of a redistributor */
#define GICR_SGI_FRAME 0x10000 /* the second frame: SGIs and PPIs */
#define GICR_CTLR_LPIS 0x01U
#define GICR_TYPER_VLPIS 0x02UL
#define GICR_TYPER_LAST 0x10UL
#define GICR_WAKER_SLEEP 0x2UL
#define GICR_WAKER_ASLEEP 0x4UL

/* The CPU interface of GICv2. */
#define GICC_CTLR 0x0000
#define GICC_PMR 0x0004
#define GICC_BPR 0x0008
#define GICC_IAR 0x000c
#define GICC_EOIR 0x0010
#define GICC_RPR 0x0014
#define GICC_HPPIR 0x0018
#define GICC_APR 0x00d0
#define GICC_IIDR 0x00fc
#define GICC_DIR 0x1000

/* The CPU interface of GICv3. */
#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_RPR_EL1 S3_0_C12_C11_3
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_HPPIR1_EL1 S3_0_C12_C12_2
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7

#endif

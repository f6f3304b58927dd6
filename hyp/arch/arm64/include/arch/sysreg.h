/* SPDX-License-Identifier: Apache-2.0 */
/* System register access, and the fields nk uses (Arm ARM DDI 0487, D19). */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

/* HCR_EL2 */
#define HCR_VM (1UL << 0)
#define HCR_SWIO (1UL << 1)
#define HCR_PTW (1UL << 2)
#define HCR_FMO (1UL << 3)
#define HCR_IMO (1UL << 4)
#define HCR_AMO (1UL << 5)
#define HCR_TWI (1UL << 13)
#define HCR_TWE (1UL << 14)
#define HCR_TID3 (1UL << 18)
#define HCR_TSC (1UL << 19)
#define HCR_TIDCP (1UL << 20)
#define HCR_TACR (1UL << 21)
#define HCR_RW (1UL << 31)
#define HCR_E2H_SHIFT 34
#define HCR_TLOR (1UL << 35)
#define HCR_TERR (1UL << 36)
#define HCR_APK (1UL << 40)
#define HCR_API (1UL << 41)

/* SCTLR_EL2 */
#define SCTLR_M (1UL << 0)
#define SCTLR_C (1UL << 2)
#define SCTLR_SA (1UL << 3)
#define SCTLR_I (1UL << 12)
#define SCTLR_WXN (1UL << 19)
#define SCTLR_EnIA (1UL << 31)
#define SCTLR_BT (1UL << 36)
#define SCTLR_EL2_RES1 0x30c50830UL
/* SCTLR_EL1 with the MMU and caches off, little endian */
#define SCTLR_EL1_SPAN (1UL << 23)
#define SCTLR_EL1_DSSBS (1UL << 44)
#define SCTLR_EL1_RESET 0x30d00800UL

/* CPTR_EL2 without VHE: everything that nk does not virtualise traps */
#define CPTR_RES1 0x32ffUL
#define CPTR_TZ (1UL << 8)
#define CPTR_TFP (1UL << 10)
#define CPTR_TSM (1UL << 12)
#define CPTR_TTA (1UL << 20)
#define CPTR_TAM (1UL << 30)

/* MDCR_EL2 */
#define MDCR_TPMCR (1UL << 5)
#define MDCR_TPM (1UL << 6)
#define MDCR_HPME (1UL << 7)
#define MDCR_TDA (1UL << 9)
#define MDCR_TDOSA (1UL << 10)
#define MDCR_TDRA (1UL << 11)
#define MDCR_TPMS (1UL << 14)
#define MDCR_TTRF (1UL << 19)

/* CNTHCTL_EL2 without VHE */
#define CNTHCTL_EL1PCTEN (1UL << 0)
#define CNTHCTL_EL1PCEN (1UL << 1)

/* CNT*_CTL_EL0 */
#define CNT_CTL_ENABLE (1UL << 0)
#define CNT_CTL_IMASK (1UL << 1)
#define CNT_CTL_ISTATUS (1UL << 2)

/* ISR_EL1: an IRQ pends */
#define ISR_IRQ BIT(7)

/* ESR_ELx exception classes */
#define ESR_EC_SHIFT 26
#define ESR_EC_MASK 0x3fUL /* bits above it are ISS2 */
#define ESR_EC_UNKNOWN 0x00
#define ESR_EC_WFX 0x01
#define ESR_EC_FP 0x07
#define ESR_EC_HVC64 0x16
#define ESR_EC_SMC64 0x17
#define ESR_EC_SYS64 0x18
#define ESR_EC_IABT_LOW 0x20
#define ESR_EC_IABT_OWN 0x21
#define ESR_EC_DABT_LOW 0x24
#define ESR_EC_DABT_OWN 0x25
#define ESR_EC_SERROR 0x2f
#define ESR_IL (1UL << 25)

/* ISS of an abort (D19.2.37) */
#define ESR_ISV (1UL << 24)
#define ESR_SSE (1UL << 21)
#define ESR_SF (1UL << 15)
#define ESR_CM (1UL << 8)
#define ESR_S1PTW (1UL << 7)
#define ESR_WNR (1UL << 6)
#define ESR_FSC 0x3fUL
#define ESR_FSC_TYPE 0x3cUL /* without the level */
#define FSC_TRANSLATION 0x04
#define FSC_PERMISSION 0x0c
#define FSC_EXTERNAL 0x10
#define FSC_EXTERNAL_WALK 0x14 /* and the level */
#define FSC_ALIGNMENT 0x21
#define FSC_ATOMIC 0x35 /* exclusive or atomic access that this memory type does not have */

/* PSTATE */
#define PSR_MODE_MASK 0xfUL
#define PSR_MODE_EL1H 0x5UL
#define PSR_MODE_32 (1UL << 4)
#define PSR_MODE_EL1T 0x4UL
#define PSR_MODE_EL0 0x0UL
#define PSR_BTYPE (3UL << 10)
#define PSR_SS (1UL << 21)
#define PSR_DAIF (0xfUL << 6)
#define PSR_SSBS (1UL << 12)
#define PSR_PAN (1UL << 22)
#define PSR_KEPT (0xfUL << 28 | 1UL << 24 | PSR_PAN) /* by an exception: NZCV, DIT, PAN */

#ifndef __ASSEMBLY__
#include "lib/types.h"

#define __SYSREG_STR(r) #r
#define SYSREG_STR(r) __SYSREG_STR(r)
#define read_sysreg(r)                                                                             \
	({                                                                                         \
		u64 __v;                                                                           \
		__asm__ volatile("mrs %0, " SYSREG_STR(r) : "=r"(__v));                            \
		__v;                                                                               \
	})
#define write_sysreg(v, r)                                                                         \
	__asm__ volatile("msr " SYSREG_STR(r) ", %x0" ::"rZ"((u64)(v)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#define dsb(scope) __asm__ volatile("dsb " #scope ::: "memory")
#define dmb(scope) __asm__ volatile("dmb " #scope ::: "memory")
#define tlbi(op) __asm__ volatile("tlbi " #op ::: "memory")

/* Zeroes before the highest bit: 64 of 0, where the compiler's own is undefined. */
#define clz64(x)                                                                                   \
	({                                                                                         \
		u64 zeroes_;                                                                       \
		__asm__("clz %0, %1" : "=r"(zeroes_) : "r"((u64)(x)));                             \
		zeroes_;                                                                           \
	})

/* The exception class of a syndrome. */
static inline u32 esr_ec(u64 esr)
{
	return (esr >> ESR_EC_SHIFT) & ESR_EC_MASK;
}

/* A 4-bit field of an ID register. */
static inline u32 id_field(u64 reg, u32 shift)
{
	return (reg >> shift) & 0xf;
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Translation table descriptors with the 4 KiB granule (Arm ARM D8.3). */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#define PTRS_PER_TABLE 512

/* MAIR_EL2: index 0 normal write-back, index 1 device nGnRE. */
#define MMU_MAIR 0x04ff
/* TCR_EL2: T0SZ 16, write-back inner and outer, inner shareable, 4 KiB; PS is added at boot. */
#define MMU_TCR (0x80800000 | (3 << 12) | (1 << 10) | (1 << 8) | 16)

#ifndef __ASSEMBLY__
#include "lib/types.h"

#define PTE_VALID 1UL
#define PTE_TABLE 3UL
#define PTE_PAGE 3UL
#define PTE_BLOCK 1UL
#define PTE_ADDR_MASK 0x0000fffffffff000UL

#define S1_ATTR(i) ((u64)(i) << 2)
#define S1_AP_RES1 BIT(6)
#define S1_RO BIT(7)
#define S1_SH_INNER (3UL << 8)
#define S1_AF BIT(10)
#define S1_GP BIT(50)
#define S1_XN BIT(54)
#define S1_NORMAL (S1_ATTR(0) | S1_SH_INNER | S1_AF | S1_AP_RES1)

#define S1_TEXT (S1_NORMAL | S1_RO | S1_GP)
#define S1_RODATA (S1_NORMAL | S1_RO | S1_XN)
#define S1_DATA (S1_NORMAL | S1_XN)
#define S1_DEVICE (S1_ATTR(1) | S1_AF | S1_AP_RES1 | S1_XN)

#define S2_MEMATTR_DEVICE (1UL << 2) /* nGnRE */
#define S2_MEMATTR_NORMAL (15UL << 2) /* write-back inner and outer */
#define S2_AP_RO (1UL << 6)
#define S2_AP_RW (3UL << 6)
#define S2_SH_INNER (3UL << 8)
#define S2_AF BIT(10)
#define S2_XN BIT(54)

#define S2_FOREIGN BIT(55) /* software bit: may be unmapped any time, nk keeps no pointer to it */

#define S2_RAM (S2_MEMATTR_NORMAL | S2_AP_RW | S2_SH_INNER | S2_AF)
#define S2_SHARED (S2_RAM | S2_XN) /* a vlink's memory */
#define S2_SHARED_RO (S2_MEMATTR_NORMAL | S2_AP_RO | S2_SH_INNER | S2_AF | S2_XN)
#define S2_BALLOON (S2_RAM | S2_FOREIGN)
#define S2_GRANT (S2_SHARED | S2_FOREIGN) /* a page of another VM's */
#define S2_GRANT_RO (S2_SHARED_RO | S2_FOREIGN)
#define S2_DEVICE (S2_MEMATTR_DEVICE | S2_AP_RW | S2_AF | S2_XN)

/* Index of an address in its table of that level (0 to 3); bytes one entry covers. */
static inline u32 table_index(u64 addr, u32 level)
{
	return (addr >> (39 - 9 * level)) & (PTRS_PER_TABLE - 1);
}

static inline u64 level_size(u32 level)
{
	return 1UL << (39 - 9 * level);
}
#endif

#endif

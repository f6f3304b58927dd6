/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's own address space. */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include "arch/layout.h"
#include "lib/types.h"

/* Address at EL2 of RAM. Holds for all RAM but nk's image and reserved memory. */
static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(pa + VA_PHYS);
}

/* Physical address of a pointer into nk's image or into RAM. */
paddr_t mmu_virt_to_phys(const volatile void *p);

/* Where nk's image was loaded. */
paddr_t mmu_image_pa(void);

/*
 * Maps [pa, pa + size) at va, all page aligned, with an S1_* attribute of pgtable.h, in the largest
 * blocks that fit. The range must not be mapped. Returns 0, or -1 when memory ran out.
 * Context: boot CPU, boot.
 */
int mmu_map(u64 va, paddr_t pa, u64 size, u64 attr);

/* Maps device registers, uncached, and returns their address, or NULL. Context: boot. */
void *mmu_map_device(paddr_t pa, u64 size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzer's RAM stands for the board's. */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include "arch/layout.h"
#include "lib/types.h"

#define RIG_RAM GIB(1) /* where it is */
#define RIG_RAM_SIZE MIB(6)

extern u8 rig_ram[RIG_RAM_SIZE];

/* Ends the program outside it. */
void *phys_to_virt(paddr_t pa);
paddr_t mmu_virt_to_phys(const volatile void *p);

#endif

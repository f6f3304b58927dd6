/* SPDX-License-Identifier: Apache-2.0 */
/* RAM of the test's machine, at the address where EL2 would see it. */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include "lib/types.h"

#define FAKE_RAM_BASE 0x40000000ULL
#define FAKE_RAM_SIZE MIB(16)

extern u8 fake_ram[FAKE_RAM_SIZE];

static inline void *phys_to_virt(paddr_t pa)
{
	return fake_ram + (pa - FAKE_RAM_BASE);
}

#endif

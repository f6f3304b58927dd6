/* SPDX-License-Identifier: Apache-2.0 */
/* The real header, but for RAM, which is the host's (fake/arch/mmu.c). */
#include_next <arch/mmu.h>

#ifndef FAKE_MMU_H
#define FAKE_MMU_H

#define phys_to_virt fake_phys_to_virt

void *phys_to_virt(paddr_t pa);

#endif

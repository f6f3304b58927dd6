// SPDX-License-Identifier: Apache-2.0
#include "fake/fake.h"

#include <assert.h>
#include <stdlib.h>

u8 *fake_ram;
static u64 ram_size;

void fake_ram_make(u64 size)
{
	assert(!fake_ram);
	fake_ram = aligned_alloc(BLOCK_SIZE, size);
	assert(fake_ram);
	ram_size = size;
}

void *phys_to_virt(paddr_t pa)
{
	assert(pa - FAKE_RAM < ram_size);
	return fake_ram + (pa - FAKE_RAM);
}

paddr_t mmu_virt_to_phys(const volatile void *p)
{
	return (paddr_t)((const volatile u8 *)p - fake_ram) + FAKE_RAM;
}

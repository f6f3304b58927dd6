/* SPDX-License-Identifier: Apache-2.0 */
/* What stage 2 of a VM has for one page, found without the code under test. */
#ifndef UNIT_S2_ENTRY_H
#define UNIT_S2_ENTRY_H

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/vcpu.h"

/* The entry of a page in the VM's tables; 0: there is none, or a block. SL0 of VTCR is 1 for level 1, 2 for 0. */
static inline u64 s2_entry(const struct arch_vm *vm, ipa_t ipa)
{
	u32 level = 2 - (vm->vtcr >> 6 & 3);
	const u64 *table = phys_to_virt(vm->vttbr & PTE_ADDR_MASK);
	u64 pte = table[ipa >> (39 - 9 * level)];

	while (level++ < 3) {
		if ((pte & PTE_TABLE) != PTE_TABLE)
			return 0;
		table = phys_to_virt(pte & PTE_ADDR_MASK);
		pte = table[table_index(ipa, level)];
	}
	return pte & PTE_VALID ? pte : 0;
}

#endif

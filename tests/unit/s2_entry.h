/* SPDX-License-Identifier: Apache-2.0 */
/* What stage 2 of a VM has for one page, found without the code under test. */
#ifndef UNIT_S2_ENTRY_H
#define UNIT_S2_ENTRY_H

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/vcpu.h"

/* The entry of that level in the VM's tables; 0: no table is there. SL0 of VTCR is 1 for level 1, 2 for 0. */
static inline u64 s2_at_level(const struct arch_vm *vm, ipa_t ipa, u32 last)
{
	u32 level = 2 - (vm->vtcr >> 6 & 3);
	const u64 *table = phys_to_virt(vm->vttbr & PTE_ADDR_MASK);
	u64 pte = table[ipa >> (39 - 9 * level)];

	while (level++ < last) {
		if ((pte & PTE_TABLE) != PTE_TABLE)
			return 0;
		table = phys_to_virt(pte & PTE_ADDR_MASK);
		pte = table[table_index(ipa, level)];
	}
	return pte;
}

/* The entry of a page; 0: there is none, or a block. */
static inline u64 s2_entry(const struct arch_vm *vm, ipa_t ipa)
{
	u64 pte = s2_at_level(vm, ipa, 3);

	return pte & PTE_VALID ? pte : 0;
}

/* The entry of a block of 2 MiB, or of the table there; and that of 1 GiB. */
static inline u64 s2_block(const struct arch_vm *vm, ipa_t ipa)
{
	return s2_at_level(vm, ipa, 2);
}

static inline u64 s2_level1(const struct arch_vm *vm, ipa_t ipa)
{
	return s2_at_level(vm, ipa, 1);
}

#endif

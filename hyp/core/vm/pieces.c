// SPDX-License-Identifier: Apache-2.0
#include "core/vm/pieces.h"

u32 vm_page_at_further(const struct vm *vm, ipa_t ipa)
{
	const struct cfg_vm *cfg = vm->cfg;
	u64 before = cfg->ram[0].size;

	for (u32 i = 1; i < cfg->nr_ram; i++) {
		u64 offset = ipa - vm->ram[i].ipa;

		if (offset < cfg->ram[i].size)
			return (u32)((before + offset) >> PAGE_SHIFT);
		before += cfg->ram[i].size;
	}
	return VM_NO_PAGE;
}

/* The piece that it is in, and in *offset where in that. */
static const struct vm_ram *piece_of(const struct vm *vm, u32 page, u64 *offset)
{
	u32 i = 0;

	for (*offset = (u64)page << PAGE_SHIFT; *offset >= vm->cfg->ram[i].size; i++)
		*offset -= vm->cfg->ram[i].size;
	return &vm->ram[i];
}

ipa_t vm_page_ipa(const struct vm *vm, u32 page)
{
	u64 offset;
	const struct vm_ram *ram = piece_of(vm, page, &offset);

	return ram->ipa + offset;
}

paddr_t vm_page_pa_further(const struct vm *vm, u32 page)
{
	u64 offset;
	const struct vm_ram *ram = piece_of(vm, page, &offset);

	return ram->pa + offset;
}

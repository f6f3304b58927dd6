/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of a VM's RAM, counted through all of its pieces in a row. Most VMs have one, and grants count instructions. */
#ifndef CORE_VM_PIECES_H
#define CORE_VM_PIECES_H

#include "core/vm/vm.h"

#define VM_NO_PAGE (~0U)

/* The same for pages that are not in the first piece. */
u32 vm_page_at_further(const struct vm *vm, ipa_t ipa);
paddr_t vm_page_pa_further(const struct vm *vm, u32 page);

/* The page that ipa is in, or VM_NO_PAGE: that is no RAM of the VM's. Context: any, no lock. */
static inline u32 vm_page_at(const struct vm *vm, ipa_t ipa)
{
	u64 offset = ipa - vm->ram[0].ipa;

	if (likely(offset < vm->cfg->ram[0].size))
		return (u32)(offset >> PAGE_SHIFT);
	return vm_page_at_further(vm, ipa);
}

/* Where the VM has a page that vm_page_at() may return, and where the machine does. Context: as above. */
ipa_t vm_page_ipa(const struct vm *vm, u32 page);

static inline paddr_t vm_page_pa(const struct vm *vm, u32 page)
{
	u64 offset = (u64)page << PAGE_SHIFT;

	if (likely(offset < vm->cfg->ram[0].size))
		return vm->ram[0].pa + offset;
	return vm_page_pa_further(vm, page);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of a VM's RAM, counted through all of its pieces in a row. */
#ifndef CORE_VM_PIECES_H
#define CORE_VM_PIECES_H

#include "lib/types.h"

struct vm;

#define VM_NO_PAGE (~0U)

/* The page that ipa is in, or VM_NO_PAGE: that is no RAM of the VM's. Context: any, no lock. */
u32 vm_page_at(const struct vm *vm, ipa_t ipa);

/* Where the VM has a page that vm_page_at() may return, and where the machine does. Context: as above. */
ipa_t vm_page_ipa(const struct vm *vm, u32 page);
paddr_t vm_page_pa(const struct vm *vm, u32 page);

#endif

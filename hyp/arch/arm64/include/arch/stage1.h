/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's own first stage of translation (Arm ARM D8.2). It is the guest's: nothing of it is trusted. */
#ifndef ARCH_STAGE1_H
#define ARCH_STAGE1_H

#include "arch/vcpu.h"

struct nk_dump_vcpu;

/*
 * Where the guest on this CPU has va, by AT S1E1R (D7.7); false: nowhere now, *ipa is nothing. Its
 * tables are in memory that stage 2 has, or the walk has failed: it makes no access of its own that
 * could fail at EL2 (HCR_EL2.PTW).
 */
bool stage1_translate(u64 va, ipa_t *ipa);

/*
 * Level, 0 to 3, at which the walk for va of the guest on this CPU reads a descriptor in the page at
 * ipa, by the tables as they are now. One walk, of what the guest may read itself; where that leads
 * nowhere, the level it came to.
 */
u32 stage1_walk_level(const struct arch_vm *vm, u64 va, ipa_t ipa);

/*
 * The same for registers that were kept (arch_vcpu_regs()): where the guest has va, by its tables as they are in
 * memory; one walk of what the guest may read itself. False: nowhere. Context: any.
 */
bool stage1_find(const struct arch_vm *vm, const struct nk_dump_vcpu *r, u64 va, ipa_t *ipa);

/* va without what pointer authentication may have put above the address. */
u64 stage1_strip(const struct nk_dump_vcpu *r, u64 va);

#endif

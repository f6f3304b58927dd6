// SPDX-License-Identifier: Apache-2.0
/* The hypercall that tells a VM what memory it has: its kernel maps nothing else. */
#include "arch/stage2.h"
#include "core/calls/hypercall.h"
#include "core/vm/vm.h"

#define LOOKS 64 /* mappings a call looks at */

u64 hc_mem_extent(struct vm *vm, struct arch_vcpu *v, ipa_t from, u64 size, u32 write)
{
	if (write > 1)
		return 0;
	return stage2_extent(&vm->arch, from, size, write, LOOKS);
}

// SPDX-License-Identifier: Apache-2.0
/* Backtraces, by frame records on nk's own stacks. */
#include "core/debug/symbols.h"

#include "lib/log.h"

#define DEPTH_MAX 32
#define CODE_BITS 48 /* of a virtual address; what is above is an authentication code */

/* Two words at the frame pointer: the caller's record, and where it goes on. */
struct frame_record {
	u64 next;
	u64 lr;
};

static void print_entry(u32 depth, u64 addr)
{
	u64 offset = 0;
	/* A return address may be the first instruction behind its function. */
	u64 back = depth ? 4 : 0;
	const char *name = symbol_lookup(addr - back, &offset);

	addr &= BIT(CODE_BITS) - 1;
	if (name)
		printk("  #%u 0x%llx %s+0x%llx", depth, (unsigned long long)addr, name,
		       (unsigned long long)(offset + back));
	else
		printk("  #%u 0x%llx", depth, (unsigned long long)addr);
}

void backtrace_print(u64 pc, u64 fp, u64 stack_lo, u64 stack_hi)
{
	const struct frame_record *r;

	printk("backtrace:");
	print_entry(0, pc);
	for (u32 depth = 1; depth < DEPTH_MAX; depth++) {
		if (!IS_ALIGNED(fp, 8) || fp < stack_lo || fp >= stack_hi ||
		    stack_hi - fp < sizeof(*r))
			return;
		r = (const struct frame_record *)(uintptr_t)fp;
		if (!r->lr)
			return;
		print_entry(depth, r->lr);
		stack_lo = fp + sizeof(*r);
		fp = r->next;
	}
}

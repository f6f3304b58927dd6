// SPDX-License-Identifier: Apache-2.0
/*
 * Where a guest's code was, by the records that AAPCS64 (6.4.6, "The frame pointer") has it leave on its stack.
 * They are the guest's: each is read through its own tables and stage 2, and there are not more than BACKTRACE_MAX.
 */
#include "arch/cpu.h"
#include "arch/stage1.h"
#include "core/crash/priv.h"
#include "core/vm/guest_mem.h"
#include "core/vm/vm.h"

struct frame_record {
	u64 next;
	u64 lr;
};

static bool read_record(const struct vm *vm, const struct nk_dump_vcpu *r, u64 fp,
			struct frame_record *record)
{
	ipa_t ipa;

	/* Such a record is in one page. */
	return fp && IS_ALIGNED(fp, sizeof(*record)) && stage1_find(&vm->arch, r, fp, &ipa) &&
	       !guest_read(vm, record, ipa, sizeof(*record));
}

u32 crash_backtrace(const struct vm *vm, const struct nk_dump_vcpu *r, struct crash_place *places)
{
	struct frame_record record;
	u64 fp = r->x[29];
	u32 n = 0;

	places[n++] = (struct crash_place){.address = r->pc};
	while (n < BACKTRACE_MAX && read_record(vm, r, fp, &record) && record.lr) {
		places[n++] = (struct crash_place){.address = stage1_strip(r, record.lr)};
		fp = record.next;
		arch_cpu_poll();
	}
	return n;
}

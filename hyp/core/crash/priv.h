/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of core/crash. */
#ifndef CORE_CRASH_PRIV_H
#define CORE_CRASH_PRIV_H

#include "core/crash/crash.h"

#define BACKTRACE_MAX 16

/* An address in the guest's code, and what its symbols say of it. */
struct crash_place {
	u64 address;
	u64 offset; /* into that function */
	const char *name; /* of its function, in the bundle; NULL: not known */
	u32 name_max;
};

/*
 * Where the code of these registers was, innermost first, by its frame records. Returns how many places are set. Context: any,
 * no lock held; the VM's memory is as it was left.
 */
u32 crash_backtrace(const struct vm *vm, const struct nk_dump_vcpu *r, struct crash_place *places);

/* Looks the places up in the symbols that the VM's node names, if it does. Context: as above; may take long. */
void crash_symbols(const struct vm *vm, struct crash_place *places, u32 n);

/* Writes vm->crash.text. Returns its length. Context: the VM has stopped; no lock held. */
u32 crash_report(struct vm *vm);

/* One line of a place, without its end. Returns the length. */
int crash_place_text(char *buf, u32 size, u32 depth, const struct crash_place *p);

#endif

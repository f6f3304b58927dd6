/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a start of a VM took, from when it was asked for (for those of the boot: nk's first instruction) to the first
 * instruction of vCPU 0; a pause in front of that does not count. A phase is what passed from its begin to its end on the CPU that loads, with the interrupts
 * that came meanwhile and, on a shared CPU, the turns of others.
 */
#ifndef CORE_VM_TIMES_H
#define CORE_VM_TIMES_H

#include "lib/types.h"

struct vm;

enum vm_phase { VM_PHASE_HASH, VM_PHASE_COPY, VM_PHASE_WIPE, VM_PHASE_TREE, VM_PHASES };

/* Of the physical counter. But for `asked`, under vm->lock, and boot_us it is the thread's of vCPU 0. */
struct vm_times {
	u64 asked; /* when the next start was asked for */
	u64 from; /* when the last one was that began */
	u64 load; /* when loading began */
	u64 lap; /* when the last phase ended */
	u64 spent[VM_PHASES];
	bool starts; /* vCPU 0 was not entered yet */
	u64 boot_us; /* microseconds of the last start; 0: there was none. Read by anybody */
};

/* The images begin to load. Context: thread of vCPU 0; no start is asked for until it ends. */
void times_load(struct vm *vm);

/* What has passed since the last such call, or since times_load(), was this phase. Context: as above. */
void times_lap(struct vm *vm, enum vm_phase phase);

/* vCPU 0 is about to execute its first instruction, if a start is under way. Context: as above, no lock held. */
void times_enter(struct vm *vm);

/* What nk.vm.N.boot-us shows. Context: any, no lock. */
u64 times_boot_us(const struct vm *vm);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which VMs the boot starts, and when: those with a boot-order each as soon as it is loaded, all others when every VM is,
 * and none of them if one cannot be loaded.
 */
#ifndef CORE_VM_BOOT_H
#define CORE_VM_BOOT_H

#include "config/error.h"

struct vm;

/*
 * Loads every VM that starts by itself, and has them run. Returns 0, or -1 and *err when none runs: the first one, by their
 * ids, that could not be loaded. Once one runs it returns, with others still to come. Context: boot CPU, all CPUs on.
 */
int vms_boot(struct cfg_error *err);

/* Whether the VM, which is loaded, has to wait for others. Context: vm->lock held, so that vm_release() comes after. */
bool boot_holds(const struct vm *vm);

/*
 * A load is over, and the VM runs or does not. Returns whether the boot had asked for it; then it sees to the rest, what is to
 * be printed too. Context: the VM's thread, no lock held.
 */
bool boot_loaded(struct vm *vm, bool runs);

#endif

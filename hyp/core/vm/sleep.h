/* SPDX-License-Identifier: Apache-2.0 */
/* Suspend of the whole system. Hooks of the table of units: what begins meanwhile sleeps too, who ends wakes all. */
#ifndef CORE_VM_SLEEP_H
#define CORE_VM_SLEEP_H

#include "core/vm/vm.h"

void sleep_vm_start(struct vm *vm) __must_hold(&vm->lock);
void sleep_vm_stop(struct vm *vm);

#endif

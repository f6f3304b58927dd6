/* SPDX-License-Identifier: Apache-2.0 */
/* What every VM is made of: its address space with RAM in it, its vCPUs. Hooks of the table of units. */
#ifndef CORE_VM_PARTS_H
#define CORE_VM_PARTS_H

#include "core/unit.h"

int vms_memory_claim(struct cfg_error *err);
int vm_memory_create(struct vm *vm, struct cfg_error *err);
void vm_memory_describe(const struct vm *vm, struct gtree_params *p);

int vcpus_create(struct vm *vm, struct cfg_error *err);
void vcpus_describe(const struct vm *vm, struct gtree_params *p);

#endif

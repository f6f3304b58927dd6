// SPDX-License-Identifier: Apache-2.0
/* Making VMs at boot. */
#include "core/unit.h"
#include "core/vm/vm.h"
#include "lib/pages.h"

static struct vm *vms[NK_VM_IDS];

struct vm *vm_by_id(u32 id)
{
	return id < NK_VM_IDS ? vms[id] : NULL;
}

int vm_create(const struct cfg_vm *cfg, struct cfg_error *err)
{
	struct vm *vm = pages_alloc_bytes(sizeof(*vm));

	if (!vm)
		return cfg_fail_at(err, &cfg->node, "memory", "nk's own memory ran out: fewer VMs");
	spin_init(&vm->lock, LOCK_VM);
	vm->cfg = cfg;
	vm->arch.id = cfg->id;
	vm->arch.vmid = (u16)cfg->id;
	vm->arch.stray_ends = cfg->stray_ends;
	vm->arch.may_sleep = cfg->suspends_system;
	if (units_create(vm, err))
		return -1;
	vms[cfg->id] = vm;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* RAM and vCPUs of a VM, made at boot. */
#include "core/vm/parts.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/thread.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "lib/pages.h"
#include "nk/smccc.h"

static int no_memory(const struct vm *vm, struct cfg_error *err)
{
	return cfg_fail_at(err, &vm->cfg->node, "vcpus",
			   "nk's own memory ran out: fewer VMs or vCPUs");
}

static int claim(const struct cfg_vm *cfg, struct cfg_error *err)
{
	if (!cfg->has_ram_pa || ram_take(cfg->ram_pa, cfg->ram_size))
		return 0;
	return cfg_fail_at(err, &cfg->node, "memory",
			   "pa 0x%llx: nk itself, its bundle or the board's tree is there; the "
			   "largest piece that is free has 0x%llx bytes",
			   (unsigned long long)cfg->ram_pa,
			   (unsigned long long)ram_largest(BLOCK_SIZE));
}

int vms_memory_claim(struct cfg_error *err)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		if (claim(&sys_config.vm[i], err))
			return -1;
	return 0;
}

int vm_memory_create(struct vm *vm, struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;
	u64 pa = cfg->ram_pa;

	if (stage2_vm_init(&vm->arch))
		return no_memory(vm, err);
	if (!cfg->has_ram_pa && !ram_alloc(cfg->ram_size, BLOCK_SIZE, &pa))
		return cfg_fail_at(err, &cfg->node, "memory",
				   "size 0x%llx: at most 0x%llx bytes in one piece are left",
				   (unsigned long long)cfg->ram_size,
				   (unsigned long long)ram_largest(BLOCK_SIZE));
	vm->ram_pa = pa;
	vm->ram_ipa = cfg->has_ram_base ? cfg->ram_base : pa;
	if (stage2_map(&vm->arch, vm->ram_ipa, pa, cfg->ram_size, S2_RAM))
		return cfg_fail_at(err, &cfg->node, "memory",
				   "base 0x%llx: not an address this CPU's stage 2 can map there",
				   (unsigned long long)vm->ram_ipa);
	return 0;
}

void vm_memory_describe(const struct vm *vm, struct gtree_params *p)
{
	p->ram_base = vm->ram_ipa;
	p->ram_size = vm->cfg->ram_size;
}

int vcpus_create(struct vm *vm, struct cfg_error *err)
{
	for (u32 i = 0; i < vm->cfg->nr_vcpus; i++) {
		struct arch_vcpu *v = pages_alloc_bytes(sizeof(*v));

		if (!v || arch_thread_create(v))
			return no_memory(vm, err);
		spin_init(&v->power.lock, LOCK_POWER);
		v->vm = &vm->arch;
		v->id = i;
		v->cpu = vm->cfg->vcpu_cpu[i];
		v->mpidr = BIT(31) | (u64)(i >> 4) << 8 | (i & 15);
		vm->arch.vcpu[i] = v;
		vm->arch.nr_vcpus++;
	}
	return 0;
}

void vcpus_describe(const struct vm *vm, struct gtree_params *p)
{
	for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
		p->vcpu_mpidr[i] = vm->arch.vcpu[i]->mpidr & MPIDR_AFF_MASK;
}

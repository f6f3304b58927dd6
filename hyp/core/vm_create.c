/* SPDX-License-Identifier: Apache-2.0 */
/* Making VMs at boot: memory, address space, vCPUs. */
#include "arch/cpu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/balloon.h"
#include "core/console.h"
#include "core/platform.h"
#include "core/ram.h"
#include "core/vlink.h"
#include "core/vm.h"
#include "lib/pages.h"

static struct vm *vms[NK_VM_IDS];

struct vm *vm_by_id(u32 id)
{
	return id < NK_VM_IDS ? vms[id] : NULL;
}

u32 vms_relocated(struct range *r)
{
	u32 n = 0;

	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		const struct cfg_vm *vm = &sys_config.vm[i];

		if (vm->has_ram_base)
			r[n++] = (struct range){vm->ram_base, vm->ram_size};
	}
	return n;
}

static void *alloc_struct(u64 size)
{
	return pages_alloc((u32)(ALIGN_UP(size, PAGE_SIZE) >> PAGE_SHIFT));
}

static int no_memory(const struct vm *vm, struct cfg_error *err)
{
	return cfg_fail_at(err, &vm->cfg->node, "vcpus",
			   "nk's own memory ran out: fewer VMs or vCPUs");
}

static int create_ram(struct vm *vm, struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;
	u64 pa;

	if (!ram_alloc(cfg->ram_size, BLOCK_SIZE, &pa))
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

static int create_vcpus(struct vm *vm, struct cfg_error *err)
{
	for (u32 i = 0; i < vm->cfg->nr_vcpus; i++) {
		struct arch_vcpu *v = alloc_struct(sizeof(*v));

		if (!v)
			return no_memory(vm, err);
		v->vm = &vm->arch;
		v->id = i;
		v->cpu = vm->cfg->vcpu_cpu[i];
		v->mpidr = BIT(31) | (u64)(i >> 4) << 8 | (i & 15);
		vm->arch.vcpu[i] = v;
		vm->arch.nr_vcpus++;
	}
	return 0;
}

int vm_create(const struct cfg_vm *cfg, const struct cfg_board *b, struct cfg_error *err)
{
	struct vm *vm = alloc_struct(sizeof(*vm));

	if (!vm)
		return cfg_fail_at(err, &cfg->node, "memory", "nk's own memory ran out: fewer VMs");
	vm->cfg = cfg;
	vm->arch.id = cfg->id;
	vm->arch.vmid = (u16)cfg->id;
	vm->arch.stray_ends = cfg->stray_ends;
	if (stage2_vm_init(&vm->arch))
		return no_memory(vm, err);
	if (create_ram(vm, err) || create_vcpus(vm, err) || platform_create(vm, err) ||
	    balloon_vm_create(vm, err) || vlinks_vm_create(vm, err))
		return -1;
	vms[cfg->id] = vm;
	console_set_vm(cfg->id, cfg->name, &vm->vuart);
	return 0;
}

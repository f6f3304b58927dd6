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

static int claim(const struct cfg_vm *cfg, const struct cfg_ram *ram, struct cfg_error *err)
{
	if (!ram->has_pa || ram_take(ram->pa, ram->size))
		return 0;
	return cfg_fail_at(err, &cfg->node, ram->name,
			   "pa 0x%llx: nk itself, its bundle or the board's tree is there; the "
			   "largest piece that is free has 0x%llx bytes",
			   (unsigned long long)ram->pa,
			   (unsigned long long)ram_largest(BLOCK_SIZE));
}

int vms_memory_claim(struct cfg_error *err)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		const struct cfg_vm *cfg = &sys_config.vm[i];

		for (u32 j = 0; j < cfg->nr_ram; j++)
			if (claim(cfg, &cfg->ram[j], err))
				return -1;
	}
	return 0;
}

/* What the guest sees where it is makes way for what it sees elsewhere. */
static bool find_room(const struct cfg_vm *cfg, const struct cfg_ram *ram, u64 *pa)
{
	u32 n = 0;
	const struct range *avoid = ram->has_base ? NULL : system_relocated(cfg, &n);

	return ram_alloc(ram->size, BLOCK_SIZE, avoid, n, pa);
}

static int create_piece(struct vm *vm, const struct cfg_ram *ram, struct vm_ram *piece,
			struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;

	piece->pa = ram->pa;
	if (!ram->has_pa && !find_room(cfg, ram, &piece->pa))
		return cfg_fail_at(err, &cfg->node, ram->name,
				   "size 0x%llx: at most 0x%llx bytes in one piece are left",
				   (unsigned long long)ram->size,
				   (unsigned long long)ram_largest(BLOCK_SIZE));
	piece->ipa = ram->has_base ? ram->base : piece->pa;
	if (stage2_map(&vm->arch, piece->ipa, piece->pa, ram->size, S2_RAM))
		return cfg_fail_at(err, &cfg->node, ram->name,
				   "base 0x%llx: not an address this CPU's stage 2 can map there",
				   (unsigned long long)piece->ipa);
	return 0;
}

int vm_memory_create(struct vm *vm, struct cfg_error *err)
{
	if (stage2_vm_init(&vm->arch))
		return no_memory(vm, err);
	for (u32 i = 0; i < vm->cfg->nr_ram; i++)
		if (create_piece(vm, &vm->cfg->ram[i], &vm->ram[i], err))
			return -1;
	return 0;
}

void vm_memory_describe(const struct vm *vm, struct gtree_params *p)
{
	p->nr_ram = vm->cfg->nr_ram;
	for (u32 i = 0; i < p->nr_ram; i++)
		p->ram[i] = (struct range){vm->ram[i].ipa, vm->cfg->ram[i].size};
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

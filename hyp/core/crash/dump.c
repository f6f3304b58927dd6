// SPDX-License-Identifier: Apache-2.0
/*
 * The memory and the registers of a VM that does not run. All that a call takes is copied under vm->lock, so that no
 * life begins amidst it; it is a page at most.
 */
#include "arch/cpu.h"
#include "arch/stage2.h"
#include "core/crash/crash.h"
#include "core/vm/guest_mem.h"
#include "core/vm/pieces.h"
#include "core/vm/vm.h"
#include "lib/string.h"

/* What is in the VM's memory stays as it is until vm->lock is free. */
static bool stands_still(const struct vm *vm) __must_hold(&vm->lock)
{
	if (vm->state == VM_RUNNING)
		return vm->pause.value & 1;
	return (vm->state == VM_STOPPED || vm->state == VM_LOADING) && vm->crash.whole;
}

static u64 generation(const struct vm *vm) __must_hold(&vm->lock)
{
	return vm->crash.generation << 32 | vm->pause.number;
}

static bool may_be_had(const struct vm *vm, u64 wanted) __must_hold(&vm->lock)
{
	return stands_still(vm) && generation(vm) == wanted;
}

int dump_info(struct vm *vm, struct nk_dump_info *info)
{
	const struct crash *c = &vm->crash;
	int ret = -1;

	spin_lock(&vm->lock);
	if (stands_still(vm)) {
		*info = (struct nk_dump_info){
			.generation = generation(vm),
			.ram_base = vm->ram[0].ipa,
			.ram_size = vm->cfg->ram[0].size,
			.more_ram = vm->cfg->nr_ram - 1,
			.note_base = c->note_base,
			.note_size = c->note_size,
			.nr_vcpus = vm->arch.nr_vcpus,
			.reason = c->reason,
			.vcpu = c->vcpu,
		};
		ret = 0;
	}
	spin_unlock(&vm->lock);
	return ret;
}

int dump_ram(struct vm *vm, u64 wanted, u32 piece, struct nk_dump_ram *r)
{
	int ret = -1;

	spin_lock(&vm->lock);
	if (piece < vm->cfg->nr_ram && may_be_had(vm, wanted)) {
		*r = (struct nk_dump_ram){vm->ram[piece].ipa, vm->cfg->ram[piece].size};
		ret = 0;
	}
	spin_unlock(&vm->lock);
	return ret;
}

int dump_vcpu(struct vm *vm, u64 wanted, u32 vcpu, struct nk_dump_vcpu *r)
{
	u32 on;
	int ret = -1;

	spin_lock(&vm->lock);
	if (vcpu < vm->arch.nr_vcpus && may_be_had(vm, wanted)) {
		on = vm->state == VM_RUNNING ? vm_vcpus_online(vm) : vm->crash.left_on;
		arch_vcpu_regs(vm->arch.vcpu[vcpu], r);
		r->on = on >> vcpu & 1;
		ret = 0;
	}
	spin_unlock(&vm->lock);
	return ret;
}

int dump_read(struct vm *vm, u64 wanted, u64 address, const struct vm *to, u64 page)
{
	const void *from;
	int ret = -1;

	if (address % NK_DUMP_PAGE || vm_page_at(vm, address) == VM_NO_PAGE)
		return -1;
	spin_lock(&vm->lock);
	if (may_be_had(vm, wanted)) {
		from = stage2_guest_ptr(&vm->arch, address, false);
		ret = from ? guest_write(to, page, from, NK_DUMP_PAGE) : -1;
	}
	spin_unlock(&vm->lock);
	return ret;
}

int dump_end(struct vm *vm, u64 wanted)
{
	int ret = -1;

	spin_lock(&vm->lock);
	if (may_be_had(vm, wanted)) {
		crash_waits_no_more(vm);
		ret = 0;
	}
	spin_unlock(&vm->lock);
	return ret;
}

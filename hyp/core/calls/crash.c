// SPDX-License-Identifier: Apache-2.0
/* Hypercalls of a VM that dies, and of one that takes the memory of another: see nk/dump.h. */
#include "core/crash/crash.h"
#include "core/calls/hypercall.h"
#include "core/prop/priv.h"
#include "core/system.h"
#include "core/vm/guest_mem.h"
#include "core/vm/vm.h"

#define FAILED (~(u64)0)

u64 hc_crash(struct vm *vm, struct arch_vcpu *v, ipa_t text, u32 size)
{
	char why[NK_CRASH_TEXT_MAX];

	size = MIN(size, (u32)sizeof(why) - 1);
	if (guest_read(vm, why, text, size))
		return FAILED;
	why[size] = '\0';
	vm_crashed(vm, CRASH_PANIC, v->id, why);
	return 0;
}

u64 hc_crash_note(struct vm *vm, struct arch_vcpu *v, ipa_t note, u64 size)
{
	if (size && !guest_readable(vm, note, MIN(size, (u64)NK_DUMP_PAGE)))
		return FAILED;
	spin_lock(&vm->lock);
	vm->crash.note_base = note;
	vm->crash.note_size = size;
	spin_unlock(&vm->lock);
	return 0;
}

/* The VM that id names, if vm may have its memory. */
static struct vm *find_vm(const struct vm *vm, u32 id)
{
	const struct prop *p = vm_by_id(id) ? prop_of_vm(id, PROP_VM_DUMP) : NULL;

	return p && p->allow_get >> vm->arch.id & 1 ? vm_by_id(id) : NULL;
}

u64 hc_dump_info(struct vm *vm, struct arch_vcpu *v, u32 id, ipa_t to)
{
	struct vm *other = find_vm(vm, id);
	struct nk_dump_info info;

	if (!other)
		return (u64)NK_PROP_PERMISSION;
	return dump_info(other, &info) || guest_write(vm, to, &info, sizeof(info)) ? FAILED : 0;
}

u64 hc_dump_ram(struct vm *vm, struct arch_vcpu *v, u32 id, u64 generation, u32 piece, ipa_t to)
{
	struct vm *other = find_vm(vm, id);
	struct nk_dump_ram r;

	if (!other)
		return (u64)NK_PROP_PERMISSION;
	return dump_ram(other, generation, piece, &r) || guest_write(vm, to, &r, sizeof(r)) ? FAILED
											    : 0;
}

u64 hc_dump_vcpu(struct vm *vm, struct arch_vcpu *v, u32 id, u64 generation, u32 vcpu, ipa_t to)
{
	struct vm *other = find_vm(vm, id);
	struct nk_dump_vcpu r;

	if (!other)
		return (u64)NK_PROP_PERMISSION;
	return dump_vcpu(other, generation, vcpu, &r) || guest_write(vm, to, &r, sizeof(r)) ? FAILED
											    : 0;
}

u64 hc_dump_read(struct vm *vm, struct arch_vcpu *v, u32 id, u64 generation, u64 address,
		 ipa_t page)
{
	struct vm *other = find_vm(vm, id);

	if (!other)
		return (u64)NK_PROP_PERMISSION;
	return dump_read(other, generation, address, vm, page) ? FAILED : 0;
}

u64 hc_dump_end(struct vm *vm, struct arch_vcpu *v, u32 id, u64 generation)
{
	struct vm *other = find_vm(vm, id);

	if (!other)
		return (u64)NK_PROP_PERMISSION;
	return dump_end(other, generation) ? FAILED : 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Hypercalls on vlinks. A link is named by the address of its descriptor. */
#include "core/calls/hypercall.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "core/vm/guest_mem.h"
#include "lib/string.h"

u64 hc_vlink_lookup(struct vm *vm, struct arch_vcpu *v, ipa_t name_ipa, ipa_t previous)
{
	char name[NK_DEV_VLINK_NAME_LIMIT] __aligned(8);
	struct vlink *l = vlinks;

	if (name_ipa && guest_read_string(vm, name, name_ipa, sizeof(name)) < 0)
		return 0;
	if (previous) {
		l = vlink_find(vm, previous);
		if (!l)
			return 0;
		l++;
	}
	for (; l < vlinks + sys_config.nr_links; l++)
		if (vlink_is_end(l, vm->arch.id) && (!name_ipa || !strcmp(l->name, name)))
			return l->ipa;
	return 0;
}

u64 hc_pdev_alloc(struct vm *vm, struct arch_vcpu *v, ipa_t link, u32 id, u64 size)
{
	struct vlink *l = vlink_find(vm, link);

	return l ? vlink_alloc_pdev(l, vm->arch.id, id, size) : 0;
}

u64 hc_pmem_alloc(struct vm *vm, struct arch_vcpu *v, ipa_t link, u32 id, u64 size)
{
	struct vlink *l = vlink_find(vm, link);

	return l ? vlink_alloc_pmem(l, vm->arch.id, id, size) : 0;
}

u64 hc_pxirq_alloc(struct vm *vm, struct arch_vcpu *v, ipa_t link, u32 id, u32 vm_id, u32 count)
{
	struct vlink *l = vlink_find(vm, link);
	struct vm *target = vm_by_id(vm_id);

	if (!l || !target || !vlink_is_end(l, target->arch.id))
		return 0;
	return vlink_alloc_pxirq(l, vm->arch.id, id, target, count);
}

u64 hc_sysconf_ctl(struct vm *vm, struct arch_vcpu *v, ipa_t link, u32 attach)
{
	struct vlink *l = vlink_find(vm, link);

	if (!l || attach > NK_SYSCONF_ATTACH)
		return 0;
	for (u32 end = 0; end < 2; end++)
		if (l->vm[end] == vm->arch.id)
			WRITE_ONCE(l->attached[end], attach == NK_SYSCONF_ATTACH);
	return l->sysconf[vlink_end_of(l, vm->arch.id)];
}

u64 hc_sysconf_post(struct vm *vm, struct arch_vcpu *v, ipa_t link, u32 whom)
{
	struct vlink *l = vlink_find(vm, link);
	struct vm *to;
	u32 end;

	if (!l || whom > NK_SYSCONF_SELF)
		return (u64)-1;
	end = vlink_end_of(l, vm->arch.id);
	if (!READ_ONCE(l->attached[end]))
		return (u64)-1;
	if (whom == NK_SYSCONF_PEER)
		end = !end;
	to = vm_by_id(l->vm[end]);
	if (to)
		xirq_post(to, READ_ONCE(l->attached[end]) ? l->sysconf[end] : NK_XIRQ_SYSCONF, vm);
	return 0;
}

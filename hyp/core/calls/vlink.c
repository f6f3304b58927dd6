/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls on vlinks. A link is named by the address of its descriptor. */
#include "core/calls/hypercall.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "core/vm/guest_mem.h"
#include "lib/string.h"

enum { SYSCONF_DETACH, SYSCONF_ATTACH };
enum { SYSCONF_PEER, SYSCONF_SELF };

/* The link of the VM with its descriptor there, or NULL. */
static struct vlink *find(const struct vm *vm, ipa_t ipa)
{
	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (l->ipa == ipa && vlink_is_end(l, vm->arch.id))
			return l;
	return NULL;
}

u64 hc_vlink_lookup(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	char name[NK_DEV_VLINK_NAME_LIMIT] __aligned(8);
	struct vlink *l = vlinks;

	if (a[0] && guest_read_string(vm, name, a[0], sizeof(name)) < 0)
		return 0;
	if (a[1]) {
		l = find(vm, a[1]);
		if (!l)
			return 0;
		l++;
	}
	for (; l < vlinks + sys_config.nr_links; l++)
		if (vlink_is_end(l, vm->arch.id) && (!a[0] || !strcmp(l->name, name)))
			return l->ipa;
	return 0;
}

u64 hc_pdev_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	struct vlink *l = find(vm, a[0]);

	return l ? vlink_alloc_pdev(l, vm->arch.id, (u32)a[1], a[2]) : 0;
}

u64 hc_pmem_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	struct vlink *l = find(vm, a[0]);

	return l ? vlink_alloc_pmem(l, vm->arch.id, (u32)a[1], a[2]) : 0;
}

u64 hc_pxirq_alloc(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	struct vlink *l = find(vm, a[0]);
	struct vm *target = vm_by_id((u32)a[2]);

	if (!l || !target || !vlink_is_end(l, target->arch.id))
		return 0;
	return vlink_alloc_pxirq(l, vm->arch.id, (u32)a[1], target, (u32)a[3]);
}

u64 hc_sysconf_ctl(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	struct vlink *l = find(vm, a[0]);

	if (!l || a[1] > SYSCONF_ATTACH)
		return 0;
	for (u32 end = 0; end < 2; end++)
		if (l->vm[end] == vm->arch.id)
			WRITE_ONCE(l->attached[end], a[1] == SYSCONF_ATTACH);
	return l->sysconf[vlink_end_of(l, vm->arch.id)];
}

u64 hc_sysconf_post(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	struct vlink *l = find(vm, a[0]);
	struct vm *to;
	u32 end;

	if (!l || a[1] > SYSCONF_SELF)
		return (u64)-1;
	end = vlink_end_of(l, vm->arch.id);
	if (!READ_ONCE(l->attached[end]))
		return (u64)-1;
	if (a[1] == SYSCONF_PEER)
		end = !end;
	to = vm_by_id(l->vm[end]);
	if (to)
		xirq_post(to, READ_ONCE(l->attached[end]) ? l->sysconf[end] : NK_XIRQ_SYSCONF, vm);
	return 0;
}

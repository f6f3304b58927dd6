/* SPDX-License-Identifier: Apache-2.0 */
/* Cross interrupts. */
#include "core/xirq.h"
#include "arch/vgic.h"
#include "core/hypercall.h"
#include "core/vlink.h"
#include "core/vm.h"

void xirq_vm_init(struct vm *vm, u32 first_intid, u32 nr)
{
	vm->xirqs.first_intid = first_intid;
	vm->xirqs.nr = nr;
	vm->xirqs.used = 1; /* NK_XIRQ_SYSCONF */
}

NkXIrq xirq_alloc(struct vm *vm, u32 nb, u32 link)
{
	struct xirq_space *x = &vm->xirqs;
	u32 first = x->used;

	if (!nb || nb > x->nr || first > x->nr - nb)
		return 0;
	for (u32 i = 0; i < nb; i++)
		x->link[first + i] = (u16)(link + 1);
	x->used = first + nb;
	return NK_XIRQ_FIRST + first;
}

u32 xirq_used(const struct vm *vm)
{
	return vm->xirqs.used;
}

void xirq_post(struct vm *vm, NkXIrq xirq)
{
	u32 n = xirq - NK_XIRQ_FIRST;

	if (n < vm->xirqs.nr)
		vgic_pulse(&vm->arch, NULL, vm->xirqs.first_intid + n);
}

void xirq_sysconf(u32 vms)
{
	for (; vms; vms &= vms - 1) {
		struct vm *vm = vm_by_id((u32)__builtin_ctz(vms));

		if (vm)
			xirq_post(vm, NK_XIRQ_SYSCONF);
	}
}

/* Whether the VM from may post number n of the VM to. */
static bool may_post(const struct vm *from, const struct vm *to, u32 n)
{
	u32 link;

	if (n >= to->xirqs.nr)
		return false;
	if (!n)
		return from == to || (to->xirqs.peers >> from->arch.id & 1);
	link = to->xirqs.link[n];
	return link && vlink_has_end(link - 1, from->arch.id);
}

u64 hc_xirq_post(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	u32 n = (u32)a[0] - NK_XIRQ_FIRST;
	struct vm *to = vm_by_id((u32)a[1]);

	if (unlikely(!to || !may_post(vm, to, n)))
		return (u64)-1;
	vgic_pulse(&to->arch, NULL, to->xirqs.first_intid + n);
	return 0;
}

u64 hc_xirq_ptov(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	u32 n = (u32)a[0] - NK_XIRQ_FIRST;

	return n < vm->xirqs.nr ? vm->xirqs.first_intid + n : (u64)-1;
}

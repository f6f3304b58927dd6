/* SPDX-License-Identifier: Apache-2.0 */
/* Cross interrupts. */
#include "core/xirq.h"
#include "arch/vgic.h"
#include "core/hypercall.h"
#include "core/vm.h"

#define SGIS 16

void xirq_vm_init(struct vm *vm, u32 first_intid, u32 nr)
{
	vm->xirqs.first_intid = first_intid;
	vm->xirqs.nr = nr;
	vm->xirqs.used = 1; /* NK_XIRQ_SYSCONF */
	xirq_add_peer(vm, vm->arch.id);
}

void xirq_add_peer(struct vm *vm, u32 id)
{
	vm->xirqs.posters[0] |= 1U << id;
}

NkXIrq xirq_alloc(struct vm *vm, u32 nb, NkOsMask posters)
{
	struct xirq_space *x = &vm->xirqs;
	u32 first = x->used;

	if (!nb || nb > x->nr || first > x->nr - nb)
		return 0;
	for (u32 i = 0; i < nb; i++)
		WRITE_ONCE(x->posters[first + i], posters);
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
		vgic_pulse(&vm->arch, vm->xirqs.first_intid + n);
}

void xirq_sysconf(u32 vms)
{
	for (; vms; vms &= vms - 1) {
		struct vm *vm = vm_by_id((u32)__builtin_ctz(vms));

		if (vm)
			xirq_post(vm, NK_XIRQ_SYSCONF);
	}
}

u64 hc_xirq_post(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	u32 n = (u32)a[0] - NK_XIRQ_FIRST;
	struct vm *to = vm_by_id((u32)a[1]);

	if (unlikely(!to || n >= to->xirqs.nr ||
		     !(READ_ONCE(to->xirqs.posters[n]) >> vm->arch.id & 1)))
		return (u64)-1;
	vgic_pulse(&to->arch, to->xirqs.first_intid + n);
	return 0;
}

/* SGIs and the timers are the guest's kernel's own; the rest is a driver's to ask for. */
u64 hc_xirq_ptov(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	const struct xirq_space *x = &vm->xirqs;
	u32 xirq = (u32)a[0], n = xirq - NK_XIRQ_FIRST;

	if (n < x->nr)
		return x->first_intid + n;
	if (xirq < SGIS || xirq >= x->first_intid + x->nr || xirq == board.timer_virt.intid ||
	    xirq == board.timer_phys.intid)
		return (u64)-1;
	return xirq;
}

// SPDX-License-Identifier: Apache-2.0
/* The hypercalls of cross interrupts. Manual: NK_XIRQ_POST(3D), NK_XIRQ_PTOV(3D). */
#include "arch/vgic.h"
#include "core/calls/hypercall.h"
#include "core/link/xirq.h"
#include "core/system.h"
#include "core/vm/vm.h"

#define SGIS 16

u64 hc_xirq_post(struct vm *vm, struct arch_vcpu *v, NkXIrq xirq, u32 vm_id)
{
	u32 n = xirq - NK_XIRQ_FIRST;
	struct vm *to = vm_by_id(vm_id);
	u64 until;

	if (unlikely(!to || n >= to->xirqs.nr ||
		     !(READ_ONCE(to->xirqs.posters[n]) >> vm->arch.id & 1)))
		return (u64)-1;
	until = vgic_pulse(&to->arch, to->xirqs.first_intid + n, &vm->arch);
	if (unlikely(until))
		xirq_hold(vm, to, until);
	return 0;
}

/*
 * SGIs and the timers are the guest's kernel's own; the rest is a driver's to ask for, of the cross
 * interrupts those that were allocated.
 */
u64 hc_xirq_ptov(struct vm *vm, struct arch_vcpu *v, NkXIrq xirq)
{
	const struct xirq_space *x = &vm->xirqs;
	u32 n = xirq - NK_XIRQ_FIRST;

	if (n < READ_ONCE(x->used))
		return x->first_intid + n;
	if (xirq < SGIS || xirq >= x->first_intid + x->nr || xirq == board.timer_virt.intid ||
	    xirq == board.timer_phys.intid)
		return (u64)-1;
	return xirq;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Cross interrupts, and what they cost whom.
 *
 * What one VM makes a CPU of another VM do is counted and bounded: `xirq-rate` of it a second on each
 * such CPU, and a burst of a 64th of a second's. Only what the CPU has to do because of it counts,
 * not what finds the last one not yet taken. A VM that is over it pays with its own time: its vCPU
 * that went too far waits at the tail of its exit, so nothing is lost and nobody else is late.
 */
#include "core/link/xirq.h"
#include "arch/cpu.h"
#include "arch/vgic.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/log.h"

#define BURST_PER_SECOND 64

void xirq_vm_init(struct vm *vm, u32 first_intid, u32 nr)
{
	vm->xirqs.first_intid = first_intid;
	vm->xirqs.nr = nr;
	vm->xirqs.used = 1; /* NK_XIRQ_SYSCONF */
	vm->arch.kick_gap = arch_ticks_hz() / vm->cfg->xirq_rate;
	vm->arch.kick_burst = arch_ticks_hz() / BURST_PER_SECOND;
	xirq_add_peer(vm, vm->arch.id);
}

void xirq_add_peer(struct vm *vm, u32 id)
{
	vm->xirqs.posters[0] |= 1U << id;
}

NkXIrq xirq_alloc(struct vm *vm, u32 nb, NkOsMask posters) __must_hold(&vlinks_lock)
{
	struct xirq_space *x = &vm->xirqs;
	u32 first = x->used;

	if (!nb || nb > x->nr || first > x->nr - nb)
		return 0;
	for (u32 i = 0; i < nb; i++)
		WRITE_ONCE(x->posters[first + i], posters);
	WRITE_ONCE(x->used, first + nb);
	return NK_XIRQ_FIRST + first;
}

u32 xirq_used(const struct vm *vm)
{
	return vm->xirqs.used;
}

u32 xirq_held(const struct vm *vm)
{
	return READ_ONCE(vm->xirqs.nr_held);
}

__cold void xirq_hold(struct vm *by, const struct vm *to, u64 until)
{
	struct arch_vcpu *v = this_cpu()->vcpu;

	/* Its vCPUs may come here at once. */
	if (!__atomic_exchange_n(&by->xirqs.held_told, true, __ATOMIC_RELAXED))
		printk("vm%u %s: interrupts vm%u more than %u times a second, and is held up for "
		       "that (`xirq-rate`)",
		       by->arch.id, by->cfg->name, to->arch.id, by->cfg->xirq_rate);
	__atomic_fetch_add(&by->xirqs.nr_held, 1, __ATOMIC_RELAXED);
	if (v && v->vm == &by->arch) {
		arch_vcpu_hold(v, until);
		return;
	}
	for (u32 i = 0; i < by->arch.nr_vcpus; i++)
		arch_vcpu_hold(by->arch.vcpu[i], until);
}

void xirq_pay(struct vm *by, struct vm *to)
{
	u64 until = vgic_charge(&to->arch, &by->arch);

	if (until)
		xirq_hold(by, to, until);
}

void xirq_post(struct vm *vm, NkXIrq xirq, struct vm *by)
{
	u32 n = xirq - NK_XIRQ_FIRST;
	u64 until;

	if (n >= vm->xirqs.nr)
		return;
	until = vgic_pulse(&vm->arch, vm->xirqs.first_intid + n, by ? &by->arch : NULL);
	if (until && by)
		xirq_hold(by, vm, until);
}

void xirq_sysconf(u32 vms, struct vm *by)
{
	for (; vms; vms &= vms - 1) {
		struct vm *vm = vm_by_id((u32)__builtin_ctz(vms));

		if (vm)
			xirq_post(vm, NK_XIRQ_SYSCONF, by);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts from outside the guest: lines, edges, physical ones; and the CPU's calls. */
#include "vgic_priv.h"
#include "arch/cpu.h"

static __attribute__((noinline)) void touched_here(struct arch_vm *vm, struct arch_vcpu *cur,
						   struct vgic_bank *b, u32 intid)
{
	const struct vgic_irq *irq = &b->irq[intid % 32];

	if ((b->inlr >> intid % 32 & 1) && vm->vcpu[irq->owner] == cur)
		vgic_fold(cur, irq->lr - 1U); /* routes it */
	else
		vgic_route(vm, cur, b, intid);
	vgic_update(cur);
}

/* After a change in memory: takes it out of this CPU's list registers, if it is there. */
static inline void touched(struct arch_vm *vm, struct vgic_bank *b, u32 intid)
{
	struct arch_vcpu *cur = vgic_current(vm);

	if (cur)
		touched_here(vm, cur, b, intid);
	else
		vgic_route(vm, NULL, b, intid);
}

void vgic_set_level(struct arch_vm *vm, struct arch_vcpu *v, u32 intid, bool level)
{
	struct vgic_bank *b = vgic_bank_checked(vm, v, intid / 32);
	u32 m = 1U << intid % 32;

	if (!b || (b->hw & m) || !!(READ_ONCE(b->level) & m) == level)
		return;
	spin_lock(&vm->vgic.lock);
	if (level) {
		b->level |= m;
		b->latch |= b->edge & m;
	} else {
		b->level &= ~m;
	}
	touched(vm, b, intid);
	spin_unlock(&vm->vgic.lock);
}

struct arch_vcpu *vgic_post(struct arch_vm *vm, struct arch_vcpu *cur, struct vgic_bank *b,
			    u32 intid)
{
	u32 m = 1U << intid % 32;
	u32 was = b->latch;

	b->latch = was | m;
	if (likely(!(b->inlr & b->quiet & m)))
		return vgic_route(vm, cur, b, intid);
	return was & m ? NULL : vm->vcpu[b->irq[intid % 32].owner];
}

void vgic_pulse_here(struct arch_vm *vm, struct vgic_bank *b, u32 intid)
{
	b->latch |= 1U << intid % 32;
	touched(vm, b, intid);
}

void vgic_hw_irq_slow(struct arch_vcpu *v, u32 intid)
{
	struct arch_vm *vm = v->vm;
	struct vgic_bank *b = vgic_bank_checked(vm, v, intid / 32);
	u32 m = 1U << intid % 32;
	struct vgic_irq *irq;

	if (!b || !(b->hw & m)) {
		gic_irq_disable(intid);
		gic_deactivate(intid);
		return;
	}
	spin_lock(&vm->vgic.lock);
	irq = &b->irq[intid % 32];
	if ((b->inlr & m) && irq->owner != v->id) {
		/* It ended there, or it could not have come here. */
		vm->vcpu[irq->owner]->vgic.used &= ~(1U << (irq->lr - 1));
		irq->lr = 0;
		b->inlr &= ~m;
		vgic_forget(b, m);
	}
	b->latch |= m;
	touched(vm, b, intid);
	spin_unlock(&vm->vgic.lock);
}

void vgic_maintenance(struct arch_vcpu *v)
{
	u32 ended;

	spin_lock(&v->vm->vgic.lock);
	if (v->vgic.loaded) {
		ended = v->vgic.crowded ? 0 : ich_eisr() & v->vgic.used;
		v->vgic.refold |= !ended;
		for (; ended; ended &= ended - 1)
			vgic_fold(v, (u32)__builtin_ctz(ended));
		vgic_update(v);
	}
	spin_unlock(&v->vm->vgic.lock);
}

bool vgic_vcpu_pending(struct arch_vcpu *v)
{
	u32 vmcr = ich_vmcr();
	u32 pmr = VMCR_PMR(vmcr);

	for (u32 used = v->vgic.used & ~ich_elrsr(); used; used &= used - 1) {
		u64 lr = vgic_lr_read((u32)__builtin_ctz(used));

		if ((lr & (LR_PENDING | LR_ACTIVE)) == LR_PENDING &&
		    (vmcr & VMCR_GRP_EN(lr >> LR_GROUP1_SHIFT & 1)) &&
		    (lr >> LR_PRIO_SHIFT & 0xff) < pmr)
			return true;
	}
	return false;
}

// SPDX-License-Identifier: Apache-2.0
/* Interrupts from outside the guest: lines, edges, physical ones; and the CPU's calls. */
#include "arch/cpu.h"
#include "priv.h"

static __attribute__((noinline)) void touched_here(struct arch_vm *vm, struct arch_vcpu *cur,
						   struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock)
{
	const struct vgic_irq *irq = &b->irq[intid % 32];

	if ((b->inlr >> intid % 32 & 1) && vm->vcpu[irq->owner] == cur)
		vgic_fold(cur, irq->lr - 1U); /* routes it */
	else
		vgic_route(vm, cur, b, intid);
	/* The tail of this exit looks at what others have noted, and at this with it. */
	if (!(READ_ONCE(cur->requests) & VCPU_REQ_VGIC))
		vgic_update(cur);
}

/* After a change in memory: takes it out of this CPU's list registers, if it is there. */
static inline void irq_changed(struct arch_vm *vm, struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock)
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
		if (unlikely(watch_events()))
			watch_post(vm, v ? v->id : b->irq[intid % 32].target, intid);
		b->level |= m;
		b->latch |= b->edge & m;
	} else {
		b->level &= ~m;
	}
	irq_changed(vm, b, intid);
	spin_unlock(&vm->vgic.lock);
}

/*
 * NPIE will tell the CPU when nothing pends in its list registers any more, and this interrupt
 * comes after all that do: no request is needed before. Returns the vCPU that it waits for, or
 * NULL.
 */
static struct arch_vcpu *in_its_turn(struct arch_vm *vm, struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock)
{
	const struct vgic_irq *irq = &b->irq[intid % 32];
	u32 m = 1U << intid % 32;
	struct arch_vcpu *t;

	if ((b->active | ~b->ready) & m || irq->target == VGIC_NO_VCPU)
		return NULL;
	t = vm->vcpu[b->inlr & m ? irq->owner : irq->target];
	if (!t->vgic.loaded || !(t->vgic.hcr & VHCR_NPIE) || irq->prio < t->vgic.floor ||
	    (b->group >> intid % 32 & 1) != t->vgic.floor_group)
		return NULL;
	t->vgic.hints |= 1U << intid / 32;
	b->look |= b->inlr & m;
	return t;
}

struct arch_vcpu *vgic_post(struct arch_vm *vm, struct arch_vcpu *cur, struct vgic_bank *b,
			    u32 intid) __must_hold(&vm->vgic.lock)
{
	u32 m = 1U << intid % 32;

	if (b->latch & m)
		return NULL;
	b->latch |= m;
	if (b->inlr & b->quiet & m)
		return vm->vcpu[b->irq[intid % 32].owner];
	return in_its_turn(vm, b, intid) ?: vgic_route(vm, cur, b, intid);
}

void vgic_pulse_here(struct arch_vm *vm, struct vgic_bank *b, u32 intid) __must_hold(&vm->vgic.lock)
{
	b->latch |= 1U << intid % 32;
	irq_changed(vm, b, intid);
}

/*
 * A physical interrupt, the guest's timer most of all, comes while others wait for list registers:
 * it gets one at once, if need be that of the pending one with the lowest priority. Returns false,
 * with nothing done, when it does not come before that one.
 */
static bool hw_first(struct arch_vcpu *v, struct vgic_bank *b, u32 intid)
	__must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	const struct vgic_irq *irq = &b->irq[intid % 32];
	u32 m = 1U << intid % 32;
	u32 free = (ich_elrsr() | ~c->used) & gic_hw.lr_mask;
	u32 lr = free ? (u32)__builtin_ctz(free) : c->floor_lr;

	if (!c->crowded || (b->inlr | b->active | ~b->ready) & m || irq->target != v->id ||
	    irq->prio > c->floor)
		return false;
	if (!free && (vgic_lr_read(lr) & (LR_PENDING | LR_ACTIVE | LR_HW)) != LR_PENDING)
		return false;
	if (c->used >> lr & 1)
		vgic_fold(v, lr);
	vgic_fill(v, lr, intid);
	return true;
}

void vgic_hw_irq_slow(struct arch_vcpu *v, u32 intid)
{
	struct arch_vm *vm = v->vm;
	struct vgic_bank *b = vgic_bank_checked(vm, v, intid / 32);
	u32 m = 1U << intid % 32;
	struct vgic_irq *irq;

	if (!b || !(b->hw & m)) {
		if (vgic_hw_irq_away(intid))
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
	if (!hw_first(v, b, intid))
		irq_changed(vm, b, intid);
	spin_unlock(&vm->vgic.lock);
}

/* An SPI that is given to a VM goes to memory, if its vCPU is there to take it from there. */
static bool pend_away(struct arch_vm *vm, u32 intid)
{
	struct vgic_bank *b = vgic_bank_checked(vm, NULL, intid / 32);
	const struct vgic_irq *irq = &b->irq[intid % 32];
	bool taken;

	spin_lock(&vm->vgic.lock);
	taken = irq->target != VGIC_NO_VCPU && vm->vcpu[irq->target]->vgic.on;
	if (taken) {
		b->latch |= 1U << intid % 32;
		vgic_route(vm, NULL, b, intid);
		if (unlikely(READ_ONCE(watch_mode)))
			watch_irq_away(vm->vcpu[irq->target], intid);
	}
	spin_unlock(&vm->vgic.lock);
	return taken;
}

bool vgic_hw_irq_away(u32 intid)
{
	struct arch_vm *vm = vgic_hw_owner(intid);

	if (vm && pend_away(vm, intid))
		return false;
	if (intid < 32)
		this_cpu()->ppis &= ~(1U << intid); /* who comes here next enables it again */
	gic_irq_disable(intid);
	return true;
}

/* Ended ones are folded; that none pends any more is a reason to place what waits, but for no more. */
void vgic_maintenance(struct arch_vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;

	spin_lock(&v->vm->vgic.lock);
	if (c->loaded) {
		if (ich_misr() & ~(VMISR_EOI | VMISR_NP))
			c->refold = true;
		for (u32 ended = ich_eisr() & c->used; ended; ended &= ended - 1)
			vgic_fold(v, (u32)__builtin_ctz(ended));
		vgic_update_crowd(v);
	}
	spin_unlock(&v->vm->vgic.lock);
}

/* An interrupt of these groups, of a priority above that, and of that INTID at least, pends in a list register. */
static inline bool pends(struct arch_vcpu *v, u32 groups, u32 priority, u32 first)
{
	for (u32 used = v->vgic.used & ~ich_elrsr(); used; used &= used - 1) {
		u64 lr = vgic_lr_read((u32)__builtin_ctz(used));

		if ((lr & (LR_PENDING | LR_ACTIVE)) == LR_PENDING &&
		    (groups & VMCR_GRP_EN(lr >> LR_GROUP1_SHIFT & 1)) &&
		    (lr >> LR_PRIO_SHIFT & 0xff) < priority && (lr & LR_INTID) >= first)
			return true;
	}
	return false;
}

bool vgic_vcpu_pending(struct arch_vcpu *v)
{
	u32 vmcr = ich_vmcr();

	return pends(v, vmcr, VMCR_PMR(vmcr), 0);
}

bool vgic_vcpu_wakes(struct arch_vcpu *v)
{
	return pends(v, VMCR_GRP_EN(0) | VMCR_GRP_EN(1), 0x100, 32);
}

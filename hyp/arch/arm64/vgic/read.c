// SPDX-License-Identifier: Apache-2.0
/*
 * State that is in list registers of other CPUs. A read asks those for a copy; a change (disable,
 * clear, move) asks them to look at what was noted for them. The asking CPU waits, and while it
 * waits it serves its own requests, so two CPUs that ask each other both get on. It holds no lock.
 * The wait is bounded; after it the other CPU still does what was noted, and a read is a bit old.
 */
#include "arch/cpu.h"
#include "priv.h"

#define WAIT_US 1000000 /* far more than any exit takes; an emulator may let a CPU rest for long */

static void ask_for_state(struct arch_vcpu *v, struct arch_vcpu *o)
{
	struct vgic *g = &v->vm->vgic;
	u64 end = arch_time_us() + WAIT_US;
	u32 seq;

	spin_lock(&g->lock);
	seq = o->vgic.seq;
	o->vgic.publish = true;
	spin_unlock(&g->lock);
	arch_vcpu_request(o, VCPU_REQ_VGIC);
	while (READ_ONCE(o->vgic.seq) == seq && arch_time_us() < end) {
		u64 req = READ_ONCE(v->requests);

		if (req & VCPU_REQ_STOP)
			return;
		if (req & VCPU_REQ_VGIC) {
			__atomic_and_fetch(&v->requests, ~VCPU_REQ_VGIC, __ATOMIC_ACQ_REL);
			vgic_sync_request(v);
		}
		cpu_relax();
	}
}

/* Which vCPUs other than v have one of these interrupts in a list register. */
static u32 lr_holders(struct arch_vcpu *v, const struct vgic_bank *b, u32 which)
{
	u32 mask = 0;

	spin_lock(&v->vm->vgic.lock);
	for (u32 in = b->inlr & which; in; in &= in - 1)
		mask |= 1U << b->irq[__builtin_ctz(in)].owner;
	spin_unlock(&v->vm->vgic.lock);
	return mask & ~(1U << v->id);
}

/* The bank's interrupts that have `state` in a list register. */
static u32 in_list_registers(struct arch_vcpu *v, const struct vgic_bank *b, u64 state)
	__must_hold(&v->vm->vgic.lock)
{
	u32 bits = 0;

	for (u32 in = b->inlr; in; in &= in - 1) {
		u32 n = (u32)__builtin_ctz(in);
		const struct vgic_irq *irq = &b->irq[n];
		const struct arch_vcpu *o = v->vm->vcpu[irq->owner];
		u64 lr = o == v ? vgic_lr_read(irq->lr - 1U) : o->vgic.lr[irq->lr - 1];

		if (lr & state)
			bits |= 1U << n;
	}
	return bits;
}

void vgic_settle(struct arch_vcpu *v, const struct vgic_bank *b, u32 which)
{
	if (!(READ_ONCE(b->inlr) & which))
		return;
	for (u32 mask = lr_holders(v, b, which); mask; mask &= mask - 1)
		ask_for_state(v, v->vm->vcpu[__builtin_ctz(mask)]);
}

u32 vgic_read_pending(struct arch_vcpu *v, struct arch_vcpu *pv, struct vgic_bank *b, u32 index)
{
	u32 bits;

	vgic_settle(v, b, ~0U);
	spin_lock(&v->vm->vgic.lock);
	vgic_update(v);
	bits = vgic_pending(b);
	/* A level that is taken and still up pends as well: the line says so, not the list register. */
	bits |= in_list_registers(v, b, LR_PENDING) & ~b->kill_latch &
		(b->edge | b->hw | b->lrlatch);
	spin_unlock(&v->vm->vgic.lock);
	/* Physical ones that never got here, as they are disabled. Those of PPIs are the CPU's own. */
	if (b->hw && (index || pv == v))
		bits |= gic_irqs_pending(index) & b->hw;
	return bits;
}

u32 vgic_read_active(struct arch_vcpu *v, struct vgic_bank *b)
{
	u32 bits;

	vgic_settle(v, b, ~0U);
	spin_lock(&v->vm->vgic.lock);
	vgic_update(v);
	bits = b->active | (in_list_registers(v, b, LR_ACTIVE) & ~b->kill_active);
	spin_unlock(&v->vm->vgic.lock);
	return bits;
}

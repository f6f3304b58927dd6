// SPDX-License-Identifier: Apache-2.0
/*
 * The vGIC's shortest paths: an interrupt that fires once more, such as the timer's, or one that another
 * CPU pended.
 */
#include "arch/cpu.h"
#include "priv.h"

static inline bool refire_in_lr(struct arch_vcpu *v, u32 intid, u64 flags)
{
	struct vgic_cpu *c = &v->vgic;
	const struct vgic_bank *b = &c->priv;
	u32 lr = b->irq[intid].lr;

	if (!lr || c->crowded || !(READ_ONCE(b->ready) >> intid & 1) ||
	    !(ich_elrsr() >> (lr - 1) & 1))
		return false;
	ich_lr_write(lr - 1, flags | LR_PENDING | vgic_lr_name(b, intid));
	if (unlikely(READ_ONCE(watch_mode)))
		watch_virq(v, flags & LR_HW ? intid : ~0U, intid);
	return true;
}

bool vgic_refire(struct arch_vcpu *v, u32 intid, u64 flags)
{
	return refire_in_lr(v, intid, flags);
}

static inline u64 hw_flags(u32 intid)
{
	return LR_HW | (u64)intid << LR_PHYS_SHIFT;
}

/*
 * A given device's interrupt, whose last one has ended in a list register of v, and of which nothing else has changed: it
 * goes on in that one. Returns false when it is not that, and nothing was done.
 */
static bool refire_spi(struct arch_vcpu *v, u32 intid)
{
	struct vgic_bank *b = vgic_bank_checked(v->vm, NULL, intid / 32);
	const struct vgic_irq *irq;
	u32 m = 1U << intid % 32, changed;
	bool again;

	if (unlikely(!b))
		return false;
	spin_lock(&v->vm->vgic.lock);
	irq = &b->irq[intid % 32];
	changed = b->active | b->latch | b->look | b->kill_latch | b->kill_active;
	again = (b->hw & b->inlr & b->ready & ~changed & m) && irq->owner == v->id &&
		irq->target == v->id && !v->vgic.crowded && (ich_elrsr() >> (irq->lr - 1) & 1);
	if (likely(again)) {
		b->soft &= ~m;
		ich_lr_write(irq->lr - 1U, hw_flags(intid) | LR_PENDING | vgic_lr_name(b, intid));
		if (unlikely(READ_ONCE(watch_mode)))
			watch_virq(v, intid, intid);
	}
	spin_unlock(&v->vm->vgic.lock);
	return again;
}

void vgic_hw_irq(struct arch_vcpu *v, u32 intid)
{
	if (likely(intid < 32 && refire_in_lr(v, intid, hw_flags(intid))))
		return;
	if (intid < 32 || !refire_spi(v, intid))
		vgic_hw_irq_slow(v, intid);
}

/*
 * All that another CPU wants is that an edge pends again which was in a list register and has ended
 * there: it goes on in that one. Returns false when it is not that, and nothing was done.
 */
static inline bool renew_one(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 index = (u32)__builtin_ctz(c->hints | 1U << 31);
	struct vgic_bank *b = vgic_bank(v->vm, v, index);
	const struct vgic_irq *irq;
	u64 source = 0;
	u32 m, n;

	if (c->hints ^ 1U << index || c->crowded || c->refold || c->refollow || c->publish)
		return false;
	m = b->look;
	n = (u32)__builtin_ctz(m | 1U << 31);
	irq = &b->irq[n];
	if (m ^ 1U << n || m ^ vgic_pending(b) || m & ~(b->latch & b->edge & b->ready) ||
	    m & (b->active | b->hw) || b->active & ~b->inlr || irq->owner != v->id ||
	    irq->target != v->id)
		return false;
	if (index * 32 + n < 16 && !gic_hw.v3) {
		source = (u32)__builtin_ctz(c->sgi_source[n] | 0x100);
		if (c->sgi_source[n] != 1U << source)
			return false;
	}
	isb();
	if (!(ich_elrsr() >> (irq->lr - 1) & 1))
		return false;
	if (index * 32 + n < 16)
		c->sgi_source[n] = 0;
	c->hints = 0;
	vgic_forget(b, m);
	b->soft &= ~m;
	b->latch = 0;
	b->lrlatch |= m;
	ich_lr_write(irq->lr - 1U,
		     LR_PENDING | source << LR_SOURCE_SHIFT | vgic_lr_name(b, index * 32 + n));
	if (unlikely(READ_ONCE(watch_mode)))
		watch_virq(v, ~0U, index * 32 + n);
	return true;
}

static __attribute__((noinline)) void sync_rest(struct arch_vcpu *v) __releases(&v->vm->vgic.lock)
{
	if (v->vgic.loaded)
		vgic_update(v);
	spin_unlock(&v->vm->vgic.lock);
}

void vgic_sync_request(struct arch_vcpu *v)
{
	spin_lock(&v->vm->vgic.lock);
	if (likely(renew_one(v)))
		spin_unlock(&v->vm->vgic.lock);
	else
		sync_rest(v);
}

/*
 * `by` pays for t's CPU: each time is kick_gap later than the one before, or than now. Returns when
 * it has to stop for that, if it is too far ahead of now.
 */
static inline u64 pay_for_kick(struct arch_vcpu *t, const struct arch_vm *by)
	__must_hold(&t->vm->vgic.lock)
{
	u64 now = arch_ticks();
	u64 *paid = &t->vgic.paid_until[by->id];
	u64 until = MAX(*paid, now) + by->kick_gap;

	*paid = until;
	return likely(until - now <= by->kick_burst) ? 0 : until - by->kick_burst;
}

u64 vgic_pulse(struct arch_vm *vm, u32 intid, const struct arch_vm *by)
{
	struct vgic_bank *b = vgic_bank_checked(vm, NULL, intid / 32);
	struct arch_vcpu *told;
	u64 until = 0;

	if (unlikely(!b || (b->hw >> intid % 32 & 1)))
		return 0;
	spin_lock(&vm->vgic.lock);
	if (unlikely(watch_events()))
		watch_post(vm, b->irq[intid % 32].target, intid);
	if (likely(vm->vgic.on)) {
		if (unlikely(vgic_current(vm))) {
			vgic_pulse_here(vm, b, intid);
		} else {
			told = vgic_post_again(vm, NULL, b, intid);
			if (told && by && by != vm)
				until = pay_for_kick(told, by);
		}
	}
	spin_unlock(&vm->vgic.lock);
	return until;
}

u64 vgic_charge(struct arch_vm *vm, const struct arch_vm *by)
{
	u64 until = 0, t;

	spin_lock(&vm->vgic.lock);
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		t = pay_for_kick(vm->vcpu[i], by);
		until = MAX(until, t);
	}
	spin_unlock(&vm->vgic.lock);
	return until;
}

// SPDX-License-Identifier: Apache-2.0
/* Between memory and list registers. */
#include "arch/cpu.h"
#include "priv.h"

u64 vgic_lr_read(u32 i)
{
	return ich_lr_read(i);
}

void vgic_lr_write(u32 i, u64 lr)
{
	ich_lr_write(i, lr);
}

void vgic_hw_release(struct vgic_bank *b, u32 index, u32 mask) __must_hold(vgic.lock)
{
	u32 gone = mask & b->hw & ~(b->active | b->latch | b->inlr);

	for (; gone; gone &= gone - 1)
		gic_irq_set_active(index * 32 + (u32)__builtin_ctz(gone), false);
}

static inline void fold_lr(struct arch_vcpu *v, u32 i, u64 lr) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 intid = c->lr_intid[i];
	struct vgic_bank *b = vgic_bank(v->vm, v, intid / 32);
	u32 m = 1U << intid % 32;
	bool pend = (lr & LR_PENDING) && !(b->kill_latch & m);
	bool active = (lr & LR_ACTIVE) && !(b->kill_active & m);
	u32 source = lr >> LR_SOURCE_SHIFT & 7;

	if (lr & (LR_PENDING | LR_ACTIVE | LR_EOI))
		vgic_lr_write(i, 0);
	c->used &= ~(1U << i);
	c->anew = true;
	b->irq[intid % 32].lr = 0;
	b->inlr &= ~m;
	/* A level pends by its line; only what was latched on top comes back as such. */
	if (pend && ((b->edge | b->hw | b->lrlatch) & m)) {
		b->latch |= m;
		if (intid < 16)
			c->sgi_source[intid] |= (u8)(1U << source);
	}
	/* Made active by another CPU meanwhile, but never taken. */
	if (!active)
		b->soft |= b->active & m;
	if (active) {
		b->active |= m;
		if (intid < 16)
			c->sgi_active[intid] = (u8)source;
	}
	if (unlikely((b->kill_latch | b->kill_active) & b->hw & m))
		vgic_hw_release(b, intid / 32, m);
	vgic_forget(b, m);
	/*
	 * An interrupt that is posted to faster than the guest takes it stays quiet until the guest
	 * has caught up.
	 */
	if (!(b->latch & m))
		b->quiet &= ~m;
	if ((vgic_pending(b) | b->active) & m)
		vgic_route(v->vm, v, b, intid);
}

void vgic_fold(struct arch_vcpu *v, u32 i) __must_hold(&v->vm->vgic.lock)
{
	fold_lr(v, i, vgic_lr_read(i));
}

void vgic_fold_ended(struct arch_vcpu *v, u32 i) __must_hold(&v->vm->vgic.lock)
{
	fold_lr(v, i, 0);
}

void vgic_fold_all(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	for (u32 used = v->vgic.used; used; used &= used - 1)
		vgic_fold(v, (u32)__builtin_ctz(used));
}

/* Moves the latch, or one sender of a GICv2's SGI, to the list register. Returns its bits. */
static u64 take_latch(struct arch_vcpu *v, struct vgic_bank *b, u32 intid)
	__must_hold(&v->vm->vgic.lock)
{
	u32 m = 1U << intid % 32;
	u64 bits = LR_PENDING;
	u32 source;

	b->lrlatch |= m;
	b->latch &= ~m;
	if (intid >= 16 || v->vm->vgic.version != 2)
		return bits;
	source = v->vgic.sgi_source[intid];
	bits |= (u64)(u32)__builtin_ctz(source | 0x100) << LR_SOURCE_SHIFT;
	source &= source - 1;
	v->vgic.sgi_source[intid] = (u8)source;
	if (source) {
		/* The next sender's turn comes when this one is done. */
		b->latch |= m;
		bits |= LR_EOI;
	}
	return bits;
}

u64 vgic_lr_again(struct arch_vcpu *v, struct vgic_bank *b, u32 intid, u64 lr)
	__must_hold(&v->vm->vgic.lock)
{
	u32 m = 1U << intid % 32;
	u32 source = lr >> LR_SOURCE_SHIFT & 7;

	if (intid >= 16 || v->vm->vgic.version != 2) {
		b->latch &= ~m;
		b->lrlatch |= m;
		if (!(lr & LR_PENDING))
			return LR_PENDING;
	} else {
		/* A list register has room for one sender; the same one twice is once. */
		if (lr & LR_PENDING)
			v->vgic.sgi_source[intid] &= (u8) ~(1U << source);
		if (!v->vgic.sgi_source[intid])
			b->latch &= ~m;
	}
	b->quiet |= m;
	return LR_EOI;
}

void vgic_fill(struct arch_vcpu *v, u32 i, u32 intid) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic_bank *b = vgic_bank(v->vm, v, intid / 32);
	struct vgic_irq *irq = &b->irq[intid % 32];
	u32 m = 1U << intid % 32;
	bool pend = vgic_pending(b) & b->ready & m;
	bool sgi_v2 = intid < 16 && v->vm->vgic.version == 2;
	bool level = !(b->edge & m);
	u64 lr = vgic_lr_name(b, intid);

	if (b->active & m) {
		b->active &= ~m;
		lr |= LR_ACTIVE;
		if (sgi_v2)
			lr |= (u64)c->sgi_active[intid] << LR_SOURCE_SHIFT;
		/*
		 * If it pends as well, that waits for its end; but a list register has room for
		 * both states of an edge.
		 */
		if (b->hw & m)
			lr |= LR_HW | (u64)intid << LR_PHYS_SHIFT;
		else if (pend && (level || sgi_v2 || irq->target != v->id))
			lr |= LR_EOI;
		else if (pend)
			lr |= take_latch(v, b, intid);
	} else if (b->hw & m) {
		b->soft &= ~m;
		b->latch &= ~m;
		lr |= LR_PENDING | LR_HW | (u64)intid << LR_PHYS_SHIFT;
	} else {
		b->soft &= ~m;
		lr |= b->latch & m ? take_latch(v, b, intid) : LR_PENDING;
		/* As long as the line is up the end brings it back. */
		if (level && (b->level & m))
			lr |= LR_EOI;
	}
	if (b->quiet & m)
		lr |= LR_EOI;
	irq->lr = (u8)(i + 1);
	irq->owner = v->id;
	b->inlr |= m;
	c->used |= 1U << i;
	c->lr_intid[i] = (u16)intid;
	vgic_lr_write(i, lr);
	if (unlikely(READ_ONCE(watch_mode)) && (lr & LR_PENDING))
		watch_virq_filled(v, lr & LR_HW ? intid : ~0U, intid);
}

u32 vgic_untaken(const struct arch_vcpu *v, u16 *intids)
{
	u32 n = 0;

	for (u32 used = v->vgic.used; used; used &= used - 1) {
		u32 i = (u32)__builtin_ctz(used);

		if (vgic_lr_read(i) & LR_PENDING)
			intids[n++] = v->vgic.lr_intid[i];
	}
	return n;
}

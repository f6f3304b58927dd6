/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that GICv2's distributor, GICv3's, and GICv3's redistributors have in common
 * (IHI 0048 4.3, IHI 0069 12.9 and 12.11). An interrupt that does not exist is RAZ/WI.
 */
#include "vgic_priv.h"
#include "arch/cpu.h"

static struct vgic_bank *bank_of(struct arch_vcpu *v, struct arch_vcpu *pv, u32 index)
{
	return vgic_bank_checked(v->vm, pv, index);
}

static u32 word_index(u32 off)
{
	return off >> 2 & 31;
}

void vgic_bank_ready(const struct arch_vm *vm, struct vgic_bank *b)
{
	u32 g0 = vm->vgic.ctlr & 1 ? ~b->group : 0;
	u32 g1 = vm->vgic.ctlr & 2 ? b->group : 0;

	WRITE_ONCE(b->ready, b->enabled & (g0 | g1));
}

static void enable(struct arch_vcpu *v, struct arch_vcpu *pv, struct vgic_bank *b, u32 index,
		   u32 mask, bool on)
{
	struct arch_vm *vm = v->vm;

	spin_lock(&vm->vgic.lock);
	vgic_pull(v, b, index, mask);
	b->enabled = on ? b->enabled | mask : b->enabled & ~mask;
	vgic_bank_ready(vm, b);
	if (index)
		vgic_hw_follow(vm, b, index, mask);
	else if (mask & b->hw)
		vgic_hw_follow_ppi(v, pv);
	vgic_push(v, b, index, mask);
	spin_unlock(&vm->vgic.lock);
	if (!on)
		vgic_settle(v, b, mask);
}

void vgic_reg_set_enable(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);

	if (!b)
		return;
	if (!m->write)
		m->value = b->enabled;
	else if ((u32)m->value & ~b->enabled)
		enable(v, pv, b, index, (u32)m->value & ~b->enabled, true);
}

void vgic_reg_clear_enable(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = b->enabled;
		return;
	}
	mask = (u32)m->value & b->enabled;
	if (!index && v->vm->vgic.version == 2)
		mask &= 0xffff0000; /* SGIs are always enabled, which IHI 0048 4.3.5 permits */
	if (mask)
		enable(v, pv, b, index, mask, false);
}

void vgic_reg_group(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = b->group;
		return;
	}
	mask = (u32)m->value ^ b->group;
	if (!mask)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, index, mask);
	b->group = (u32)m->value;
	vgic_bank_ready(v->vm, b);
	vgic_push(v, b, index, mask);
	spin_unlock(&v->vm->vgic.lock);
}

/* SGIs of a GICv2 are pended by registers of their own. */
static u32 pendable(const struct arch_vcpu *v, u32 index, u64 value)
{
	return !index && v->vm->vgic.version == 2 ? (u32)value & 0xffff0000 : (u32)value;
}

/* A physical interrupt pends in the physical GIC, and comes from there. PPIs: of this CPU only. */
static void hw_pend(struct arch_vcpu *v, struct arch_vcpu *pv, u32 index, u32 mask, bool pending)
{
	if (!index && pv != v)
		return;
	for (; mask; mask &= mask - 1)
		gic_irq_set_pending(index * 32 + (u32)__builtin_ctz(mask), pending);
}

void vgic_reg_set_pending(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = vgic_read_pending(v, pv, b, index);
		return;
	}
	mask = pendable(v, index, m->value);
	if (!mask)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, index, mask & ~b->hw);
	b->latch |= mask & ~b->hw;
	hw_pend(v, pv, index, mask & b->hw, true);
	vgic_push(v, b, index, mask & ~b->hw);
	spin_unlock(&v->vm->vgic.lock);
}

void vgic_reg_clear_pending(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = vgic_read_pending(v, pv, b, index);
		return;
	}
	mask = pendable(v, index, m->value);
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, index, mask);
	b->latch &= ~mask;
	b->kill_latch |= mask & b->inlr;
	hw_pend(v, pv, index, mask & b->hw, false);
	if (index || pv == v)
		vgic_hw_release(b, index, mask);
	vgic_push(v, b, index, mask);
	spin_unlock(&v->vm->vgic.lock);
	vgic_settle(v, b, mask);
}

/* An active interrupt belongs to the vCPU that is to end it. */
static void set_owner(struct arch_vm *vm, struct vgic_bank *b, u32 mask)
{
	for (; mask; mask &= mask - 1) {
		struct vgic_irq *irq = &b->irq[__builtin_ctz(mask)];

		irq->owner = irq->target < vm->nr_vcpus ? irq->target : 0;
	}
}

void vgic_reg_set_active(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = vgic_read_active(v, pv, b, index);
		return;
	}
	mask = (u32)m->value;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, index, mask);
	set_owner(v->vm, b, mask & ~(b->active | b->inlr));
	b->soft |= mask & ~(b->active | b->inlr);
	b->active |= mask;
	if (index || pv == v)
		for (u32 hw = mask & b->hw; hw; hw &= hw - 1)
			gic_irq_set_active(index * 32 + (u32)__builtin_ctz(hw), true);
	vgic_push(v, b, index, mask);
	spin_unlock(&v->vm->vgic.lock);
}

void vgic_reg_clear_active(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = word_index(off);
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = vgic_read_active(v, pv, b, index);
		return;
	}
	mask = (u32)m->value;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, index, mask);
	b->active &= ~mask;
	b->soft &= ~mask;
	b->kill_active |= mask & b->inlr;
	if (index || pv == v)
		vgic_hw_release(b, index, mask);
	vgic_push(v, b, index, mask);
	spin_unlock(&v->vm->vgic.lock);
	vgic_settle(v, b, mask);
}

void vgic_reg_priority(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 first = off & 0x3ff;
	struct vgic_bank *b = bank_of(v, pv, first / 32);
	struct vgic_irq *irq;
	u32 mask = 0;

	if (!b)
		return;
	irq = &b->irq[first % 32];
	if (!m->write) {
		for (u32 i = 0; i < m->size; i++)
			m->value |= (u64)irq[i].prio << 8 * i;
		return;
	}
	for (u32 i = 0; i < m->size; i++)
		if (irq[i].prio != (m->value >> 8 * i & VGIC_PRIO_MASK))
			mask |= 1U << (first % 32 + i);
	if (!mask)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, first / 32, mask);
	for (u32 i = 0; i < m->size; i++)
		irq[i].prio = m->value >> 8 * i & VGIC_PRIO_MASK;
	vgic_push(v, b, first / 32, mask);
	spin_unlock(&v->vm->vgic.lock);
}

/* Two bits an interrupt; the upper one says edge, the lower one is RES0. */
static u32 config_spread(u32 bits)
{
	u32 v = 0;

	for (u32 i = 0; i < 16; i++)
		v |= (bits >> i & 1) << (2 * i + 1);
	return v;
}

void vgic_reg_config(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 first = (off & 0xff) * 4;
	struct vgic_bank *b = bank_of(v, pv, first / 32);
	u32 shift = first % 32;
	u32 edge = 0, mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = config_spread(b->edge >> shift & 0xffff);
		return;
	}
	if (!first)
		return; /* SGIs are edges */
	for (u32 i = 0; i < 16; i++)
		edge |= (u32)(m->value >> (2 * i + 1) & 1) << i;
	mask = (edge << shift ^ b->edge) & 0xffffU << shift;
	if (!mask)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, first / 32, mask);
	b->edge ^= mask;
	for (u32 hw = mask & b->hw; hw && first >= 32; hw &= hw - 1) {
		u32 n = (u32)__builtin_ctz(hw);

		gic_irq_set_trigger(first / 32 * 32 + n,
				    b->edge >> n & 1 ? CFG_TRIGGER_EDGE : CFG_TRIGGER_LEVEL);
	}
	vgic_push(v, b, first / 32, mask);
	spin_unlock(&v->vm->vgic.lock);
}

void vgic_set_ctlr(struct arch_vcpu *v, u32 ctlr)
{
	struct arch_vm *vm = v->vm;

	spin_lock(&vm->vgic.lock);
	if (ctlr != vm->vgic.ctlr) {
		vm->vgic.ctlr = ctlr;
		for (u32 i = 0; i < vm->vgic.nr_banks; i++)
			vgic_bank_ready(vm, &vm->vgic.spi[i]);
		for (u32 i = 0; i < vm->nr_vcpus; i++) {
			struct arch_vcpu *o = vm->vcpu[i];

			vgic_bank_ready(vm, &o->vgic.priv);
			o->vgic.hints = (u32)(BIT(vm->vgic.nr_banks + 1) - 1);
			o->vgic.refold = true;
			if (o != v && o->vgic.loaded)
				arch_vcpu_request(o, VCPU_REQ_VGIC);
		}
		vgic_update(v);
	}
	spin_unlock(&vm->vgic.lock);
}

void vgic_set_target(struct arch_vcpu *v, u32 intid, u32 route, u8 target)
{
	struct vgic_bank *b = vgic_bank(v->vm, v, intid / 32);
	struct vgic_irq *irq = &b->irq[intid % 32];
	u32 m = 1U << intid % 32;

	irq->route = route;
	if (irq->target == target)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, intid / 32, m);
	irq->target = target;
	vgic_hw_follow(v->vm, b, intid / 32, m);
	vgic_push(v, b, intid / 32, m);
	spin_unlock(&v->vm->vgic.lock);
	vgic_settle(v, b, m);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Registers that GICv2's distributor, GICv3's, and GICv3's redistributors have in common
 * (IHI 0048 4.3, IHI 0069 12.9 and 12.11). An interrupt that does not exist is RAZ/WI.
 */
#include "arch/cpu.h"
#include "priv.h"

static struct vgic_bank *bank_of(struct arch_vcpu *v, struct arch_vcpu *pv, u32 index)
{
	return vgic_bank_checked(v->vm, pv, index);
}

/* Of a bank's interrupts, those that are some: 1020 to 1023 are not (IHI 0069 2.2.1). */
static u32 existing_irqs(u32 index)
{
	return index == GIC_SPECIAL_LAST / 32 ? 0xffffffff >> (GIC_SPECIAL_LAST - GIC_SPURIOUS + 1)
					      : ~0U;
}

void vgic_bank_ready(const struct arch_vm *vm, struct vgic_bank *b) __must_hold(&vm->vgic.lock)
{
	u32 g0 = vm->vgic.ctlr & 1 ? ~b->group : 0;
	u32 g1 = vm->vgic.ctlr & 2 ? b->group : 0;

	WRITE_ONCE(b->ready, b->enabled & (g0 | g1));
}

/* Registers of one bit for an interrupt, by offset >> 7. */
enum { GROUP = 1, SET_ENABLE, CLEAR_ENABLE, SET_PENDING, CLEAR_PENDING, SET_ACTIVE, CLEAR_ACTIVE };

static u32 read_bits(struct arch_vcpu *v, struct arch_vcpu *pv, struct vgic_bank *b, u32 index,
		     u32 reg)
{
	switch (reg) {
	case GROUP:
		return b->group;
	case SET_ENABLE:
	case CLEAR_ENABLE:
		return b->enabled;
	case SET_PENDING:
	case CLEAR_PENDING:
		return vgic_read_pending(v, pv, b, index);
	default:
		return vgic_read_active(v, b);
	}
}

/* Which interrupts a write changes. GICv2's SGIs are always enabled, and pend by own registers. */
static u32 changed_bits(const struct arch_vcpu *v, const struct vgic_bank *b, u32 index, u32 reg,
			u32 value)
{
	u32 free = !index && v->vm->vgic.version == 2 ? 0xffff0000 : ~0U;

	switch (reg) {
	case GROUP:
		return value ^ b->group;
	case SET_ENABLE:
		return value & ~b->enabled;
	case CLEAR_ENABLE:
		return value & b->enabled & free;
	case SET_PENDING:
	case CLEAR_PENDING:
		return value & free;
	default:
		return value;
	}
}

/* An active interrupt belongs to the vCPU that is to end it. */
static void set_active(struct arch_vm *vm, struct vgic_bank *b, u32 mask)
	__must_hold(&vm->vgic.lock)
{
	u32 new = mask & ~(b->active | b->inlr);

	b->soft |= new;
	b->active |= mask;
	for (; new; new &= new - 1) {
		struct vgic_irq *irq = &b->irq[__builtin_ctz(new)];

		irq->owner = irq->target < vm->nr_vcpus ? irq->target : 0;
	}
}

/*
 * Physical interrupts pend in the physical GIC, and come from there; they are active there as long
 * as here. Not those of another CPU: IHI 0069 lets nobody else reach them either way.
 */
static void change_hw(struct vgic_bank *b, u32 index, u32 reg, u32 mask) __must_hold(vgic.lock)
{
	for (u32 hw = mask & b->hw; hw; hw &= hw - 1) {
		u32 intid = index * 32 + (u32)__builtin_ctz(hw);

		if (reg == SET_ACTIVE)
			gic_irq_set_active(intid, true);
		else if (reg != CLEAR_ACTIVE)
			gic_irq_set_pending(intid, reg == SET_PENDING);
	}
	if (reg == CLEAR_PENDING || reg == CLEAR_ACTIVE)
		vgic_hw_release(b, index, mask);
}

/* The interrupts of mask are in memory, or in other CPUs' list registers (inlr). */
static void change_state(struct arch_vcpu *v, struct arch_vcpu *pv, struct vgic_bank *b, u32 index,
			 u32 reg, u32 mask) __must_hold(&v->vm->vgic.lock)
{
	switch (reg) {
	case GROUP:
		b->group ^= mask;
		break;
	case SET_ENABLE:
	case CLEAR_ENABLE:
		b->enabled ^= mask;
		if (index)
			vgic_hw_follow(v->vm, b, index, mask);
		else if (mask & b->hw)
			vgic_hw_follow_ppi(v, pv);
		break;
	case SET_PENDING:
		b->latch |= mask & ~b->hw;
		break;
	case CLEAR_PENDING:
		b->latch &= ~mask;
		b->kill_latch |= mask & b->inlr;
		break;
	case SET_ACTIVE:
		set_active(v->vm, b, mask);
		break;
	default:
		b->active &= ~mask;
		b->soft &= ~mask;
		b->kill_active |= mask & b->inlr;
	}
	if (reg <= CLEAR_ENABLE)
		vgic_bank_ready(v->vm, b);
	else if ((mask & b->hw) && (index || pv == v))
		change_hw(b, index, reg, mask);
}

void vgic_reg_bits(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 index = off >> 2 & 31;
	u32 reg = off >> 7;
	struct vgic_bank *b = bank_of(v, pv, index);
	u32 mask;

	if (!b)
		return;
	if (!m->write) {
		m->value = read_bits(v, pv, b, index, reg);
		return;
	}
	mask = changed_bits(v, b, index, reg, (u32)m->value & existing_irqs(index));
	if (!mask)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, index, mask);
	change_state(v, pv, b, index, reg, mask);
	vgic_push(v, b, index, mask);
	spin_unlock(&v->vm->vgic.lock);
	if (reg == CLEAR_ENABLE || reg == CLEAR_PENDING || reg == CLEAR_ACTIVE)
		vgic_settle(v, b, mask);
}

void vgic_reg_priority(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 first = off & 0x3ff;
	struct vgic_bank *b = bank_of(v, pv, first / 32);
	struct vgic_irq *irq;
	u32 mask = 0;

	if (!b || first >= GIC_SPURIOUS)
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
	mask = (edge << shift ^ b->edge) & 0xffffU << shift & existing_irqs(first / 32);
	if (!mask)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, first / 32, mask);
	b->edge ^= mask;
	for (u32 hw = mask & b->hw; hw && first >= 32; hw &= hw - 1) {
		u32 n = (u32)__builtin_ctz(hw);

		/* One that is enabled must not be changed (IHI 0069 12.9.9), whatever the guest does. */
		gic_irq_disable(first / 32 * 32 + n);
		gic_irq_set_trigger(first / 32 * 32 + n,
				    b->edge >> n & 1 ? CFG_TRIGGER_EDGE : CFG_TRIGGER_LEVEL);
	}
	if (first >= 32)
		vgic_hw_follow(v->vm, b, first / 32, mask);
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
			o->vgic.anew = true;
			if (o != v && o->vgic.on)
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

// SPDX-License-Identifier: Apache-2.0
/* GICv2's distributor (IHI 0048 4.3) and GICV_DIR. */
#include "nk/gic.h"
#include "priv.h"

#define PIDR2 0x2b
#define SGI_FILTER_LIST 0
#define SGI_FILTER_OTHERS 1
#define SGI_FILTER_SELF 2

static void reg_control(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	vgic_control(v, m, off, 0, (v->vm->nr_vcpus - 1) << 5);
}

/* The first of the CPUs named takes it; IHI 0048 3.2.2 leaves the choice to the implementation. */
static void set_targets(struct arch_vcpu *v, u32 intid, u32 mask)
{
	mask &= (1U << v->vm->nr_vcpus) - 1;
	vgic_set_target(v, intid, mask, mask ? (u8)__builtin_ctz(mask) : VGIC_NO_VCPU);
}

static __cold void reg_targets(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	u32 first = off & 0x3ff;
	struct vgic_bank *b = vgic_bank_checked(v->vm, pv, first / 32);

	if (!b || v->vm->nr_vcpus == 1 || first >= GIC_SPURIOUS)
		return; /* RAZ/WI with one CPU, IHI 0048 4.3.12 */
	for (u32 i = 0; i < m->size; i++) {
		if (!m->write)
			m->value |= (u64)(first < 32 ? 1U << v->id : b->irq[first % 32 + i].route)
				    << 8 * i;
		else if (first >= 32)
			set_targets(v, first + i, m->value >> 8 * i & 0xff);
	}
}

static void send_sgi(struct arch_vcpu *v, u32 sgi, u32 targets)
{
	struct arch_vm *vm = v->vm;

	spin_lock(&vm->vgic.lock);
	for (; targets; targets &= targets - 1) {
		struct arch_vcpu *t = vm->vcpu[__builtin_ctz(targets)];

		t->vgic.sgi_source[sgi] |= (u8)(1U << v->id);
		if (unlikely(watch_events()))
			watch_post(vm, t->id, sgi);
		vgic_post_again(vm, v, &t->vgic.priv, sgi);
	}
	vgic_update(v);
	spin_unlock(&vm->vgic.lock);
}

static void write_sgir(struct arch_vcpu *v, u32 value)
{
	u32 sgi = value & 15;
	u32 all = (1U << v->vm->nr_vcpus) - 1;
	u32 self = 1U << v->id;
	u32 targets;

	switch (value >> 24 & 3) {
	case SGI_FILTER_LIST:
		targets = value >> 16 & all;
		break;
	case SGI_FILTER_OTHERS:
		targets = all & ~self;
		break;
	case SGI_FILTER_SELF:
		targets = self;
		break;
	default:
		return;
	}
	if (targets == self && vgic_refire(v, sgi, (u64)v->id << LR_SOURCE_SHIFT))
		return;
	send_sgi(v, sgi, targets);
}

/* GICD_CPENDSGIRn, GICD_SPENDSGIRn: a byte of senders for each SGI. */
static __cold void sgi_pending(struct arch_vcpu *v, struct mmio *m, u32 sgi, bool set)
{
	struct vgic_cpu *c = &v->vgic;
	struct vgic_bank *b = &c->priv;
	u32 mask = ((1U << m->size) - 1) << sgi;

	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, 0, mask);
	for (u32 i = 0; i < m->size; i++) {
		u8 *source = &c->sgi_source[sgi + i];
		u8 bits = m->value >> 8 * i & ((1U << v->vm->nr_vcpus) - 1);

		if (!m->write)
			m->value |= (u64)*source << 8 * i;
		else if (set)
			*source |= bits;
		else
			*source &= (u8)~bits;
		b->latch = (b->latch & ~(1U << (sgi + i))) | (u32) !!*source << (sgi + i);
	}
	vgic_push(v, b, 0, mask);
	spin_unlock(&v->vm->vgic.lock);
}

static void reg_sgi(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	(void)pv;
	if (off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR_END)
		sgi_pending(v, m, off & 15, off >= GICD_SPENDSGIR);
	else if (off == GICD_SGIR && m->write && m->size == 4)
		write_sgir(v, (u32)m->value);
}

static void reg_id(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	(void)v;
	(void)pv;
	if (off == GICD_V2_PIDR2 && !m->write)
		m->value = PIDR2;
}

static const struct vgic_reg regs[VGIC_REG_CLASSES] = {
	[0x00] = {reg_control, 4}, VGIC_REGS_COMMON,	 [0x10 ... 0x17] = {reg_targets, 1 | 4},
	[0x1e] = {reg_sgi, 1 | 4}, [0x1f] = {reg_id, 4},
};

void vgic_v2_dist(struct arch_vcpu *v, struct mmio *m)
{
	vgic_dispatch(regs, v, v, m, (u32)m->offset & 0xfff);
}

/*
 * The second page of the CPU interface has one register, GICV_DIR. It is not mapped: the interrupt
 * may be in no list register, and the hardware would only count that.
 */
void vgic_v2_dir(struct arch_vcpu *v, struct mmio *m)
{
	if (m->offset == 0 && m->write && m->size == 4)
		vgic_deactivate(v, (u32)m->value & LR_INTID);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * GICv3's distributor, redistributors, and the system registers that trap (IHI 0069 12.9, 12.11,
 * 12.2). One Security state, affinity routing always on, no LPIs, no extended ranges.
 */
#include "nk/gic.h"
#include "priv.h"

#define PIDR2 0x3b
#define CTLR_ARE_DS 0x50U
#define TYPER_IDBITS (9U << 19)

/* ProcessorSleep and ChildrenAsleep */
#define WAKER_ASLEEP (GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP)
#define REDIST_SHIFT 17

#define ENC(op0, op1, crn, crm, op2)                                                               \
	((u32)(op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ENC_DIR ENC(3, 0, 12, 11, 1)
#define ENC_SGI1R ENC(3, 0, 12, 11, 5)
#define ENC_ASGI1R ENC(3, 0, 12, 11, 6)
#define ENC_SGI0R ENC(3, 0, 12, 11, 7)
#define ENC_SRE ENC(3, 0, 12, 12, 5)
#define SRE_FIXED 7 /* SRE, DFB, DIB */
#define SGIR_IRM BIT(40)
#define INTID_BITS 0xffffffU /* of ICC_DIR_EL1 */

static void reg_control(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	vgic_control(v, m, off, CTLR_ARE_DS, TYPER_IDBITS);
}

static u8 vcpu_at(const struct arch_vm *vm, u32 affinity)
{
	u32 nr = (affinity >> 8 & 0xff) << 4 | (affinity & 0xff);

	if (affinity >> 16 || (affinity & 0xf0) || nr >= vm->nr_vcpus)
		return VGIC_NO_VCPU;
	return (u8)nr;
}

/* 64 bits, or either half of them. */
static __cold void access_irouter(struct arch_vcpu *v, struct mmio *m, u32 off)
{
	u32 intid = (off - GICD_IROUTER) / 8;
	struct vgic_bank *b = intid < 32 || intid >= GIC_SPURIOUS
				      ? NULL
				      : vgic_bank_checked(v->vm, v, intid / 32);
	u32 shift = off & 4 ? 32 : 0;
	u32 route;

	if (!b || !(m->size & (4 | 8)))
		return;
	/* TYPER.A3V is 0: Aff3, the upper half, is RES0. */
	route = READ_ONCE(b->irq[intid % 32].route);
	if (!m->write) {
		m->value = shift ? 0 : route;
		return;
	}
	if (shift)
		return;
	route = m->value & (VGIC_ROUTE_ANY | 0xffffff);
	vgic_set_target(v, intid, route,
			route & VGIC_ROUTE_ANY ? (u8)v->id : vcpu_at(v->vm, route));
}

static const struct vgic_reg dist_regs[VGIC_REG_CLASSES] = {
	[0x00] = {reg_control, 4},
	VGIC_REGS_COMMON,
};

void vgic_v3_dist(struct arch_vcpu *v, struct mmio *m)
{
	u32 off = (u32)m->offset;

	if (off < KIB(4))
		vgic_dispatch(dist_regs, v, NULL, m, off);
	else if (off & (m->size - 1u))
		return;
	else if (off >= GICD_IROUTER && off < GICD_IROUTER_END)
		access_irouter(v, m, off);
	else if (off == GICD_PIDR2 && m->size == 4 && !m->write)
		m->value = PIDR2;
}

static const struct vgic_reg sgi_regs[VGIC_REG_CLASSES] = {VGIC_REGS_COMMON};

/* The frame RD_base of the redistributor of t. */
static __cold void redist_control(struct arch_vcpu *t, struct mmio *m, u32 off)
{
	u64 typer = (t->mpidr & 0xffffff) << 32 | (t->mpidr >> 32 & 0xff) << 56 | (u64)t->id << 8;

	if (m->write) {
		if (off == GICR_WAKER && m->size == 4)
			t->vgic.asleep = m->value & GICR_WAKER_SLEEP;
		return;
	}
	if (t->id == t->vm->nr_vcpus - 1)
		typer |= GICR_TYPER_LAST;
	if (off == GICR_TYPER && (m->size & (4 | 8)))
		m->value = typer;
	else if (m->size != 4)
		return;
	else if (off == GICR_TYPER + 4)
		m->value = typer >> 32;
	else if (off == GICR_IIDR)
		m->value = VGIC_IIDR;
	else if (off == GICR_WAKER)
		m->value = t->vgic.asleep ? WAKER_ASLEEP : 0;
	else if (off == GICR_PIDR2)
		m->value = PIDR2;
}

/* The frame has SGIs and PPIs only; where a distributor has SPIs all is reserved (IHI 0069 12.11). */
static bool is_private(u32 off)
{
	if (off < 0x400)
		return !(off & 0x7c);
	return off < 0x420 || (off >= 0xc00 && off < 0xc08);
}

void vgic_v3_redist(struct arch_vcpu *v, struct mmio *m)
{
	struct arch_vcpu *t = v->vm->vcpu[m->offset >> REDIST_SHIFT];
	u32 off = (u32)m->offset & ((1U << REDIST_SHIFT) - 1);

	if (off < GICR_SGI_FRAME) {
		if (!(off & (m->size - 1u)))
			redist_control(t, m, off);
		return;
	}
	off -= GICR_SGI_FRAME;
	if (off < KIB(4) && is_private(off))
		vgic_dispatch(sgi_regs, v, t, m, off);
}

/* A target takes it only if it has that SGI in the group. */
static void pend_sgi(struct arch_vcpu *v, struct arch_vcpu *t, u32 sgi, u32 group)
	__must_hold(&v->vm->vgic.lock)
{
	struct vgic_bank *b = &t->vgic.priv;

	if ((b->group >> sgi & 1) != group)
		return;
	if (unlikely(watch_events()))
		watch_post(v->vm, t->id, sgi);
	vgic_post_again(v->vm, v, b, sgi);
}

static void send_sgi(struct arch_vcpu *v, u64 value, u32 group)
{
	struct arch_vm *vm = v->vm;
	u32 sgi = value >> 24 & 15;
	u32 first = (value >> 16 & 0xff) << 4;
	u32 list = value & 0xffff;
	/* Aff3, Aff2 and the range selector: nobody has any of them but 0. */
	bool nobody = value & (0xffUL << 48 | 0xfUL << 44 | 0xffUL << 32);
	u64 self = (u64)(v->id >> 4) << 16 | 1U << (v->id & 15);

	if ((value & ~(0xfUL << 24)) == self && (v->vgic.priv.group >> sgi & 1) == group &&
	    vgic_refire(v, sgi, 0))
		return;
	if (value & SGIR_IRM) {
		first = 0;
		list = 0xffff & ~(1U << v->id);
	} else if (nobody) {
		return;
	}
	spin_lock(&vm->vgic.lock);
	for (; list; list &= list - 1) {
		u32 nr = first + (u32)__builtin_ctz(list);

		if (nr < vm->nr_vcpus)
			pend_sgi(v, vm->vcpu[nr], sgi, group);
	}
	vgic_update(v);
	spin_unlock(&vm->vgic.lock);
}

bool vgic_sysreg(struct arch_vcpu *v, u32 enc, u64 *value, bool write)
{
	if (v->vm->vgic.version != 3)
		return false;
	if (enc == ENC_SGI1R && write) {
		send_sgi(v, *value, 1);
	} else if ((enc == ENC_SGI0R || enc == ENC_ASGI1R) && write) {
		send_sgi(v, *value, 0);
	} else if (enc == ENC_SRE) {
		if (!write)
			*value = SRE_FIXED;
	} else if (enc == ENC_DIR && write) {
		vgic_deactivate(v, (u32)*value & INTID_BITS);
	} else {
		return false;
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the vGIC. */
#ifndef ARCH_VGIC_PRIV_H
#define ARCH_VGIC_PRIV_H

#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/vcpu.h"
#include "nk/gic.h"

#define VGIC_PRIO_MASK 0xf8 /* 32 levels, the least that both versions' list registers have */
#define VGIC_IIDR 0x6e00043bU /* product 'n', implementer as in all of this architecture's vGICs */
#define CTLR_GROUPS 3U

static inline struct vgic_bank *vgic_bank(const struct arch_vm *vm, struct arch_vcpu *v, u32 index)
{
	return index ? &vm->vgic.spi[index - 1] : &v->vgic.priv;
}

/* The same for a number from outside: NULL when there is no such interrupt. */
static inline struct vgic_bank *vgic_bank_checked(const struct arch_vm *vm, struct arch_vcpu *v,
						  u32 index)
{
	if (index > vm->vgic.nr_banks || (!index && !v))
		return NULL;
	return vgic_bank(vm, v, index);
}

/* Bits of a bank whose interrupts pend, enabled or not, list registers aside. */
static inline u32 vgic_pending(const struct vgic_bank *b)
{
	return b->latch | (b->level & ~b->edge);
}

/* What was noted of interrupts in list registers ends with their stay there. */
static inline void vgic_forget(struct vgic_bank *b, u32 mask)
{
	b->look &= ~mask;
	b->lrlatch &= ~mask;
	b->kill_latch &= ~mask;
	b->kill_active &= ~mask;
}

static inline u8 vgic_group(struct arch_vcpu *v, u32 intid)
{
	return vgic_bank(v->vm, v, intid / 32)->group >> intid % 32 & 1;
}

/* What of a list register says which interrupt it holds: INTID, priority, group. */
#define LR_NAME (LR_INTID | 0xffUL << LR_PRIO_SHIFT | BIT(LR_GROUP1_SHIFT))

static inline u64 vgic_lr_name(const struct vgic_bank *b, u32 intid)
{
	return intid | (u64)b->irq[intid % 32].prio << LR_PRIO_SHIFT |
	       (u64)(b->group >> intid % 32 & 1) << LR_GROUP1_SHIFT;
}

/*
 * An edge that is in v's list register lr pends once more. Returns the bits that lr gets for it. If
 * the guest has not even taken it since the last time, it is quiet from now on: posts only set the
 * latch until its end, of which v's CPU hears.
 */
u64 vgic_lr_again(struct arch_vcpu *v, struct vgic_bank *b, u32 intid, u64 lr)
	__must_hold(&v->vm->vgic.lock);

/* One list register, of 16 at most. */
u64 vgic_lr_read(u32 i);
void vgic_lr_write(u32 i, u64 lr);

/*
 * One of v's list registers goes back to memory, and the vCPU that is to get the interrupt next is
 * told. v's CPU.
 */
void vgic_fold(struct arch_vcpu *v, u32 lr) __must_hold(&v->vm->vgic.lock);
void vgic_fold_all(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock);
/* The same for one that ELRSR says is free. */
void vgic_fold_ended(struct arch_vcpu *v, u32 lr) __must_hold(&v->vm->vgic.lock);
/* An interrupt goes from memory to a list register that is free. v's CPU. */
void vgic_fill(struct arch_vcpu *v, u32 lr, u32 intid) __must_hold(&v->vm->vgic.lock);

/*
 * After a change of an interrupt: finds the vCPU that must look at it, and notes that; when it is
 * not cur it gets a request. cur: vCPU of this CPU, who calls vgic_update() before it unlocks;
 * NULL when there is none of this VM. Returns the vCPU whose CPU has something to do now that it
 * had not before, or NULL.
 */
struct arch_vcpu *vgic_route(struct arch_vm *vm, struct arch_vcpu *cur, struct vgic_bank *b,
			     u32 intid) __must_hold(&vm->vgic.lock);

/*
 * Another CPU, or an SGI's sender, pends an edge: the latch is set, and the interrupt routed, unless
 * it is quiet. One that is latched already has been routed, and nothing is to be done.
 * cur, and what is returned: as with vgic_route().
 */
struct arch_vcpu *vgic_post(struct arch_vm *vm, struct arch_vcpu *cur, struct vgic_bank *b,
			    u32 intid) __must_hold(&vm->vgic.lock);

/* The same, short in the usual case: it has come before, and has its list register still. */
static inline struct arch_vcpu *vgic_post_again(struct arch_vm *vm, struct arch_vcpu *cur,
						struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock)
{
	u32 m = 1U << intid % 32;
	struct arch_vcpu *t;

	t = vm->vcpu[b->irq[intid % 32].owner];
	if (unlikely((b->inlr & m & ~(b->quiet | b->latch)) == 0 || t->vgic.crowded))
		return vgic_post(vm, cur, b, intid);
	b->latch |= m;
	b->look |= m;
	t->vgic.hints |= 1U << intid / 32;
	return t != cur && vcpu_ask(t, VCPU_REQ_VGIC) ? t : NULL;
}

/* vgic_pulse() where a vCPU of the VM is, which may have it in a list register. */
void vgic_pulse_here(struct arch_vm *vm, struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock);

/* vgic_update() after a maintenance interrupt: also if nothing was noted. */
void vgic_update_crowd(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock);

/* Fills list registers with what was noted. Does nothing for NULL. v's CPU. */
void vgic_update(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock);

/* Takes the interrupts of mask back from v's list registers; those in others' stay there. */
void vgic_pull(struct arch_vcpu *v, struct vgic_bank *b, u32 index, u32 mask)
	__must_hold(&v->vm->vgic.lock);
/* vgic_route() for each of mask, then vgic_update(v). */
void vgic_push(struct arch_vcpu *v, struct vgic_bank *b, u32 index, u32 mask)
	__must_hold(&v->vm->vgic.lock);

/* An active interrupt ends, but for what is in list registers: physical one, next in line. */
void vgic_end(struct arch_vcpu *v, struct vgic_bank *b, u32 intid) __must_hold(&v->vm->vgic.lock);
/* ICC_DIR_EL1 or GICV_DIR, trapped. v's CPU. */
void vgic_deactivate(struct arch_vcpu *v, u32 intid);

/* Recomputes `ready` of a bank. */
void vgic_bank_ready(const struct arch_vm *vm, struct vgic_bank *b) __must_hold(&vm->vgic.lock);
/* Lets the physical SPIs of mask follow enable and target. */
void vgic_hw_follow(struct arch_vm *vm, struct vgic_bank *b, u32 index, u32 mask)
	__must_hold(&vm->vgic.lock);
/* The same for PPIs, whose vCPU pv may be on another CPU; v: vCPU of this one. */
void vgic_hw_follow_ppi(struct arch_vcpu *v, struct arch_vcpu *pv) __must_hold(&v->vm->vgic.lock);
void vgic_ppis_refollow(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock);
/* Ends active interrupts the hardware counted as ended, but which were in no list register. */
void vgic_ended_outside(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock);
/* The VM that a physical SPI was given to, or NULL. */
struct arch_vm *vgic_hw_owner(u32 intid);
/* A physical interrupt that the guest dropped before it ended. */
void vgic_hw_release(struct vgic_bank *b, u32 index, u32 mask) __must_hold(vgic.lock);

/* The vCPU that runs on this CPU, if it is loaded and vm's; else NULL. */
static inline struct arch_vcpu *vgic_current(const struct arch_vm *vm)
{
	struct arch_vcpu *v = this_cpu()->vcpu;

	return v && v->vm == vm && v->vgic.loaded ? v : NULL;
}

/*
 * Pends a private interrupt that is enabled and whose last list register is free again. Returns
 * false when that is not so, and nothing was done. flags: more bits of the list register.
 * Takes no lock: only v's CPU changes what is looked at, but for bits whose change a request
 * follows. Context: v's CPU, v loaded.
 */
bool vgic_refire(struct arch_vcpu *v, u32 intid, u64 flags);

/* The rest of vgic_hw_irq(). */
void vgic_hw_irq_slow(struct arch_vcpu *v, u32 intid);

/* A class of registers, 128 bytes of a frame. */
struct vgic_reg {
	/*
	 * m->value is 0 before a read. pv: whose INTIDs 0..31 are meant, NULL: nobody's. off: in the
	 * frame.
	 */
	void (*fn)(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off);
	u32 sizes; /* legal widths, ORed */
};

void vgic_reg_bits(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off);
void vgic_reg_priority(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off);
void vgic_reg_config(struct arch_vcpu *v, struct arch_vcpu *pv, struct mmio *m, u32 off);

#define VGIC_REG_CLASSES 32 /* 4 KiB */

/* The entries both versions share, offsets 0x80 to 0x7ff and 0xc00 to 0xcff. */
#define VGIC_REGS_COMMON                                                                           \
	[0x01 ... 0x07] = {vgic_reg_bits, 4}, [0x08 ... 0x0f] = {vgic_reg_priority, 1 | 4},        \
		  [0x18 ... 0x19] = {vgic_reg_config, 4}

static inline void vgic_dispatch(const struct vgic_reg *table, struct arch_vcpu *v,
				 struct arch_vcpu *pv, struct mmio *m, u32 off)
{
	const struct vgic_reg *r = &table[off >> 7];

	if ((r->sizes & m->size) && !(off & (m->size - 1u)))
		r->fn(v, pv, m, off);
}

/* Shared parts of GICD_CTLR and of what a change of target means. */
void vgic_set_ctlr(struct arch_vcpu *v, u32 ctlr);

/* GICD_CTLR, TYPER, IIDR. ctlr, typer: the bits that one version reads there beside the shared ones. */
static inline void vgic_control(struct arch_vcpu *v, struct mmio *m, u32 off, u32 ctlr, u32 typer)
{
	const struct vgic *g = &v->vm->vgic;

	if (m->write) {
		if (off == GICD_CTLR)
			vgic_set_ctlr(v, (u32)m->value & CTLR_GROUPS);
		return;
	}
	if (off == GICD_IIDR)
		m->value = VGIC_IIDR;
	else if (off == GICD_CTLR)
		m->value = g->ctlr | ctlr;
	else if (off == GICD_TYPER)
		m->value = g->nr_banks | typer;
}

void vgic_set_target(struct arch_vcpu *v, u32 intid, u32 route, u8 target);

/*
 * Waits until other CPUs that have one of these interrupts in a list register have looked at it.
 * v: vCPU of this CPU.
 */
void vgic_settle(struct arch_vcpu *v, const struct vgic_bank *b, u32 which);

/* State of a bank's interrupts, list registers included; may wait. */
u32 vgic_read_pending(struct arch_vcpu *v, struct arch_vcpu *pv, struct vgic_bank *b, u32 index);
u32 vgic_read_active(struct arch_vcpu *v, struct vgic_bank *b);

void vgic_v2_dist(struct arch_vcpu *v, struct mmio *m);
void vgic_v2_dir(struct arch_vcpu *v, struct mmio *m);
void vgic_v3_dist(struct arch_vcpu *v, struct mmio *m);
void vgic_v3_redist(struct arch_vcpu *v, struct mmio *m);

#endif

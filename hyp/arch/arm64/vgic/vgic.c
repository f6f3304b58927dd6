// SPDX-License-Identifier: Apache-2.0
/*
 * The vGIC's heart: who gets an interrupt, and which interrupts get the list registers.
 *
 * An interrupt is in memory or in one list register. Whatever changes it does so in memory: first
 * it is taken out of its list register (vgic_fold), by the CPU that has it; then it is routed
 * (vgic_route), and the CPU it goes to fills its list registers (vgic_update). A CPU that needs
 * something of another CPU's list registers leaves a note under the lock (hints, look, kill_*)
 * and a request. Nobody waits with the lock held; vgic_settle() waits, without it, where the guest
 * may count on the effect of a write or wants to read the state (read.c).
 *
 * Invariant after vgic_update: when interrupts that pend wait in memory, the list registers hold
 * those before them in priority, one at least pends, and NPIE tells when none does any more. So
 * the maintenance interrupt cannot fire again before the guest has taken something. While NPIE is on
 * nobody needs to be told of what comes after those that pend (in_its_turn() in irq.c).
 *
 * Locks: one VM's vgic.lock; see arch/vgic.h.
 */
#include "arch/cpu.h"
#include "priv.h"

/* Order of those who want a list register: lowest key first. */
#define KEY_ACTIVE BIT(24) /* does not want to be taken, only to be ended */
#define KEY_GROUP_OFF BIT(25) /* cannot be taken now */
#define KEY_PRIO_SHIFT 16
#define KEY_SOFT BIT(15) /* not a physical one: those, such as the timer, come first among equals */
#define KEY_INTID 0x3ffU
#define KEY_ORDER (~0x7fffU) /* what of a key says who comes before whom */

struct wanted {
	u32 n; /* all there are; the best are in key[] */
	u32 key[VGIC_LRS_MAX];
};

/*
 * The target is off. Where the guest left a choice (several bits of ITARGETSR, or the routing mode
 * of IROUTER), one that runs takes its place. Returns the target, old or new.
 */
static u32 retarget_irq(struct arch_vm *vm, struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock)
{
	struct vgic_irq *irq = &b->irq[intid % 32];
	u32 choice = irq->route;

	if (vm->vgic.version == 3)
		choice = irq->route & VGIC_ROUTE_ANY ? ~0U : 0;
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		if ((choice >> i & 1) && vm->vcpu[i]->vgic.on) {
			irq->target = (u8)i;
			vgic_hw_follow(vm, b, intid / 32, 1U << intid % 32);
			break;
		}
	}
	return irq->target;
}

/* t has to look at the interrupt. Returns t if it is another CPU's, and was not asked yet. */
static inline struct arch_vcpu *tell_vcpu(struct arch_vcpu *t, struct arch_vcpu *cur,
					  struct vgic_bank *b, u32 intid)
	__must_hold(&t->vm->vgic.lock)
{
	t->vgic.hints |= 1U << intid / 32;
	t->vgic.anew = true;
	b->look |= b->inlr & 1U << intid % 32;
	if (t != cur && t->vgic.on && arch_vcpu_request(t, VCPU_REQ_VGIC))
		return t;
	return NULL;
}

static __attribute__((noinline)) struct arch_vcpu *route_elsewhere(struct arch_vm *vm,
								   struct arch_vcpu *cur,
								   struct vgic_bank *b, u32 intid)
	__must_hold(&vm->vgic.lock)
{
	return tell_vcpu(vm->vcpu[retarget_irq(vm, b, intid)], cur, b, intid);
}

struct arch_vcpu *vgic_route(struct arch_vm *vm, struct arch_vcpu *cur, struct vgic_bank *b,
			     u32 intid) __must_hold(&vm->vgic.lock)
{
	const struct vgic_irq *irq = &b->irq[intid % 32];
	u32 m = 1U << intid % 32;
	u32 nr = irq->owner;

	if (!((b->inlr | b->active) & m)) {
		if (!(vgic_pending(b) & b->ready & m) || irq->target == VGIC_NO_VCPU)
			return NULL;
		nr = irq->target;
		if (unlikely(!vm->vcpu[nr]->vgic.on))
			return route_elsewhere(vm, cur, b, intid);
	}
	return tell_vcpu(vm->vcpu[nr], cur, b, intid);
}

static void want_irq(struct wanted *w, u32 key)
{
	u32 i = MIN(w->n, (u32)gic_hw.nr_lrs);

	w->n++;
	if (i == gic_hw.nr_lrs && key > w->key[--i])
		return;
	for (; i && w->key[i - 1] > key; i--)
		w->key[i] = w->key[i - 1];
	w->key[i] = key;
}

static void collect_bank(struct arch_vcpu *v, u32 index, u32 vmcr, struct wanted *w)
	__must_hold(&v->vm->vgic.lock)
{
	const struct vgic_bank *b = vgic_bank(v->vm, v, index);
	u32 active = b->active & ~b->inlr;
	u32 pend = vgic_pending(b) & b->ready & ~(active | b->inlr);

	for (u32 bits = active | pend; bits; bits &= bits - 1) {
		u32 n = (u32)__builtin_ctz(bits);
		const struct vgic_irq *irq = &b->irq[n];
		u32 key = (u32)irq->prio << KEY_PRIO_SHIFT | index * 32 | n;

		key |= b->hw >> n & 1 ? 0 : (u32)KEY_SOFT;
		if (active >> n & 1) {
			if (irq->owner == v->id)
				want_irq(w, key | KEY_ACTIVE);
		} else if (irq->target == v->id) {
			bool on = vmcr & VMCR_GRP_EN(b->group >> n & 1);

			want_irq(w, on ? key : key | KEY_GROUP_OFF);
		}
	}
}

static void collect_wanted(struct arch_vcpu *v, u32 vmcr, struct wanted *w)
	__must_hold(&v->vm->vgic.lock)
{
	w->n = 0;
	for (u32 hints = v->vgic.hints; hints; hints &= hints - 1)
		collect_bank(v, (u32)__builtin_ctz(hints), vmcr, w);
}

/* Makes a list register free that is: one that was never used, else one whose interrupt ended. */
static u32 free_lr(struct arch_vcpu *v, u32 elrsr) __must_hold(&v->vm->vgic.lock)
{
	u32 unused = gic_hw.lr_mask & ~v->vgic.used;
	u32 i;

	if (unused)
		return (u32)__builtin_ctz(unused);
	i = (u32)__builtin_ctz(elrsr & gic_hw.lr_mask);
	vgic_fold_ended(v, i);
	return i;
}

/* What must call us while not all have a list register. vmcr: which groups are on. */
static u32 lrs_watched(const struct arch_vcpu *v, u32 vmcr, bool pending)
{
	u32 hcr = VHCR_EN;

	for (u32 g = 0; g < 2; g++)
		hcr |= vmcr & VMCR_GRP_EN(g) ? VHCR_GRP_DIE(g) : VHCR_GRP_EIE(g);
	if (pending)
		hcr |= VHCR_NPIE;
	if (v->vgic.spilled)
		hcr |= VHCR_LRENPIE | (gic_hw.v3 ? VHCR_TDIR : 0);
	return hcr;
}

/* Is one of v's active interrupts in no list register? */
static bool any_spilled(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	for (u32 hints = v->vgic.hints; hints; hints &= hints - 1) {
		const struct vgic_bank *b = vgic_bank(v->vm, v, (u32)__builtin_ctz(hints));

		for (u32 a = b->active & ~b->inlr; a; a &= a - 1)
			if (b->irq[__builtin_ctz(a)].owner == v->id)
				return true;
	}
	return false;
}

static void set_hcr(struct arch_vcpu *v, u32 hcr)
{
	if (hcr == v->vgic.hcr)
		return;
	v->vgic.hcr = hcr;
	ich_hcr_write(hcr);
}

/* Notes what comes after all that pend in v's list registers. Returns how many these are. */
static u32 set_floor(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 n = 0, groups = 0, last = 0;

	for (u32 used = c->used & ~ich_elrsr(); used; used &= used - 1) {
		u32 i = (u32)__builtin_ctz(used), key;
		u64 lr = vgic_lr_read(i);

		if ((lr & (LR_PENDING | LR_ACTIVE)) != LR_PENDING)
			continue;
		n++;
		groups |= 1U << (lr >> LR_GROUP1_SHIFT & 1);
		key = (u32)(lr >> LR_PRIO_SHIFT & 0xff) << KEY_PRIO_SHIFT;
		key |= lr & LR_HW ? 0 : (u32)KEY_SOFT;
		if (key < last)
			continue;
		last = key;
		c->floor_lr = (u8)i;
	}
	c->floor_key = last;
	c->floor = (u8)(last >> KEY_PRIO_SHIFT);
	c->floor_group = (u8)(groups == 3 ? VGIC_NO_GROUP : groups >> 1);
	return n;
}

/*
 * All that want a list register have one. If several pend there, the guest has not taken what came
 * before: it is told of more only when it has taken all of these (in_its_turn()), which NPIE says.
 * Otherwise a VM that posts many interrupts would cost this CPU as many exits.
 */
static void lrs_settled(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;

	c->hints = 0;
	c->spilled = false;
	c->crowded = set_floor(v) > 1;
	set_hcr(v, c->crowded ? VHCR_EN | VHCR_NPIE : VHCR_EN);
}

/* The usual case: one interrupt, and room for it. */
static bool place_one(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 index = (u32)__builtin_ctz(c->hints);
	const struct vgic_bank *b = vgic_bank(v->vm, v, index);
	u32 active = b->active & ~b->inlr;
	u32 bits = (active | (vgic_pending(b) & b->ready)) & ~b->inlr;
	const struct vgic_irq *irq = &b->irq[__builtin_ctz(bits | 1U << 31)];
	u32 elrsr = ich_elrsr();

	if (c->crowded || (c->hints & (c->hints - 1)) || (bits & (bits - 1)) ||
	    !((elrsr | ~c->used) & gic_hw.lr_mask))
		return false;
	c->hints = 0;
	if (bits && (active ? irq->owner : irq->target) == v->id) {
		vgic_fill(v, free_lr(v, elrsr), index * 32 + (u32)__builtin_ctz(bits));
		if (c->used & (c->used - 1))
			lrs_settled(v);
	}
	return true;
}

/*
 * Can those that wait be put in order with the ones that pend in list registers, and leave most of
 * these there? pending: as set_floor() says.
 */
static bool lrs_comparable(struct arch_vcpu *v, const struct wanted *w, u32 room, u32 pending)
{
	u32 first = w->key[0];

	if (first & (KEY_ACTIVE | KEY_GROUP_OFF))
		return false;
	return room || (pending && vgic_group(v, first & KEY_INTID) == v->vgic.floor_group);
}

/*
 * The one that waits takes the place of the last of those that pend, if it comes before that.
 * pending: what set_floor() says of the list registers as they are.
 */
static bool displace_lr(struct arch_vcpu *v, u32 key, u32 pending) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 i = c->floor_lr;

	if (!pending || (key & KEY_ORDER) >= c->floor_key ||
	    vgic_group(v, key & KEY_INTID) != c->floor_group)
		return false;
	vgic_fold(v, i);
	vgic_fill(v, i, key & KEY_INTID);
	return true;
}

/*
 * The keys from n on found no list register: each takes that of an interrupt that comes after it,
 * if there is one.
 */
static void crowd_lrs(struct arch_vcpu *v, const struct wanted *w, u32 n, u32 vmcr, u32 pending)
	__must_hold(&v->vm->vgic.lock)
{
	u32 kept = MIN(w->n, (u32)gic_hw.nr_lrs);

	if (n)
		pending = set_floor(v);
	for (; n < kept && displace_lr(v, w->key[n], pending); n++)
		pending = set_floor(v);
	v->vgic.crowded = true;
	v->vgic.spilled = any_spilled(v);
	set_hcr(v, lrs_watched(v, vmcr, pending));
}

static __attribute__((noinline)) void fill_lrs(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	u32 vmcr = ich_vmcr();
	u32 elrsr = ich_elrsr();
	u32 room = popcount32((elrsr | ~v->vgic.used) & gic_hw.lr_mask);
	struct wanted w;
	u32 n, pending = 0;

	v->vgic.anew = false;
	collect_wanted(v, vmcr, &w);
	if (w.n > room && !room)
		pending = set_floor(v);
	if (w.n > room && !lrs_comparable(v, &w, room, pending)) {
		vgic_fold_all(v);
		collect_wanted(v, vmcr, &w);
		room = gic_hw.nr_lrs;
	}
	n = MIN(w.n, room);
	for (u32 i = 0; i < n; i++) {
		u32 lr = free_lr(v, elrsr);

		elrsr &= ~(1U << lr);
		vgic_fill(v, lr, w.key[i] & KEY_INTID);
	}
	if (w.n > n)
		crowd_lrs(v, &w, n, vmcr, pending);
	else
		lrs_settled(v);
}

void vgic_end(struct arch_vcpu *v, struct vgic_bank *b, u32 intid) __must_hold(&v->vm->vgic.lock)
{
	u32 m = 1U << intid % 32;

	b->active &= ~m;
	b->soft &= ~m;
	vgic_hw_release(b, intid / 32, m);
	vgic_route(v->vm, v, b, intid);
}

/*
 * EOIs of active interrupts that had no list register. The guest ends the one it took last first,
 * and that is the one of the highest priority (IHI 0069 4.8.3, Active Priorities).
 */
void vgic_ended_outside(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	u32 hcr = ich_hcr();
	u32 count = hcr >> VHCR_EOICOUNT_SHIFT;

	if (!count)
		return;
	ich_hcr_write(v->vgic.hcr);
	if (ich_vmcr() & VMCR_EOIM)
		return; /* these dropped a priority; GICC_DIR and ICC_DIR_EL1 trap */
	v->vgic.refold = true;
	while (count--) {
		u32 best = ~0U;

		for (u32 index = 0; index <= v->vm->vgic.nr_banks; index++) {
			const struct vgic_bank *b = vgic_bank(v->vm, v, index);

			for (u32 a = b->active & ~(b->inlr | b->soft); a; a &= a - 1) {
				u32 n = (u32)__builtin_ctz(a);
				u32 key = (u32)b->irq[n].prio << KEY_PRIO_SHIFT | index * 32 | n;

				if (b->irq[n].owner == v->id)
					best = MIN(best, key);
			}
		}
		if (best == ~0U)
			return;
		best &= KEY_INTID;
		vgic_end(v, vgic_bank(v->vm, v, best / 32), best);
	}
}

static void publish_lrs(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	for (u32 used = v->vgic.used; used; used &= used - 1) {
		u32 i = (u32)__builtin_ctz(used);

		v->vgic.lr[i] = vgic_lr_read(i);
	}
	v->vgic.publish = false;
	WRITE_ONCE(v->vgic.seq, v->vgic.seq + 1);
}

/*
 * An edge pended again while it is in a list register of v that has not ended, and nothing else of it
 * has changed: it stays there. Returns false when it is not that, and nothing was done.
 */
static bool keep_in_lr(struct arch_vcpu *v, struct vgic_bank *b, u32 intid)
	__must_hold(&v->vm->vgic.lock)
{
	struct vgic_irq *irq = &b->irq[intid % 32];
	u32 m = 1U << intid % 32;
	u64 lr = vgic_lr_read(irq->lr - 1U), again;

	if ((v->vgic.crowded && !(lr & LR_PENDING)) || irq->target != v->id ||
	    !(b->latch & b->edge & b->ready & m) ||
	    (m & (b->hw | b->active | b->kill_latch | b->kill_active)) ||
	    !(lr & (LR_PENDING | LR_ACTIVE)) || ((lr ^ vgic_lr_name(b, intid)) & LR_NAME))
		return false;
	b->look &= ~m;
	again = vgic_lr_again(v, b, intid, lr);
	vgic_lr_write(irq->lr - 1U, lr | again);
	if (unlikely(READ_ONCE(watch_mode)) && (again & LR_PENDING))
		watch_virq(v, ~0U, intid);
	return true;
}

/*
 * Looks at those in list registers that somebody noted. One that has ended there and pends again
 * goes on in the same list register.
 */
static void renew_lrs(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	u32 ended = v->vgic.crowded ? 0 : ich_elrsr();

	for (u32 hints = v->vgic.hints; hints; hints &= hints - 1) {
		u32 index = (u32)__builtin_ctz(hints);
		struct vgic_bank *b = vgic_bank(v->vm, v, index);
		u32 again = vgic_pending(b) & b->ready & ~b->active;

		for (u32 look = b->look; look; look &= look - 1) {
			u32 n = (u32)__builtin_ctz(look);
			const struct vgic_irq *irq = &b->irq[n];

			if (irq->owner != v->id)
				continue;
			if ((again >> n & 1) && irq->target == v->id &&
			    (ended >> (irq->lr - 1) & 1)) {
				vgic_forget(b, 1U << n);
				vgic_fill(v, irq->lr - 1U, index * 32 + n);
			} else if (!keep_in_lr(v, b, index * 32 + n)) {
				vgic_fold(v, irq->lr - 1U);
			}
		}
	}
}

void vgic_update(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c;

	if (!v)
		return;
	c = &v->vgic;
	if (unlikely(c->spilled))
		vgic_ended_outside(v);
	if (c->refold) {
		c->refold = false;
		vgic_fold_all(v);
	}
	if (c->hints) {
		/* ELRSR follows the list registers' writes of this exit only behind an ISB. */
		isb();
		renew_lrs(v);
		/* Where others wait, what came in its turn changes nothing. */
		if ((c->anew || !c->crowded) && !place_one(v))
			fill_lrs(v);
	}
	if (unlikely(c->refollow))
		vgic_ppis_refollow(v);
	if (unlikely(c->publish))
		publish_lrs(v);
}

void vgic_update_crowd(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	v->vgic.anew = true;
	vgic_update(v);
	if (v->vgic.crowded && !v->vgic.hints)
		lrs_settled(v);
}

void vgic_pull(struct arch_vcpu *v, struct vgic_bank *b, u32 index, u32 mask)
	__must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;

	if (!(b->inlr & mask))
		return;
	for (u32 used = c->used; used; used &= used - 1) {
		u32 i = (u32)__builtin_ctz(used);
		u32 intid = c->lr_intid[i];

		if (intid / 32 == index && (mask >> intid % 32 & 1) &&
		    vgic_bank(v->vm, v, index) == b)
			vgic_fold(v, i);
	}
}

void vgic_push(struct arch_vcpu *v, struct vgic_bank *b, u32 index, u32 mask)
	__must_hold(&v->vm->vgic.lock)
{
	for (; mask; mask &= mask - 1)
		vgic_route(v->vm, v, b, index * 32 + (u32)__builtin_ctz(mask));
	vgic_update(v);
}

void vgic_deactivate(struct arch_vcpu *v, u32 intid)
{
	struct vgic_bank *b = vgic_bank_checked(v->vm, v, intid / 32);

	if (!b || intid >= GIC_SPURIOUS)
		return;
	spin_lock(&v->vm->vgic.lock);
	vgic_pull(v, b, intid / 32, 1U << intid % 32);
	if (b->active >> intid % 32 & 1)
		vgic_end(v, b, intid);
	else
		vgic_route(v->vm, v, b, intid);
	vgic_update(v);
	spin_unlock(&v->vm->vgic.lock);
}

// SPDX-License-Identifier: Apache-2.0
/* Life of a vGIC: made, reset, loaded into a CPU's virtual interface; and its physical interrupts. */
#include "arch/cpu.h"
#include "arch/mmio.h"
#include "lib/string.h"
#include "priv.h"

static struct arch_vm *hw_owner[VGIC_SPIS_MAX]; /* of each physical SPI; written at boot */

u64 vgic_vm_bytes(u32 nr_spis)
{
	return (u64)(nr_spis + 31) / 32 * sizeof(struct vgic_bank);
}

int vgic_vm_init(struct arch_vm *vm, const struct vgic_params *p)
{
	int ret;

	if (p->nr_spis > VGIC_SPIS_MAX || (p->version != 2 && p->version != 3))
		return -1;
	if (p->version == 2 && vm->nr_vcpus > VGIC_V2_VCPUS_MAX)
		return -1;
	spin_init(&vm->vgic.lock, LOCK_VGIC);
	vm->vgic.version = p->version;
	vm->vgic.nr_banks = (p->nr_spis + 31) / 32;
	vm->vgic.spi = p->memory;
	vgic_vm_reset(vm);
	if (p->version == 2) {
		ret = arch_vm_mmio_add(vm, p->gicd_base, KIB(4), vgic_v2_dist, NULL,
				       NK_VDEV_GICD_V2);
		return ret ? ret
			   : arch_vm_mmio_add(vm, p->gicc_base + KIB(4), KIB(4), vgic_v2_dir, NULL,
					      NK_VDEV_OTHER);
	}
	ret = arch_vm_mmio_add(vm, p->gicd_base, KIB(64), vgic_v3_dist, NULL, NK_VDEV_GICD_V3);
	if (ret)
		return ret;
	return arch_vm_mmio_add(vm, p->gicr_base, vm->nr_vcpus * KIB(128), vgic_v3_redist, NULL,
				NK_VDEV_GICR);
}

static void bank_reset(struct vgic_bank *b, u8 vcpu, u32 enabled, u32 edge)
{
	u32 hw = b->hw, hw_edge = b->hw_edge;

	memset(b, 0, sizeof(*b));
	b->hw = hw;
	b->hw_edge = hw_edge;
	b->enabled = enabled;
	b->edge = edge | hw_edge;
	for (u32 i = 0; i < 32; i++) {
		b->irq[i].owner = vcpu;
		b->irq[i].target = vcpu;
	}
}

void vgic_vm_reset(struct arch_vm *vm)
{
	struct vgic *g = &vm->vgic;
	/* GICv2 with several CPUs: no target. GICv3: affinity 0. */
	u8 target = g->version == 2 && vm->nr_vcpus > 1 ? VGIC_NO_VCPU : 0;

	g->on = false;
	g->ctlr = 0;
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		struct vgic_cpu *c = &vm->vcpu[i]->vgic;

		bank_reset(&c->priv, (u8)i, g->version == 2 ? 0xffff : 0, 0xffff);
		memset(c->sgi_source, 0, sizeof(c->sgi_source));
		memset(c->sgi_active, 0, sizeof(c->sgi_active));
		c->asleep = true;
		c->crowded = false;
		c->spilled = false;
		c->used = 0;
		c->hints = 0;
		vgic_vcpu_reset(vm->vcpu[i]);
	}
	for (u32 i = 0; i < g->nr_banks; i++) {
		bank_reset(&g->spi[i], 0, 0, 0);
		for (u32 n = 0; n < 32; n++)
			g->spi[i].irq[n].target = target;
	}
}

void vgic_vcpu_reset(struct arch_vcpu *v)
{
	v->vgic.vmcr = 0;
	memset(v->vgic.apr, 0, sizeof(v->vgic.apr));
}

int vgic_assign_hw(struct arch_vm *vm, u32 intid, enum cfg_trigger trigger)
{
	struct vgic_bank *b;
	u32 m = 1U << intid % 32;

	if (intid < 32 || intid / 32 > vm->vgic.nr_banks)
		return -1;
	b = &vm->vgic.spi[intid / 32 - 1];
	b->hw |= m;
	if (trigger == CFG_TRIGGER_EDGE)
		b->hw_edge |= m;
	b->edge = (b->edge & ~m) | (b->hw_edge & m);
	gic_irq_set_trigger(intid, trigger);
	hw_owner[intid - 32] = vm;
	return 0;
}

struct arch_vm *vgic_hw_owner(u32 intid)
{
	return intid - 32 < VGIC_SPIS_MAX ? hw_owner[intid - 32] : NULL;
}

int vgic_assign_hw_ppi(struct arch_vm *vm, u32 intid)
{
	if (intid < 16 || intid > 31)
		return -1;
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		vm->vcpu[i]->vgic.priv.hw |= 1U << intid;
	return 0;
}

void vgic_hw_follow(struct arch_vm *vm, struct vgic_bank *b, u32 index, u32 mask)
	__must_hold(&vm->vgic.lock)
{
	for (u32 hw = mask & b->hw; hw; hw &= hw - 1) {
		u32 n = (u32)__builtin_ctz(hw);
		u8 target = b->irq[n].target;

		if (!(b->enabled >> n & 1) || target == VGIC_NO_VCPU) {
			gic_irq_disable(index * 32 + n);
			continue;
		}
		gic_irq_set_cpu(index * 32 + n, vm->vcpu[target]->cpu);
		gic_irq_enable(index * 32 + n);
	}
}

static u32 ppis_wanted(const struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	return v->vgic.priv.hw & v->vgic.priv.enabled;
}

/* The physical PPIs of this CPU follow those of v, which is loaded here. */
static __attribute__((noinline)) void ppis_follow(struct arch_vcpu *v, bool loaded)
	__must_hold(&v->vm->vgic.lock)
{
	u32 on = loaded ? ppis_wanted(v) : 0;

	for (u32 change = on ^ this_cpu()->ppis; change; change &= change - 1) {
		u32 n = (u32)__builtin_ctz(change);

		if (on >> n & 1)
			gic_irq_enable(n);
		else
			gic_irq_disable(n);
	}
	this_cpu()->ppis = on;
}

void vgic_hw_follow_ppi(struct arch_vcpu *v, struct arch_vcpu *pv) __must_hold(&v->vm->vgic.lock)
{
	if (v == pv) {
		ppis_follow(v, true);
		return;
	}
	if (!pv->vgic.loaded)
		return; /* vgic_vcpu_load looks */
	pv->vgic.refollow = true;
	arch_vcpu_request(pv, VCPU_REQ_VGIC);
}

void vgic_ppis_refollow(struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	v->vgic.refollow = false;
	ppis_follow(v, true);
}

/* The physical side of what v has taken of its PPIs: active on the CPU where v is, only there. */
static __attribute__((noinline)) void ppis_set_active(u32 hw, bool active)
{
	for (; hw; hw &= hw - 1)
		gic_irq_set_active((u32)__builtin_ctz(hw), active);
}

static u32 ppis_taken(const struct arch_vcpu *v) __must_hold(&v->vm->vgic.lock)
{
	const struct vgic_bank *b = &v->vgic.priv;

	return b->hw & (b->active | b->latch);
}

/* The hardware's list registers, which are empty, are v's from now on. */
static inline __attribute__((always_inline)) void lrs_begin(struct arch_vcpu *v)
	__must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 taken = ppis_taken(v);

	c->loaded = true;
	c->used = 0;
	c->hcr = VHCR_EN;
	ich_hcr_write(c->hcr);
	if (unlikely(taken))
		ppis_set_active(taken, true);
	if (ppis_wanted(v) != this_cpu()->ppis)
		ppis_follow(v, true);
}

/* Physical SPIs go to the CPUs of those that take them. */
static void spis_follow(struct arch_vm *vm) __must_hold(&vm->vgic.lock)
{
	for (u32 i = 0; i < vm->vgic.nr_banks; i++)
		vgic_hw_follow(vm, &vm->vgic.spi[i], i + 1, ~0U);
}

void vgic_vcpu_load(struct arch_vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;
	struct arch_vm *vm = v->vm;

	for (u32 i = 0; i < gic_hw.nr_lrs; i++)
		vgic_lr_write(i, 0);
	ich_vmcr_write(c->vmcr);
	ich_apr_load(c->apr);
	spin_lock(&vm->vgic.lock);
	vm->vgic.on = true;
	c->on = true;
	lrs_begin(v);
	spis_follow(vm); /* one that came while nobody was here to take it was disabled */
	c->hints = (u32)(BIT(vm->vgic.nr_banks + 1) - 1);
	c->anew = true;
	vgic_update(v);
	spin_unlock(&vm->vgic.lock);
	isb();
}

/* All list registers go to memory. */
static inline __attribute__((always_inline)) void lrs_end(struct arch_vcpu *v)
	__must_hold(&v->vm->vgic.lock)
{
	struct vgic_cpu *c = &v->vgic;
	u32 taken;

	if (unlikely(c->spilled))
		vgic_ended_outside(v);
	if (c->used)
		vgic_fold_all(v);
	c->refold = false;
	c->crowded = false;
	c->spilled = false;
	c->publish = false;
	WRITE_ONCE(c->seq, c->seq + 1);
	c->loaded = false;
	taken = ppis_taken(v);
	if (unlikely(taken))
		ppis_set_active(taken, false);
}

static inline __attribute__((always_inline)) void interface_save(struct vgic_cpu *c)
{
	c->vmcr = ich_vmcr();
	ich_apr_save(c->apr);
	ich_hcr_write(0);
	isb();
}

void vgic_vcpu_unload(struct arch_vcpu *v)
{
	spin_lock(&v->vm->vgic.lock);
	v->vgic.on = false;
	lrs_end(v);
	ppis_follow(v, false);
	spin_unlock(&v->vm->vgic.lock);
	interface_save(&v->vgic);
}

void vgic_vcpu_suspend(struct arch_vcpu *v)
{
	spin_lock(&v->vm->vgic.lock);
	lrs_end(v);
	spin_unlock(&v->vm->vgic.lock);
	interface_save(&v->vgic);
}

/* Hints say what came to memory since the list registers went there. */
void vgic_vcpu_resume(struct arch_vcpu *v)
{
	struct vgic_cpu *c = &v->vgic;

	ich_vmcr_write(c->vmcr);
	ich_apr_load(c->apr);
	spin_lock(&v->vm->vgic.lock);
	lrs_begin(v);
	if (v->moved) {
		v->moved = false;
		spis_follow(v->vm);
	}
	c->anew = true;
	if (c->hints | c->refold | c->refollow | c->publish)
		vgic_update(v);
	spin_unlock(&v->vm->vgic.lock);
}

bool vgic_ppi_fires(const struct arch_vcpu *v, u32 intid)
{
	const struct vgic_bank *b = &v->vgic.priv;
	u32 m = 1U << intid;

	if (!(READ_ONCE(b->enabled) & m) || ((b->latch | b->active) & m))
		return false;
	return !(b->inlr & m) || !(vgic_lr_read(b->irq[intid].lr - 1U) & (LR_PENDING | LR_ACTIVE));
}

void vgic_vm_stop(struct arch_vm *vm)
{
	spin_lock(&vm->vgic.lock);
	for (u32 i = 0; i < vm->vgic.nr_banks; i++) {
		const struct vgic_bank *b = &vm->vgic.spi[i];

		for (u32 hw = b->hw; hw; hw &= hw - 1) {
			u32 n = (u32)__builtin_ctz(hw);
			u32 intid = (i + 1) * 32 + n;

			gic_irq_disable(intid);
			gic_irq_set_pending(intid, false);
			gic_irq_set_active(intid, false);
			gic_irq_set_trigger(intid, b->hw_edge >> n & 1 ? CFG_TRIGGER_EDGE
								       : CFG_TRIGGER_LEVEL);
		}
	}
	vgic_vm_reset(vm);
	spin_unlock(&vm->vgic.lock);
}

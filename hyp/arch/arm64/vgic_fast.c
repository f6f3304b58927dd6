/* SPDX-License-Identifier: Apache-2.0 */
/* The vGIC's shortest path: an interrupt that fires once more, such as the timer's. */
#include "vgic_priv.h"

static inline bool refire(struct arch_vcpu *v, u32 intid, u64 flags)
{
	struct vgic_cpu *c = &v->vgic;
	const struct vgic_bank *b = &c->priv;
	const struct vgic_irq *irq = &b->irq[intid];
	u32 lr = irq->lr;

	if (!lr || c->crowded || !(READ_ONCE(b->ready) >> intid & 1) ||
	    !(ich_elrsr() >> (lr - 1) & 1))
		return false;
	ich_lr_write(lr - 1, flags | LR_PENDING | intid | (u64)irq->prio << LR_PRIO_SHIFT |
				     (u64)(b->group >> intid & 1) << LR_GROUP1_SHIFT);
	return true;
}

bool vgic_refire(struct arch_vcpu *v, u32 intid, u64 flags)
{
	return refire(v, intid, flags);
}

void vgic_hw_irq(struct arch_vcpu *v, u32 intid)
{
	if (likely(intid < 32 && refire(v, intid, LR_HW | (u64)intid << LR_PHYS_SHIFT)))
		return;
	vgic_hw_irq_slow(v, intid);
}

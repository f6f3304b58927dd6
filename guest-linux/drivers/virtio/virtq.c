// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio: the data plane, on the walker of rings. */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "virtio.h"

static bool accepted(const struct vv_device *vd, u32 feature)
{
	return vd->told.features & BIT_ULL(feature);
}

static struct vwalk_setup setup_of(const struct vv_queue *q)
{
	const struct vv_device *vd = q->vd;

	return (struct vwalk_setup){
		.size = q->setup.size,
		.packed = accepted(vd, VIRTIO_F_RING_PACKED),
		.indirect = accepted(vd, VIRTIO_RING_F_INDIRECT_DESC),
		.event_idx = accepted(vd, VIRTIO_RING_F_EVENT_IDX),
		.desc = q->setup.desc,
		.driver = q->setup.driver,
		.device = q->setup.device,
	};
}

/* Once for each time that the queue is set up. Context: any, no lock held. */
static void tell_broken(struct vv_queue *q, const char *why)
{
	struct vv_device *vd = q->vd;

	pr_warn_ratelimited("vlx-virtio: %s of vm%u: queue %u is broken: %s\n", vd->info.name,
			    vd->info.vm, q->vq.num, why);
	vv_needs_reset(vd);
}

int vlx_vq_init_access(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);
	const struct vwalk_memory memory = {q->vd->pieces, q->vd->nr_pieces};
	struct vwalk_setup setup = setup_of(q);
	int err;

	vlx_vq_stop_access(vq);
	if (!setup.size || setup.size > vq->max_qsize)
		return -EINVAL;
	q->slots = kvcalloc(setup.size, sizeof(*q->slots), GFP_KERNEL);
	if (!q->slots)
		return -ENOMEM;
	spin_lock_irq(&q->lock);
	err = vwalk_init(&q->walk, &memory, &setup, q->slots);
	q->open = !err;
	q->told = false;
	spin_unlock_irq(&q->lock);
	if (err)
		tell_broken(q, q->walk.broken);
	return err;
}
EXPORT_SYMBOL_GPL(vlx_vq_init_access);

void vlx_vq_stop_access(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);

	spin_lock_irq(&q->lock);
	q->open = false;
	q->walk.broken = NULL;
	spin_unlock_irq(&q->lock);
	kvfree(q->slots);
	q->slots = NULL;
}
EXPORT_SYMBOL_GPL(vlx_vq_stop_access);

bool vlx_vq_ring_ready(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);

	return READ_ONCE(q->open) && vv_is_live(q) && !READ_ONCE(q->walk.broken);
}
EXPORT_SYMBOL_GPL(vlx_vq_ring_ready);

bool vlx_vq_has_descs(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long flags;
	bool has;

	spin_lock_irqsave(&q->lock, flags);
	has = q->open && vv_is_live(q) && vwalk_has(&q->walk);
	spin_unlock_irqrestore(&q->lock, flags);
	return has;
}
EXPORT_SYMBOL_GPL(vlx_vq_has_descs);

/* With the lock held. */
static void count(struct vv_queue *q, const struct kvec *iov, int n, const uint16_t *flags)
{
	q->chains++;
	for (; flags && n > 0; n--, iov++, flags++) {
		if (!(*flags & VRING_DESC_F_WRITE))
			q->bytes_read += iov->iov_len;
	}
}

int vlx_vq_getchain(struct vlx_virtq *vq, uint16_t *pidx, struct kvec *iov, int n_iov,
		    uint16_t *flags)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long irq;
	bool tell = false;
	int got = -ENXIO;

	spin_lock_irqsave(&q->lock, irq);
	if (q->open && vv_is_live(q))
		got = vwalk_get(&q->walk, pidx, iov, max(n_iov, 0), flags);
	if (got > 0) {
		count(q, iov, got, flags);
	} else if (got == -EPROTO) {
		tell = !q->told;
		q->told = true;
	}
	spin_unlock_irqrestore(&q->lock, irq);
	if (tell)
		tell_broken(q, q->walk.broken);
	return got;
}
EXPORT_SYMBOL_GPL(vlx_vq_getchain);

void vlx_vq_rechain(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (q->open)
		vwalk_unget(&q->walk);
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vlx_vq_rechain);

void vlx_vq_retain(struct vlx_virtq *vq)
{
	vlx_vq_rechain(vq);
}
EXPORT_SYMBOL_GPL(vlx_vq_retain);

void vlx_vq_relchains(struct vlx_virtq *vq, unsigned int n, const uint16_t *idx,
		      const uint32_t *iolen)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (q->open) {
		vwalk_put_all(&q->walk, n, idx, iolen);
		while (n--)
			q->bytes_written += *iolen++;
	}
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vlx_vq_relchains);

void vlx_vq_relchain(struct vlx_virtq *vq, uint16_t idx, uint32_t iolen)
{
	vlx_vq_relchains(vq, 1, &idx, &iolen);
}
EXPORT_SYMBOL_GPL(vlx_vq_relchain);

void vlx_vq_endchains(struct vlx_virtq *vq, int used_all_avail)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long flags;
	bool wants;

	spin_lock_irqsave(&q->lock, flags);
	wants = q->open && vwalk_show(&q->walk);
	q->interrupts += wants;
	spin_unlock_irqrestore(&q->lock, flags);
	if (wants)
		nk_virtio_interrupt(q->vd->nr, NK_VIRTIO_INT_USED);
}
EXPORT_SYMBOL_GPL(vlx_vq_endchains);

void vlx_vq_disable_notification(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (q->open)
		vwalk_hush(&q->walk);
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vlx_vq_disable_notification);

bool vlx_vq_enable_notification(struct vlx_virtq *vq)
{
	struct vv_queue *q = vv_queue_of(vq);
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&q->lock, flags);
	more = q->open && vv_is_live(q) && vwalk_ask(&q->walk);
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}
EXPORT_SYMBOL_GPL(vlx_vq_enable_notification);

void vlx_vq_clear_used_ring_flags(struct vlx_virtq *vq)
{
	vlx_vq_enable_notification(vq);
}
EXPORT_SYMBOL_GPL(vlx_vq_clear_used_ring_flags);

void vlx_vq_set_used_ring_flags(struct vlx_virtq *vq)
{
	vlx_vq_disable_notification(vq);
}
EXPORT_SYMBOL_GPL(vlx_vq_set_used_ring_flags);

// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio: the device's interrupt, and where a queue's kicks are handled. */
#include <linux/kernel.h>
#include "virtio.h"

static void kick(struct vv_queue *q)
{
	if (vv_is_live(q) && q->vq.kick)
		q->vq.kick(&q->vq);
}

static void kick_work(struct work_struct *work)
{
	kick(container_of(work, struct vv_queue, work));
}

void vv_kick(struct vv_queue *q)
{
	unsigned long flags;

	if (q->vq.kick_policy != DIRECT_CALL) {
		queue_work(q->wq ?: q->vd->wq, &q->work);
		return;
	}
	spin_lock_irqsave(&q->gate, flags);
	kick(q);
	spin_unlock_irqrestore(&q->gate, flags);
}

static void look_at_queue(struct vv_queue *q, const nku32_f *kicks)
{
	u32 now = smp_load_acquire(kicks); /* before what is in the rings */

	if (now == q->seen)
		return;
	q->kicks += now - q->seen;
	q->seen = now;
	vv_kick(q);
}

/* It is all in the page: what it is that has changed the interrupt does not say. */
static void on_xirq(void *cookie, NkXIrq xirq)
{
	struct vv_device *vd = cookie;
	u32 n;

	if (READ_ONCE(vd->page->asked) != READ_ONCE(vd->done))
		queue_work(vd->wq, &vd->state_work);
	for (n = 0; n < vd->nr_queues; n++)
		look_at_queue(&vd->queues[n], &vd->page->kicks[n]);
}

void vv_queues_end(struct vv_device *vd)
{
	u32 n;

	for (n = 0; n < vd->nr_queues; n++) {
		if (vd->queues[n].wq)
			destroy_workqueue(vd->queues[n].wq);
		vd->queues[n].wq = NULL;
	}
}

static int begin_queue(struct vv_queue *q)
{
	INIT_WORK(&q->work, kick_work);
	q->seen = READ_ONCE(q->vd->page->kicks[q->vq.num]);
	if (q->vq.kick_policy != VQ_WORKER)
		return 0;
	q->wq = alloc_ordered_workqueue("virtio-%u-%u", WQ_MEM_RECLAIM, q->vd->nr, q->vq.num);
	return q->wq ? 0 : -ENOMEM;
}

int vv_kicks_begin(struct vv_device *vd)
{
	char name[NK_VIRTIO_NAME + 8];
	int err = 0;
	u32 n;

	for (n = 0; !err && n < vd->nr_queues; n++)
		err = begin_queue(&vd->queues[n]);
	if (err)
		goto out;
	snprintf(name, sizeof(name), "virtio-%s", vd->info.name);
	vd->xirq = nkops.nk_xirq_attach_named(vd->info.xirq, on_xirq, vd, name);
	if (!vd->xirq)
		err = -ENODEV;
	else
		queue_work(vd->wq, &vd->state_work);
out:
	if (err)
		vv_queues_end(vd);
	return err;
}

/* Nothing is queued any more, and nothing runs, but a back-end's own. */
void vv_kicks_end(struct vv_device *vd)
{
	nkops.nk_xirq_detach(vd->xirq);
	cancel_work_sync(&vd->config_work);
	cancel_work_sync(&vd->state_work);
	drain_workqueue(vd->wq);
}

void vv_queue_on(struct vv_queue *q)
{
	WRITE_ONCE(q->ready, true);
	vv_kick(q);
}

/* Of a queue on the device's work queue, whose work this runs as, the other only waits. */
void vv_queue_off(struct vv_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->gate, flags);
	WRITE_ONCE(q->ready, false);
	spin_unlock_irqrestore(&q->gate, flags);
	cancel_work_sync(&q->work);
}

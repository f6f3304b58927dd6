// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio: what nk says of a device, compared with what the back-end has been told. nk shows a reset alone; until it
 * is done nothing that came behind is shown.
 */
#include <linux/kernel.h>
#include "virtio.h"

#define LOOKS 16 /* before others on the work queue have a turn */

static const struct vlx_virtio_dev_cb *ops_of(const struct vv_device *vd)
{
	return vd->dev.ops;
}

/* As it is loaded by a driver, in pieces of 4 bytes, and what is left in smaller ones. */
static u32 load(struct vv_device *vd, u32 offset, u8 *to)
{
	u32 left = vd->dev.config_space_size - offset;
	u32 count = left >= 4 ? 4 : left >= 2 ? 2 : 1;
	u64 data = ops_of(vd)->load_config(&vd->dev, offset, count);

	memcpy(to + offset, &data, count);
	return count;
}

void vv_push_config(struct vv_device *vd)
{
	u8 bytes[NK_VIRTIO_CONFIG];
	u32 offset, size = vd->dev.config_space_size;

	if (!size)
		return;
	for (offset = 0; offset < size; offset += load(vd, offset, bytes))
		;
	atomic_inc(&vd->dev.config_gen_counter);
	nk_virtio_config(vd->nr, 0, bytes, size);
}

void vv_config_work(struct work_struct *work)
{
	struct vv_device *vd = container_of(work, struct vv_device, config_work);

	vv_push_config(vd);
	vd->interrupts++;
	nk_virtio_interrupt(vd->nr, NK_VIRTIO_INT_CONFIG);
}

static void idle(struct vv_device *vd, struct vv_queue *q)
{
	u32 bit = 1u << q->vq.num;

	if (!(vd->told.ready & bit))
		return;
	vd->told.ready &= ~bit;
	if (!q->ready)
		return; /* the back-end did not want it */
	vv_queue_off(q);
	if (ops_of(vd)->queue_idle)
		ops_of(vd)->queue_idle(&vd->dev, &q->vq);
	vlx_vq_stop_access(&q->vq);
}

static int set_up(struct vv_device *vd, struct vv_queue *q)
{
	int err = nk_virtio_queue(vd->nr, q->vq.num, &q->setup);

	if (err)
		return err;
	q->vq.qsize = q->setup.size;
	return ops_of(vd)->queue_ready ? ops_of(vd)->queue_ready(&vd->dev, &q->vq)
				       : vlx_vq_init_access(&q->vq);
}

static void ready(struct vv_device *vd, struct vv_queue *q)
{
	u32 bit = 1u << q->vq.num;
	int err;

	if (vd->told.ready & bit)
		return;
	vd->told.ready |= bit;
	err = set_up(vd, q);
	if (!err) {
		vv_queue_on(q);
		return;
	}
	if (!q->walk.broken) /* else it is told */
		pr_warn_ratelimited("vlx-virtio: %s of vm%u: queue %u cannot be used: error %d\n",
				    vd->info.name, vd->info.vm, q->vq.num, err);
	vlx_vq_stop_access(&q->vq);
	vv_needs_reset(vd);
}

static void tell_idle(struct vv_device *vd, u32 ready)
{
	u32 n;

	for (n = 0; n < vd->nr_queues; n++) {
		if (!(ready & 1u << n))
			idle(vd, &vd->queues[n]);
	}
}

static void tell_ready(struct vv_device *vd, u32 mask)
{
	u32 n;

	for (n = 0; n < vd->nr_queues; n++) {
		if (mask & 1u << n)
			ready(vd, &vd->queues[n]);
	}
}

static void kick_all(struct vv_device *vd)
{
	u32 n;

	for (n = 0; n < vd->nr_queues; n++)
		vv_kick(&vd->queues[n]);
}

static void tell_status(struct vv_device *vd, u32 status)
{
	u32 news = status & ~vd->told.status;

	if (status == vd->told.status)
		return;
	WRITE_ONCE(vd->told.status, status);
	if (ops_of(vd)->status_changed)
		ops_of(vd)->status_changed(&vd->dev);
	if (news & VIRTIO_CONFIG_S_DRIVER_OK)
		kick_all(vd);
}

static void tell_reset(struct vv_device *vd)
{
	tell_idle(vd, 0);
	vd->told.features = 0;
	tell_status(vd, 0);
}

/* The driver's VM; the other bits count its lives. */
static void tell_running(struct vv_device *vd, u32 running)
{
	u32 before = vd->told.running;

	if (running == before)
		return;
	tell_reset(vd);
	vd->told.running = running;
	if (before & VV_RUNS && ops_of(vd)->stop)
		ops_of(vd)->stop(&vd->dev);
	if (running & VV_RUNS && ops_of(vd)->start)
		ops_of(vd)->start(&vd->dev);
}

static void tell_features(struct vv_device *vd, const struct nk_virtio_state *s)
{
	bool was = vd->told.status & VIRTIO_CONFIG_S_FEATURES_OK;

	if (!(s->status & VIRTIO_CONFIG_S_FEATURES_OK) || (was && s->features == vd->told.features))
		return;
	vd->told.features = s->features;
	if (ops_of(vd)->apply_features)
		ops_of(vd)->apply_features(&vd->dev, s->features);
}

static void tell_store(struct vv_device *vd, const struct nk_virtio_state *s)
{
	if (!s->store_size)
		return;
	if (ops_of(vd)->store_config)
		ops_of(vd)->store_config(&vd->dev, s->store_offset, s->store_size, s->store_data);
	vv_push_config(vd);
}

static void tell(struct vv_device *vd, const struct nk_virtio_state *s)
{
	if (s->resets != vd->told.resets)
		tell_reset(vd);
	vd->told.resets = s->resets;
	tell_running(vd, s->running);
	tell_idle(vd, s->ready);
	tell_features(vd, s);
	tell_ready(vd, s->ready);
	tell_status(vd, s->status);
	tell_store(vd, s);
}

void vv_state_work(struct work_struct *work)
{
	struct vv_device *vd = container_of(work, struct vv_device, state_work);
	struct nk_virtio_state state;
	u32 looks = 0;

	do {
		if (nk_virtio_state(vd->nr, &state))
			return;
		tell(vd, &state);
		WRITE_ONCE(vd->done, state.asked);
		smp_mb(); /* done, then asked: the interrupt's handler has it the other way round */
		if (nk_virtio_done(vd->nr, state.asked))
			return; /* withdrawn meanwhile */
		if (READ_ONCE(vd->page->asked) == state.asked)
			return;
	} while (++looks < LOOKS);
	queue_work(vd->wq, &vd->state_work);
}

void vv_end(struct vv_device *vd)
{
	tell_reset(vd);
	tell_running(vd, 0);
	vd->told.running = 0;
}

// SPDX-License-Identifier: Apache-2.0
/* What a back-end tells nk of a device. */
#include "arch/cpu.h"
#include "core/virtio/priv.h"
#include "lib/string.h"

/* The back-end's VM pays, as it ends too. */
static inline void raise(struct virtio_dev *d, u32 bits)
{
	virtio_raise(d, bits, d->back);
}

void virtio_info(const struct virtio_dev *d, struct nk_virtio_info *info)
{
	*info = (struct nk_virtio_info){
		.vm = d->front->arch.id,
		.xirq = d->xirq,
		.page = d->page_at,
		.reg = d->cfg->reg.base,
		.size = (u32)d->cfg->reg.size,
		.nr_shares = virtio_shares(d),
	};
	memcpy(info->name, d->cfg->name, strlen(d->cfg->name));
}

static bool offer_makes_sense(const struct virtio_dev *d, const struct nk_virtio_offer *o)
{
	if (!o->device_id || o->nr_queues > NK_VIRTIO_QUEUES ||
	    (o->flags & ~(u32)NK_VIRTIO_OFFER_RESUMES) ||
	    o->config_size > MIN((u64)NK_VIRTIO_CONFIG, d->cfg->reg.size - VIRTIO_MMIO_CONFIG))
		return false;
	for (u32 i = 0; i < o->nr_queues; i++)
		if (!o->queue_max[i] || o->queue_max[i] > NK_VIRTIO_QUEUE_MAX)
			return false;
	return true;
}

/* Whether the device is what its driver has set up before. */
static bool can_resume(const struct virtio_dev *d, const struct nk_virtio_offer *o)
	__must_hold(&d->lock)
{
	if (d->device_id != o->device_id || d->vendor_id != o->vendor_id ||
	    d->features != o->features || d->nr_queues != o->nr_queues ||
	    (d->resumes && !(o->flags & NK_VIRTIO_OFFER_RESUMES)))
		return false;
	for (u32 i = 0; i < d->nr_queues; i++)
		if (d->queue[i].size > o->queue_max[i])
			return false;
	return true;
}

/* A driver that has begun with it can only reset it. */
static u32 needs_reset(struct virtio_dev *d) __must_hold(&d->lock)
{
	d->ready = 0;
	if (!d->status)
		return 0;
	d->status |= VIRTIO_STATUS_NEEDS_RESET;
	return NK_VIRTIO_INT_CONFIG;
}

/* Another device: queues that fitted the last one must not be seen with it, nor what that had in its configuration space. */
static u32 begin_anew(struct virtio_dev *d) __must_hold(&d->lock)
{
	memset(d->queue, 0, sizeof(d->queue));
	memset(d->config, 0, sizeof(d->config));
	return needs_reset(d);
}

static void take_offer(struct virtio_dev *d, const struct nk_virtio_offer *o) __must_hold(&d->lock)
{
	d->there = true;
	d->resumes = o->flags & NK_VIRTIO_OFFER_RESUMES;
	d->device_id = o->device_id;
	d->vendor_id = o->vendor_id;
	d->features = o->features;
	d->config_size = o->config_size;
	d->nr_queues = o->nr_queues;
	memcpy(d->queue_max, o->queue_max, sizeof(d->queue_max));
	virtio_ask(d);
}

int virtio_offer(struct virtio_dev *d, const struct nk_virtio_offer *o)
{
	u32 bits = 0;
	bool good = offer_makes_sense(d, o), goes_on = false;

	spin_lock(&d->lock);
	good = good && !d->there;
	if (good) {
		goes_on = d->status && can_resume(d, o);
		if (!goes_on)
			bits = begin_anew(d);
		take_offer(d, o);
		virtio_answer(d, d->waits);
	}
	spin_unlock(&d->lock);
	if (!good)
		return -1;
	if (goes_on)
		virtio_share_show(d); /* it looks at queues as soon as it hears of them */
	virtio_tell(d);
	if (bits)
		raise(d, bits);
	return 0;
}

/* The device is gone; it may be back. Nobody does anything with its queues meanwhile. */
static void lose(struct virtio_dev *d)
{
	u32 bits = 0;

	spin_lock(&d->lock);
	if (d->there) {
		d->there = false;
		d->absent_until = arch_ticks() + arch_ticks_hz() / 1000 * d->cfg->wait_ms;
		if (!d->resumes)
			bits = needs_reset(d);
		virtio_give_up(d);
	}
	spin_unlock(&d->lock);
	if (bits)
		raise(d, bits);
}

void virtio_withdraw(struct virtio_dev *d)
{
	lose(d);
	virtio_share_show(d); /* the others may have waited for this one to hear of a reset */
}

void virtio_back_ends(const struct vm *vm)
{
	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++)
		if (d->back == vm)
			lose(d);
}

int virtio_queue(struct virtio_dev *d, u32 queue, struct nk_virtio_queue *to)
{
	if (queue >= NK_VIRTIO_QUEUES)
		return -1;
	spin_lock(&d->lock);
	*to = d->queue[queue];
	to->ready = d->ready >> queue & 1;
	spin_unlock(&d->lock);
	return 0;
}

int virtio_status(struct virtio_dev *d, u32 status)
{
	u32 bits = 0;
	bool good;

	spin_lock(&d->lock);
	good = d->there && d->status;
	if (good && !(status & VIRTIO_STATUS_FEATURES_OK))
		d->status &= ~(u32)VIRTIO_STATUS_FEATURES_OK;
	if (good && (status & ~d->status & VIRTIO_STATUS_NEEDS_RESET)) {
		d->status |= VIRTIO_STATUS_NEEDS_RESET;
		bits = NK_VIRTIO_INT_CONFIG;
	}
	spin_unlock(&d->lock);
	if (bits)
		raise(d, bits);
	return good ? 0 : -1;
}

int virtio_config(struct virtio_dev *d, u32 offset, const u8 *bytes, u32 size)
{
	bool good;

	spin_lock(&d->lock);
	good = d->there && offset <= d->config_size && size <= d->config_size - offset;
	if (good) {
		memcpy(d->config + offset, bytes, size);
		d->generation++;
	}
	spin_unlock(&d->lock);
	return good ? 0 : -1;
}

int virtio_interrupt(struct virtio_dev *d, u32 bits)
{
	if (!bits || (bits & ~(u32)(NK_VIRTIO_INT_USED | NK_VIRTIO_INT_CONFIG)) ||
	    !READ_ONCE(d->there))
		return -1;
	raise(d, bits);
	return 0;
}

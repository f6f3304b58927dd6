// SPDX-License-Identifier: Apache-2.0
/*
 * The registers of a virtio-mmio device, version 2. Source: VirtIO 1.2, 4.2.2. All but the configuration space are 32 bits
 * wide, and RAZ/WI by any other access; those that can only be written read as 0.
 */
#include "arch/mmio.h"
#include "arch/cpu.h"
#include "core/virtio/priv.h"

/* Features of the transport that no back-end has offered: nk adds its own. */
#define NEVER                                                                                      \
	(BIT(VIRTIO_F_ACCESS_PLATFORM_BIT) | BIT(VIRTIO_F_SR_IOV_BIT) |                            \
	 BIT(VIRTIO_F_NOTIFICATION_DATA_BIT) | BIT(VIRTIO_F_NOTIF_CONFIG_DATA_BIT) |               \
	 BIT(VIRTIO_F_RING_RESET_BIT))

/* Those that a driver has to accept. */
static u64 needed(const struct virtio_dev *d)
{
	return BIT(VIRTIO_F_VERSION_1_BIT) |
	       (virtio_is_confined(d) ? BIT(VIRTIO_F_ACCESS_PLATFORM_BIT) : 0);
}

/*
 * Where memory may run out, which a driver copies to, queues are split ones: of a packed one Linux takes that for an error of the
 * disk, and of a split one it waits.
 */
static u64 unfit(const struct virtio_dev *d)
{
	return NEVER | (virtio_is_confined(d) ? BIT(VIRTIO_F_RING_PACKED_BIT) : 0);
}

static u64 features_of(const struct virtio_dev *d)
{
	return (d->features & ~unfit(d)) | needed(d);
}

/* Half `sel` of 64 bits; there are two. */
static u32 half_of(u64 value, u32 sel)
{
	return sel < 2 ? (u32)(value >> (32 * sel)) : 0;
}

static void set_half(nku64_f *value, u32 high, u32 half)
{
	*value = (*value & ~((nku64_f)UINT32_MAX << (32 * high))) | (nku64_f)half << (32 * high);
}

/* The queue that is selected, or NULL. */
static struct nk_virtio_queue *selected(struct virtio_dev *d) __must_hold(&d->lock)
{
	return d->queue_sel < d->nr_queues ? &d->queue[d->queue_sel] : NULL;
}

static u32 queue_reg(struct virtio_dev *d, u32 reg) __must_hold(&d->lock)
{
	if (!selected(d))
		return 0;
	if (reg == VIRTIO_MMIO_QUEUE_NUM_MAX)
		return d->amiss == VIRTIO_AMISS_QUEUE ? 0 : d->queue_max[d->queue_sel];
	return d->ready >> d->queue_sel & 1;
}

static u32 read_locked(struct virtio_dev *d, u32 reg) __must_hold(&d->lock)
{
	switch (reg) {
	case VIRTIO_MMIO_DEVICE_ID:
		return d->there || d->status ? d->device_id : 0;
	case VIRTIO_MMIO_VENDOR_ID:
		return d->vendor_id;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return half_of(features_of(d), d->features_sel);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
	case VIRTIO_MMIO_QUEUE_READY:
		return queue_reg(d, reg);
	case VIRTIO_MMIO_STATUS:
		return d->status | (virtio_late(d) ? VIRTIO_STATUS_NEEDS_RESET : 0);
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_LOW + 4:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_LOW + 4:
		return UINT32_MAX; /* there is no such region */
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return d->generation;
	}
	return 0;
}

/* The first that a driver reads: it waits here for a back-end, if that has not come yet. */
static u32 read_magic(struct virtio_dev *d, struct arch_vcpu *v)
{
	spin_lock(&d->lock);
	if (!d->there && !d->status && arch_ticks() < d->absent_until) {
		d->waits |= 1U << v->id;
		d->wait_for[v->id] = d->done + 1;
		arch_vcpu_await(v, d, d->absent_until);
	}
	spin_unlock(&d->lock);
	return VIRTIO_MMIO_MAGIC_VALUE;
}

static u32 read_reg(struct virtio_dev *d, struct arch_vcpu *v, u32 reg)
{
	u32 value;

	if (reg == VIRTIO_MMIO_INTERRUPT_STATUS)
		return __atomic_load_n(&d->isr, __ATOMIC_ACQUIRE);
	if (reg == VIRTIO_MMIO_MAGIC)
		return read_magic(d, v);
	if (reg == VIRTIO_MMIO_VERSION)
		return 2;
	spin_lock(&d->lock);
	value = read_locked(d, reg);
	spin_unlock(&d->lock);
	return value;
}

/* The end of what went before: the vCPU waits for the back-end to be done with it, if there was anything. */
static bool write_reset(struct virtio_dev *d, struct arch_vcpu *v) __must_hold(&d->lock)
{
	bool news = d->status || d->ready;

	if (news)
		virtio_reset(d);
	else
		virtio_forget(d);
	d->stale = true;
	virtio_await(d, v, d->asked);
	return news;
}

/* Bits are only added. Returns whether there is something to tell. */
static bool write_status(struct virtio_dev *d, struct arch_vcpu *v, u32 value) __must_hold(&d->lock)
{
	u32 status = d->status | (value & 0xff & ~(u32)VIRTIO_STATUS_NEEDS_RESET);
	u64 features = d->driver_features, lacks;

	if (!value)
		return write_reset(d, v);
	lacks = needed(d) & ~features;
	if ((features & ~features_of(d)) || lacks)
		status &= ~(u32)VIRTIO_STATUS_FEATURES_OK | d->status;
	if (lacks == BIT(VIRTIO_F_ACCESS_PLATFORM_BIT) && !d->amiss &&
	    (value & ~status & VIRTIO_STATUS_FEATURES_OK)) {
		d->amiss = VIRTIO_AMISS_FEATURES;
		d->untold = true;
	}
	if (status == d->status)
		return false;
	d->status = status;
	virtio_ask(d);
	return true;
}

static bool may_be_ready(struct virtio_dev *d, const struct nk_virtio_queue *q)
	__must_hold(&d->lock)
{
	return q->size && d->amiss != VIRTIO_AMISS_QUEUE && virtio_pool_takes(d, q);
}

static bool write_ready(struct virtio_dev *d, struct arch_vcpu *v, u32 value) __must_hold(&d->lock)
{
	u32 bit = 1U << d->queue_sel, old = d->ready;

	if (value && ((old & bit) || may_be_ready(d, &d->queue[d->queue_sel])))
		d->ready |= bit;
	else
		d->ready &= ~bit;
	if (d->ready == old)
		return false;
	virtio_ask(d);
	if (old & bit)
		virtio_await(d, v, d->asked);
	return true;
}

/* What a queue is made of stays as it is while it is ready. */
static bool write_queue(struct virtio_dev *d, struct arch_vcpu *v, u32 reg, u32 value)
	__must_hold(&d->lock)
{
	struct nk_virtio_queue *q = selected(d);

	if (!q)
		return false;
	if (reg == VIRTIO_MMIO_QUEUE_READY)
		return write_ready(d, v, value);
	if (d->ready & 1U << d->queue_sel)
		return false;
	switch (reg & ~4U) {
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
		set_half(&q->desc, reg >> 2 & 1, value);
		break;
	case VIRTIO_MMIO_QUEUE_DRIVER_LOW:
		set_half(&q->driver, reg >> 2 & 1, value);
		break;
	case VIRTIO_MMIO_QUEUE_DEVICE_LOW:
		set_half(&q->device, reg >> 2 & 1, value);
		break;
	}
	if (reg == VIRTIO_MMIO_QUEUE_NUM && value <= d->queue_max[d->queue_sel])
		q->size = value;
	return false;
}

/* Returns whether there is something to tell the back-end. */
static bool write_locked(struct virtio_dev *d, struct arch_vcpu *v, u32 reg, u32 value)
	__must_hold(&d->lock)
{
	switch (reg) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		d->features_sel = value;
		return false;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		d->driver_features_sel = value;
		return false;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		if (d->driver_features_sel < 2 && !(d->status & VIRTIO_STATUS_FEATURES_OK))
			set_half(&d->driver_features, d->driver_features_sel, value);
		return false;
	case VIRTIO_MMIO_QUEUE_SEL:
		d->queue_sel = value;
		return false;
	case VIRTIO_MMIO_STATUS:
		return write_status(d, v, value);
	}
	return write_queue(d, v, reg, value);
}

/* The page's words are nk's to write, so a back-end misses none. */
static void kick(struct virtio_dev *d, u32 queue)
{
	if (queue >= NK_VIRTIO_QUEUES || !(READ_ONCE(d->ready) & 1U << queue))
		return;
	__atomic_add_fetch(&d->page->kicks[queue], 1, __ATOMIC_RELEASE);
	virtio_tell(d);
}

static void write_reg(struct virtio_dev *d, struct arch_vcpu *v, u32 reg, u32 value)
{
	bool news, amiss;

	if (reg == VIRTIO_MMIO_INTERRUPT_ACK) {
		__atomic_and_fetch(&d->isr, ~value, __ATOMIC_ACQ_REL);
		return;
	}
	if (reg == VIRTIO_MMIO_STATUS && value)
		virtio_grants_renew(d);
	spin_lock(&d->lock);
	news = write_locked(d, v, reg, value);
	amiss = d->untold;
	if (unlikely(amiss))
		d->untold = false;
	spin_unlock(&d->lock);
	if (news)
		virtio_tell(d);
	if (unlikely(amiss))
		virtio_pool_amiss(d);
}

/* Any width, at any place. */
static u64 read_config(struct virtio_dev *d, u32 offset, u32 size)
{
	u64 value = 0;

	spin_lock(&d->lock);
	if (d->amiss != VIRTIO_AMISS_QUEUE && offset <= d->config_size &&
	    size <= d->config_size - offset)
		for (u32 i = size; i--;)
			value = value << 8 | d->config[offset + i];
	spin_unlock(&d->lock);
	return value;
}

static void write_config(struct virtio_dev *d, struct arch_vcpu *v, u32 offset,
			 const struct mmio *m)
{
	bool there;

	spin_lock(&d->lock);
	there = d->there && offset <= d->config_size && m->size <= d->config_size - offset;
	if (there) {
		u32 n = virtio_ask(d);

		d->store[v->id] = (struct virtio_store){n, offset, m->size, m->value};
		d->stores |= 1U << v->id;
		virtio_await(d, v, n);
	}
	spin_unlock(&d->lock);
	if (there)
		virtio_tell(d);
}

static __attribute__((noinline)) void other_access(struct virtio_dev *d, struct arch_vcpu *v,
						   struct mmio *m)
{
	u32 reg = (u32)m->offset;

	if (reg < VIRTIO_MMIO_CONFIG) {
		if (m->size != 4 || (reg & 3))
			return;
		if (m->write)
			write_reg(d, v, reg, (u32)m->value);
		else
			m->value = read_reg(d, v, reg);
		return;
	}
	if (m->write)
		write_config(d, v, reg - VIRTIO_MMIO_CONFIG, m);
	else
		m->value = read_config(d, reg - VIRTIO_MMIO_CONFIG, m->size);
}

/* A kick is the usual one, and keeps nothing over a call. */
void virtio_access(struct arch_vcpu *v, struct mmio *m)
{
	struct virtio_dev *d = m->region->opaque;

	if (m->offset == VIRTIO_MMIO_QUEUE_NOTIFY && m->write && m->size == 4)
		kick(d, (u32)m->value);
	else
		other_access(d, v, m);
}

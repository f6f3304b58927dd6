// SPDX-License-Identifier: Apache-2.0
/*
 * Devices of which the back-end may reach a pool of the driver's RAM, or what the driver grants, and nothing else. What a driver
 * sets up must be there: it accepts VIRTIO_F_ACCESS_PLATFORM (VirtIO 1.2, 6.1), and its queues lie there. Where its buffers are the back-end
 * looks, as it can reach nothing else.
 */
#include "core/virtio/priv.h"
#include "lib/log.h"

#define DESC_BYTES 16

struct range virtio_pool(const struct virtio_dev *d)
{
	const struct cfg_virtio *cfg = d->cfg;

	if (cfg->grants)
		return (struct range){NK_VIRTIO_GRANTS_AT, (u64)cfg->grants << PAGE_SHIFT};
	return (struct range){d->front->ram[cfg->pool_piece].ipa + cfg->pool.base, cfg->pool.size};
}

static bool has_area(const struct range *pool, u64 at, u64 bytes)
{
	u64 offset = at - pool->base;

	return offset < pool->size && bytes <= pool->size - offset;
}

/* Sizes of the areas: VirtIO 1.2, 2.7, with what EVENT_IDX adds; no queue is packed. */
bool virtio_pool_takes(struct virtio_dev *d, const struct nk_virtio_queue *q) __must_hold(&d->lock)
{
	const struct range pool = virtio_pool(d);
	const struct range area[] = {
		{q->desc, DESC_BYTES * (u64)q->size},
		{q->driver, 6 + 2 * (u64)q->size},
		{q->device, 6 + 8 * (u64)q->size},
	};

	for (u32 i = 0; virtio_is_confined(d) && i < ARRAY_SIZE(area); i++) {
		if (has_area(&pool, area[i].base, area[i].size))
			continue;
		d->amiss = VIRTIO_AMISS_QUEUE;
		d->untold = true;
		d->missed = area[i].base;
		d->status |= VIRTIO_STATUS_NEEDS_RESET;
		return false;
	}
	return true;
}

static const char *needs(const struct virtio_dev *d)
{
	return d->cfg->grants ? "nk's module vlx-virtio-grants" : "CONFIG_DMA_RESTRICTED_POOL";
}

static void complain(const struct virtio_dev *d, enum virtio_amiss what)
{
	const struct range pool = virtio_pool(d);
	const char *of = d->cfg->grants ? "window" : "pool";
	u32 vm = d->front->arch.id;

	if (what == VIRTIO_AMISS_FEATURES)
		vm_warn(vm,
			"VirtIO device %s: has a %s, 0x%llx to 0x%llx, and its driver does not "
			"accept VIRTIO_F_ACCESS_PLATFORM: it needs a newer one, or share = \"all\"",
			d->cfg->name, of, (unsigned long long)pool.base,
			(unsigned long long)(range_end(&pool) - 1));
	else
		vm_warn(vm,
			"VirtIO device %s: a queue has 0x%llx, outside its %s, 0x%llx to 0x%llx: "
			"the kernel needs %s, or the device share = \"all\"",
			d->cfg->name, (unsigned long long)READ_ONCE(d->missed), of,
			(unsigned long long)pool.base, (unsigned long long)(range_end(&pool) - 1),
			needs(d));
}

void virtio_pool_amiss(struct virtio_dev *d)
{
	enum virtio_amiss what = READ_ONCE(d->amiss);

	if (what == VIRTIO_AMISS_NOT)
		return; /* another vCPU has reset it meanwhile */
	if (!__atomic_exchange_n(&d->told, true, __ATOMIC_RELAXED))
		complain(d, what);
	if (what == VIRTIO_AMISS_QUEUE)
		virtio_raise(d, NK_VIRTIO_INT_CONFIG, d->front);
}

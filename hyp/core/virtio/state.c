// SPDX-License-Identifier: Apache-2.0
/*
 * What a device's back-end has to hear of. Changes of the driver's are numbered; the back-end fetches the state and says up
 * to which number it has done all that follows. A reset, a queue that is stopped and a store have the vCPU wait for that, but
 * not longer than NK_VIRTIO_WAIT_MS, and not again before a back-end that was late has caught up.
 */
#include "arch/cpu.h"
#include "core/virtio/priv.h"
#include "lib/string.h"

bool virtio_is_open(const struct virtio_dev *d, u32 n)
{
	u32 done = READ_ONCE(d->done);

	return n - done - 1 < READ_ONCE(d->asked) - done;
}

static u64 wait_ticks(void)
{
	return arch_ticks_hz() / 1000 * NK_VIRTIO_WAIT_MS;
}

u32 virtio_ask(struct virtio_dev *d) __must_hold(&d->lock)
{
	if (d->asked == d->done)
		d->due = arch_ticks() + wait_ticks();
	d->asked++;
	if (!d->there)
		d->done = d->asked;
	WRITE_ONCE(d->page->asked, d->asked);
	return d->asked;
}

bool virtio_late(const struct virtio_dev *d) __must_hold(&d->lock)
{
	return d->asked != d->done && arch_ticks() >= d->due;
}

void virtio_await(struct virtio_dev *d, struct arch_vcpu *v, u32 n) __must_hold(&d->lock)
{
	if (!virtio_is_open(d, n) || virtio_late(d))
		return;
	d->waits |= 1U << v->id;
	d->wait_for[v->id] = n;
	arch_vcpu_await(v, d, d->due);
}

void virtio_answer(struct virtio_dev *d, u32 vcpus) __must_hold(&d->lock)
{
	d->waits &= ~vcpus;
	for (; vcpus; vcpus &= vcpus - 1)
		arch_vcpu_answer(d->front->arch.vcpu[__builtin_ctz(vcpus)], d);
}

/* The vCPUs that need not wait any more go on. */
static void end_waits(struct virtio_dev *d) __must_hold(&d->lock)
{
	u32 mask = 0;

	for (u32 i = 0; i < d->front->arch.nr_vcpus; i++)
		if ((d->waits & 1U << i) && !virtio_is_open(d, d->wait_for[i]))
			mask |= 1U << i;
	virtio_answer(d, mask);
}

void virtio_give_up(struct virtio_dev *d) __must_hold(&d->lock)
{
	d->done = d->asked;
	d->stores = 0;
	end_waits(d);
}

void virtio_forget(struct virtio_dev *d) __must_hold(&d->lock)
{
	d->status = 0;
	d->driver_features = 0;
	d->features_sel = d->driver_features_sel = d->queue_sel = 0;
	d->ready = 0;
	d->amiss = VIRTIO_AMISS_NOT;
	memset(d->queue, 0, d->nr_queues * sizeof(*d->queue));
	WRITE_ONCE(d->isr, 0);
}

u32 virtio_reset(struct virtio_dev *d) __must_hold(&d->lock)
{
	virtio_forget(d);
	d->stores = 0;
	d->resets++;
	d->reset_asked = virtio_ask(d);
	return d->reset_asked;
}

/* The vCPU whose store comes first, of those that are not done, or NK_VCPUS_MAX. Numbers count from `done` on. */
static u32 first_store(const struct virtio_dev *d) __must_hold(&d->lock)
{
	u32 first = NK_VCPUS_MAX;

	for (u32 mask = d->stores; mask; mask &= mask - 1) {
		u32 i = (u32)__builtin_ctz(mask);

		if (first == NK_VCPUS_MAX ||
		    d->store[i].asked - d->done < d->store[first].asked - d->done)
			first = i;
	}
	return first;
}

static void put_store(const struct virtio_store *store, struct nk_virtio_state *state)
{
	state->asked = store->asked;
	state->store_offset = store->offset;
	state->store_size = store->size;
	state->store_data = store->data;
}

/* A reset is shown alone, as it was: the back-end is done with what was before, when it hears of what came behind. */
void virtio_state(struct virtio_dev *d, struct nk_virtio_state *state)
{
	*state = (struct nk_virtio_state){.running = vm_running_value(d->front)};
	spin_lock(&d->lock);
	state->resets = d->resets;
	state->asked = d->reset_asked;
	if (!virtio_is_open(d, d->reset_asked)) {
		u32 first = first_store(d);

		state->asked = d->asked;
		state->status = d->status;
		state->features = d->driver_features & ~BIT(VIRTIO_F_ACCESS_PLATFORM_BIT);
		state->ready = d->ready;
		if (first < NK_VCPUS_MAX)
			put_store(&d->store[first], state);
	}
	spin_unlock(&d->lock);
}

static void drop_stores(struct virtio_dev *d) __must_hold(&d->lock)
{
	for (u32 mask = d->stores; mask; mask &= mask - 1) {
		u32 i = (u32)__builtin_ctz(mask);

		if (!virtio_is_open(d, d->store[i].asked))
			d->stores &= ~(1U << i);
	}
}

int virtio_done(struct virtio_dev *d, u32 asked)
{
	bool good;

	spin_lock(&d->lock);
	good = d->there && (asked == d->done || virtio_is_open(d, asked));
	if (good && asked != d->done) {
		d->done = asked;
		d->due = arch_ticks() + wait_ticks();
		drop_stores(d);
		end_waits(d);
	}
	spin_unlock(&d->lock);
	if (!good)
		return -1;
	virtio_share_show(d);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vmq: the rings of numbers, and what is behind a number. Entries are read once, and checked. */
#include <linux/nospec.h>
#include "vmq.h"

void vmq_ring_begin(struct vmq_ring *ring, struct vlx_ring_shared *shared, bool producer)
{
	vlx_ring_init(&ring->ring, shared, ring->size, producer);
}

int vmq_ring_take(struct vmq_ring *ring, u32 limit, u32 *value)
{
	struct vlx_ring *r = &ring->ring;
	u32 word;
	int n;

	if (!vlx_ring_left(r)) {
		n = vlx_ring_count(r);
		if (!n)
			n = vlx_ring_ask(r, 1);
		if (n <= 0)
			return n ?: -EAGAIN;
	}
	word = READ_ONCE(ring->entries[vlx_ring_slot(r, 0)]);
	if (word >= limit) {
		r->broken = true;
		return -EPROTO;
	}
	*value = array_index_nospec(word, limit);
	vlx_ring_advance(r, 1);
	vlx_ring_show(r); /* whom does not matter: producers never ask */
	return 0;
}

int vmq_ring_put(struct vmq_ring *ring, u32 value)
{
	struct vlx_ring *r = &ring->ring;

	if (!vlx_ring_left(r) && vlx_ring_count(r) <= 0) {
		r->broken = true;
		return -EPROTO;
	}
	WRITE_ONCE(ring->entries[vlx_ring_slot(r, 0)], value);
	vlx_ring_advance(r, 1);
	return 0;
}

u32 vmq_slot(const struct vmq_xx *xx, const void *msg)
{
	if ((const char *)msg < xx->msgs)
		return VMQ_NONE;
	return vmq_number((const char *)msg - xx->msgs, xx->config.msg_max, xx->config.msg_count);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * One side of a ring against a model, with a peer that the input plays. Each two bytes are a step: what to
 * do, and with which number. The model counts in 64 bits what was put and taken.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include <vlx/ring.h>

struct model {
	bool producer, broken;
	u64 own, shown, peer; /* as far as this side has seen */
	u32 from; /* what all began at */
};

static u32 usable(const struct model *m, u32 size)
{
	return m->producer ? size - (m->own - m->peer) : m->peer - m->own;
}

/* The peer's index as a count, if it can be one. */
static bool possible(const struct model *m, u32 size, u32 index, u64 *count)
{
	u64 most = m->producer ? m->shown : m->shown + size;

	for (*count = m->peer; *count <= most; (*count)++)
		if ((u32)(m->from + *count) == index)
			return true;
	return false;
}

static void check_count(struct model *m, struct vlx_ring *ring)
{
	u32 index = ring->peer->index;
	int count = vlx_ring_count(ring);
	u64 peer;

	if (m->broken || !possible(m, ring->size, index, &peer)) {
		m->broken = true;
		assert(count == -EPROTO && !vlx_ring_left(ring));
		return;
	}
	m->peer = peer;
	assert(count >= 0 && (u32)count == usable(m, ring->size) && (u32)count <= ring->size);
	assert((u32)count == vlx_ring_left(ring));
}

static void check_show(struct model *m, struct vlx_ring *ring)
{
	u32 event = ring->peer->event;
	bool asked = false, told;
	u64 n;

	for (n = m->shown + 1; n <= m->own; n++)
		asked |= (u32)(m->from + n) == event;
	told = vlx_ring_show(ring);
	assert(told == asked);
	m->shown = m->own;
	assert(ring->own->index == (u32)(m->from + m->own));
}

static void check_advance(struct model *m, struct vlx_ring *ring, u32 n)
{
	u32 left = vlx_ring_left(ring);

	if (!left)
		return;
	n = 1 + n % left;
	assert(vlx_ring_slot(ring, n - 1) == ((u32)(m->from + m->own) + n - 1) % ring->size);
	vlx_ring_advance(ring, n);
	m->own += n;
}

static void check_ask(struct model *m, struct vlx_ring *ring, u32 n)
{
	u32 index = ring->peer->index;
	int enough;
	u64 peer;

	n = 1 + n % ring->size;
	enough = vlx_ring_ask(ring, n);
	if (m->broken || !possible(m, ring->size, index, &peer)) {
		m->broken = true;
		assert(enough == -EPROTO);
		return;
	}
	m->peer = peer;
	assert(enough == (usable(m, ring->size) >= n));
}

static void step(struct model *m, struct vlx_ring *ring, struct vlx_ring_side *peer, u8 what, u8 n)
{
	switch (what % 8) {
	case 0:
	case 1:
		peer->index += n % (ring->size + 2);
		break;
	case 2:
		memcpy((u8 *)peer + n % 8, &n, 1);
		break;
	case 3:
		peer->event = ring->own->index + n % (ring->size + 2);
		break;
	case 4:
		check_count(m, ring);
		break;
	case 5:
		check_advance(m, ring, n);
		break;
	case 6:
		check_show(m, ring);
		break;
	default:
		check_ask(m, ring, n);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct vlx_ring_shared shared = {};
	struct model m = {};
	struct vlx_ring ring;
	size_t at;

	if (size < 6)
		return 0;
	memcpy(&m.from, data + 2, 4);
	m.producer = data[0] & 1;
	vlx_ring_init(&ring, &shared, 1u << (data[1] % 6), m.producer);
	ring.index = ring.shown = ring.seen = m.from;
	shared.producer.index = shared.consumer.index = m.from;
	for (at = 6; at + 2 <= size; at += 2)
		step(&m, &ring, m.producer ? &shared.consumer : &shared.producer, data[at],
		     data[at + 1]);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of bytes of VPIPE(4D) and VBPIPE(4D), in memory that the peer may write at any moment.
 *
 * Indices run freely; the client puts, the server takes. The manual's layouts have the indices of both sides
 * in one line, with a flag each in one of them: whether that side sleeps, or may. Sizes need be no powers of
 * two, so a position in the ring is kept beside the index.
 *
 * As in <vlx/ring.h> what a side believes is in memory of its own, and each word of the peer is read once and
 * checked: an index that cannot be breaks the ring until it is reset. Who sleeps is told when the ring is no
 * longer empty, or no longer full; to sleep, a side calls exring_ask(), then exring_ready() once more.
 *
 * Nothing here sleeps or locks. exring_ready(), exring_pending() and exring_close() may run beside the
 * others, which the driver serializes.
 */
#ifndef VPIPE_EXRING_H
#define VPIPE_EXRING_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define EXRING_MAX 0x40000000u

/* Where things are in shared memory. */
struct exring_layout {
	u8 s_idx, c_idx;
	u8 s_wait, c_wait; /* unless 0 */
	u8 data;
};

struct exring {
	u8 *data;
	u32 size; /* of data */
	bool producer;
	u32 *own_index, *own_wait; /* own_wait, peer_wait: NULL where the layout has none */
	const u32 *peer_index, *peer_wait;
	u32 index; /* own */
	u32 pos; /* of index, in data */
	u32 seen; /* the peer's, when it was last looked at */
	u32 last; /* the peer's in the end */
	bool closed; /* the peer has gone: last is what counts */
	bool broken;
};

static inline u32 *exring_word(void *shared, u8 offset)
{
	return (u32 *)((u8 *)shared + offset);
}

/* Of bytes of shared memory, more than layout->data of them, and at most EXRING_MAX. */
static inline void exring_bind(struct exring *ring, void *shared, u32 bytes,
			       const struct exring_layout *layout, bool producer)
{
	u32 *server_wait = layout->s_wait ? exring_word(shared, layout->s_wait) : NULL;
	u32 *client_wait = layout->c_wait ? exring_word(shared, layout->c_wait) : NULL;
	u32 *server = exring_word(shared, layout->s_idx);
	u32 *client = exring_word(shared, layout->c_idx);

	*ring = (struct exring){
		.data = (u8 *)shared + layout->data,
		.size = bytes - layout->data,
		.producer = producer,
		.own_index = producer ? client : server,
		.own_wait = producer ? client_wait : server_wait,
		.peer_index = producer ? server : client,
		.peer_wait = producer ? server_wait : client_wait,
		.closed = true, /* until exring_reset() */
	};
}

/* Begins anew on this side, while nobody uses it; both sides do so before either uses the ring. */
static inline void exring_reset(struct exring *ring)
{
	ring->index = 0;
	ring->pos = 0;
	ring->seen = 0;
	ring->broken = false;
	WRITE_ONCE(*ring->own_index, 0);
	if (ring->own_wait)
		WRITE_ONCE(*ring->own_wait, 0);
	smp_store_release(&ring->closed, false); /* the indices first */
}

/*
 * The peer has gone: what it has put is all there is. Call before it may begin anew, which sets its index
 * to 0. Returns whether there is something to take.
 */
static inline bool exring_close(struct exring *ring)
{
	if (!ring->closed) {
		ring->last = READ_ONCE(*ring->peer_index);
		smp_store_release(&ring->closed, true); /* last first */
	}
	return !ring->producer && ring->last != ring->index;
}

/* First the index, then closed: an index from after the peer's new beginning is not taken for one. */
static inline u32 exring_peer(const struct exring *ring)
{
	u32 peer = smp_load_acquire(ring->peer_index); /* before the bytes, too */

	return smp_load_acquire(&ring->closed) ? ring->last : peer; /* closed, then last */
}

/* Whether the peer's index can have become this: it only grows, and not beyond what it was left. */
static inline bool exring_possible(const struct exring *ring, u32 peer)
{
	u32 most =
		ring->producer ? ring->index - ring->seen : ring->size - (ring->seen - ring->index);

	return peer - ring->seen <= most;
}

/* Bytes that may be put, or taken, now; -EPROTO where the peer has broken the ring. */
static inline int exring_count(struct exring *ring)
{
	u32 peer = exring_peer(ring);

	if (ring->broken || !exring_possible(ring, peer)) {
		ring->broken = true;
		return -EPROTO;
	}
	ring->seen = peer;
	return ring->producer ? ring->size - (ring->index - peer) : peer - ring->index;
}

/* Whether there is anything to do for exring_count(): bytes, or a broken ring. */
static inline bool exring_ready(const struct exring *ring)
{
	u32 unready = READ_ONCE(ring->index) - (ring->producer ? ring->size : 0);

	return exring_peer(ring) != unready;
}

/* How many bytes the consumer may take, by what the peer says at this moment. */
static inline u32 exring_pending(const struct exring *ring)
{
	u32 pending = exring_peer(ring) - READ_ONCE(ring->index);

	return pending > ring->size ? ring->size : pending;
}

/* The bytes from offset on, of those that exring_count() allows; *bytes becomes what lies in one piece. */
static inline u8 *exring_at(const struct exring *ring, u32 offset, u32 *bytes)
{
	u32 pos = ring->pos + offset; /* both below EXRING_MAX */

	if (pos >= ring->size)
		pos -= ring->size;
	if (*bytes > ring->size - pos)
		*bytes = ring->size - pos;
	return ring->data + pos;
}

/* Whether the peer may sleep by what its index, and its flag, say. */
static inline bool exring_peer_sleeps(const struct exring *ring, u32 before)
{
	u32 unready = ring->producer ? before : before + ring->size;

	if (READ_ONCE(*ring->peer_index) != unready)
		return false;
	return !ring->peer_wait || READ_ONCE(*ring->peer_wait);
}

/*
 * bytes are put, or taken, of those that exring_count() allows. Returns whether the peer is to be told. One
 * that writes nonsense is told too often or never, and nobody else.
 */
static inline bool exring_advance(struct exring *ring, u32 bytes)
{
	u32 before = ring->index;

	ring->pos += bytes;
	if (ring->pos >= ring->size)
		ring->pos -= ring->size;
	WRITE_ONCE(ring->index, before + bytes);
	smp_store_release(ring->own_index, before + bytes); /* after the bytes */
	smp_mb(); /* the index, then the peer's: who sleeps has it the other way round in exring_ask() */
	return bytes && !READ_ONCE(ring->closed) && exring_peer_sleeps(ring, before);
}

/* This side may go to sleep, if exring_ready() says no now. */
static inline void exring_ask(const struct exring *ring)
{
	if (ring->own_wait)
		WRITE_ONCE(*ring->own_wait, 1);
	smp_mb(); /* own index and flag, then the peer's index */
}

/* Nobody on this side sleeps. */
static inline void exring_hush(const struct exring *ring)
{
	if (ring->own_wait)
		WRITE_ONCE(*ring->own_wait, 0);
}

#endif

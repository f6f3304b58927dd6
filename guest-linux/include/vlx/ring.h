/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring for one producer and one consumer, in memory that the peer may write at any moment.
 *
 * Each side has a struct vlx_ring_side in shared memory, which it alone writes, and a struct vlx_ring in
 * memory of its own, which is what it believes. `index` runs freely: the producer's counts what it has put,
 * the consumer's what it has taken; entry N is at N modulo the ring's size, a power of two. Of the peer's
 * side each word is read once and checked: an index that cannot be makes the ring broken for good, until
 * it is begun anew.
 *
 * Entries are the driver's. It copies one into memory of its own, then checks it, then uses it.
 *
 * A notification is sent when the index passes what the peer has asked for in `event`; to ask and then to
 * sleep, a side looks once more (vlx_ring_ask()). No function here sleeps, or locks: calls for one
 * side of one ring are serialized by its driver.
 */
#ifndef VLX_RING_H
#define VLX_RING_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define VLX_RING_LINE 64 /* so that the two sides share no cache line */
#define VLX_RING_SIZE_MAX 0x40000000u

struct vlx_ring_side {
	u32 index; /* entries that this side has put, or taken */
	u32 event; /* tell this side when the peer's index has become this */
	u8 pad[VLX_RING_LINE - 8];
};

/* In front of the entries. */
struct vlx_ring_shared {
	struct vlx_ring_side producer;
	struct vlx_ring_side consumer;
};

struct vlx_ring {
	struct vlx_ring_side *own;
	const struct vlx_ring_side *peer;
	u32 size; /* entries */
	u32 index; /* own, as far as the peer may not have been shown yet */
	u32 shown; /* own, as the peer can see it */
	u32 seen; /* the peer's, when it was last looked at */
	bool producer;
	bool broken;
};

static inline bool vlx_ring_size_ok(u32 size)
{
	return size && !(size & (size - 1)) && size <= VLX_RING_SIZE_MAX;
}

/* Asks not to be told: the peer has just gone past event, and will be there again in 2^32 entries. */
static inline void vlx_ring_hush(struct vlx_ring *ring)
{
	WRITE_ONCE(ring->own->event, ring->seen);
}

/*
 * Begins anew on this side: nothing was put, or taken. Both sides do so before either uses the ring, which
 * is what a link's operation RESET is for.
 */
static inline void vlx_ring_init(struct vlx_ring *ring, struct vlx_ring_shared *shared, u32 size,
				 bool producer)
{
	*ring = (struct vlx_ring){
		.own = producer ? &shared->producer : &shared->consumer,
		.peer = producer ? &shared->consumer : &shared->producer,
		.size = size,
		.producer = producer,
	};
	WRITE_ONCE(ring->own->index, 0);
	if (producer)
		vlx_ring_hush(ring);
	else
		WRITE_ONCE(ring->own->event, 1);
}

/* How many entries this side may use when the peer's index is that, which vlx_ring_possible() has seen. */
static inline u32 vlx_ring_usable(const struct vlx_ring *ring, u32 peer)
{
	return ring->producer ? ring->size - (ring->index - peer) : peer - ring->index;
}

/* Whether the peer's index can have become this: it only grows, and not beyond what it was left. */
static inline bool vlx_ring_possible(const struct vlx_ring *ring, u32 peer)
{
	u32 most =
		ring->producer ? ring->shown - ring->seen : ring->size - (ring->seen - ring->shown);

	return peer - ring->seen <= most;
}

/*
 * Entries that may be put, or taken, now; what the peer wrote in those to take can then be read. Returns
 * their number, or -EPROTO where the peer has broken the ring.
 */
static inline int vlx_ring_count(struct vlx_ring *ring)
{
	u32 peer = smp_load_acquire(&ring->peer->index); /* before the entries */

	if (ring->broken || !vlx_ring_possible(ring, peer)) {
		ring->broken = true;
		return -EPROTO;
	}
	ring->seen = peer;
	return vlx_ring_usable(ring, peer);
}

/* The same without a look at what the peer has done since. */
static inline u32 vlx_ring_left(const struct vlx_ring *ring)
{
	return ring->broken ? 0 : vlx_ring_usable(ring, ring->seen);
}

/* Where the next entry but n is in an array of the ring's size. */
static inline u32 vlx_ring_slot(const struct vlx_ring *ring, u32 n)
{
	return (ring->index + n) & (ring->size - 1);
}

/* n entries are done with; the peer sees it at vlx_ring_show(). n is at most what may be used. */
static inline void vlx_ring_advance(struct vlx_ring *ring, u32 n)
{
	ring->index += n;
}

/*
 * Shows the peer all that was advanced over. Returns whether it has asked to be told of that. A peer that
 * asks for nonsense is told too often or never, and nobody else.
 */
static inline bool vlx_ring_show(struct vlx_ring *ring)
{
	u32 before = ring->shown;

	if (ring->index == before)
		return false;
	ring->shown = ring->index;
	smp_store_release(&ring->own->index, ring->index); /* after the entries */
	smp_mb(); /* the index, then event: the peer has it the other way round in vlx_ring_ask() */
	return ring->index - READ_ONCE(ring->peer->event) < ring->index - before;
}

/*
 * Asks to be told when n entries may be used, 1 at least. Returns 1 when there are so many already: then
 * there may be no notification; else 0, or -EPROTO as vlx_ring_count().
 */
static inline int vlx_ring_ask(struct vlx_ring *ring, u32 n)
{
	int count;

	WRITE_ONCE(ring->own->event,
		   ring->producer ? ring->index + n - ring->size : ring->index + n);
	smp_mb(); /* event, then the peer's index */
	count = vlx_ring_count(ring);
	return count < 0 ? count : (u32)count >= n;
}

#endif

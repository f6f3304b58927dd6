/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * nk-vhost-user: a split queue (VirtIO 1.2, 2.7) of a driver's, and one for a back-end that stands for it, with the driver's own
 * descriptors. What the back-end has done is shown to the driver in the order in which it was made available. So the driver's
 * rings themselves say what is in flight, all from the used index to the available one, and whoever begins with them does
 * that again; there is nothing else to be kept.
 *
 * No system calls: also on the host, for tests. Both rings are in memory that others write at any time: each word is read once,
 * checked, then used. All of it is for one thread.
 */
#ifndef SHADOW_H
#define SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#define SHADOW_SIZE_MAX 32768u
#define SHADOW_AVAIL_BYTES(size) (6 + 2 * (uint64_t)(size))
#define SHADOW_USED_BYTES(size) (6 + 8 * (uint64_t)(size))

/* The two areas of a split ring, in this program's memory. */
struct shadow_ring {
	void *avail, *used;
};

/* What the driver has made available: one for each place of its ring. */
struct shadow_slot {
	uint32_t bytes; /* that the back-end has written */
	uint16_t head; /* descriptor */
	bool done; /* by the back-end */
};

struct shadow {
	const char *broken; /* why nothing goes on before a reset; NULL: it does */
	uint16_t size;
	bool event_idx; /* VIRTIO_RING_F_EVENT_IDX, of the driver's; the back-end has it not */
	struct shadow_ring driver, back;
	struct shadow_slot *slots; /* by the driver's available index */
	uint16_t *slot_of; /* by head */
	uint16_t taken, shown; /* available and used index of the driver's */
	uint16_t told; /* used index at the last thought of an interrupt */
	uint16_t given, seen; /* available and used index of the back-end's */
};

/*
 * Begins where the driver's used index is, which was left by whoever had the queue before. size descriptors, as the driver says;
 * slots and slot_of: for so many. The areas are there for so many. Returns 0, or -1: broken.
 */
int shadow_init(struct shadow *s, uint32_t size, struct shadow_slot *slots, uint16_t *slot_of);

/* What the driver has made available is for the back-end. Returns how many requests are new, or -1: broken. */
int shadow_take(struct shadow *s);

/* Whether the back-end wants to be told of them. */
bool shadow_wants_kick(const struct shadow *s);

/* The driver is to kick for the next request. Returns whether it is there already. */
bool shadow_ask(struct shadow *s);

/* What the back-end has done is for the driver. Returns how many requests the driver sees, or -1: broken. */
int shadow_return(struct shadow *s);

/* Whether the driver wants an interrupt for all that it sees since the last call. */
bool shadow_wants_interrupt(struct shadow *s);

/* Requests that the driver does not see the end of. */
static inline unsigned int shadow_in_flight(const struct shadow *s)
{
	return (uint16_t)(s->taken - s->shown);
}

#endif

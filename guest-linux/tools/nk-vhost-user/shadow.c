// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk-vhost-user: queues that stand for a driver's; see shadow.h. Layout and order: VirtIO 1.2, 2.7.4 to 2.7.10, 2.7.13. */
#include "shadow.h"

#include <stddef.h>
#include <string.h>

#define FREE 0xffffu /* of slot_of: it is not in flight */
#define NO_KICKS 1u /* flags of a used ring */
#define NO_INTERRUPTS 1u /* flags of an available ring */

/* Words of 16 bits in an area, in front of its entries. */
enum { FLAGS, IDX, ENTRIES };

struct used_elem {
	uint32_t id, bytes;
};

static uint16_t *word(void *area, unsigned int n)
{
	return (uint16_t *)area + n;
}

static struct used_elem *elem(void *used, unsigned int n)
{
	return (struct used_elem *)word(used, ENTRIES) + n;
}

static uint16_t *used_event(const struct shadow *s)
{
	return word(s->driver.avail, ENTRIES + s->size);
}

static uint16_t *avail_event(const struct shadow *s)
{
	return (uint16_t *)elem(s->driver.used, s->size);
}

static uint16_t load(const uint16_t *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

/* And what was written before it. */
static uint16_t load_index(void *area)
{
	return __atomic_load_n(word(area, IDX), __ATOMIC_ACQUIRE);
}

static void store(uint16_t *to, uint16_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELAXED);
}

/* Whoever sees it sees what was written before. */
static void store_index(void *area, uint16_t value)
{
	__atomic_store_n(word(area, IDX), value, __ATOMIC_RELEASE);
}

/* What was written is seen before what is read behind it; the other side has it the other way round, so one sees the other. */
static void full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static int breaks(struct shadow *s, const char *why)
{
	s->broken = why;
	return -1;
}

static uint16_t place(const struct shadow *s, uint16_t index)
{
	return index & (s->size - 1);
}

static bool is_aligned(const struct shadow_ring *ring)
{
	return !((uintptr_t)ring->avail & 1) && !((uintptr_t)ring->used & 3);
}

int shadow_init(struct shadow *s, uint32_t size, struct shadow_slot *slots, uint16_t *slot_of)
{
	s->broken = NULL;
	s->size = (uint16_t)size;
	s->slots = slots;
	s->slot_of = slot_of;
	s->taken = s->shown = s->told = s->given = s->seen = 0;
	if (!size || size > SHADOW_SIZE_MAX || (size & (size - 1)))
		return breaks(s, "its size is no power of two");
	if (!is_aligned(&s->driver))
		return breaks(s, "its areas are not aligned");
	for (uint32_t n = 0; n < size; n++)
		slot_of[n] = FREE;
	memset(s->back.avail, 0, SHADOW_AVAIL_BYTES(size));
	memset(s->back.used, 0, SHADOW_USED_BYTES(size));
	s->taken = s->shown = s->told = load_index(s->driver.used);
	store(word(s->driver.used, FLAGS), 0);
	return 0;
}

static int take_one(struct shadow *s)
{
	uint16_t at = place(s, s->taken), head = load(word(s->driver.avail, ENTRIES + at));

	if (head >= s->size)
		return breaks(s, "the driver names a descriptor that there is not");
	if (s->slot_of[head] != FREE)
		return breaks(s, "the driver names a descriptor that is in flight");
	s->slot_of[head] = at;
	s->slots[at] = (struct shadow_slot){.head = head};
	store(word(s->back.avail, ENTRIES + place(s, s->given)), head);
	s->taken++;
	s->given++;
	return 0;
}

/* The driver's index may lie: behind what was taken, or further on than a queue can be. */
int shadow_take(struct shadow *s)
{
	uint16_t index, before = s->taken;

	if (s->broken)
		return -1;
	index = load_index(s->driver.avail);
	if ((uint16_t)(index - s->shown) > s->size ||
	    (uint16_t)(index - s->shown) < shadow_in_flight(s))
		return breaks(s, "the driver's available index cannot be");
	while (s->taken != index)
		if (take_one(s))
			return -1;
	store_index(s->back.avail, s->given);
	return (uint16_t)(s->taken - before);
}

bool shadow_wants_kick(const struct shadow *s)
{
	full_barrier();
	return !(load(word(s->back.used, FLAGS)) & NO_KICKS);
}

bool shadow_ask(struct shadow *s)
{
	if (s->broken)
		return false;
	if (s->event_idx)
		store(avail_event(s), s->taken);
	full_barrier();
	return load_index(s->driver.avail) != s->taken;
}

static int see_one(struct shadow *s)
{
	struct used_elem *from = elem(s->back.used, place(s, s->seen));
	uint32_t id = __atomic_load_n(&from->id, __ATOMIC_RELAXED);
	struct shadow_slot *slot;

	if (id >= s->size || s->slot_of[id] == FREE || s->slots[s->slot_of[id]].done)
		return breaks(s, "the back-end returns what it does not have");
	slot = &s->slots[s->slot_of[id]];
	slot->bytes = __atomic_load_n(&from->bytes, __ATOMIC_RELAXED);
	slot->done = true;
	s->seen++;
	return 0;
}

static void show_one(struct shadow *s, const struct shadow_slot *slot)
{
	struct used_elem *to = elem(s->driver.used, place(s, s->shown));

	__atomic_store_n(&to->id, slot->head, __ATOMIC_RELAXED);
	__atomic_store_n(&to->bytes, slot->bytes, __ATOMIC_RELAXED);
	s->slot_of[slot->head] = FREE;
	s->shown++;
}

/* What is behind one that is not done waits for that. */
static int show(struct shadow *s)
{
	uint16_t before = s->shown;

	while (s->shown != s->taken && s->slots[place(s, s->shown)].done)
		show_one(s, &s->slots[place(s, s->shown)]);
	store_index(s->driver.used, s->shown);
	return (uint16_t)(s->shown - before);
}

int shadow_return(struct shadow *s)
{
	uint16_t index;

	if (s->broken)
		return -1;
	index = load_index(s->back.used);
	if ((uint16_t)(index - s->seen) > shadow_in_flight(s))
		return breaks(s, "the back-end's used index cannot be");
	while (s->seen != index)
		if (see_one(s))
			return -1;
	return show(s);
}

bool shadow_wants_interrupt(struct shadow *s)
{
	uint16_t moved = s->shown - s->told, event;

	s->told = s->shown;
	full_barrier();
	if (!s->event_idx)
		return !(load(word(s->driver.avail, FLAGS)) & NO_INTERRUPTS);
	event = load(used_event(s));
	return (uint16_t)(s->shown - event - 1) < moved;
}

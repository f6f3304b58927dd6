// SPDX-License-Identifier: Apache-2.0
/*
 * The ring and its header. A reset may come at any time, and drops what is in caches; so a piece
 * of text is written where the header that is valid does not look (the window is smaller than the
 * ring by a piece), cleaned, and only then the other slot tells of it.
 */
#include "core/history.h"

#include "arch/cache.h"
#include "lib/string.h"

#define MAGIC 0x31676f6c6b6e /* "nklog1" */
#define EARLY_MAX 512 /* of what is sent before there is an area */
#define READ_TRIES 4

static struct history_area *area;
static u64 next, sum, boot;
static u32 slot; /* the one to write next */
static u8 early[EARLY_MAX];
static u32 nr_early;

static u8 *place(u64 ordinal)
{
	return &area->ring[ordinal % HISTORY_RING];
}

/* What a character adds to the sum; so the sum depends on their order. */
static u64 weigh(u8 c, u64 ordinal)
{
	return c * (2 * ordinal + 1);
}

static u64 check_of(const struct history_slot *s)
{
	u64 x = s->magic;

	x = (x ^ s->next) * 0x9e3779b97f4a7c15;
	x = (x ^ x >> 32 ^ s->sum) * 0x9e3779b97f4a7c15;
	return x ^ x >> 32;
}

static u64 oldest(u64 end)
{
	return end > HISTORY_WINDOW ? end - HISTORY_WINDOW : 0;
}

/* Whether the slot is whole, and the text that it tells of. */
static bool valid(const struct history_slot *s)
{
	u64 total = 0;

	if (s->magic != MAGIC || s->check != check_of(s))
		return false;
	for (u64 i = oldest(s->next); i != s->next; i++)
		total += weigh(*place(i), i);
	return total == s->sum;
}

static bool recover(void)
{
	u32 newer = area->slot[1].next > area->slot[0].next;

	for (u32 i = 0; i < 2; i++) {
		const struct history_slot *s = &area->slot[newer ^ i];

		if (!valid(s))
			continue;
		next = s->next;
		sum = s->sum;
		slot = newer ^ i ^ 1;
		return true;
	}
	return false;
}

void history_init(struct history_area *memory)
{
	area = memory;
	next = 0;
	sum = 0;
	slot = 0;
	if (!recover()) {
		memset(area, 0, sizeof(*area));
		cache_clean(area, sizeof(*area));
	}
	boot = next;
	history_put(early, nr_early);
	nr_early = 0;
}

/* Cleans what was written of the ring from an ordinal on. */
static void clean(u64 ordinal, u32 len)
{
	u32 first = (u32)MIN((u64)len, HISTORY_RING - ordinal % HISTORY_RING);

	cache_clean(place(ordinal), first);
	if (unlikely(first < len))
		cache_clean(area->ring, len - first);
}

static void put_piece(const u8 *text, u32 len)
{
	struct history_slot *s = &area->slot[slot];
	u64 end = next;

	/* A reader that finds a character of this piece also finds `next` as it is now, or later. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (u32 i = 0; i < len; i++, end++) {
		/* What leaves the window is still there: it is a piece behind what is overwritten. */
		sum += weigh(text[i], end);
		if (likely(end >= HISTORY_WINDOW))
			sum -= weigh(*place(end - HISTORY_WINDOW), end - HISTORY_WINDOW);
		*place(end) = text[i];
	}
	clean(next, len);
	__atomic_store_n(&next, end, __ATOMIC_RELEASE);
	s->magic = MAGIC;
	s->next = end;
	s->sum = sum;
	s->check = check_of(s);
	cache_clean(s, sizeof(*s));
	slot ^= 1;
}

void history_put(const u8 *text, u32 len)
{
	if (unlikely(!area)) {
		len = MIN(len, EARLY_MAX - nr_early);
		memcpy(early + nr_early, text, len);
		nr_early += len;
		return;
	}
	for (u32 n; len; text += n, len -= n) {
		n = MIN(len, (u32)HISTORY_PIECE);
		put_piece(text, n);
	}
}

/* Copies from start; true if none of it was overwritten meanwhile. */
static bool copy(u64 start, u8 *buf, u32 len)
{
	u32 first = (u32)MIN((u64)len, HISTORY_RING - start % HISTORY_RING);

	memcpy(buf, place(start), first);
	memcpy(buf + first, area->ring, len - first);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return start >= oldest(__atomic_load_n(&next, __ATOMIC_RELAXED));
}

u32 history_read(u64 *ordinal, u8 *buf, u32 size)
{
	if (!area)
		return 0;
	for (u32 i = 0; i < READ_TRIES; i++) {
		u64 end = __atomic_load_n(&next, __ATOMIC_ACQUIRE);
		u64 start = MAX(*ordinal, oldest(end));
		u32 len;

		if (start >= end)
			return 0;
		len = (u32)MIN((u64)size, end - start);
		if (!copy(start, buf, len))
			continue;
		*ordinal = start + len;
		return len;
	}
	return 0;
}

u64 history_boot_ordinal(void)
{
	return boot;
}

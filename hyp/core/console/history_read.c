// SPDX-License-Identifier: Apache-2.0
/* Reading the rings in the order of ordinals, while another CPU may write. */
#include "core/console/history_priv.h"
#include "lib/string.h"

#define READ_TRIES 4

/* Some characters of a source that can be read. */
struct piece {
	u64 ordinal;
	u64 place;
	u64 len;
	u64 run; /* in which they are */
	u32 source;
};

/* What a source has at a moment. */
struct view {
	const struct history_source *s;
	u64 end;
	u64 runs;
};

static u64 run_ordinal(const struct view *v, u64 nr)
{
	return __atomic_load_n(&v->s->run[nr % HISTORY_RUNS].ordinal, __ATOMIC_RELAXED);
}

/* Where a run begins; behind the last one: where the source ends. */
static u64 run_place(const struct view *v, u64 nr)
{
	u32 place;

	if (nr >= v->runs)
		return v->end;
	place = __atomic_load_n(&v->s->run[nr % HISTORY_RUNS].place, __ATOMIC_RELAXED);
	/* A run that has begun since is behind the end; nothing else is so far from it. */
	return v->end - MAX((s32)((u32)v->end - place), 0);
}

/* Whether the run is over before that ordinal, or overwritten. */
static bool is_before(const struct view *v, u64 nr, u64 ordinal)
{
	u64 begin = run_place(v, nr), end = run_place(v, nr + 1);

	return end <= history_oldest(v->end) || run_ordinal(v, nr) + (end - begin) <= ordinal;
}

/* A line whose begin was overwritten is no line: nobody would know whose it is. */
static u64 next_line(const struct view *v, u64 place, u64 end)
{
	while (place < end && v->s->ring[place++ % HISTORY_RING] != '\n')
		;
	return place;
}

/* What the run has from the ordinal on; false: nothing. */
static bool take_run(const struct view *v, u64 nr, u64 ordinal, struct piece *p)
{
	u64 begin = run_place(v, nr), end = run_place(v, nr + 1), from = begin;

	if (from < history_oldest(v->end))
		from = next_line(v, history_oldest(v->end), end);
	if (run_ordinal(v, nr) + (from - begin) < ordinal)
		from = begin + (ordinal - run_ordinal(v, nr));
	p->run = nr;
	p->place = from;
	p->ordinal = run_ordinal(v, nr) + (from - begin);
	p->len = from < end ? end - from : 0;
	return p->len;
}

/* The first that the source has from that ordinal on; false: nothing. */
static bool find_in(const struct view *v, u64 ordinal, u64 low, struct piece *p)
{
	u64 high = v->runs;

	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (is_before(v, middle, ordinal))
			low = middle + 1;
		else
			high = middle;
	}
	while (low < v->runs)
		if (take_run(v, low++, ordinal, p))
			return true;
	return false;
}

/* Characters are seen together with the runs they are in: end is read first. */
static struct view view_source(u32 source)
{
	struct view v = {.s = &history_area->source[source]};

	v.end = __atomic_load_n(&history_states[source].end, __ATOMIC_ACQUIRE);
	v.runs = __atomic_load_n(&history_states[source].runs, __ATOMIC_ACQUIRE);
	return v;
}

/*
 * The first that any source has from that ordinal on. What was put since we began to look is left
 * for later, as a source looked at before may have text in front of it.
 */
static bool find_piece(u64 ordinal, struct piece *best)
{
	u64 limit = history_next();

	best->len = 0;
	for (u32 i = 0; i < HISTORY_SOURCES; i++) {
		struct view v = view_source(i);
		struct piece p;

		if (!v.end || !find_in(&v, ordinal,
				       history_oldest_run(v.runs, history_states[i].first_run), &p))
			continue;
		if (p.ordinal >= limit || (best->len && best->ordinal < p.ordinal))
			continue;
		*best = p;
		best->len = MIN(p.len, limit - p.ordinal);
		best->source = i;
	}
	return best->len;
}

/* Copies; true if neither text nor run was overwritten meanwhile. */
static bool copy_piece(const struct piece *p, u8 *buf, u32 len)
{
	const u8 *ring = history_area->source[p->source].ring;
	u32 first = (u32)MIN((u64)len, HISTORY_RING - p->place % HISTORY_RING);
	struct view now;

	memcpy(buf, ring + p->place % HISTORY_RING, first);
	memcpy(buf + first, ring, len - first);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	now = view_source(p->source);
	return p->place >= history_oldest(now.end) && p->run >= history_oldest_run(now.runs, 0);
}

u32 history_read(u64 *ordinal, u8 *buf, u32 size)
{
	if (!history_area)
		return 0;
	for (u32 i = 0; i < READ_TRIES; i++) {
		struct piece p;
		u32 len;

		if (!find_piece(*ordinal, &p))
			return 0;
		len = (u32)MIN((u64)size, p.len);
		if (!copy_piece(&p, buf, len))
			continue;
		if (len)
			*ordinal = p.ordinal + len;
		return len;
	}
	return 0;
}

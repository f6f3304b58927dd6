// SPDX-License-Identifier: Apache-2.0
/*
 * Writing the rings. A reset may come at any time, and drops what is in caches; so a piece of text is
 * written where the header that is valid does not look (the window is smaller than the ring by a
 * piece, the list of runs by one), cleaned, and only then the other slot tells of it.
 */
#include "core/console/history.h"

#include "arch/cache.h"
#include "core/console/history_priv.h"
#include "lib/string.h"

#define MAGIC 0x32676f6c6b6e /* "nklog2" */
#define EARLY_MAX 512 /* of nk's own lines before there is an area */
#define NOBODY HISTORY_SOURCES

struct history_state history_states[HISTORY_SOURCES];
struct history_area *history_area;
static u64 next, boot;
static u32 last = NOBODY; /* whose run may go on */
static u8 early[EARLY_MAX];
static u32 nr_early;

/* What a character adds to the sum; so the sum depends on their order. */
static u64 weigh_char(u8 c, u64 place)
{
	return c * (2 * place + 1);
}

static u64 mix_words(u64 x, u64 y)
{
	x = (x ^ y) * 0x9e3779b97f4a7c15;
	return x ^ x >> 32;
}

static u64 check_of(const struct history_slot *s)
{
	return mix_words(mix_words(mix_words(mix_words(s->magic, s->end), s->runs), s->next),
			 s->sum);
}

static u32 check_of_run(const struct history_run *r, u64 nr)
{
	return (u32)mix_words(mix_words(mix_words(MAGIC, r->ordinal), r->place), nr);
}

/* Whether the slot is whole, and the text that it tells of. */
static bool slot_valid(const struct history_source *s, const struct history_slot *slot)
{
	u64 total = 0;

	if (slot->magic != MAGIC || slot->check != check_of(slot))
		return false;
	for (u64 i = history_oldest(slot->end); i != slot->end; i++)
		total += weigh_char(s->ring[i % HISTORY_RING], i);
	return total == slot->sum;
}

/* The first run from which on all are whole. */
static u64 whole_runs(const struct history_source *s, u64 runs)
{
	u64 nr = runs, oldest = history_oldest_run(runs, 0);

	while (nr > oldest && s->run[(nr - 1) % HISTORY_RUNS].check ==
				      check_of_run(&s->run[(nr - 1) % HISTORY_RUNS], nr - 1))
		nr--;
	return nr;
}

static void write_slot(struct history_source *s, struct history_state *state)
{
	struct history_slot *slot = &s->slot[state->slot];

	slot->magic = MAGIC;
	slot->end = state->end;
	slot->runs = state->runs;
	slot->next = next;
	slot->sum = state->sum;
	slot->check = check_of(slot);
	cache_clean(slot, sizeof(*slot));
	state->slot ^= 1;
}

/* A reset cut its last line: that ends now, so that nobody else's text is on it. */
static void end_last_line(struct history_source *s, struct history_state *state)
{
	u8 *c = &s->ring[(state->end - 1) % HISTORY_RING];

	if (!state->end || *c == '\n')
		return;
	state->sum += weigh_char('\n', state->end - 1) - weigh_char(*c, state->end - 1);
	*c = '\n';
	cache_clean(c, 1);
	write_slot(s, state);
}

static void recover_ring(struct history_source *s, struct history_state *state)
{
	u32 newer = s->slot[1].end > s->slot[0].end;

	*state = (struct history_state){0};
	for (u32 i = 0; i < 2; i++) {
		const struct history_slot *slot = &s->slot[newer ^ i];

		if (!slot_valid(s, slot))
			continue;
		state->end = slot->end;
		state->runs = slot->runs;
		state->first_run = whole_runs(s, slot->runs);
		state->sum = slot->sum;
		state->slot = newer ^ i ^ 1;
		next = MAX(next, slot->next);
		return;
	}
	memset(s->slot, 0, sizeof(s->slot));
	cache_clean(s->slot, sizeof(s->slot));
}

void history_init(struct history_area *memory)
{
	u32 i;

	history_area = memory;
	next = 0;
	last = NOBODY;
	for (i = 0; i < HISTORY_SOURCES; i++)
		recover_ring(&memory->source[i], &history_states[i]);
	for (i = 0; i < HISTORY_SOURCES; i++)
		end_last_line(&memory->source[i], &history_states[i]);
	boot = next;
	__acquire(&con.lock);
	history_put(0, early, nr_early);
	__release(&con.lock);
	nr_early = 0;
}

/* Cleans what was written of the ring from a place on. */
static void clean_ring(const struct history_source *s, u64 place, u32 len)
{
	u32 first = (u32)MIN((u64)len, HISTORY_RING - place % HISTORY_RING);

	cache_clean(&s->ring[place % HISTORY_RING], first);
	if (unlikely(first < len))
		cache_clean(s->ring, len - first);
}

/* How long the last run is. One that fills the ring is ended, so that 32 bits tell where it began. */
static u32 run_length(const struct history_source *s, const struct history_state *state)
{
	return (u32)state->end - s->run[(state->runs - 1) % HISTORY_RUNS].place;
}

/* Readers find a run before the characters that are in it. */
static void begin_run(struct history_source *s, struct history_state *state)
{
	struct history_run *run = &s->run[state->runs % HISTORY_RUNS];

	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&run->ordinal, next, __ATOMIC_RELAXED);
	__atomic_store_n(&run->place, (u32)state->end, __ATOMIC_RELAXED);
	run->check = check_of_run(run, state->runs);
	cache_clean(run, sizeof(*run));
	__atomic_store_n(&state->runs, state->runs + 1, __ATOMIC_RELEASE);
}

/* Copies into a ring that nothing leaves yet. Returns what that adds to the sum. */
static u64 fill_ring(struct history_source *s, u64 place, const u8 *text, u32 len)
{
	u64 sum = 0;

	for (u32 i = 0; i < len; i++, place++) {
		s->ring[place % HISTORY_RING] = text[i];
		sum += weigh_char(text[i], place);
	}
	return sum;
}

/*
 * The same once as much leaves the window, which is still there: it is a piece behind what is
 * overwritten. A short loop, for no interrupt is taken meanwhile: the new weight and the old one differ
 * by twice the window for what left.
 */
static u64 replace_in_ring(struct history_source *s, u64 place, const u8 *text, u32 len)
{
	u64 sum = 0, left = 0;

	for (u32 i = 0; i < len; i++, place++) {
		u8 old = s->ring[(place - HISTORY_WINDOW) % HISTORY_RING];

		s->ring[place % HISTORY_RING] = text[i];
		sum += ((u64)text[i] - old) * (2 * place + 1);
		left += old;
	}
	return sum + left * 2 * HISTORY_WINDOW;
}

/* Either the whole piece pushes something out of the window, or nothing of it. */
static void put_piece(struct history_source *s, struct history_state *state, const u8 *text,
		      u32 len)
{
	u64 end = state->end + len;

	/* A reader that finds a character of this piece also finds `end` as it is now, or later. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	state->sum += state->end < HISTORY_WINDOW ? fill_ring(s, state->end, text, len)
						  : replace_in_ring(s, state->end, text, len);
	clean_ring(s, state->end, len);
	__atomic_store_n(&state->end, end, __ATOMIC_RELEASE);
	/* And one that finds the new ordinal finds all characters before it. */
	__atomic_store_n(&next, next + len, __ATOMIC_RELEASE);
	write_slot(s, state);
}

static u32 piece_size(const struct history_state *state, u32 len)
{
	u64 most = state->end < HISTORY_WINDOW ? HISTORY_WINDOW - state->end : HISTORY_PIECE;

	return (u32)MIN(MIN(most, (u64)HISTORY_PIECE), (u64)len);
}

void history_put(u32 source, const u8 *text, u32 len) __must_hold(&con.lock)
{
	struct history_state *state = &history_states[source];
	struct history_source *s;

	if (unlikely(!history_area)) {
		len = MIN(len, EARLY_MAX - nr_early);
		memcpy(early + nr_early, text, len);
		nr_early += len;
		return;
	}
	s = &history_area->source[source];
	if (len && (last != source || run_length(s, state) >= HISTORY_RING))
		begin_run(s, state);
	for (u32 n; len; text += n, len -= n) {
		n = piece_size(state, len);
		put_piece(s, state, text, n);
		last = source;
	}
}

u64 history_next(void)
{
	return __atomic_load_n(&next, __ATOMIC_ACQUIRE);
}

u64 history_boot_ordinal(void)
{
	return boot;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The console's history: the ring, what a reset at any moment leaves of it, damage, and readers on
 * other CPUs. What is in `ram` survives a reset; cache_clean() is what brings it there.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cache.h"
#include "core/console/history.h"

#define LINE 64
#define NK 0
#define VM2 2
#define VM3 3

static struct history_area cached, ram;

/* All that was put since power came: what it was, and whose, by ordinal. */
#define ALL (1 << 23)
static u8 sent[ALL];
static u8 whose[ALL];
static u64 end;
static u32 cleans, crash_at; /* the reset comes with the n-th clean; 0: never */
static bool evict;

/* A line of the cache goes to memory; a reset may find only some of those to be cleaned there. */
static void write_back(u64 offset)
{
	memcpy((u8 *)&ram + offset, (u8 *)&cached + offset, LINE);
}

void cache_clean(const void *p, u64 size)
{
	u64 first = ALIGN_DOWN((u64)((const u8 *)p - (u8 *)&cached), LINE);
	u64 end = (u64)((const u8 *)p - (u8 *)&cached) + size;

	assert_true(size && end <= sizeof(cached));
	cleans++;
	/* The cache may evict what it likes at any time. */
	for (u32 i = 0; evict && i < 8; i++)
		if (!crash_at || cleans <= crash_at)
			write_back((u64)random() % (sizeof(cached) / LINE) * LINE);
	if (crash_at && cleans >= crash_at)
		return;
	for (u64 at = first; at < end; at += LINE)
		write_back(at);
}

static void power_on(void)
{
	memset(&ram, 0xa5, sizeof(ram));
	cached = ram;
	end = 0;
	history_init(&cached);
}

static void reset(void)
{
	cached = ram;
	cleans = 0;
	crash_at = 0;
	history_init(&cached);
}

static void put(u32 source, const char *text, u32 len)
{
	assert_true(end + len < ALL);
	memcpy(sent + end, text, len);
	memset(whose + end, (int)source, len);
	history_put(source, (const u8 *)text, len);
	end += len;
}

/* Whole lines, in pieces of different sizes; len characters of them at least. */
static void put_lines(u32 source, u64 len)
{
	static u64 number;
	char line[700];
	u32 n, part;

	for (u64 first = end; end - first < len;) {
		u32 pad = (u32)random() % (random() % 10 ? 100 : 600);

		n = (u32)sprintf(line, "s%u line %lu %0*d\n", source, number++, (int)pad + 1, 7);
		for (u32 i = 0; i < n; i += part) {
			part = (u32)random() % 700 + 1;
			part = MIN(part, n - i);
			put(source, line + i, part);
		}
	}
}

struct seen {
	u64 first, end; /* ordinals */
	u64 of[HISTORY_SOURCES]; /* characters */
	u64 gaps;
};

/* Everything there is from an ordinal on must be right, of one source a call, and in whole lines. */
static struct seen check_all(u64 from)
{
	struct seen seen = {.first = ~0ul};
	u64 ordinal = from, expected = from;
	u8 text[1000];
	u32 n;

	while ((n = history_read(&ordinal, text, (u32)random() % sizeof(text) + 1))) {
		u64 first = ordinal - n;

		seen.first = MIN(seen.first, first);
		seen.gaps += first != expected;
		assert_true(first >= expected && ordinal <= end);
		assert_memory_equal(text, sent + first, n);
		if (first != expected && first)
			assert_int_equal(sent[first - 1], '\n');
		for (u64 i = first; i < ordinal; i++)
			assert_int_equal(whose[i], whose[first]);
		seen.of[whose[first]] += n;
		expected = ordinal;
	}
	seen.end = expected;
	return seen;
}

/* First of all, as there is no area yet. */
static void test_early(void **state)
{
	u64 ordinal = 0;
	u8 text[1024];

	(void)state;
	assert_int_equal(history_read(&ordinal, text, sizeof(text)), 0);
	put(NK, "nk: early\n", 10);
	memset(&ram, 0xa5, sizeof(ram));
	reset();
	assert_int_equal(history_boot_ordinal(), 0);
	assert_int_equal(check_all(0).end, 10);
	reset();
	assert_int_equal(history_boot_ordinal(), 10);
	assert_int_equal(check_all(0).end, 10);
}

static void test_ordinals(void **state)
{
	u64 ordinal;
	u8 c;

	(void)state;
	power_on();
	put(VM2, "0123456\n", 8);
	ordinal = 8; /* the next one: not yet there */
	assert_int_equal(history_read(&ordinal, &c, 1), 0);
	assert_int_equal(ordinal, 8);
	ordinal = 1000;
	assert_int_equal(history_read(&ordinal, &c, 1), 0);
	assert_int_equal(ordinal, 1000);
	ordinal = ~0UL;
	assert_int_equal(history_read(&ordinal, &c, 1), 0);
	ordinal = 3;
	assert_int_equal(history_read(&ordinal, &c, 0), 0);
	assert_int_equal(ordinal, 3);
	assert_int_equal(history_read(&ordinal, &c, 1), 1);
	assert_int_equal(c, '3');
	assert_int_equal(ordinal, 4);
	put_lines(VM2, HISTORY_WINDOW - end - 700);
	assert_int_equal(check_all(0).first, 0);
	put_lines(VM2, 10 * HISTORY_RING);
	assert_in_range(check_all(0).of[VM2], HISTORY_WINDOW - 700, HISTORY_WINDOW);
	assert_int_equal(check_all(0).end, end);
	assert_int_equal(check_all(0).gaps, 1);
}

/* One that prints without end keeps its own last text; the others' stays, each line of it. */
static void test_shares(void **state)
{
	struct seen seen;
	u64 others;

	(void)state;
	power_on();
	for (u32 i = 0; i < 60; i++) {
		put_lines(NK, 100);
		put_lines(VM2, 100);
		put_lines(i % 30 + 2, 50);
	}
	others = end - check_all(0).of[VM3];
	for (u32 i = 0; i < 100; i++)
		put_lines(VM3, HISTORY_RING);
	seen = check_all(0);
	assert_int_equal(seen.first, 0);
	assert_in_range(seen.of[VM3], HISTORY_WINDOW - 700, HISTORY_WINDOW);
	assert_int_equal(seen.end - seen.first - seen.of[VM3] > others, true);
	for (u32 id = 0; id < HISTORY_SOURCES; id++)
		others -= id == VM3 ? 0 : seen.of[id];
	assert_int_equal(others, 0);
	reset();
	assert_int_equal(check_all(0).of[NK], seen.of[NK]);
	assert_int_equal(check_all(0).of[VM3], seen.of[VM3]);
}

/* Two that take turns have as many runs as lines: the oldest go when those are used up. */
static void test_runs(void **state)
{
	struct seen seen;

	(void)state;
	power_on();
	put_lines(NK, 1);
	for (u32 i = 0; i < 5 * HISTORY_RUNS; i++) {
		put(VM2, "a\n", 2);
		put(VM3, "bb\n", 3);
	}
	seen = check_all(0);
	assert_int_equal(seen.first, 0);
	assert_int_equal(seen.of[VM2], 2 * (HISTORY_RUNS - 1));
	assert_int_equal(seen.of[VM3], 3 * (HISTORY_RUNS - 1));
	reset();
	assert_int_equal(check_all(0).of[VM2], 2 * (HISTORY_RUNS - 1));
	put(VM3, "after\n", 6);
	assert_int_equal(check_all(end - 6).of[VM3], 6);
}

/* Resets between whole lines lose nothing, however often. */
static void test_resets(void **state)
{
	(void)state;
	power_on();
	for (u32 i = 0; i < 60; i++) {
		put_lines((u32)random() % 4, (u64)random() % 9000);
		reset();
		assert_int_equal(history_boot_ordinal(), end);
		assert_int_equal(check_all(0).end, end);
	}
}

/*
 * A reset amidst a piece, at each of its cleans, with any lines written back before their time:
 * what was put before is there, but at most the last piece, and nobody's text is on another's line.
 */
static void test_crashes(void **state)
{
	(void)state;
	power_on();
	evict = true;
	for (u32 i = 0; i < 400; i++) {
		char text[HISTORY_PIECE];
		u32 source = (u32)random() % 4, len = (u32)random() % HISTORY_PIECE + 1;
		u64 before;

		put_lines((u32)random() % 4, (u64)random() % 20000 + 1);
		before = end;
		crash_at = cleans + 1 + i % 4;
		memset(text, 'c', sizeof(text));
		put(source, text, len);
		reset();
		end = history_boot_ordinal();
		assert_true(end == before || end == before + len);
		if (end > before)
			sent[end - 1] = '\n'; /* nk ended the line */
		assert_int_equal(check_all(0).end, end);
	}
	evict = false;
}

/* One bit wrong in the text of a source: nothing of it is believed any more, the others' is. */
static void test_damaged_text(void **state)
{
	(void)state;
	for (u32 i = 0; i < 50; i++) {
		struct history_source *s = &ram.source[VM2];
		u64 at;

		power_on();
		put_lines(VM2, 1000 + (u64)random() % (2 * HISTORY_RING));
		put_lines(VM3, 1000);
		reset();
		/* Neither slot may know the text without it. */
		at = MAX(s->slot[0].end, s->slot[1].end) - 1;
		at -= HISTORY_PIECE + (u64)random() % (MIN(at, HISTORY_WINDOW) - 2 * HISTORY_PIECE);
		s->ring[at % HISTORY_RING] ^= (u8)(1 << random() % 8);
		reset();
		assert_int_equal(history_boot_ordinal(), end);
		assert_int_equal(check_all(0).of[VM2], 0);
		assert_true(check_all(0).of[VM3] >= 1000);
		put_lines(VM2, 500);
		reset();
		assert_true(check_all(0).of[VM2] >= 500);
	}
}

/* A run that is damaged: it and those before it are gone, what came after is there. */
static void test_damaged_run(void **state)
{
	(void)state;
	for (u32 bit = 0; bit < 8 * sizeof(struct history_run); bit++) {
		power_on();
		for (u32 i = 0; i < 100; i++) {
			put(VM2, "a\n", 2);
			put(VM3, "b\n", 2);
		}
		((u8 *)&ram.source[VM2].run[40])[bit / 8] ^= (u8)(1 << bit % 8);
		reset();
		assert_int_equal(check_all(0).of[VM3], 200);
		assert_int_equal(check_all(0).of[VM2], 2 * 59);
	}
}

/* One slot gone: the other one is taken. Both: all is. */
static void test_damaged_header(void **state)
{
	(void)state;
	for (u32 bit = 0; bit < 8 * 48; bit++) {
		struct history_slot *slot = ram.source[NK].slot;

		power_on();
		put_lines(NK, 30000);
		reset();
		((u8 *)&slot[slot[1].end > slot[0].end])[bit / 8] ^= (u8)(1 << bit % 8);
		reset();
		assert_true(history_boot_ordinal() >= end - HISTORY_PIECE);
		assert_true(history_boot_ordinal() < end);
		slot[0].magic = 0;
		slot[1].magic = 0;
		reset();
		assert_int_equal(history_boot_ordinal(), 0);
	}
	/* What is whole but wrong in all it says. */
	memset(&ram, 0, sizeof(ram));
	reset();
	assert_int_equal(history_boot_ordinal(), 0);
	memset(&ram, 0xff, sizeof(ram));
	reset();
	assert_int_equal(history_boot_ordinal(), 0);
}

static u32 done;

/* Each line that is read whole is as it was written, and ordinals only grow. */
static void *reader(void *arg)
{
	u64 ordinal = 0;
	u8 text[256];

	(void)arg;
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		u64 before = ordinal;
		u32 n = history_read(&ordinal, text, sizeof(text));

		if (ordinal < before + n || memcmp(text, sent + ordinal - n, n))
			return (void *)1;
		if (random() % 8 == 0)
			ordinal = 0; /* the oldest there is, which is overwritten next */
	}
	return NULL;
}

/* One that never goes back: it misses nothing that is not overwritten, whosever it is. */
static void *follower(void *arg)
{
	u64 ordinal = 0, missed = 0;
	u8 text[512];
	u32 n;

	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		u64 before = ordinal;

		n = history_read(&ordinal, text, sizeof(text));
		missed += n ? ordinal - n - before : 0;
		__atomic_store_n((u64 *)arg, ordinal, __ATOMIC_RELEASE);
	}
	return (void *)missed;
}

static void test_readers(void **state)
{
	pthread_t threads[3], last;
	u64 followed = 0;
	void *bad;

	(void)state;
	power_on();
	done = 0;
	for (u32 i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);
	assert_int_equal(pthread_create(&last, NULL, follower, &followed), 0);
	while (end < 100 * HISTORY_RING) {
		put_lines((u32)random() % 4, 1);
		while (end - __atomic_load_n(&followed, __ATOMIC_ACQUIRE) > HISTORY_RING / 2)
			sched_yield();
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (u32 i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
	pthread_join(last, &bad);
	assert_null(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early),	       cmocka_unit_test(test_ordinals),
		cmocka_unit_test(test_shares),	       cmocka_unit_test(test_runs),
		cmocka_unit_test(test_resets),	       cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_damaged_text),   cmocka_unit_test(test_damaged_run),
		cmocka_unit_test(test_damaged_header), cmocka_unit_test(test_readers),
	};

	srandom(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

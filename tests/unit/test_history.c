// SPDX-License-Identifier: Apache-2.0
/*
 * The console's history: the ring, what a reset at any moment leaves of it, damage, and readers on
 * other CPUs. What is in `ram` survives a reset; cache_clean() is what brings it there.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cache.h"
#include "core/history.h"

#define LINE 64
#define ALL (4 * HISTORY_RING)

static struct history_area cached, ram;
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
	history_init(&cached);
}

static void reset(void)
{
	cached = ram;
	cleans = 0;
	crash_at = 0;
	history_init(&cached);
}

static u8 letter(u64 ordinal)
{
	return (u8)(ordinal * 31 + (ordinal >> 8) * 7 + 1);
}

/* Puts the characters of so many ordinals, in pieces of different sizes. */
static void put(u64 from, u64 count)
{
	static u8 text[ALL];
	u64 n;

	for (u64 i = 0; i < count; i++)
		text[i] = letter(from + i);
	for (u64 i = 0; i < count; i += n) {
		n = (u64)random() % 700 + 1;
		n = MIN(count - i, n);
		history_put(text + i, (u32)n);
	}
}

/* Everything there is from ordinal 0 on must be right; returns the end, and where it began. */
static u64 check_all(u64 *first)
{
	u64 ordinal = 0, begin = 0;
	u8 text[1000];
	u32 n;
	bool any = false;

	while ((n = history_read(&ordinal, text, (u32)(random() % sizeof(text) + 1)))) {
		if (!any)
			begin = ordinal - n;
		any = true;
		for (u32 i = 0; i < n; i++)
			assert_int_equal(text[i], letter(ordinal - n + i));
	}
	if (first)
		*first = begin;
	return ordinal;
}

/* First of all, as there is no area yet. */
static void test_early(void **state)
{
	u64 ordinal = 0;
	u8 text[1024];

	(void)state;
	assert_int_equal(history_read(&ordinal, text, sizeof(text)), 0);
	put(0, 100);
	power_on();
	assert_int_equal(history_boot_ordinal(), 0);
	assert_int_equal(check_all(NULL), 100);
	reset();
	assert_int_equal(history_boot_ordinal(), 100);
	assert_int_equal(check_all(NULL), 100);
}

static void test_ordinals(void **state)
{
	u64 ordinal, first;
	u8 c;

	(void)state;
	power_on();
	put(0, 10);
	ordinal = 10; /* the next one: not yet there */
	assert_int_equal(history_read(&ordinal, &c, 1), 0);
	assert_int_equal(ordinal, 10);
	ordinal = 1000;
	assert_int_equal(history_read(&ordinal, &c, 1), 0);
	assert_int_equal(ordinal, 1000);
	ordinal = ~0UL;
	assert_int_equal(history_read(&ordinal, &c, 1), 0);
	ordinal = 3;
	assert_int_equal(history_read(&ordinal, &c, 0), 0);
	assert_int_equal(ordinal, 3);
	assert_int_equal(history_read(&ordinal, &c, 1), 1);
	assert_int_equal(c, letter(3));
	assert_int_equal(ordinal, 4);
	put(10, HISTORY_WINDOW - 10);
	assert_int_equal(check_all(&first), HISTORY_WINDOW);
	assert_int_equal(first, 0);
	put(HISTORY_WINDOW, 1);
	assert_int_equal(check_all(&first), HISTORY_WINDOW + 1);
	assert_int_equal(first, 1);
	put(HISTORY_WINDOW + 1, 3 * HISTORY_RING);
	assert_int_equal(check_all(&first), HISTORY_WINDOW + 1 + 3 * HISTORY_RING);
	assert_int_equal(first, 1 + 3 * HISTORY_RING);
}

/* Resets between whole pieces lose nothing, however often. */
static void test_resets(void **state)
{
	u64 end = 0;

	(void)state;
	power_on();
	for (u32 i = 0; i < 60; i++) {
		u64 n = (u64)random() % 9000;

		put(end, n);
		end += n;
		reset();
		assert_int_equal(history_boot_ordinal(), end);
		assert_int_equal(check_all(NULL), end);
	}
}

/*
 * A reset amidst a piece, at each of its cleans, with any lines written back before their time:
 * what was put before is there, but at most the last piece.
 */
static void test_crashes(void **state)
{
	u64 end = 0;

	(void)state;
	power_on();
	evict = true;
	for (u32 i = 0; i < 400; i++) {
		u64 n = (u64)random() % 20000, boot, first;

		put(end, n);
		end += n;
		crash_at = cleans + 1 + (u32)(i % 3);
		put(end, (u64)random() % HISTORY_PIECE + 1);
		reset();
		boot = history_boot_ordinal();
		assert_true(boot >= end && boot <= end + HISTORY_PIECE);
		assert_int_equal(check_all(&first), boot);
		assert_true(boot < HISTORY_WINDOW || boot - first == HISTORY_WINDOW);
		end = boot;
	}
	evict = false;
}

/* One bit wrong in the text that can be read: nothing is believed any more. */
static void test_damaged_text(void **state)
{
	(void)state;
	for (u32 i = 0; i < 50; i++) {
		u64 end = 1000 + (u64)random() % (2 * HISTORY_RING), at;

		power_on();
		put(0, end);
		/* Neither slot may know the text without it. */
		at = end - 1 - (u64)random() % MIN(end, HISTORY_WINDOW - HISTORY_PIECE);
		if (end - at <= HISTORY_PIECE)
			at -= HISTORY_PIECE;
		ram.ring[at % HISTORY_RING] ^= (u8)(1 << random() % 8);
		reset();
		assert_int_equal(history_boot_ordinal(), 0);
		assert_int_equal(check_all(NULL), 0);
		put(0, 500);
		reset();
		assert_int_equal(check_all(NULL), 500);
	}
}

/* One slot gone: the other one is taken. Both: all is. */
static void test_damaged_header(void **state)
{
	(void)state;
	for (u32 bit = 0; bit < 8 * 32; bit++) {
		u64 boot;

		power_on();
		put(0, 70000);
		reset();
		((u8 *)&ram.slot[ram.slot[1].next > ram.slot[0].next])[bit / 8] ^=
			(u8)(1 << bit % 8);
		reset();
		boot = history_boot_ordinal();
		assert_true(boot >= 70000 - HISTORY_PIECE && boot < 70000);
		assert_int_equal(check_all(NULL), boot);
		ram.slot[0].magic = 0;
		ram.slot[1].magic = 0;
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

static void *reader(void *arg)
{
	u64 ordinal = 0;
	u8 text[256];

	(void)arg;
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		u32 n = history_read(&ordinal, text, sizeof(text));

		for (u32 i = 0; i < n; i++)
			if (text[i] != letter(ordinal - n + i))
				return (void *)1;
		if (random() % 8 == 0)
			ordinal = 0; /* the oldest there is, which is overwritten next */
	}
	return NULL;
}

static void test_readers(void **state)
{
	pthread_t threads[3];
	void *bad;

	(void)state;
	power_on();
	done = 0;
	for (u32 i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);
	for (u64 end = 0; end < 100 * HISTORY_RING; end += HISTORY_RING)
		put(end, HISTORY_RING);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (u32 i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early),	     cmocka_unit_test(test_ordinals),
		cmocka_unit_test(test_resets),	     cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_damaged_text), cmocka_unit_test(test_damaged_header),
		cmocka_unit_test(test_readers),
	};

	srandom(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* EL2's page pool and the board's RAM: nothing is given twice, nothing that is reserved is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/vm/ram.h"
#include "lib/pages.h"

#define POOL_PAGES 64
#define MAP_PAGES 4096 /* of the random test's machine */
#define MAP_BASE GIB(1)

static struct cfg_board board;

static void board_ram(u64 base, u64 size)
{
	memset(&board, 0, sizeof(board));
	board.nr_ram = 1;
	board.ram[0].base = base;
	board.ram[0].size = size;
}

static void test_pages(void **state)
{
	u8 *pool = aligned_alloc(64 * PAGE_SIZE, POOL_PAGES * PAGE_SIZE);
	u8 *a, *b, *c;

	(void)state;
	memset(pool, 0xff, POOL_PAGES * PAGE_SIZE);
	pages_init(pool, POOL_PAGES);
	a = pages_alloc(1);
	b = pages_alloc_aligned(8, 8);
	c = pages_alloc(1);
	assert_ptr_equal(a, pool);
	assert_int_equal((u64)b % (8 * PAGE_SIZE), 0);
	assert_true(b >= a + PAGE_SIZE && c >= b + 8 * PAGE_SIZE);
	for (u32 i = 0; i < 8 * PAGE_SIZE; i++)
		assert_int_equal(b[i], 0);
	assert_null(pages_alloc(POOL_PAGES));
	assert_int_equal(pages_total(), POOL_PAGES);
	assert_int_equal(pages_free(), (pool + POOL_PAGES * PAGE_SIZE - c) / PAGE_SIZE - 1);
	/* A refusal takes nothing; all that is left can still be had, and then no more. */
	for (u8 *p = c + PAGE_SIZE; p < pool + POOL_PAGES * PAGE_SIZE; p += PAGE_SIZE)
		assert_ptr_equal(pages_alloc(1), p);
	assert_null(pages_alloc(1));
	assert_null(pages_alloc_aligned(1, 64));
	assert_int_equal(pages_free(), 0);
	free(pool);
}

static void test_ram_edges(void **state)
{
	u64 base;

	(void)state;
	board_ram(GIB(1) + 100, MIB(8));
	board.nr_reserved = 1;
	board.reserved[0].base = GIB(1) + MIB(4) + 1;
	board.reserved[0].size = 1;
	ram_init(&board);
	/* Pages that are RAM in part only, or reserved in part, are nobody's. */
	assert_int_equal(ram_free_range(0)->base, GIB(1) + PAGE_SIZE);
	assert_int_equal(ram_free_range(0)->size, MIB(4) - PAGE_SIZE);
	assert_int_equal(ram_free_range(1)->base, GIB(1) + MIB(4) + PAGE_SIZE);
	assert_null(ram_free_range(2));
	assert_int_equal(ram_total_bytes(), ram_free_bytes());
	assert_int_equal(ram_largest(BLOCK_SIZE), MIB(2));
	assert_true(ram_alloc(BLOCK_SIZE, BLOCK_SIZE, NULL, 0, &base));
	assert_int_equal(base, GIB(1) + MIB(2));
	assert_false(ram_alloc(MIB(4), BLOCK_SIZE, NULL, 0, &base));
	assert_false(ram_alloc(GIB(1), PAGE_SIZE, NULL, 0, &base));
}

/* A certain place: all of it or nothing, once. */
static void test_ram_take(void **state)
{
	u64 base;

	(void)state;
	board_ram(GIB(1), MIB(16));
	ram_init(&board);
	assert_true(ram_take(GIB(1) + MIB(4), MIB(4)));
	assert_int_equal(ram_free_bytes(), MIB(12));
	assert_false(ram_take(GIB(1) + MIB(4), MIB(4)));
	assert_false(ram_take(GIB(1) + MIB(2), MIB(4)));
	assert_false(ram_take(GIB(1) + MIB(6), MIB(4)));
	assert_false(ram_take(GIB(1) + MIB(14), MIB(4)));
	assert_false(ram_take(GIB(1) - MIB(2), MIB(4)));
	assert_false(ram_take(GIB(1) + MIB(8), ~0UL - MIB(2)));
	assert_false(ram_take(~0UL - MIB(2), MIB(4)));
	assert_int_equal(ram_free_bytes(), MIB(12));
	assert_true(ram_take(GIB(1), MIB(4)));
	assert_true(ram_alloc(MIB(8), BLOCK_SIZE, NULL, 0, &base));
	assert_int_equal(base, GIB(1) + MIB(8));
	assert_int_equal(ram_free_bytes(), 0);
}

/* As low as there is room beside what is avoided. */
static void test_ram_avoid_low(void **state)
{
	static const struct range avoid[] = {
		{GIB(1) + MIB(4), MIB(2)}, {GIB(1) - MIB(1), MIB(2)}, {GIB(1) + MIB(2), 1}};
	u64 base;

	board_ram(GIB(1), MIB(16));
	ram_init(&board);
	assert_true(ram_alloc(MIB(2), BLOCK_SIZE, avoid, 3, &base));
	assert_int_equal(base, GIB(1) + MIB(6));
	assert_false(ram_alloc(MIB(10), BLOCK_SIZE, avoid, 3, &base));
	assert_true(ram_alloc(MIB(8), BLOCK_SIZE, avoid, 3, &base));
	assert_int_equal(base, GIB(1) + MIB(8));
	assert_false(ram_alloc(MIB(2), BLOCK_SIZE, avoid, 3, &base));
	assert_true(ram_alloc(PAGE_SIZE, PAGE_SIZE, avoid, 3, &base));
	assert_int_equal(base, GIB(1) + MIB(1));
}

static void test_ram_odd_boards(void **state)
{
	u64 base;

	(void)state;
	board_ram(0, 0);
	ram_init(&board);
	assert_int_equal(ram_free_bytes(), 0);
	assert_false(ram_alloc(PAGE_SIZE, PAGE_SIZE, NULL, 0, &base));
	assert_int_equal(ram_largest(BLOCK_SIZE), 0);
	/* Beyond what EL2's windows reach. */
	board_ram(BIT(46) - MIB(2), GIB(1));
	ram_init(&board);
	assert_int_equal(ram_free_bytes(), MIB(2));
	board_ram(BIT(47), GIB(1));
	ram_init(&board);
	assert_int_equal(ram_free_bytes(), 0);
	/* All of it reserved. */
	board_ram(GIB(1), MIB(2));
	ram_init(&board);
	ram_reserve(0, GIB(4));
	assert_int_equal(ram_free_bytes(), 0);
}

static void mark(u8 *map, u64 base, u64 size)
{
	for (u64 p = base / PAGE_SIZE; p < (base + size + PAGE_SIZE - 1) / PAGE_SIZE; p++) {
		u64 i = p - MAP_BASE / PAGE_SIZE;

		if (i < MAP_PAGES)
			map[i] = 1;
	}
}

static u64 count_free(const u8 *map)
{
	u64 n = 0;

	for (u32 i = 0; i < MAP_PAGES; i++)
		n += !map[i];
	return n * PAGE_SIZE;
}

/* Random reservations and allocations against a map of pages. */
static void test_ram_random(void **state)
{
	static u8 map[MAP_PAGES];
	static const u64 aligns[] = {PAGE_SIZE, KIB(64), BLOCK_SIZE};

	(void)state;
	srandom(3);
	for (u32 round = 0; round < 300; round++) {
		memset(map, 0, sizeof(map));
		board_ram(MAP_BASE, MAP_PAGES * PAGE_SIZE);
		ram_init(&board);
		for (u32 i = 0; i < 30; i++) {
			u64 size = ((u64)random() % 200 + 1) * PAGE_SIZE;
			u64 align = aligns[random() % 3];
			u64 base = MAP_BASE + (u64)random() % (MAP_PAGES * PAGE_SIZE);

			if (random() & 1) {
				ram_reserve(base, (u64)random() % size);
				continue;
			}
			if (!ram_alloc(size, align, NULL, 0, &base)) {
				assert_true(align > PAGE_SIZE || ram_largest(PAGE_SIZE) < size);
				continue;
			}
			assert_int_equal(base % align, 0);
			for (u64 p = base; p < base + size; p += PAGE_SIZE)
				assert_int_equal(map[(p - MAP_BASE) / PAGE_SIZE], 0);
			mark(map, base, size);
		}
		assert_true(ram_free_bytes() <= count_free(map));
	}
}

/* What is reserved is exactly the pages it touches. */
static void test_ram_reserve(void **state)
{
	static u8 map[MAP_PAGES];

	(void)state;
	srandom(5);
	for (u32 round = 0; round < 300; round++) {
		memset(map, 0, sizeof(map));
		board_ram(MAP_BASE, MAP_PAGES * PAGE_SIZE);
		ram_init(&board);
		for (u32 i = 0; i < 20; i++) {
			u64 base = MAP_BASE - MIB(1) +
				   (u64)random() % (MAP_PAGES * PAGE_SIZE + MIB(2));
			u64 size = (u64)random() % MIB(1);

			ram_reserve(base, size);
			if (size)
				mark(map, base, size);
		}
		assert_int_equal(ram_free_bytes(), count_free(map));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),	       cmocka_unit_test(test_ram_edges),
		cmocka_unit_test(test_ram_take),       cmocka_unit_test(test_ram_avoid_low),
		cmocka_unit_test(test_ram_odd_boards), cmocka_unit_test(test_ram_random),
		cmocka_unit_test(test_ram_reserve),
	};

	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* The ring of guest-linux/include/vlx/ring.h: its rules, one call after the other, and a peer that breaks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <vlx/ring.h>

#define SIZE 8

static struct vlx_ring_shared shared;
static struct vlx_ring put, take;

/* As after `from` entries that were put and taken. */
static void begin_at(u32 from)
{
	vlx_ring_init(&put, &shared, SIZE, true);
	vlx_ring_init(&take, &shared, SIZE, false);
	put.index = put.shown = put.seen = take.index = take.shown = take.seen = from;
	shared.producer.index = shared.consumer.index = from;
	shared.producer.event = from;
	shared.consumer.event = from + 1;
}

static int begin(void **state)
{
	begin_at(0);
	return 0;
}

static bool put_n(u32 n)
{
	vlx_ring_advance(&put, n);
	return vlx_ring_show(&put);
}

static bool take_n(u32 n)
{
	vlx_ring_advance(&take, n);
	return vlx_ring_show(&take);
}

static void test_sizes(void **state)
{
	assert_true(vlx_ring_size_ok(1));
	assert_true(vlx_ring_size_ok(VLX_RING_SIZE_MAX));
	assert_false(vlx_ring_size_ok(0));
	assert_false(vlx_ring_size_ok(12));
	assert_false(vlx_ring_size_ok(0x80000000u));
	assert_int_equal(sizeof(shared), 2 * VLX_RING_LINE);
	assert_int_equal(offsetof(struct vlx_ring_shared, consumer), VLX_RING_LINE);
}

static void test_counts(void **state)
{
	for (u32 from = 0xfffffff0u; from != 0x20; from++) {
		begin_at(from);
		assert_int_equal(vlx_ring_count(&put), SIZE);
		assert_int_equal(vlx_ring_count(&take), 0);
		put_n(5);
		assert_int_equal(vlx_ring_count(&put), SIZE - 5);
		assert_int_equal(vlx_ring_count(&take), 5);
		assert_int_equal(vlx_ring_slot(&take, 1), (from + 1) % SIZE);
		take_n(2);
		assert_int_equal(vlx_ring_left(&put), SIZE - 5);
		assert_int_equal(vlx_ring_count(&put), SIZE - 3);
		assert_int_equal(vlx_ring_count(&take), 3);
	}
}

static void test_not_shown(void **state)
{
	vlx_ring_advance(&put, 3);
	assert_int_equal(vlx_ring_count(&put), SIZE - 3);
	assert_int_equal(vlx_ring_count(&take), 0);
	vlx_ring_show(&put);
	assert_int_equal(vlx_ring_count(&take), 3);
	assert_false(vlx_ring_show(&put));
}

/* The first entry is told of; then none, until somebody asks. */
static void test_notifications(void **state)
{
	assert_true(put_n(1));
	assert_false(put_n(1));
	assert_int_equal(vlx_ring_count(&take), 2);
	assert_false(take_n(2));
	assert_int_equal(vlx_ring_ask(&take, 1), 0);
	assert_true(put_n(3));
	assert_int_equal(vlx_ring_ask(&take, 3), 1);
	assert_int_equal(vlx_ring_ask(&take, 5), 0);
	assert_false(put_n(1));
	assert_true(put_n(1));
	vlx_ring_hush(&take);
	assert_false(put_n(1));
	assert_int_equal(vlx_ring_count(&take), 6);
}

static void test_asking_for_room(void **state)
{
	put_n(SIZE);
	assert_int_equal(vlx_ring_count(&put), 0);
	assert_int_equal(vlx_ring_ask(&put, 4), 0);
	assert_int_equal(vlx_ring_count(&take), SIZE);
	assert_false(take_n(3));
	assert_true(take_n(1));
	assert_int_equal(vlx_ring_ask(&put, 4), 1);
	assert_int_equal(vlx_ring_left(&put), 4);
}

/* Each index that a peer may show, and each that it may not. */
static void test_impossible(void **state)
{
	for (u32 index = 0; index < 64; index++) {
		begin_at(20);
		put_n(5);
		assert_int_equal(vlx_ring_count(&take), 5);
		take_n(2);
		shared.producer.index = index;
		assert_int_equal(vlx_ring_count(&take),
				 index >= 25 && index <= 30 ? (int)index - 22 : -EPROTO);
		begin_at(20);
		put_n(5);
		shared.consumer.index = 22;
		assert_int_equal(vlx_ring_count(&put), 5);
		shared.consumer.index = index;
		assert_int_equal(vlx_ring_count(&put),
				 index >= 22 && index <= 25 ? (int)(SIZE - 25 + index) : -EPROTO);
	}
}

static void test_broken_for_good(void **state)
{
	shared.producer.index = SIZE + 1;
	assert_int_equal(vlx_ring_count(&take), -EPROTO);
	shared.producer.index = 1;
	assert_int_equal(vlx_ring_count(&take), -EPROTO);
	assert_int_equal(vlx_ring_ask(&take, 1), -EPROTO);
	assert_int_equal(vlx_ring_left(&take), 0);
	begin_at(0);
	assert_int_equal(vlx_ring_count(&take), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sizes, begin),
		cmocka_unit_test_setup(test_counts, begin),
		cmocka_unit_test_setup(test_not_shown, begin),
		cmocka_unit_test_setup(test_notifications, begin),
		cmocka_unit_test_setup(test_asking_for_room, begin),
		cmocka_unit_test_setup(test_impossible, begin),
		cmocka_unit_test_setup(test_broken_for_good, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Queues that stand for a driver's: order, who takes over, who is told, and drivers and back-ends that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shadow_rig.h"

static struct rig rig;

static u16 add(void)
{
	const struct vdrv_buf buf = {VDRV_BASE + VDRV_BUFFERS, 16, true};

	return vdrv_add(&rig.drv, &buf, 1, false);
}

static void expect_pop(u16 head)
{
	u16 got = 0xffff;

	assert_true(rig_pop(&rig, &got));
	assert_int_equal(got, head);
}

static void expect_used(u16 head, u32 bytes)
{
	u16 number;
	u32 len;

	assert_true(vdrv_get(&rig.drv, &number, &len));
	assert_int_equal(number, head);
	assert_int_equal(len, bytes);
}

static void expect_none(void)
{
	u16 number;
	u32 len;

	assert_false(vdrv_get(&rig.drv, &number, &len));
}

static void expect_broken(int result, const char *why)
{
	assert_int_equal(result, -1);
	assert_string_equal(rig.sh.broken, why);
	assert_int_equal(shadow_take(&rig.sh), -1);
	assert_int_equal(shadow_return(&rig.sh), -1);
	assert_false(shadow_ask(&rig.sh));
}

static int begin(void **state)
{
	return rig_begin(&rig, 8, false);
}

static int begin_event_idx(void **state)
{
	return rig_begin(&rig, 8, true);
}

/* The driver sees the ends in its own order, each with its bytes. */
static void test_order(void **state)
{
	u16 head[3];

	for (u32 n = 0; n < 3; n++)
		head[n] = add();
	assert_int_equal(shadow_take(&rig.sh), 3);
	assert_int_equal(shadow_take(&rig.sh), 0);
	for (u32 n = 0; n < 3; n++)
		expect_pop(head[n]);
	rig_push(&rig, head[2], 22);
	assert_int_equal(shadow_return(&rig.sh), 0);
	rig_push(&rig, head[0], 20);
	assert_int_equal(shadow_return(&rig.sh), 1);
	assert_int_equal(shadow_in_flight(&rig.sh), 2);
	expect_used(head[0], 20);
	expect_none();
	rig_push(&rig, head[1], 21);
	assert_int_equal(shadow_return(&rig.sh), 2);
	expect_used(head[1], 21);
	expect_used(head[2], 22);
	expect_none();
	assert_int_equal(shadow_in_flight(&rig.sh), 0);
}

/* What the driver has not seen the end of is given to the next one again, done or not; nothing else is. */
static void test_take_over(void **state)
{
	u16 head[5];

	for (u32 n = 0; n < 5; n++)
		head[n] = add();
	shadow_take(&rig.sh);
	rig_push(&rig, head[0], 0);
	rig_push(&rig, head[2], 2); /* lost: the driver does not know of it */
	shadow_return(&rig.sh);
	assert_int_equal(rig_take_over(&rig), 0);
	assert_int_equal(shadow_take(&rig.sh), 4);
	for (u32 n = 1; n < 5; n++)
		expect_pop(head[n]);
	assert_false(rig_has(&rig));
	for (u32 n = 4; n; n--)
		rig_push(&rig, head[n], n);
	assert_int_equal(shadow_return(&rig.sh), 4);
	for (u32 n = 0; n < 5; n++)
		expect_used(head[n], n);
	expect_none();
}

/* One that has died between its words and the driver's index has done nothing. */
static void test_take_over_nothing(void **state)
{
	assert_int_equal(rig_take_over(&rig), 0);
	assert_int_equal(shadow_take(&rig.sh), 0);
	assert_int_equal(shadow_return(&rig.sh), 0);
	assert_false(rig_has(&rig));
	expect_none();
}

static void test_flags(void **state)
{
	u16 head = add();

	rig.drv.device[0] = VRING_USED_F_NO_NOTIFY; /* of the one before */
	rig_take_over(&rig);
	assert_int_equal(rig.drv.device[0], 0);
	assert_true(shadow_ask(&rig.sh));
	shadow_take(&rig.sh);
	assert_false(shadow_ask(&rig.sh));
	assert_true(shadow_wants_kick(&rig.sh));
	rig.used[0] = VRING_USED_F_NO_NOTIFY;
	assert_false(shadow_wants_kick(&rig.sh));
	rig_push(&rig, head, 0);
	shadow_return(&rig.sh);
	assert_true(shadow_wants_interrupt(&rig.sh));
	rig.drv.driver[0] = VRING_AVAIL_F_NO_INTERRUPT;
	assert_false(shadow_wants_interrupt(&rig.sh));
}

static void test_events(void **state)
{
	u16 head[4];

	assert_false(shadow_ask(&rig.sh));
	for (u32 n = 0; n < 4; n++)
		head[n] = add();
	assert_true(vdrv_kick(&rig.drv));
	assert_int_equal(shadow_take(&rig.sh), 4);
	add();
	assert_false(vdrv_kick(&rig.drv)); /* nobody has asked */
	assert_true(shadow_ask(&rig.sh));
	shadow_take(&rig.sh);
	assert_false(shadow_ask(&rig.sh));
	add();
	assert_true(vdrv_kick(&rig.drv));
	rig.drv.driver[2 + 8] = 2; /* an interrupt for the third */
	for (u32 n = 0; n < 4; n++) {
		rig_push(&rig, head[n], 0);
		assert_int_equal(shadow_return(&rig.sh), 1);
		assert_int_equal(shadow_wants_interrupt(&rig.sh), n == 2);
	}
}

/* So long that all indices go round, with a back-end that takes any order and dies often. */
static void test_long(void **state)
{
	u16 held[8], order[8], head;
	u32 added = 0, seen = 0, n = 0, len, deaths = 0;
	unsigned int seed = 1;

	while (seen < 100000) {
		if (rig.drv.left && rand_r(&seed) % 2) {
			order[added % 8] = add();
			added++;
		}
		assert_true(shadow_take(&rig.sh) >= 0);
		while (n < 8 && rig_pop(&rig, &head))
			held[n++] = head;
		if (n && rand_r(&seed) % 2) {
			u32 which = rand_r(&seed) % n;

			rig_push(&rig, held[which], held[which] + 1000u);
			held[which] = held[--n];
		}
		assert_true(shadow_return(&rig.sh) >= 0);
		for (; vdrv_get(&rig.drv, &head, &len); seen++) {
			assert_int_equal(head, order[seen % 8]);
			assert_int_equal(len, head + 1000u);
		}
		assert_int_equal(shadow_in_flight(&rig.sh), added - seen);
		if (rand_r(&seed) % 100)
			continue;
		rig_take_over(&rig);
		n = 0;
		deaths++;
	}
	assert_true(deaths > 100);
}

static void test_wrong_size(void **state)
{
	static const u32 sizes[] = {0, 3, 7, 65536, 40000};

	for (u32 n = 0; n < sizeof(sizes) / sizeof(*sizes); n++)
		expect_broken(shadow_init(&rig.sh, sizes[n], rig.slots, rig.slot_of),
			      "its size is no power of two");
}

static void test_not_aligned(void **state)
{
	rig.sh.driver.avail = (u8 *)rig.drv.driver + 1;
	expect_broken(rig_take_over(&rig), "its areas are not aligned");
	rig.sh.driver = (struct shadow_ring){rig.drv.driver, rig.drv.device + 1};
	expect_broken(rig_take_over(&rig), "its areas are not aligned");
}

static void test_index_lies(void **state)
{
	add();
	rig.drv.driver[1] = 9;
	expect_broken(shadow_take(&rig.sh), "the driver's available index cannot be");
	rig_take_over(&rig);
	rig.drv.driver[1] = 1;
	assert_int_equal(shadow_take(&rig.sh), 1);
	rig.drv.driver[1] = 0;
	expect_broken(shadow_take(&rig.sh), "the driver's available index cannot be");
	rig.drv.driver[1] = 1;
	rig.drv.device[1] = 2;
	rig_take_over(&rig);
	expect_broken(shadow_take(&rig.sh), "the driver's available index cannot be");
}

static void test_heads_lie(void **state)
{
	add();
	add();
	rig.drv.driver[2 + 1] = 8;
	expect_broken(shadow_take(&rig.sh), "the driver names a descriptor that there is not");
	assert_false(rig_has(&rig));
	rig.drv.driver[2 + 1] = rig.drv.driver[2];
	rig_take_over(&rig);
	expect_broken(shadow_take(&rig.sh), "the driver names a descriptor that is in flight");
	assert_false(rig_has(&rig));
}

/* A driver can have its back-end write into that one's rings. */
static void test_back_end_lies(void **state)
{
	static const char what[] = "the back-end returns what it does not have";
	u16 head = add(), other = add();

	add();
	shadow_take(&rig.sh);
	rig_push(&rig, 8, 0);
	expect_broken(shadow_return(&rig.sh), what);
	rig_take_over(&rig);
	shadow_take(&rig.sh);
	rig_push(&rig, 0x10000u + head, 0);
	expect_broken(shadow_return(&rig.sh), what);
	rig_take_over(&rig);
	shadow_take(&rig.sh);
	rig_push(&rig, 7, 0); /* not in flight */
	expect_broken(shadow_return(&rig.sh), what);
	rig_take_over(&rig);
	shadow_take(&rig.sh);
	rig_push(&rig, other, 0);
	rig_push(&rig, other, 0);
	expect_broken(shadow_return(&rig.sh), what);
	rig_take_over(&rig);
	shadow_take(&rig.sh);
	rig.used[1] = 4;
	expect_broken(shadow_return(&rig.sh), "the back-end's used index cannot be");
	expect_none();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, begin),
		cmocka_unit_test_setup(test_take_over, begin),
		cmocka_unit_test_setup(test_take_over_nothing, begin),
		cmocka_unit_test_setup(test_flags, begin),
		cmocka_unit_test_setup(test_events, begin_event_idx),
		cmocka_unit_test_setup(test_long, begin_event_idx),
		cmocka_unit_test_setup(test_wrong_size, begin),
		cmocka_unit_test_setup(test_not_aligned, begin),
		cmocka_unit_test_setup(test_index_lies, begin),
		cmocka_unit_test_setup(test_heads_lie, begin),
		cmocka_unit_test_setup(test_back_end_lies, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

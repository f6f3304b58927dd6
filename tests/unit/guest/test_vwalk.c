// SPDX-License-Identifier: Apache-2.0
/* The walker of virtqueues against an honest driver of both formats, and against each thing that a driver may get wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <linux/errno.h>
#include "../../../guest-linux/drivers/virtio/vwalk_priv.h"
#include "virtq_driver.h"

#define SIZE 8
#define ROOM 16
#define SPLIT_AT 0xe000 /* where the driver's memory goes on somewhere else here */

/* The driver sees one piece; here the two are in another order. */
static u8 memory[VDRV_MEMORY] __attribute__((aligned(4096)));
static u8 rest[VDRV_MEMORY - SPLIT_AT];
static const struct vwalk_piece pieces[] = {
	{.driver = VDRV_BASE + SPLIT_AT, .size = sizeof(rest), .here = rest},
	{.driver = VDRV_BASE, .size = SPLIT_AT, .here = memory},
};
static const struct vwalk_memory shared = {pieces, 2};

static struct vdrv drv;
static struct vwalk dev;
static struct vwalk_slot slots[VDRV_SIZE_MAX];
static struct kvec iov[VDRV_SIZE_MAX];
static u16 flags[VDRV_SIZE_MAX], number;

static struct vwalk_setup setup_of(u32 size, bool packed, bool event_idx)
{
	return (struct vwalk_setup){.size = size,
				    .packed = packed,
				    .indirect = true,
				    .event_idx = event_idx,
				    .desc = VDRV_BASE,
				    .driver = VDRV_BASE + VDRV_DRIVER_AREA,
				    .device = VDRV_BASE + VDRV_DEVICE_AREA};
}

static void begin(u16 size, bool packed, bool event_idx)
{
	struct vwalk_setup setup = setup_of(size, packed, event_idx);

	vdrv_init(&drv, memory, size, packed, event_idx);
	assert_int_equal(vwalk_init(&dev, &shared, &setup, slots), 0);
}

/* What each test is called with: formats by 2, event indices by 1. */
static bool packed_of(void **state)
{
	return *(int *)*state & 2;
}

static bool event_of(void **state)
{
	return *(int *)*state & 1;
}

static struct vdrv_buf buf(u32 at, u32 len, bool write)
{
	return (struct vdrv_buf){VDRV_BASE + VDRV_BUFFERS + at, len, write};
}

static u16 add(u16 out, u16 in, bool indirect)
{
	struct vdrv_buf bufs[VDRV_SIZE_MAX];

	for (u16 n = 0; n < out + in; n++)
		bufs[n] = buf(64 * n, 10 + n, n >= out);
	return vdrv_add(&drv, bufs, out + in, indirect);
}

static int get(void)
{
	return vwalk_get(&dev, &number, iov, ROOM, flags);
}

static void check_pieces(int got, u16 out, u16 in)
{
	assert_int_equal(got, out + in);
	for (int n = 0; n < got; n++) {
		assert_ptr_equal(iov[n].iov_base, memory + VDRV_BUFFERS + 64 * n);
		assert_int_equal(iov[n].iov_len, 10 + n);
		assert_int_equal(flags[n], n >= out ? VRING_DESC_F_WRITE : 0);
	}
}

static void expect_used(u16 id, u32 bytes)
{
	u16 got;
	u32 len;

	assert_true(vdrv_get(&drv, &got, &len));
	assert_int_equal(got, id);
	assert_int_equal(len, bytes);
}

static void test_chains(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	assert_false(vwalk_has(&dev));
	assert_int_equal(get(), 0);
	for (int round = 0; round < 50; round++) {
		u16 out = round % 4, in = 1 + round % 3, id = add(out, in, round % 5 == 0);

		assert_true(vwalk_has(&dev));
		check_pieces(get(), out, in);
		assert_false(vwalk_has(&dev));
		vwalk_put(&dev, number, round);
		expect_used(id, round);
	}
	assert_null(dev.broken);
}

/* In any order, and the queue full again and again; further than 16 bits count. */
static void test_out_of_order(void **state)
{
	u16 ids[SIZE], numbers[SIZE];

	begin(SIZE, packed_of(state), event_of(state));
	for (u32 round = 0; round < 3 * 65536 / SIZE; round++) {
		for (u32 n = 0; n < SIZE; n++)
			ids[n] = add(1, 0, false);
		for (u32 n = 0; n < SIZE; n++) {
			assert_int_equal(get(), 1);
			numbers[n] = number;
		}
		assert_int_equal(get(), 0);
		for (u32 n = 0; n < SIZE; n++) {
			u32 which = (n * 3 + round) % SIZE;

			vwalk_put(&dev, numbers[which], n);
			expect_used(ids[which], n);
		}
		assert_int_equal(dev.taken, 0);
	}
}

/* Several that are returned together: the driver sees none of them, then all, wherever in the ring they are. */
static void test_together(void **state)
{
	u32 bytes[4] = {7, 8, 9};
	u16 ids[3], numbers[3];

	begin(SIZE, packed_of(state), event_of(state));
	for (u32 n = 0; n < 15 * SIZE; n++) {
		ids[n % 3] = add(0, 1, false);
		assert_int_equal(get(), 1);
		numbers[n % 3] = number;
		if (n % 3 < 2)
			continue;
		dev.format->put(&dev, numbers[0], bytes[0]);
		assert_false(vdrv_get(&drv, &number, &bytes[3]));
		vwalk_put_all(&dev, 2, numbers + 1, bytes + 1);
		for (u32 i = 0; i < 3; i++)
			expect_used(ids[i], bytes[i]);
	}
}

/* One that stays out while others go round; a size that is no power of two. */
static void test_one_stays(void **state)
{
	u16 size = packed_of(state) ? 5 : 4, stays, first;

	begin(size, packed_of(state), event_of(state));
	first = add(1, 1, false);
	assert_int_equal(get(), 2);
	stays = number;
	for (int round = 0; round < 100; round++) {
		u16 id = add(1, 0, false);

		assert_int_equal(get(), 1);
		assert_int_not_equal(number, stays);
		vwalk_put(&dev, number, 1);
		expect_used(id, 1);
	}
	vwalk_put(&dev, stays, 2);
	expect_used(first, 2);
	assert_int_equal(drv.left, size);
}

static void test_unget(void **state)
{
	u16 a, b;

	begin(SIZE, packed_of(state), event_of(state));
	for (int round = 0; round < 20; round++) {
		a = add(2, 1, false);
		b = add(1, 1, false);
		check_pieces(get(), 2, 1);
		vwalk_unget(&dev);
		vwalk_unget(&dev);
		assert_int_equal(dev.taken, 0);
		check_pieces(get(), 2, 1);
		vwalk_put(&dev, number, 1);
		vwalk_unget(&dev); /* what was put stays put */
		expect_used(a, 1);
		check_pieces(get(), 1, 1);
		vwalk_put(&dev, number, 2);
		vwalk_put(&dev, number, 2); /* nor twice */
		expect_used(b, 2);
		assert_false(vdrv_has_used(&drv));
	}
}

/* A buffer that goes on elsewhere here, and the last byte that is shared. */
static void test_pieces(void **state)
{
	struct vdrv_buf bufs[] = {
		buf(SPLIT_AT - VDRV_BUFFERS - 6, 16, false),
		buf(VDRV_MEMORY - VDRV_BUFFERS - 1, 1, true),
	};

	begin(SIZE, packed_of(state), event_of(state));
	vdrv_add(&drv, bufs, 2, false);
	assert_int_equal(get(), 3);
	assert_ptr_equal(iov[0].iov_base, memory + SPLIT_AT - 6);
	assert_int_equal(iov[0].iov_len, 6);
	assert_ptr_equal(iov[1].iov_base, rest);
	assert_int_equal(iov[1].iov_len, 10);
	assert_ptr_equal(iov[2].iov_base, rest + sizeof(rest) - 1);
	assert_int_equal(flags[1], 0);
	assert_int_equal(flags[2], VRING_DESC_F_WRITE);
	assert_true(vwalk_get(&dev, &number, iov, ROOM, NULL) == 0);
}

/* The driver is hushed, asks, and is told once. */
static void test_kicks(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	assert_false(vwalk_ask(&dev));
	add(1, 0, false);
	assert_true(vdrv_kick(&drv));
	vwalk_hush(&dev);
	add(1, 0, false);
	assert_false(vdrv_kick(&drv));
	assert_true(vwalk_ask(&dev));
	assert_int_equal(get(), 1);
	assert_true(vwalk_ask(&dev));
	assert_int_equal(get(), 1);
	assert_false(vwalk_ask(&dev));
	add(1, 0, false);
	assert_true(vdrv_kick(&drv));
	add(1, 0, false);
	assert_int_equal(vdrv_kick(&drv),
			 !event_of(state)); /* with an index it asks for one kick */
}

static void put_one(void)
{
	add(1, 0, false);
	assert_int_equal(get(), 1);
	vwalk_put(&dev, number, 0);
}

static void drain(void)
{
	u16 id;
	u32 len;

	while (vdrv_get(&drv, &id, &len))
		;
}

static void test_interrupts(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	for (int round = 0; round < 100; round++) {
		assert_false(vdrv_ask(&drv));
		assert_false(vwalk_show(&dev));
		put_one();
		assert_true(vwalk_show(&dev));
		assert_false(vwalk_show(&dev));
		vdrv_hush(&drv);
		put_one();
		assert_false(vwalk_show(&dev));
		assert_true(vdrv_ask(&drv));
		drain();
		assert_false(vdrv_ask(&drv));
		put_one();
		put_one();
		put_one();
		assert_true(vwalk_show(&dev));
		drain();
	}
}

/* What the driver asks for by an index that is not reached yet. */
static void test_later(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	for (int round = 0; round < 40; round++) {
		u16 at = drv.used + 2;
		bool wrap = drv.used_wrap;

		if (drv.packed && at >= SIZE) {
			at -= SIZE;
			wrap = !wrap;
		}
		if (drv.packed) {
			drv.driver[0] = at | (wrap ? 0x8000 : 0);
			drv.driver[1] = VRING_PACKED_EVENT_FLAG_DESC;
		} else {
			drv.driver[2 + SIZE] = at;
		}
		for (int n = 0; n < 4; n++) {
			put_one();
			assert_int_equal(vwalk_show(&dev), event_of(state) ? n == 2 : true);
		}
		drain();
	}
}

/* Out of step by more than 16 bits: told rather than not. */
static void test_long_without_show(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	vdrv_ask(&drv);
	for (int n = 0; n < 65536 + 10; n++) {
		put_one();
		drain();
	}
	assert_true(vwalk_show(&dev));
}

static void test_full_tables(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	for (int n = 0; n < SIZE; n++)
		add(3, 5, true);
	assert_int_equal(drv.left, 0);
	for (int n = 0; n < SIZE; n++)
		check_pieces(get(), 3, 5);
	assert_int_equal(get(), 0);
	assert_null(dev.broken);
}

/* As the driver can set it up. */
static void refused(struct vwalk_setup setup, const char *why)
{
	assert_int_equal(vwalk_init(&dev, &shared, &setup, slots), -EINVAL);
	assert_string_equal(dev.broken, why);
	assert_false(vwalk_has(&dev));
	assert_int_equal(get(), -EPROTO);
	assert_false(vwalk_ask(&dev));
	vwalk_hush(&dev);
	vwalk_put(&dev, 0, 0);
	vwalk_unget(&dev);
	assert_false(vwalk_show(&dev));
}

static void test_setups(void **state)
{
	static const char ring[] = "a ring is not in memory that is shared, or not aligned";
	struct vwalk_setup good = setup_of(SIZE, packed_of(state), event_of(state)), s;
	u64 *areas[] = {&s.desc, &s.driver, &s.device};
	static const u64 wrong[] = {0,
				    VDRV_BASE - 16,
				    VDRV_BASE + VDRV_MEMORY,
				    VDRV_BASE + SPLIT_AT - 2,
				    VDRV_BASE + 1,
				    ~0ull - 15};

	s = good;
	s.size = 0;
	refused(s, "a size that cannot be");
	s.size = VWALK_SIZE_MAX + 1;
	refused(s, "a size that cannot be");
	s.size = VWALK_SIZE_MAX;
	refused(s, ring);
	if (!good.packed) {
		s.size = 6;
		refused(s, "a size that is no power of two");
	}
	for (u32 area = 0; area < 3; area++) {
		for (u32 n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
			s = good;
			*areas[area] = wrong[n];
			refused(s, ring);
		}
	}
	assert_int_equal(vwalk_init(&dev, &shared, &good, slots), 0);
	assert_null(dev.broken);
}

/* The flags of a descriptor, and what only its format has. */
static u16 *flags_of(struct vdrv_desc *d)
{
	return drv.packed ? &d->b : &d->a;
}

static struct vdrv_desc *table_of(u16 id)
{
	return (struct vdrv_desc *)(memory + VDRV_TABLES) + id * VDRV_TABLE;
}

/* For good, and it writes nothing any more. */
static void broken_by(const char *why)
{
	static u8 before[VDRV_BUFFERS];

	memcpy(before, memory, sizeof(before));
	assert_true(vwalk_has(&dev));
	assert_int_equal(get(), -EPROTO);
	assert_string_equal(dev.broken, why);
	assert_false(vwalk_has(&dev));
	vwalk_put(&dev, 0, 1);
	vwalk_unget(&dev);
	vwalk_hush(&dev);
	assert_false(vwalk_ask(&dev));
	assert_false(vwalk_show(&dev));
	assert_memory_equal(before, memory, sizeof(before));
	memset(memory, 0, sizeof(before));
	assert_int_equal(get(), -EPROTO);
}

static struct vdrv_desc *first(u16 out, u16 in)
{
	begin(SIZE, drv.packed, drv.event_idx);
	add(out, in, false);
	return drv.desc;
}

static struct vdrv_desc *indirect(u16 out, u16 in)
{
	begin(SIZE, drv.packed, drv.event_idx);
	return table_of(add(out, in, true));
}

static void test_bad_buffers(void **state)
{
	static const char outside[] = "a buffer is not in memory that is shared";
	static const u64 wrong[] = {0, VDRV_BASE - 1, VDRV_BASE + VDRV_MEMORY,
				    VDRV_BASE + VDRV_MEMORY - 9, ~0ull};

	begin(SIZE, packed_of(state), event_of(state));
	for (u32 n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
		first(1, 0)->addr = wrong[n];
		broken_by(outside);
		indirect(1, 0)->addr = wrong[n];
		broken_by(outside);
	}
	first(1, 0)->len = 0xffffffff;
	broken_by(outside);
	first(2, 1)[1].len = 0;
	broken_by("a buffer has no size");
	indirect(2, 1)[2].len = 0;
	broken_by("a buffer has no size");
	*flags_of(&first(2, 1)[0]) |= VRING_DESC_F_WRITE;
	broken_by("a buffer to read is behind one to write");
	*flags_of(&indirect(2, 1)[0]) |= VRING_DESC_F_WRITE;
	broken_by("a buffer to read is behind one to write");
}

static void test_bad_tables(void **state)
{
	static const u32 sizes[] = {0, 8, 17, 16 * (SIZE + 1), 0xfffffff0};

	begin(SIZE, packed_of(state), event_of(state));
	for (u32 n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		indirect(1, 1);
		drv.desc->len = sizes[n];
		broken_by("an indirect table has a size that cannot be");
	}
	indirect(1, 1);
	drv.desc->addr = VDRV_BASE + VDRV_MEMORY - 16;
	broken_by("a buffer has no size"); /* zeroes */
	indirect(1, 1);
	drv.desc->addr = VDRV_BASE + SPLIT_AT - 8; /* one descriptor in two pieces */
	broken_by("an indirect table is not in memory that is shared");
	*flags_of(&indirect(1, 1)[1]) |= VRING_DESC_F_INDIRECT;
	broken_by("an indirect table is in another");
	indirect(1, 1);
	*flags_of(drv.desc) |= VRING_DESC_F_NEXT;
	broken_by("something is behind an indirect table");
	indirect(1, 1);
	dev.indirect = false;
	broken_by("an indirect table was not agreed on");
}

static void test_too_long(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	add(SIZE, 0, false);
	assert_int_equal(vwalk_get(&dev, &number, iov, SIZE - 1, flags), -EPROTO);
	assert_string_equal(dev.broken, "a chain has more pieces than the device takes");
	begin(SIZE, drv.packed, drv.event_idx);
	add(SIZE, 0, false);
	assert_int_equal(vwalk_get(&dev, &number, iov, SIZE, flags), SIZE);
}

static void test_bad_split(void **state)
{
	begin(SIZE, false, event_of(state));
	first(3, 0)[2].a |= VRING_DESC_F_NEXT;
	drv.desc[2].b = 0;
	broken_by("a chain has more descriptors than the queue");
	first(3, 0)[1].b = SIZE;
	broken_by("a descriptor is not in its table");
	indirect(3, 0)[1].b = 3;
	broken_by("a descriptor is not in its table");
	indirect(3, 0)[2].a |= VRING_DESC_F_NEXT;
	broken_by("a chain has more descriptors than the queue");
	first(1, 0);
	drv.driver[2] = SIZE;
	broken_by("a chain begins outside of the queue");
	first(1, 0);
	drv.driver[1] = SIZE + 1;
	broken_by("more chains than the queue can have");
	first(1, 0);
	drv.driver[1] = 2; /* the second entry says 0 as the first does */
	assert_int_equal(get(), 1);
	broken_by("a chain is there that the device has already");
	first(1, 0);
	assert_int_equal(get(), 1);
	drv.driver[1] = 0;
	broken_by("more chains than the queue can have");
}

/* Data of 4 GiB and more: the same memory many times. */
static void test_bad_sum(void **state)
{
	static const struct vwalk_piece all = {
		.driver = VDRV_BASE, .size = 0x100000000ull, .here = memory};
	struct vdrv_buf bufs[3];

	for (u32 n = 0; n < 3; n++)
		bufs[n] = (struct vdrv_buf){VDRV_BASE, 0x70000000, false};
	begin(SIZE, packed_of(state), event_of(state));
	dev.memory = (struct vwalk_memory){&all, 1};
	vdrv_add(&drv, bufs, 2, false);
	assert_int_equal(get(), 2);
	vdrv_add(&drv, bufs, 3, false);
	broken_by("a chain has 4 GiB of data");
}

static void test_bad_packed(void **state)
{
	begin(SIZE, true, event_of(state));
	first(1, 0);
	for (int n = 0; n < SIZE; n++) {
		drv.desc[n] = drv.desc[0];
		drv.desc[n].b |= VRING_DESC_F_NEXT;
	}
	broken_by("more descriptors than the queue can have");
	first(1, 0);
	assert_int_equal(get(), 1);
	for (int n = 0; n < SIZE; n++) {
		drv.desc[n] = drv.desc[0];
		drv.desc[n].b |= VRING_DESC_F_NEXT;
	}
	broken_by("more descriptors than the queue can have");
	first(1, 0); /* any number will do; each is one descriptor, and the queue has eight */
	for (int n = 1; n < SIZE; n++)
		drv.desc[n] = drv.desc[0];
	for (int n = 0; n < SIZE; n++)
		assert_int_equal(get(), 1);
	assert_int_equal(get(), 0);
	for (int n = 0; n < SIZE; n++)
		drv.desc[n].b = VDRV_USED;
	broken_by("more descriptors than the queue can have");
}

/* Words that only say when to interrupt may be anything. */
static void test_nonsense_asked(void **state)
{
	begin(SIZE, packed_of(state), event_of(state));
	for (u32 n = 0; n < 0x20000; n += 77) {
		*(drv.packed ? drv.driver : drv.driver + 2 + SIZE) = n;
		drv.driver[drv.packed ? 1 : 0] = n >> 9;
		put_one();
		vwalk_show(&dev);
		drain();
	}
	assert_null(dev.broken);
}

static int formats[] = {0, 1, 2, 3};
#define SPLIT(test)                                                                                \
	cmocka_unit_test_prestate(test, &formats[0]), cmocka_unit_test_prestate(test, &formats[1])
#define PACKED(test)                                                                               \
	cmocka_unit_test_prestate(test, &formats[2]), cmocka_unit_test_prestate(test, &formats[3])
#define BOTH(test) SPLIT(test), PACKED(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_chains),	BOTH(test_out_of_order), BOTH(test_one_stays),
		BOTH(test_unget),	BOTH(test_pieces),	 BOTH(test_kicks),
		BOTH(test_interrupts),	BOTH(test_later),	 BOTH(test_long_without_show),
		BOTH(test_full_tables), BOTH(test_setups),	 BOTH(test_bad_buffers),
		BOTH(test_bad_tables),	BOTH(test_too_long),	 BOTH(test_bad_sum),
		SPLIT(test_bad_split),	PACKED(test_bad_packed), BOTH(test_nonsense_asked),
		BOTH(test_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

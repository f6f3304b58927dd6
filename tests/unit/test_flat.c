// SPDX-License-Identifier: Apache-2.0
/* The flattened trees' reader of vlx-dt: finds what libfdt finds, and nothing outside of the blob. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/errno.h>
#include <linux/string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "flat.h"

#define ROUNDS 50000
#define STOP 7

static u8 *blob;
static u32 blob_size;

/* Node by node and property by property through libfdt, in step with the walk. */
struct twin {
	int node;
	int prop;
	int depth;
	int events;
	int stop_at;
};

static int count(struct twin *t)
{
	return ++t->events == t->stop_at ? STOP : 0;
}

static int twin_begin(void *cookie, const char *name)
{
	struct twin *t = cookie;

	t->node = t->events ? fdt_next_node(blob, t->node, NULL) : 0;
	assert_true(t->node >= 0);
	assert_string_equal(name, fdt_get_name(blob, t->node, NULL));
	t->prop = fdt_first_property_offset(blob, t->node);
	t->depth++;
	return count(t);
}

static int twin_prop(void *cookie, const char *name, const void *value, u32 len)
{
	struct twin *t = cookie;
	const char *their_name;
	int their_len;
	const void *theirs = fdt_getprop_by_offset(blob, t->prop, &their_name, &their_len);

	assert_ptr_equal(value, theirs);
	assert_int_equal(len, their_len);
	assert_string_equal(name, their_name);
	t->prop = fdt_next_property_offset(blob, t->prop);
	return count(t);
}

static int twin_end(void *cookie)
{
	struct twin *t = cookie;

	t->depth--;
	return count(t);
}

static const struct flat_ops twin_ops = {twin_begin, twin_prop, twin_end};

static void finds_what_libfdt_finds(void **state)
{
	struct twin t = {0};

	assert_int_equal(flat_walk(blob, blob_size, &twin_ops, &t), 0);
	assert_int_equal(t.depth, 0);
	assert_true(t.events > 100);
	assert_int_equal(fdt_next_node(blob, t.node, NULL), -FDT_ERR_NOTFOUND);
}

static void callbacks_end_it(void **state)
{
	struct twin all = {0};

	flat_walk(blob, blob_size, &twin_ops, &all);
	for (int at = 1; at <= all.events; at++) {
		struct twin t = {.stop_at = at};

		assert_int_equal(flat_walk(blob, blob_size, &twin_ops, &t), STOP);
		assert_int_equal(t.events, at);
	}
}

/* Reads all that it is told of, so that the sanitizer sees whether it is there. */
struct reader {
	int depth;
	u32 sum;
};

static int read_begin(void *cookie, const char *name)
{
	struct reader *r = cookie;

	assert_true(strlen(name) <= FLAT_NAME_MAX && !strchr(name, '/'));
	assert_true(!*name == !r->depth);
	assert_true(++r->depth <= FLAT_DEPTH_MAX);
	return 0;
}

static int read_prop(void *cookie, const char *name, const void *value, u32 len)
{
	struct reader *r = cookie;
	const u8 *bytes = value;

	assert_true(r->depth > 0 && *name && strcmp(name, "..") && strlen(name) <= FLAT_NAME_MAX);
	while (len--)
		r->sum += *bytes++;
	return 0;
}

static int read_end(void *cookie)
{
	struct reader *r = cookie;

	assert_true(r->depth-- > 0);
	return 0;
}

static const struct flat_ops read_ops = {read_begin, read_prop, read_end};

static int walk_copy(const u8 *from, u32 size)
{
	struct reader r = {0};
	u8 *copy = malloc(size ? size : 1);
	int err;

	memcpy(copy, from, size);
	err = flat_walk(copy, size, &read_ops, &r);
	assert_true(err == 0 || err == -EINVAL);
	if (!err)
		assert_int_equal(r.depth, 0);
	free(copy);
	return err;
}

static void cut_short(void **state)
{
	for (u32 size = 0; size < blob_size; size++)
		assert_int_equal(walk_copy(blob, size), -EINVAL);
}

/* Words of the header and of the structure, mostly replaced by values that mean something. */
static void spoilt(void **state)
{
	static const u32 words[] = {0,	  1,	      2,	  3,	      4,  9,
				    0x10, 0x7fffffff, 0x80000000, 0xfffffffc, ~0u};
	u8 *copy = malloc(blob_size);
	int good = 0;

	srand(1);
	for (int i = 0; i < ROUNDS; i++) {
		u32 last = i % 2 ? 40 : blob_size & ~3u;

		memcpy(copy, blob, blob_size);
		for (int n = 1 + rand() % 3; n; n--) {
			fdt32_t word = cpu_to_fdt32(words[(u32)rand() % (sizeof(words) / 4)]);
			u32 at = ((u32)rand() % last) & ~3u;

			if (rand() % 4)
				memcpy(copy + at, &word, sizeof(word));
			else
				copy[at] = (u8)rand();
		}
		good += !walk_copy(copy, blob_size);
	}
	assert_true(good > ROUNDS / 100 && good < ROUNDS);
	free(copy);
}

static void odd_trees(void **state)
{
	static const char *const bad[] = {".", "..", "a/b", ""};
	u8 tree[2048];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		fdt_create(tree, sizeof(tree));
		fdt_finish_reservemap(tree);
		fdt_begin_node(tree, "");
		fdt_begin_node(tree, bad[i]);
		fdt_end_node(tree);
		fdt_end_node(tree);
		fdt_finish(tree);
		assert_int_equal(walk_copy(tree, fdt_totalsize(tree)), -EINVAL);
	}
	for (int depth = FLAT_DEPTH_MAX; depth <= FLAT_DEPTH_MAX + 1; depth++) {
		fdt_create(tree, sizeof(tree));
		fdt_finish_reservemap(tree);
		for (int i = 0; i < depth; i++)
			fdt_begin_node(tree, i ? "n" : "");
		for (int i = 0; i < depth; i++)
			fdt_end_node(tree);
		fdt_finish(tree);
		assert_int_equal(walk_copy(tree, fdt_totalsize(tree)),
				 depth <= FLAT_DEPTH_MAX ? 0 : -EINVAL);
	}
}

static int load(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return -1;
	blob = malloc(1 << 20);
	blob_size = fread(blob, 1, 1 << 20, file);
	fclose(file);
	blob = realloc(blob, blob_size);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_libfdt_finds),
		cmocka_unit_test(callbacks_end_it),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(spoilt),
		cmocka_unit_test(odd_trees),
	};
	int failed;

	if (load(UNIT_BUILD "/unit/dtb/unit/dts/full.dtb")) {
		perror("full.dtb");
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(blob);
	return failed;
}

// SPDX-License-Identifier: Apache-2.0
/* Broken blobs: cut off anywhere, any byte wrong, any header field wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "config/fdt/dt.h"
#include "config_util.h"

static struct cfg_system sys;
static struct cfg_board board;

/* Parses a broken copy; what is accepted all the same must be in bounds. */
static int parse_system(const void *blob, size_t size)
{
	struct cfg_error err;
	int ret = cfg_system_parse(&sys, blob, size, virt_board(3), &err);

	if (!ret)
		check_system_bounds(&sys, virt_board(3));
	assert_int_equal(ret, err.text[0] ? -1 : 0);
	return ret;
}

static int parse_board(const void *blob, size_t size)
{
	struct cfg_error err;
	int ret = cfg_board_parse(&board, blob, size, &err);

	if (!ret)
		check_board_bounds(&board);
	assert_int_equal(ret, err.text[0] ? -1 : 0);
	return ret;
}

/* QEMU's tree without the free space behind it. */
static void *packed_board(size_t *size)
{
	void *blob = load_blob("virt-gicv3", size);

	assert_int_equal(fdt_pack(blob), 0);
	*size = fdt_totalsize(blob);
	return blob;
}

static void *full_system(size_t *size)
{
	return load_blob("unit/dts/full", size);
}

typedef int (*parse_fn)(const void *blob, size_t size);
typedef void *(*blob_fn)(size_t *size);

struct kind {
	parse_fn parse;
	blob_fn blob;
};

static const struct kind kinds[] = {
	{parse_system, full_system},
	{parse_board, packed_board},
};

static void test_cut_off(void **state)
{
	const struct kind *k = *state;
	size_t size, n;
	void *blob = k->blob(&size);

	assert_int_equal(k->parse(blob, size), 0);
	for (n = 0; n < size; n++) {
		void *cut = copy_blob(blob, n);

		assert_int_equal(k->parse(cut, n), -1);
		/* The header, too, says that this is all. */
		if (n >= sizeof(struct fdt_header)) {
			fdt_set_totalsize(cut, (u32)n);
			assert_int_equal(k->parse(cut, n), -1);
		}
		free(cut);
	}
	free(blob);
}

static void test_flipped(void **state)
{
	const struct kind *k = *state;
	size_t size, n;
	u8 *blob = k->blob(&size);

	for (n = 0; n < size; n++) {
		u8 good = blob[n];

		blob[n] = good ^ (u8)(1 << n % 8);
		k->parse(blob, size);
		blob[n] = 0xff;
		k->parse(blob, size);
		blob[n] = 0;
		k->parse(blob, size);
		blob[n] = good;
	}
	assert_int_equal(k->parse(blob, size), 0);
	free(blob);
}

/* Each 32-bit word of the header and of the structure becomes each of some wild numbers. */
static void test_wild_words(void **state)
{
	static const u32 wild[] = {0,	 1,	     4,		 9,	     0x7fffffff,
				   0x28, 0x80000000, 0xfffffffc, 0xffffffff, 0x00010000};
	const struct kind *k = *state;
	size_t size, n, i;
	u8 *blob = k->blob(&size);

	for (n = 0; n + 4 <= size; n += 4) {
		fdt32_t good, bad;

		memcpy(&good, blob + n, 4);
		for (i = 0; i < ARRAY_SIZE(wild); i++) {
			bad = cpu_to_fdt32(wild[i]);
			memcpy(blob + n, &bad, 4);
			k->parse(blob, size);
		}
		memcpy(blob + n, &good, 4);
	}
	assert_int_equal(k->parse(blob, size), 0);
	free(blob);
}

static void expect(const void *blob, size_t size, const char *what)
{
	struct cfg_error err = {.text = ""};
	char text[160];

	snprintf(text, sizeof(text), "tree: %s: a device tree blob, whole and 8-byte aligned",
		 what);
	assert_int_equal(dt_check(blob, size, "tree", &err), -1);
	assert_string_equal(err.text, text);
}

static void test_header(void **state)
{
	size_t size;
	u8 *blob = full_system(&size);
	u8 *odd = malloc(size + 4);

	(void)state;
	memcpy(odd + 4, blob, size);
	expect(odd + 4, size, "misaligned");
	free(odd);
	expect(NULL, size, "FDT_ERR_BADMAGIC");
	expect(blob, 39, "FDT_ERR_TRUNCATED");
	expect(blob, size - 1, "FDT_ERR_TRUNCATED");
	fdt_set_last_comp_version(blob, 18);
	expect(blob, size, "FDT_ERR_BADVERSION");
	fdt_set_last_comp_version(blob, 16);
	fdt_set_magic(blob, 0x12345678);
	expect(blob, size, "FDT_ERR_BADMAGIC");
	free(blob);
}

/* Trees that only a program makes: built tag by tag. */
static void test_structure(void **state)
{
	static const struct {
		const char *what;
		bool good;
		u32 tags[12];
	} cases[] = {
		{"good", true, {FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_END}},
		{"nops", true, {FDT_BEGIN_NODE, 0, FDT_NOP, FDT_END_NODE, FDT_END}},
		{"empty", false, {FDT_END}},
		{"nop first", false, {FDT_NOP, FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_END}},
		{"not ended", false, {FDT_BEGIN_NODE, 0, FDT_END}},
		{"end too many", false, {FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_END_NODE}},
		{"property outside",
		 false,
		 {FDT_BEGIN_NODE, 0, FDT_END_NODE, FDT_PROP, 0, 0, FDT_END}},
		{"property's name",
		 false,
		 {FDT_BEGIN_NODE, 0, FDT_PROP, 0, 4, FDT_END_NODE, FDT_END}},
		{"property's value",
		 false,
		 {FDT_BEGIN_NODE, 0, FDT_PROP, 0xfffffffc, 0, FDT_END_NODE, FDT_END}},
		{"unknown tag", false, {FDT_BEGIN_NODE, 0, 5, FDT_END}},
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct {
			struct fdt_header h;
			u32 rsv[4];
			u32 tags[12];
			char strings[4];
		} __aligned(8) t = {.strings = "abc"};
		struct cfg_error err = {.text = ""};

		fdt_set_magic(&t, FDT_MAGIC);
		fdt_set_totalsize(&t, sizeof(t));
		fdt_set_off_dt_struct(&t, offsetof(typeof(t), tags));
		fdt_set_size_dt_struct(&t, sizeof(t.tags));
		fdt_set_off_dt_strings(&t, offsetof(typeof(t), strings));
		fdt_set_size_dt_strings(&t, sizeof(t.strings));
		fdt_set_off_mem_rsvmap(&t, offsetof(typeof(t), rsv));
		fdt_set_version(&t, 17);
		fdt_set_last_comp_version(&t, 16);
		for (j = 0; j < ARRAY_SIZE(t.tags); j++)
			t.tags[j] = cpu_to_fdt32(cases[i].tags[j]);
		if (!dt_check(&t, sizeof(t), "tree", &err) != cases[i].good)
			fail_msg("%s: \"%s\"", cases[i].what, err.text);
	}
}

/* The root and DT_DEPTH_MAX - 1 below it are the most. */
static void test_deep(void **state)
{
	static u8 blob[4096] __aligned(8);
	int i, depth;

	(void)state;
	for (depth = DT_DEPTH_MAX; depth <= DT_DEPTH_MAX + 1; depth++) {
		struct cfg_error err = {.text = ""};

		assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
		assert_int_equal(fdt_finish_reservemap(blob), 0);
		for (i = 0; i < depth; i++)
			assert_int_equal(fdt_begin_node(blob, i ? "n" : ""), 0);
		for (i = 0; i < depth; i++)
			assert_int_equal(fdt_end_node(blob), 0);
		assert_int_equal(fdt_finish(blob), 0);
		assert_int_equal(dt_check(blob, sizeof(blob), "tree", &err),
				 depth > DT_DEPTH_MAX ? -1 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_deep),
		{"system cut off", test_cut_off, NULL, NULL, (void *)&kinds[0]},
		{"system flipped", test_flipped, NULL, NULL, (void *)&kinds[0]},
		{"system wild words", test_wild_words, NULL, NULL, (void *)&kinds[0]},
		{"board cut off", test_cut_off, NULL, NULL, (void *)&kinds[1]},
		{"board flipped", test_flipped, NULL, NULL, (void *)&kinds[1]},
		{"board wild words", test_wild_words, NULL, NULL, (void *)&kinds[1]},
	};

	return cmocka_run_group_tests_name("config: broken blobs", tests, NULL, NULL);
}

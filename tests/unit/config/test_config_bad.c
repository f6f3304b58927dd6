// SPDX-License-Identifier: Apache-2.0
/*
 * One test for each file of tests/bad: it must be refused with exactly the line it names, and the
 * host must have the advice it names, or none.
 * Arguments: the .dts files; their blobs are below build/unit/dtb.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/advice.h"
#include "config_util.h"

static struct cfg_system sys;

/* tests/bad/system/x.dts -> bad/system/x */
static void blob_name(const char *path, char *name, size_t size)
{
	snprintf(name, size, "%s", path + strlen("tests/"));
	name[strlen(name) - strlen(".dts")] = 0;
}

/* The board a case is for: QEMU's virt machine, or that of tests/bad/include it names. */
static const struct cfg_board *case_board(const char *path)
{
	static struct cfg_board named;
	static void *fdt;
	char *name = case_text(path, "board");
	struct cfg_error err;
	char blob[128];
	size_t size;

	if (!name)
		return virt_board(3);
	snprintf(blob, sizeof(blob), "bad/include/%s", name);
	free(name);
	free(fdt);
	fdt = load_blob(blob, &size);
	if (cfg_board_parse(&named, fdt, size, &err))
		fail_msg("%s: %s", blob, err.text);
	return &named;
}

static void check_advice(const char *path, const struct cfg_error *err)
{
	char *want = case_text(path, "advice");
	const char *got = advice(err);

	if (want)
		assert_string_equal(got ? got : "none", want);
	else
		assert_null(got);
	free(want);
}

static void test_refused(void **state)
{
	const char *path = *state;
	char *want = case_text(path, "error");
	struct cfg_error err = {.text = ""};
	static struct cfg_board board;
	char name[256];
	size_t size;
	void *blob;
	int ret;

	assert_non_null(want);
	blob_name(path, name, sizeof(name));
	blob = load_blob(name, &size);
	if (strstr(path, "/board/"))
		ret = cfg_board_parse(&board, blob, size, &err);
	else
		ret = cfg_system_parse(&sys, blob, size, case_board(path), &err);
	assert_string_equal(err.text, want);
	assert_int_equal(ret, -1);
	check_advice(path, &err);
	free(blob);
	free(want);
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests = calloc((size_t)argc, sizeof(*tests));
	int i;

	for (i = 1; i < argc; i++) {
		tests[i - 1].name = argv[i];
		tests[i - 1].test_func = test_refused;
		tests[i - 1].initial_state = argv[i];
	}
	if (argc < 2) {
		fprintf(stderr, "usage: %s tests/bad/KIND/NAME.dts ...\n", argv[0]);
		return 2;
	}
	i = _cmocka_run_group_tests("config: bad input", tests, (size_t)argc - 1, NULL, NULL);
	free(tests);
	return i;
}

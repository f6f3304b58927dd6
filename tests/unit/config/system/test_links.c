// SPDX-License-Identifier: Apache-2.0
/* From ends to vlinks: ends, order, numbers, quotas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "config/fdt/dt.h"
#include "unit/config/config_util.h"

static struct cfg_system sys;
static void *blob;

static void parse(const char *name)
{
	struct cfg_error err;
	size_t size;

	free(blob);
	blob = load_blob(name, &size);
	memset(&sys, 0xa5, sizeof(sys));
	if (cfg_system_parse(&sys, blob, size, virt_board(3), &err))
		fail_msg("%s: %s", name, err.text);
	check_system_bounds(&sys, virt_board(3));
}

static const char *end(const struct cfg_link *l, int which, char *buf)
{
	const struct cfg_vdev *d = &sys.vdevs[l->end[which]];

	sprintf(buf, "%u/%s", d->vm, dt_name(sys.fdt, d->node.at));
	return buf;
}

static const struct want {
	const char *server, *client, *name;
	s32 number;
	u32 pdev_size;
	u64 pmem_size;
} full[] = {
	/* 1 MiB less 3 quotas of 64 KiB, by 5 links, in pages. */
	{"1/events", "2/events", "vl,hypevent.v1", 0, 128, 0},
	{"2/clones", "3/clone@0", "x", 1, 0x8000, 0x10000},
	{"2/clones", "3/clone@1", "x", 2, 0x100, 0x10000},
	{"2/clones", "3/clone@2", "x", 3, 0x100, 0x10000},
	{"2/pair", "3/pair", "x", 0, 0x4000, 0},
	{"3/pair", "2/pair", "x", 0, 0x4000, 0},
	{"2/mutual", "3/mutual", "x", 6, 0x4000, 0x29000},
	{"3/mutual", "2/mutual", "x", 6, 0x4000, 0x29000},
	{"2/last", "3/last", "x", 4, 0x4000, 0x29000},
	{"2/auto", "2/loop", "y", 9, 0x4000, 0x29000},
	{"2/auto", "3/auto", "y", 0, 0x4000, 0x29000},
};

static void test_links(void **state)
{
	char buf[64];

	(void)state;
	parse("unit/dts/links");
	assert_int_equal(sys.nr_links, ARRAY_SIZE(full));
	for (u32 i = 0; i < ARRAY_SIZE(full); i++) {
		const struct cfg_link *l = &sys.links[i];

		assert_string_equal(end(l, CFG_SERVER, buf), full[i].server);
		assert_string_equal(end(l, CFG_CLIENT, buf), full[i].client);
		assert_string_equal(sys.vdevs[l->end[CFG_SERVER]].compatible, full[i].name);
		assert_int_equal(l->number, full[i].number);
		assert_int_equal(l->pdev_size, full[i].pdev_size);
		assert_int_equal(l->pmem_size, full[i].pmem_size);
	}
}

static void test_none(void **state)
{
	(void)state;
	parse("unit/dts/props");
	assert_int_equal(sys.nr_links, 0);
}

/* A tree with n ends in VM 2; the first one is named by all others. */
static void *crowd(u32 n, const char *name, bool explicit, size_t *size)
{
	int total = 1 << 20, vms, node;
	void *fdt = malloc((size_t)total);
	size_t base_size;
	void *base = load_blob("unit/dts/props", &base_size);
	char buf[32];

	assert_int_equal(fdt_open_into(base, fdt, total), 0);
	free(base);
	vms = fdt_path_offset(fdt, "/vm/vm2/vdevs");
	assert_true(vms >= 0);
	for (u32 i = n; i--;) {
		snprintf(buf, sizeof(buf), "end%u", i);
		node = fdt_add_subnode(fdt, fdt_path_offset(fdt, "/vm/vm2/vdevs"), buf);
		assert_true(node >= 0);
		if (!i) {
			fdt_setprop_u32(fdt, node, "phandle", 0x1000);
			fdt_setprop_string(fdt, node, "#clone", "auto");
			fdt_setprop_string(fdt, node, "compatible", name);
		} else {
			fdt_setprop_u32(fdt, node, "peer-phandle", 0x1000);
			if (explicit)
				fdt_setprop_u32(fdt, node, "link", 2 * i);
		}
	}
	fdt_pack(fdt);
	*size = fdt_totalsize(fdt);
	return fdt;
}

/* As many as there can be: an end without direction that all others name. */
static void test_most(void **state)
{
	struct cfg_error err;
	size_t size;

	(void)state;
	for (int explicit = 0; explicit < 2; explicit ++) {
		free(blob);
		blob = crowd(CFG_VDEVS_MAX, "x", explicit, &size);
		if (cfg_system_parse(&sys, blob, size, virt_board(3), &err))
			fail_msg("%s", err.text);
		check_system_bounds(&sys, virt_board(3));
		assert_int_equal(sys.nr_links, 2 * (CFG_VDEVS_MAX - 1));
		assert_int_equal(sys.links[2].number, sys.links[3].number);
	}
	free(blob);
	blob = crowd(CFG_VDEVS_MAX + 1, "x", false, &size);
	assert_int_equal(cfg_system_parse(&sys, blob, size, virt_board(3), &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_most),
	};

	return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}

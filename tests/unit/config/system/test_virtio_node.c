// SPDX-License-Identifier: Apache-2.0
/* VirtIO devices of the tree: each property, in each form that is right; tests/bad has those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/config/config_util.h"

static struct cfg_system sys;
static void *blob;

static void parse(const char *name, int gic)
{
	struct cfg_error err;
	size_t size;

	free(blob);
	blob = load_blob(name, &size);
	memset(&sys, 0xa5, sizeof(sys));
	if (cfg_system_parse(&sys, blob, size, virt_board(gic), &err))
		fail_msg("%s: %s", name, err.text);
	check_system_bounds(&sys, virt_board(gic));
}

static int teardown(void **state)
{
	free(blob);
	return 0;
}

static const struct cfg_virtio want[] = {
	{.vm = 2,
	 .back = 3,
	 .name = "disk,a",
	 .reg = {0x0a003000, 0x200},
	 .intid = 74,
	 .share = true,
	 .wait_ms = 0},
	{.vm = 2,
	 .back = 3,
	 .name = "console",
	 .reg = {0x0a003200, 0x160},
	 .intid = 75,
	 .wait_ms = 10000},
	/* The end of the last piece that has room. */
	{.vm = 2,
	 .back = 4,
	 .name = "pool",
	 .reg = {0x0a004000, 0x200},
	 .intid = 76,
	 .share = true,
	 .pool = {0, MIB(2)},
	 .pool_piece = 1,
	 .wait_ms = 10000},
	{.vm = 2,
	 .back = 4,
	 .name = "low",
	 .reg = {0x0a005000, 0x200},
	 .intid = 77,
	 .share = true,
	 .pool = {MIB(2), MIB(2)},
	 .wait_ms = 10000},
	{.vm = 2,
	 .back = 4,
	 .name = "granted",
	 .reg = {0x0a006000, 0x200},
	 .intid = 78,
	 .share = true,
	 .grants = 1024,
	 .wait_ms = 10000},
	{.vm = 4,
	 .back = 2,
	 .name = "net",
	 .reg = {0x0a003000, 0x1000},
	 .intid = 232,
	 .wait_ms = 15000},
	{.vm = 4,
	 .back = 3,
	 .name = "disk,a",
	 .reg = {0x0a004000, 0x100},
	 .intid = 233,
	 .share = true,
	 .wait_ms = 10000},
};

static void test_devices(void **state)
{
	for (int gic = 2; gic <= 3; gic++) {
		parse("unit/dts/virtio", gic);
		assert_int_equal(sys.nr_virtio, ARRAY_SIZE(want));
		for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
			const struct cfg_virtio *d = &sys.virtio[i], *w = &want[i];

			assert_int_equal(d->vm, w->vm);
			assert_int_equal(d->back, w->back);
			assert_string_equal(d->name, w->name);
			assert_int_equal(d->reg.base, w->reg.base);
			assert_int_equal(d->reg.size, w->reg.size);
			assert_int_equal(d->intid, w->intid);
			assert_int_equal(d->share, w->share);
			assert_int_equal(d->pool.base, w->pool.base);
			assert_int_equal(d->pool.size, w->pool.size);
			assert_int_equal(d->pool_piece, w->pool_piece);
			assert_int_equal(d->grants, w->grants);
			assert_int_equal(d->wait_ms, w->wait_ms);
			assert_ptr_equal(d->node.fdt, blob);
		}
	}
}

static void test_below_pools(void **state)
{
	parse("unit/dts/virtio", 3);
	assert_int_equal(cfg_ram_below_pools(&sys, &sys.vm[0], 0), MIB(2));
	assert_int_equal(cfg_ram_below_pools(&sys, &sys.vm[0], 1), 0);
	assert_int_equal(cfg_ram_below_pools(&sys, &sys.vm[1], 0), MIB(4));
}

static void test_none(void **state)
{
	parse("unit/dts/full", 3);
	assert_int_equal(sys.nr_virtio, 0);
}

/* 16 of each of four VMs, and two that serve 32; the first and the last that fit where they are. */
static void test_limits(void **state)
{
	parse("unit/dts/virtio-many", 3);
	assert_int_equal(sys.nr_virtio, CFG_VIRTIO_MAX);
	for (u32 i = 0; i < CFG_VIRTIO_MAX; i++) {
		assert_int_equal(sys.virtio[i].vm, 2 + i / CFG_VIRTIO_VM_MAX);
		assert_int_equal(sys.virtio[i].back, i < 32 ? 4 : 3);
	}
	assert_int_equal(sys.virtio[0].intid, 32);
	assert_int_equal(sys.virtio[0].reg.base, 0xfffffff000);
	assert_int_equal(strlen(sys.virtio[0].name), 31);
	assert_int_equal(sys.virtio[1].intid, 991);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_below_pools),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}

// SPDX-License-Identifier: Apache-2.0
/* The pieces of a VM's RAM, as the tree has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/config/config_util.h"

static struct cfg_system sys;
static void *blob;

static void parse(const char *name)
{
	struct cfg_error err;
	size_t size;

	blob = load_blob(name, &size);
	memset(&sys, 0xa5, sizeof(sys));
	if (cfg_system_parse(&sys, blob, size, virt_board(3), &err))
		fail_msg("%s: %s", name, err.text);
	check_system_bounds(&sys, virt_board(3));
}

static int teardown(void **state)
{
	free(blob);
	return 0;
}

/* In the order of their units, whatever that of the tree; each with a place of its own, or without one. */
static void test_pieces(void **state)
{
	const struct cfg_ram *ram = sys.vm[1].ram;
	static const struct cfg_ram want[] = {
		{"memory", true, false, 0x08000000, 0x40000000, 0},
		{"memory@1", false, true, 0x00200000, 0, 0x60000000},
		{"memory@3", true, true, 0x00400000, 0xffffc00000, 0x60200000},
	};

	parse("unit/dts/full");
	assert_int_equal(sys.vm[0].nr_ram, 2);
	assert_string_equal(sys.vm[0].ram[1].name, "memory@2");
	assert_false(sys.vm[0].ram[1].has_base || sys.vm[0].ram[1].has_pa);
	assert_int_equal(sys.vm[1].nr_ram, ARRAY_SIZE(want));
	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(ram[i].name, want[i].name);
		assert_int_equal(ram[i].has_base, want[i].has_base);
		assert_int_equal(ram[i].has_pa, want[i].has_pa);
		assert_int_equal(ram[i].size, want[i].size);
		assert_int_equal(ram[i].base, want[i].base);
		assert_int_equal(ram[i].pa, want[i].pa);
	}
	assert_int_equal(cfg_ram_seen(&sys.vm[0].ram[1]).size, 0);
	assert_int_equal(cfg_ram_seen(&ram[1]).base, 0x60000000);
	assert_int_equal(cfg_ram_seen(&ram[2]).base, 0xffffc00000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_pieces, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

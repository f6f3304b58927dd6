// SPDX-License-Identifier: Apache-2.0
/* Where VMs find what is emulated for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/config/config_util.h"

static struct cfg_system sys;
static void *blob;

static void parse(const char *name, const struct cfg_board *b)
{
	struct cfg_error err;
	size_t size;

	free(blob);
	blob = load_blob(name, &size);
	memset(&sys, 0xa5, sizeof(sys));
	if (cfg_system_parse(&sys, blob, size, b, &err))
		fail_msg("%s: %s", name, err.text);
	check_system_bounds(&sys, b);
}

static void assert_range(struct range r, u64 base, u64 size)
{
	assert_int_equal(r.base, base);
	assert_int_equal(r.size, size);
}

/* What a VM finds elsewhere has its own size there, and no longer keeps the board's place. */
static void test_gicv3(void **state)
{
	const struct cfg_vm *vm = sys.vm;

	(void)state;
	parse("unit/dts/places", virt_board(3));
	assert_true(vm[0].has_gic);
	assert_range(vm[0].gic_dist, 0x2f000000, 0x10000);
	assert_range(vm[0].gic_cpu, 0xfffffc0000, 0x40000);
	assert_false(vm[1].has_gic);
	assert_range(vm[1].gic_dist, 0x08000000, 0x10000);
	assert_range(vm[1].gic_cpu, 0x080a0000, 0x00f60000);
}

static void test_gicv2(void **state)
{
	const struct cfg_vm *vm = sys.vm;

	(void)state;
	parse("unit/dts/places", virt_board(2));
	assert_range(vm[0].gic_dist, 0x2f000000, 0x1000);
	assert_range(vm[0].gic_cpu, 0xfffffc0000, 0x2000);
	assert_range(vm[1].gic_dist, 0x08000000, 0x10000);
	assert_range(vm[1].gic_cpu, 0x08010000, 0x10000);
}

/* One has its UART elsewhere, one has none, and one has it where the board's is, if nk knows that. */
static void test_uart(void **state)
{
	static struct cfg_board b;
	const struct cfg_vm *vm = sys.vm;

	(void)state;
	b = *virt_board(3);
	parse("unit/dts/uarts", &b);
	assert_range(vm[0].uart, 0x1c090000, 0x1000);
	assert_int_equal(vm[0].uart_intid, 991);
	assert_range(vm[1].uart, 0, 0);
	assert_int_equal(vm[1].uart_intid, 0);
	assert_false(vm[2].has_uart);
	assert_range(vm[2].uart, 0x09000000, 0x1000);
	assert_int_equal(vm[2].uart_intid, 33);
	b.console.type = CFG_UART_NONE;
	parse("unit/dts/uarts", &b);
	assert_range(vm[0].uart, 0x1c090000, 0x1000);
	assert_range(vm[2].uart, 0, 0);
}

/* Of redistributors that are where the board has none there are as many as wanted. */
static void test_many_redistributors(void **state)
{
	static struct cfg_board b;
	struct cfg_error err;
	size_t size;
	void *board = load_blob("bad/include/two-regions", &size);

	(void)state;
	assert_int_equal(cfg_board_parse(&b, board, size, &err), 0);
	parse("unit/dts/many", &b);
	assert_int_equal(sys.vm[0].nr_vcpus, 3);
	assert_range(sys.vm[0].gic_cpu, 0x20010000, 0x60000);
	free(board);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gicv3),
		cmocka_unit_test(test_gicv2),
		cmocka_unit_test(test_uart),
		cmocka_unit_test(test_many_redistributors),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(blob);
	return failed;
}

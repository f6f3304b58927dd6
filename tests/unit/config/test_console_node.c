// SPDX-License-Identifier: Apache-2.0
/* The console in the board's device tree: which node it is, of what kind, with which registers and interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "config_util.h"

#define ROOM 256

static struct cfg_board board;
static char *blob;

/* unit/dts/board-uart, with one property of its console's another one, or without it (value < 0). */
static const struct cfg_console *console_with(const char *name, int value)
{
	struct cfg_error err;
	size_t size;
	char *made = load_blob("unit/dts/board-uart", &size);
	int node;

	free(blob);
	blob = calloc(1, size + ROOM);
	assert_int_equal(fdt_open_into(made, blob, (int)size + ROOM), 0);
	free(made);
	node = fdt_path_offset(blob, "/serial@a0004c0");
	assert_int_equal(value < 0 ? fdt_delprop(blob, node, name)
				   : fdt_setprop_u32(blob, node, name, (u32)value),
			 0);
	if (cfg_board_parse(&board, blob, size + ROOM, &err))
		fail_msg("%s", err.text);
	check_board_bounds(&board);
	return &board.console;
}

static enum cfg_uart type_with(const char *name, int value)
{
	return console_with(name, value)->type;
}

static void test_alias(void **state)
{
	const struct cfg_console *c = console_with("reg-shift", 2);

	(void)state;
	assert_int_equal(c->type, CFG_UART_16550);
	assert_int_equal(c->reg.base, 0x0a0004c0);
	assert_int_equal(cfg_console_page(c), 0x0a000000);
	assert_int_equal(c->shift, 2);
	assert_int_equal(c->width, 4);
	assert_int_equal(c->offset, 0x40);
	assert_int_equal(c->nr_irqs, 1);
	assert_int_equal(c->irqs[0].intid, 41);
	assert_true(cfg_console_has_irq(c, 41));
	assert_false(cfg_console_has_irq(c, 42));
}

/* What no driver here can reach is no console, and no mistake either. */
static void test_no_driver(void **state)
{
	(void)state;
	assert_int_equal(type_with("reg-io-width", -1), CFG_UART_16550);
	assert_int_equal(type_with("reg-io-width", 1), CFG_UART_16550);
	assert_int_equal(type_with("reg-io-width", 2), CFG_UART_NONE);
	assert_int_equal(type_with("reg-io-width", 0), CFG_UART_NONE);
	assert_int_equal(type_with("reg-shift", 4), CFG_UART_NONE);
	assert_int_equal(type_with("reg-shift", 0x7fffffff), CFG_UART_NONE);
	assert_int_equal(type_with("reg-offset", 0x42), CFG_UART_NONE);
	assert_int_equal(type_with("reg-offset", 0x100), CFG_UART_NONE);
	assert_int_equal(type_with("reg-offset", 0x7ffffff0), CFG_UART_NONE);
	assert_int_equal(type_with("big-endian", 0), CFG_UART_NONE);
	assert_int_equal(type_with("compatible", 0), CFG_UART_NONE);
	assert_int_equal(type_with("interrupt-parent", 0x7777), CFG_UART_NONE);
	assert_int_equal(board.console.nr_irqs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_no_driver),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(blob);
	return failed;
}

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

/* A board whose node at path has one property another one: a cell, or without it (value < 0). */
static const struct cfg_console *console_of(const char *name, const char *path, const char *prop,
					    int value)
{
	struct cfg_error err;
	size_t size;
	char *made = load_blob(name, &size);
	int node;

	free(blob);
	blob = calloc(1, size + ROOM);
	assert_int_equal(fdt_open_into(made, blob, (int)size + ROOM), 0);
	free(made);
	node = fdt_path_offset(blob, path);
	assert_int_equal(value < 0 ? fdt_delprop(blob, node, prop)
				   : fdt_setprop_u32(blob, node, prop, (u32)value),
			 0);
	if (cfg_board_parse(&board, blob, size + ROOM, &err))
		fail_msg("%s", err.text);
	check_board_bounds(&board);
	return &board.console;
}

static const struct cfg_console *console_with(const char *prop, int value)
{
	return console_of("unit/dts/board-uart", "/serial@a0004c0", prop, value);
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
	assert_int_equal(type_with("interrupts", -1), CFG_UART_NONE);
	assert_int_equal(type_with("reg-offset", 0xfc), CFG_UART_16550); /* to the page's end */
	assert_int_equal(type_with("interrupt-parent", 0x7777), CFG_UART_NONE);
	assert_int_equal(board.console.nr_irqs, 0);
}

#define SERIAL "/serial@11002000"

/* The console of unit/dts/board-inverter with that interrupt. */
static const struct cfg_console *inverted(u32 spi, u32 flags)
{
	const fdt32_t cells[] = {cpu_to_fdt32(0), cpu_to_fdt32(spi), cpu_to_fdt32(flags)};
	struct cfg_error err;

	console_of("unit/dts/board-inverter", SERIAL, "unused", 0);
	assert_int_equal(fdt_setprop(blob, fdt_path_offset(blob, SERIAL), "interrupts", cells,
				     sizeof(cells)),
			 0);
	assert_int_equal(cfg_board_parse(&board, blob, fdt_totalsize(blob), &err), 0);
	return &board.console;
}

static void check_inverter(u32 spi, u32 flags, u64 reg, u32 bit, bool turned)
{
	const struct cfg_console *c = inverted(spi, flags);

	assert_int_equal(c->type, CFG_UART_16550);
	assert_int_equal(c->nr_irqs, 1);
	assert_int_equal(c->irqs[0].intid, 32 + spi);
	assert_int_equal(c->irqs[0].trigger, flags & 3 ? CFG_TRIGGER_EDGE : CFG_TRIGGER_LEVEL);
	assert_int_equal(c->inverter.reg, reg);
	assert_int_equal(c->inverter.mask, 1U << bit);
	assert_int_equal(c->inverter.value, turned ? 1U << bit : 0);
}

/* A bit for each interrupt, through all of its registers. */
static void test_inverter(void **state)
{
	(void)state;
	check_inverter(91, 8, 0x10200628, 27, true);
	check_inverter(0, 8, 0x10200620, 0, true);
	check_inverter(255, 2, 0x1020063c, 31, true);
	check_inverter(256, 4, 0x10200690, 0, false);
	check_inverter(383, 1, 0x1020069c, 31, false);
	assert_int_equal(inverted(384, 8)->type, CFG_UART_NONE);
	assert_int_equal(inverted(988, 8)->type, CFG_UART_NONE);
	assert_int_equal(board.console.inverter.mask, 0);
	assert_int_equal(console_with("reg-shift", 2)->inverter.mask, 0);
}

/* What inverts nothing that is known is no way to the GIC. */
static void test_no_inverter(void **state)
{
	const char *node = "/intpol-controller@10200620";

	(void)state;
	/* Nor are registers beyond the UART's last page. */
	assert_int_equal(console_of("unit/dts/board-inverter", SERIAL, "reg-offset", 0xfe0)->type,
			 CFG_UART_16550);
	assert_int_equal(console_of("unit/dts/board-inverter", SERIAL, "reg-offset", 0xfe4)->type,
			 CFG_UART_NONE);
	assert_int_equal(console_of("unit/dts/board-inverter", node, "compatible", 0)->type,
			 CFG_UART_NONE);
	assert_int_equal(console_of("unit/dts/board-inverter", node, "reg", -1)->type,
			 CFG_UART_NONE);
	assert_int_equal(console_of("unit/dts/board-inverter", SERIAL, "interrupts", 0)->type,
			 CFG_UART_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_no_driver),
		cmocka_unit_test(test_inverter),
		cmocka_unit_test(test_no_inverter),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(blob);
	return failed;
}

// SPDX-License-Identifier: Apache-2.0
/* The keyboard: who gets a key, the keys behind Ctrl-], and a terminal that answers queries. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/console/priv.h"
#include "console_rig.h"
#include "term.h"

static void test_keys(void **state)
{
	start(0);
	keys("ls\r");
	assert_string_equal(typed[2], "ls\r");
	keys("\x1d"
	     "3w\x1d\x1d");
	assert_string_equal(typed[3], "w\x1d");
	assert_string_equal(term.seen, "nk: focus: vm3 linux-b");
	keys("\x1d"
	     "v12z");
	assert_string_equal(typed[12], "z");
	keys("\x1d"
	     "v0");
	keys("2x");
	assert_string_equal(typed[2], "ls\rx");
	keys("\x1d"
	     "1vm\r");
	assert_string_equal(prompt, "vm\r");
	assert_int_equal(quits, 0);
	keys("\x1dq");
	assert_int_equal(quits, 1);
	keys("\x1d"
	     "7");
	assert_string_equal(term.seen, "nk: focus: there is no vm7");
	keys("\x1d"
	     "vx");
	keys("\x1d?");
	assert_string_equal(term.seen, "nk: keys: v12: rtos");
	assert_string_equal(prompt, "vm\r");
}

static u32 focus_moves;

static void count_moves(void)
{
	focus_moves++;
}

/* At a VM's wish, which says nothing and yields to what the operator has chosen. */
static void test_focus_given(void **state)
{
	start(0);
	focus_moves = 0;
	console_on_focus(count_moves);
	vm_print(3, "b$ ");
	assert_int_equal(console_focus_vm(), 2);
	assert_true(console_give_focus(3));
	assert_int_equal(console_focus(), 3);
	assert_string_equal(term_screen(), "vm3 linux-b| b$ ");
	assert_false(console_give_focus(3));
	assert_int_equal(focus_moves, 0);
	console_set_focus(CONSOLE_NK);
	assert_int_equal(console_focus_vm(), 3);
	assert_int_equal(focus_moves, 0);
	assert_false(console_give_focus(2));
	assert_int_equal(console_focus(), CONSOLE_NK);
	assert_int_equal(console_focus_vm(), 2);
	console_set_focus(3);
	assert_int_equal(console_focus_vm(), 3);
	assert_int_equal(focus_moves, 1);
	console_screen(true);
	assert_false(console_give_focus(2));
	assert_int_equal(console_focus(), 3);
	assert_int_equal(console_screen_owner(), 3);
	console_screen(false);
	assert_true(console_give_focus(2));
	console_on_focus(NULL);
}

/* A terminal's answer is for the guest that asked, even in the middle of a key command. */
static void test_answer_between_keys(void **state)
{
	start(0);
	keys("\x1d");
	vm_print(2, "a# \033[6n");
	assert_int_equal(fake.queries, 1);
	keys("3");
	assert_string_equal(typed[2], TERM_ANSWER);
	assert_string_equal(typed[3], "");
	assert_int_equal(console_focus(), 3);
	keys("\x1d");
	keys("v\033[A1\033[1;5B2\033x");
	assert_string_equal(typed[3], "\033[A\033[1;5B");
	assert_string_equal(typed[12], "\033x");
	/* Unfinished, it does not keep the key itself from working. */
	keys("\033[4\x1d"
	     "2\033\033[Bx");
	assert_string_equal(typed[12], "\033x\033[4");
	assert_string_equal(typed[2], TERM_ANSWER "\033\033[Bx");
	keys("\x1d"
	     "1v\033[40;27Rm\033[A\r");
	assert_string_equal(prompt, "vm\r");
}

/* A line shown again asks nothing again, or the answers would never end. */
static void test_query_is_sent_once(void **state)
{
	start(0);
	vm_print(2, "a# \033[6");
	vm_print(3, "one\n");
	vm_print(2, "n");
	assert_int_equal(fake.queries, 1);
	for (u32 i = 0; i < 100; i++)
		vm_print(3, "tick\n");
	assert_string_equal(term_screen(), "vm2 linux-a| a# ");
	assert_string_equal(term.raw, "\033[32mvm2 linux-a| \033[0ma# ");
	/* Nor when the keyboard goes and comes; another one in the same line is a new one. */
	keys("\x1d"
	     "3\x1d"
	     "2");
	vm_print(2, "ls\033[6n\033[1mx");
	vm_print(3, "tick\n");
	assert_int_equal(fake.queries, 2);
	assert_string_equal(term.raw, "\033[32mvm2 linux-a| \033[0ma# ls\033[1mx");
	keys("");
	vm_print(2, "\na# \033[6n");
	assert_int_equal(fake.queries, 3);
}

/* Who has not the keyboard cannot have anything typed to who has. */
static void test_query_without_keyboard(void **state)
{
	start(0);
	vm_print(3, "\033[6nx\033[cy\033[?6nz\033[1mb\033[0m\n");
	assert_string_equal(term_text(3), "xyzb\n");
	line_of(3, 508, "\033[6nmore\n");
	assert_int_equal(fake.queries, 0);
	assert_int_equal(term.lines, 3);
	vm_print(3, "b# \033[6n");
	assert_int_equal(fake.queries, 0);
	console_set_focus(3);
	assert_int_equal(fake.queries, 1);
	vm_print(2, "tick\n");
	assert_int_equal(fake.queries, 1);
}

static void test_typed_ahead(void **state)
{
	start(0);
	deaf = true;
	keys("0123456789abcdef");
	assert_non_null(strstr(term_text(0), "vm2 linux-a: typed too far ahead"));
	assert_int_equal(term.lines, 16);
}

/* Who takes keys by hypercall is told of them. */
static void test_told_of_keys(void **state)
{
	start(0);
	awaited = 1 << 3;
	keys("ls\r");
	keys("\x1d"
	     "3xy");
	assert_string_equal(typed[3], "xy");
	assert_int_equal(told[3], 2);
	assert_int_equal(told[2], 0);
}

/* A reason that is left over makes a new edge; a level needs none. */
static void test_edge(void **state)
{
	const struct cfg_console edge = {
		.type = CFG_UART_PL011, .nr_irqs = 1, .irqs[0].trigger = CFG_TRIGGER_EDGE};

	start(0);
	keys("x");
	assert_int_equal(fake.irq_falls, 0);
	console_init(NULL, &edge);
	console_start();
	keys("x");
	assert_int_equal(fake.irq_falls, 1);
	assert_int_equal(fake.irq_mask, UART_IRQ_RX);
	console_init(NULL, &(struct cfg_console){.type = CFG_UART_PL011});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_focus_given),
		cmocka_unit_test(test_answer_between_keys),
		cmocka_unit_test(test_query_is_sent_once),
		cmocka_unit_test(test_query_without_keyboard),
		cmocka_unit_test(test_typed_ahead),
		cmocka_unit_test(test_told_of_keys),
		cmocka_unit_test(test_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* What of a VM's text the terminal gets: each kind of sequence, the right edge, screen mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/console/priv.h"
#include "lib/log.h"
#include "console_rig.h"
#include "term.h"

/* ---- what of a line stays in it ---- */

static const char *shown(const char *text)
{
	static const char before[] = "vm2 linux-a| \033[0m";
	const char *line;

	start(0);
	vm_print(2, text);
	line = strstr(term.raw, before);
	return line ? line + strlen(before) : "";
}

static void test_filter(void **state)
{
	/* The prefix has 13 columns. */
	static const struct {
		const char *sent, *shown;
	} cases[] = {
		{"a\tb", "a\tb"},
		{"\302\240\303\244\342\202\254\360\237\230\200",
		 "\302\240\303\244\342\202\254\360\237\230\200"},
		{"a\bb", "a\033[14Gb"},
		{"\ba", "a"},
		{"abcd\033[2Dx", "abcd\033[16Gx"},
		{"abcd\033[99Dx", "abcd\033[14Gx"},
		{"a\033[3Cb", "a\033[18Gb"},
		{"abc\033[2Gx", "abc\033[15Gx"},
		{"abc\033[Gx", "abc\033[14Gx"},
		{"a\033[99999999Cb", "a\033[1013Gb"},
		{"ab\033[K", "ab\033[K"},
		{"ab\033[0J", "ab\033[K"},
		{"ab\033[1K\033[2J\033[1Jc", "abc"},
		{"ab\033[2K", "ab\033[14G\033[K\033[16G"},
		{"a\033[2P\033[@\033[3;4Xb", "a\033[2P\033[1@\033[3Xb"},
		{"\033[1;38:5:9ma", "\033[1;38:5:9ma"},
		{"a\033[6n", "a\033[6n"},
		{"a\033[c\033[0c\033[>c\033[5n", "a\033[c\033[0c\033[>c\033[5n"},
		{"a\033[?6n\033[21t\033[7n\033[=c\033[1;2cb", "ab"},
		{"a\033[Ab\033[5Bc\033[Hd\033[2;1He\033[rf\033[?25lg\033[4hi", "abcdefgi"},
		{"a\0337b\0338c\033Dd\033Me\033Ef\033cg\033(0h\033#8i", "abcdefghi"},
		{"a\033]0;nk: x\007b\033Pq\033\\c\033_x\033\\d\033^x\007e\033Xx\007f", "abcdef"},
		{"a\vb\fc\016d\017e\177f\005g\001h", "abcdefgh"},
		{"a\233Ab\302\233Ac\302\205d", "a?Ab?Ac?d"},
		{"\300\200\355\240\200\364\220\200\200\342\200\256\342\201\246\377", "???????"},
		{"a\033\033[1mb", "a\033[1mb"},
		{"a\033[5\302\240b", "a\302\240b"},
		{"a\033", "a"},
		{"a\033[3", "a"},
		{"a\303", "a"},
		{"a\033]0;title", "a"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(shown(cases[i].sent), cases[i].shown);
}

/* A line's end ends what was begun in it, and the next line knows nothing of it. */
static void test_filter_ends_with_line(void **state)
{
	start(0);
	vm_print(2, "a\033]0;title\nb\033[3\nc\303\nd\033\n");
	assert_string_equal(term_text(2), "a\nb\nc?\nd\n");
	vm_print(2, "\033[8mx");
	printk("seen");
	assert_string_equal(term.seen, "nk: seen");
	assert_string_equal(term.raw, "\033[32mvm2 linux-a| \033[0m\033[8mx");
	vm_print(2, "\n\n");
	assert_non_null(strstr(recorded[2], "\033[8mx\033[0m\r\n"));
	assert_null(strstr(recorded[2], "title"));
	/* One that never ends is not waited for. */
	vm_print(3, "\033]0;");
	line_of(3, 2000, "\n");
	assert_in_range(term.len[3], 1000, 2010);
}

static void test_columns(void **state)
{
	start(0);
	console_set_columns(40);
	line_of(3, 60, "\n");
	assert_int_equal(term.lines, 3);
	assert_int_equal(strlen(term.seen), 13 + 60 - 2 * 27);
	vm_print(3, "abc\033[30Cd\n");
	assert_string_equal(term.seen, "vm3 linux-b| d");
	console_set_focus(2);
	line_of(2, 26, "");
	assert_string_equal(term_screen(), "vm2 linux-a| abcdefghijklmnopqrstuvwxyz");
	line_of(2, 2, "");
	assert_string_equal(term_screen(), "vm2 linux-a| b");
}

/* ---- screen mode ---- */

#define LEAVE "\030\033\\\033c"

static void test_screen(void **state)
{
	start(0);
	vm_print(2, "$ vi");
	assert_true(console_screen(true));
	term.raw_len = 0;
	fake.raw = true;
	vm_print(2, "\033[2J\033[H~\033[24;1H\033cx");
	vm_print(3, "waits\n");
	printk("waits too");
	assert_string_equal(fake.wire, "\033[2J\033[H~\033[24;1H\033x");
	assert_string_equal(recorded[2], "");
	console_screen(false);
	assert_non_null(strstr(fake.wire, LEAVE "\033[?7l\033[0mnk: waits too\r\n"));
	assert_non_null(strstr(fake.wire, "| \033[0mwaits\r\n"));
	/* It ends with the VM, when the keyboard moves, and in a panic. */
	for (u32 i = 0; i < 3; i++) {
		assert_true(console_screen(true));
		assert_int_equal(console_screen_owner(), 2);
		fake.wire_len = 0;
		if (i == 0)
			console_vm_end(2);
		else if (i == 1)
			console_set_focus(3);
		else
			console_flush_panic();
		assert_memory_equal(fake.wire, LEAVE, strlen(LEAVE));
		assert_int_equal(console_screen_owner(), 0);
		console_set_focus(2);
	}
	assert_non_null(strstr(fake.wire, "\033[?7h"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_ends_with_line),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* scripts/nk-syms, symbols.c and backtrace.c on the functions of symbols.nm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/debug/symbols.h"
#include "fake/core.h"

/* Stands where the list says that code starts; only its address is used. */
u8 __text_start[4];

/* Replaces the empty table of symbols.c, as the second link of nk.elf does. */
__asm__(".include \"" UNIT_BUILD "/unit/unit-syms.S\"\n\t.text");

static u64 code(u64 offset)
{
	return (u64)(uintptr_t)__text_start + offset;
}

static void expect(u64 offset, const char *name, u64 into)
{
	u64 got = 0;

	assert_string_equal(symbol_lookup(code(offset), &got), name);
	assert_int_equal(got, into);
}

static void test_lookup(void **state)
{
	expect(0, "console_init", 0);
	expect(0x3f, "console_init", 0x3f);
	expect(0x40, "console_vm_putc", 0);
	expect(0x84, "console_vm_end", 4);
	expect(0xc0, "console_vm_end", 0);
	expect(0x1ff, "drain_unlock_wake", 0xff);
	expect(0x240, "vuart_reset", 0);
	expect(0x1000, "vgic_set_level", 0);
	expect(0x4ffc, "last_instruction", 0);
	expect(0x300, "a_very_long_function_name_that_does_not_fit_into_the_buffer_of_", 0);
}

static void test_outside(void **state)
{
	u64 offset;

	assert_null(symbol_lookup(code(0x5000), &offset));
	assert_null(symbol_lookup(code(0) - 1, &offset));
	assert_null(symbol_lookup(0, &offset));
	assert_null(symbol_lookup(~(u64)0, &offset));
}

static void test_authenticated(void **state)
{
	expect(0x2e55000000000240, "vuart_reset", 0);
	expect(0xffff800000000240, "vuart_reset", 0);
}

static void test_backtrace(void **state)
{
	u64 stack[16] = {0};
	u64 lo = (u64)(uintptr_t)stack, hi = lo + sizeof(stack);

	stack[2] = lo + 6 * 8;
	stack[3] = code(0x44) | (u64)0x55 << 56;
	stack[6] = lo + 8 * 8;
	stack[7] = code(0x280); /* behind a call that does not return */
	stack[8] = lo + 4 * 8; /* downwards */
	stack[9] = 0x1234;
	fake_log.text[0] = '\0';
	backtrace_print(code(0x108), lo + 2 * 8, lo, hi);
	assert_non_null(strstr(fake_log.text, " drain_unlock_wake+0x8\n"));
	assert_non_null(strstr(fake_log.text, " console_vm_putc+0x4\n"));
	assert_non_null(strstr(fake_log.text, " vuart_reset+0x40\n"));
	assert_non_null(strstr(fake_log.text, "#3 0x1234\n"));
	assert_null(strstr(fake_log.text, "#4"));
}

static void test_backtrace_bounds(void **state)
{
	u64 stack[4] = {0};
	u64 lo = (u64)(uintptr_t)stack, hi = lo + sizeof(stack);

	stack[0] = lo; /* itself */
	stack[1] = code(0);
	stack[3] = code(0); /* half a record */
	fake_log.text[0] = '\0';
	backtrace_print(code(0), lo, lo, hi);
	assert_null(strstr(fake_log.text, "#2"));
	fake_log.text[0] = '\0';
	backtrace_print(code(0), hi - 8, lo, hi);
	backtrace_print(code(0), hi, lo, hi);
	backtrace_print(code(0), lo + 4, lo, hi);
	backtrace_print(code(0), 0, lo, hi);
	backtrace_print(code(0), ~(u64)7, lo, hi);
	assert_null(strstr(fake_log.text, "#1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),		 cmocka_unit_test(test_outside),
		cmocka_unit_test(test_authenticated),	 cmocka_unit_test(test_backtrace),
		cmocka_unit_test(test_backtrace_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

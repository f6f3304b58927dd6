// SPDX-License-Identifier: Apache-2.0
/* fmt_snprintf against the C library's snprintf. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/printf.h"

/* The same text and length, and whatever the size, a prefix of it, with nothing written behind. */
#define same(...)                                                                                  \
	do {                                                                                       \
		char expected[256];                                                                \
		int n = snprintf(expected, sizeof(expected), __VA_ARGS__);                         \
                                                                                                   \
		for (size_t size = 0; size <= (size_t)n + 2; size++) {                             \
			char *got = malloc(size ? size : 1);                                       \
                                                                                                   \
			assert_int_equal(fmt_snprintf(got, size, __VA_ARGS__), n);                 \
			if (size) {                                                                \
				assert_int_equal(strlen(got), MIN((size_t)n, size - 1));           \
				assert_memory_equal(got, expected, strlen(got));                   \
			}                                                                          \
			free(got);                                                                 \
		}                                                                                  \
		assert_int_equal(fmt_snprintf(NULL, 0, __VA_ARGS__), n);                           \
	} while (0)

static void test_integers(void **state)
{
	static const long values[] = {0,	1,	  -1,	     9,	      10,
				      -10,	123456,	  INT_MAX,   INT_MIN, UINT_MAX,
				      LONG_MAX, LONG_MIN, 0xdeadbeef};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		long v = values[i];

		same("%d", (int)v);
		same("%u", (unsigned int)v);
		same("%x %X %#x", (unsigned int)v, (unsigned int)v, (unsigned int)v);
		same("%ld %lu %lx %#lx", v, (unsigned long)v, (unsigned long)v, (unsigned long)v);
		same("%lld %llu %llx", (long long)v, (unsigned long long)v, (unsigned long long)v);
		same("%zu %zx", (size_t)v, (size_t)v);
		same("%08x %8x %-8x| %016lx", (unsigned int)v, (unsigned int)v, (unsigned int)v,
		     (unsigned long)v);
		same("%5d|%-5d|%05d", (int)v, (int)v, (int)v);
		same("%#10x|%#010x|%-#10x|", (unsigned int)v, (unsigned int)v, (unsigned int)v);
		same("%*d|%-*d|", 12, (int)v, 12, (int)v);
	}
}

static void test_text(void **state)
{
	static const char unterminated[] = {'a', 'b', 'c'};

	same("plain");
	same("%s", "");
	same("%s and %s", "one", "two");
	same("%10s|%-10s|%3s", "right", "left", "longer");
	same("%.2s|%.0s|%.9s|", "text", "text", "text");
	same("%.*s", 3, unterminated);
	same("%8.3s|%-8.3s|", unterminated, unterminated);
	same("%c%c", 'x', 'y');
	same("%3c|%-3c|", 'x', 'y');
	same("100%% %d", 5);
}

static void test_pointer(void **state)
{
	char text[32];

	same("%p", (void *)&text);
	fmt_snprintf(text, sizeof(text), "%p", NULL);
	assert_string_equal(text, "0x0");
}

/* What no caller should do does no harm. */
static void test_odd(void **state)
{
	char text[32];
	const char *volatile none = NULL;
	const char *volatile open_end = "50%";
	const char *volatile unknown = "%y %d";

	fmt_snprintf(text, sizeof(text), "%s", none);
	assert_string_equal(text, "(null)");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fmt_snprintf(text, sizeof(text), open_end);
	assert_string_equal(text, "50");
	fmt_snprintf(text, sizeof(text), unknown, 7);
	assert_string_equal(text, "y 7");
#pragma GCC diagnostic pop
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_pointer),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

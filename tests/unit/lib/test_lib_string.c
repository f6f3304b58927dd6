// SPDX-License-Identifier: Apache-2.0
/* nk's string functions, under other names, against the C library's. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define memcmp nk_memcmp
#define memchr nk_memchr
#define strlen nk_strlen
#define strnlen nk_strnlen
#define strcmp nk_strcmp
#define strncmp nk_strncmp
#define strchr nk_strchr
#define strrchr nk_strrchr
#include "lib/string.c"
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

static const char *const words[] = {"",	   "a",	 "b",	 "ab",	 "abc",
				    "abd", "aa", "\xff", "\x7f", "abcabc"};

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_compare(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			const char *a = words[i];
			const char *b = words[j];
			size_t both = MIN(strlen(a), strlen(b)) + 1;

			assert_int_equal(sign(nk_strcmp(a, b)), sign(strcmp(a, b)));
			for (size_t n = 0; n < 8; n++)
				assert_int_equal(sign(nk_strncmp(a, b, n)), sign(strncmp(a, b, n)));
			for (size_t n = 0; n <= both; n++)
				assert_int_equal(sign(nk_memcmp(a, b, n)), sign(memcmp(a, b, n)));
		}
	}
}

static void test_length(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(nk_strlen(words[i]), strlen(words[i]));
		for (size_t n = 0; n < 8; n++)
			assert_int_equal(nk_strnlen(words[i], n), strnlen(words[i], n));
	}
	/* The bytes behind n belong to somebody else. */
	char *exact = malloc(3);

	memcpy(exact, "abc", 3);
	assert_int_equal(nk_strnlen(exact, 3), 3);
	free(exact);
}

static void test_find(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *s = words[i];

		for (int c = -1; c < 256; c++) {
			assert_ptr_equal(nk_strchr(s, c), strchr(s, c));
			assert_ptr_equal(nk_strrchr(s, c), strrchr(s, c));
			assert_ptr_equal(nk_memchr(s, c, strlen(s)), memchr(s, c, strlen(s)));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

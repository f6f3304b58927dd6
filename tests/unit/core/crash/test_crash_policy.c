// SPDX-License-Identifier: Apache-2.0
/* How often a VM that crashes is restarted, by a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/crash/crash.h"

static struct crash_restarts r;

static int begin(void **state)
{
	r = (struct crash_restarts){.nr = 0};
	return 0;
}

static void test_no_limit(void **state)
{
	for (u32 i = 0; i < 1000; i++)
		assert_true(crash_may_restart(&r, 0, 0, 5));
}

static void test_limit(void **state)
{
	/* Three in 100: at 10, 20, 30. */
	for (u64 now = 10; now <= 30; now += 10)
		assert_true(crash_may_restart(&r, 3, 100, now));
	assert_false(crash_may_restart(&r, 3, 100, 40));
	/* What was refused does not count; the first is 100 ago at 110. */
	assert_false(crash_may_restart(&r, 3, 100, 109));
	assert_true(crash_may_restart(&r, 3, 100, 110));
	assert_false(crash_may_restart(&r, 3, 100, 119));
	assert_true(crash_may_restart(&r, 3, 100, 120));
	assert_true(crash_may_restart(&r, 3, 100, 500));
}

static void test_one(void **state)
{
	assert_true(crash_may_restart(&r, 1, 10, 0));
	assert_false(crash_may_restart(&r, 1, 10, 9));
	assert_true(crash_may_restart(&r, 1, 10, 10));
}

/* As many as are kept; and the ring of them goes round. */
static void test_most(void **state)
{
	u64 now = 0;

	for (u32 round = 0; round < 5; round++, now += 1000) {
		for (u32 i = 0; i < CRASH_RESTARTS_MAX; i++)
			assert_true(crash_may_restart(&r, CRASH_RESTARTS_MAX, 1000, now + i));
		assert_false(crash_may_restart(&r, CRASH_RESTARTS_MAX, 1000, now + 999));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_limit, begin),
		cmocka_unit_test_setup(test_limit, begin),
		cmocka_unit_test_setup(test_one, begin),
		cmocka_unit_test_setup(test_most, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

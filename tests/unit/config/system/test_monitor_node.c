// SPDX-License-Identifier: Apache-2.0
/* The node `monitoring`, as the tree has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nk/monitor.h"
#include "unit/config/config_util.h"

static struct cfg_system sys;

static void parse(const char *name)
{
	struct cfg_error err;
	size_t size;
	void *blob = load_blob(name, &size);

	memset(&sys, 0xa5, sizeof(sys));
	if (cfg_system_parse(&sys, blob, size, virt_board(3), &err))
		fail_msg("%s: %s", name, err.text);
	check_system_bounds(&sys, virt_board(3));
	free(blob);
}

static void test_all(void **state)
{
	const struct cfg_monitor *m = &sys.monitor;

	parse("unit/dts/shared");
	assert_false(m->on);
	parse("unit/dts/monitor");
	assert_true(m->on);
	assert_int_equal(m->log_size, 0x1000);
	assert_int_equal(m->enable, NK_MONITOR_COUNTERS | NK_MONITOR_EVENTS);
	assert_int_equal(m->nr_buckets, 7);
	assert_int_equal(m->first_bucket_ns, 500);
	/* Those that count are always there. */
	assert_int_equal(m->matrices, 0x7f | 1 << NK_STAT_VCPU_TIME | 1 << NK_STAT_HCALL_EXEC |
					      1 << NK_STAT_VDEV_WAIT);
}

/* Where there is no such node. */
static void test_none(void **state)
{
	parse("unit/dts/full");
	assert_false(sys.monitor.on);
	assert_int_equal(sys.monitor.matrices, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

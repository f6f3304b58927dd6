// SPDX-License-Identifier: Apache-2.0
/* The times of a start: what they are from, that each phase gets its own, what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/options.h"
#include "core/vm/vm.h"
#include "fake/core.h"
#include "fake/fake.h"

#define US (FAKE_HZ / 500000) /* two microseconds in ticks */

static struct vm vm;

static void pass(u64 two_us)
{
	fake_counter += two_us * US;
}

/* A start that was asked for at `asked`, and begins to load 10 us later. */
static void load(u64 asked)
{
	vm.times.asked = asked;
	fake_counter = asked + 5 * US;
	times_load(&vm);
}

static void laps(void)
{
	pass(50);
	times_lap(&vm, VM_PHASE_HASH);
	pass(3);
	times_lap(&vm, VM_PHASE_WIPE);
	pass(20);
	times_lap(&vm, VM_PHASE_COPY);
	pass(4);
	times_lap(&vm, VM_PHASE_WIPE);
	pass(1);
	times_lap(&vm, VM_PHASE_TREE);
	pass(17); /* for others */
}

static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&fake_warned, 0, sizeof(fake_warned));
	fake_boot_ticks = 1000;
	options.times = true;
	return 0;
}

static void test_boot(void **state)
{
	assert_int_equal(times_boot_us(&vm), 0);
	load(fake_boot_ticks);
	laps();
	assert_int_equal(times_boot_us(&vm), 0);
	times_enter(&vm);
	assert_int_equal(times_boot_us(&vm), 200);
	assert_string_equal(
		fake_warned.last,
		"started 200 us after nk: load at 10, hash 100, copy 40, wipe 14, tree 2");
}

/* The counter may begin with nk. */
static void test_counter_from_0(void **state)
{
	fake_boot_ticks = 0;
	load(0);
	laps();
	times_enter(&vm);
	assert_int_equal(times_boot_us(&vm), 200);
}

/* Nothing is left of the start before, but its time until the new one is over. */
static void test_restart(void **state)
{
	load(fake_boot_ticks);
	laps();
	times_enter(&vm);
	load(fake_counter + 1000000);
	assert_int_equal(times_boot_us(&vm), 200);
	pass(2);
	times_lap(&vm, VM_PHASE_HASH);
	times_enter(&vm);
	assert_int_equal(times_boot_us(&vm), 14);
	assert_string_equal(
		fake_warned.last,
		"started 14 us after the request: load at 10, hash 4, copy 0, wipe 0, tree 0");
}

/* vCPU 0 that turns itself off and is turned on again has not started the VM. */
static void test_on_again(void **state)
{
	load(fake_boot_ticks);
	times_enter(&vm);
	pass(1000);
	times_enter(&vm);
	assert_int_equal(times_boot_us(&vm), 10);
	assert_int_equal(fake_warned.lines, 1);
}

/* One that was not entered, as it failed or was stopped before, leaves the last one's time. */
static void test_not_entered(void **state)
{
	load(fake_boot_ticks);
	times_enter(&vm);
	load(fake_counter + 1000);
	laps();
	load(fake_counter + 1000);
	assert_int_equal(times_boot_us(&vm), 10);
	times_enter(&vm);
	assert_int_equal(times_boot_us(&vm), 10);
}

static void test_silent(void **state)
{
	options.times = false;
	load(fake_boot_ticks);
	times_enter(&vm);
	assert_int_equal(times_boot_us(&vm), 10);
	assert_int_equal(fake_warned.lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_boot, setup),
		cmocka_unit_test_setup(test_counter_from_0, setup),
		cmocka_unit_test_setup(test_restart, setup),
		cmocka_unit_test_setup(test_on_again, setup),
		cmocka_unit_test_setup(test_not_entered, setup),
		cmocka_unit_test_setup(test_silent, setup),
	};

	return cmocka_run_group_tests_name("times of a start", tests, NULL, NULL);
}

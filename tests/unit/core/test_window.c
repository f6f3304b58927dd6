// SPDX-License-Identifier: Apache-2.0
/* Addresses that are nobody's: above whatever there is, and each given once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake/core.h"

static struct cfg_vm *vm(void)
{
	return &sys_config.vm[0];
}

static int setup(void **state)
{
	memset(&board, 0, sizeof(board));
	memset(&sys_config, 0, sizeof(sys_config));
	sys_config.nr_vms = 1;
	board.nr_ram = 1;
	board.ram[0] = (struct range){GIB(1), GIB(2)};
	return 0;
}

/* The first window of a boot, which a child has of its own: in units of 2 MiB. */
static u32 first_window(void)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		_exit((int)((system_window(PAGE_SIZE, BLOCK_SIZE) - GIB(4)) / BLOCK_SIZE));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (u32)WEXITSTATUS(status);
}

static void test_above_all(void **state)
{
	assert_int_equal(first_window(), 0); /* 4 GiB at the least */
	board.ram[0].size = GIB(3) + BLOCK_SIZE;
	assert_int_equal(first_window(), 1);
	board.gic.dist = (struct range){GIB(4) + 2 * BLOCK_SIZE, PAGE_SIZE};
	assert_int_equal(first_window(), 3);
	board.gic.cpu = (struct range){GIB(4) + 4 * BLOCK_SIZE, PAGE_SIZE};
	assert_int_equal(first_window(), 5);
	board.gic.vcpu = (struct range){GIB(4) + 6 * BLOCK_SIZE, PAGE_SIZE};
	assert_int_equal(first_window(), 7);
	board.gic.nr_redist = 1;
	board.gic.redist[0] = (struct range){GIB(4) + 8 * BLOCK_SIZE, PAGE_SIZE};
	assert_int_equal(first_window(), 9);
	board.console.reg = (struct range){GIB(4) + 10 * BLOCK_SIZE, PAGE_SIZE};
	assert_int_equal(first_window(), 11);
	vm()->nr_devices = 1;
	vm()->devices[0].nr_regs = 1;
	vm()->devices[0].regs[0] = (struct range){GIB(4) + 12 * BLOCK_SIZE, PAGE_SIZE};
	assert_int_equal(first_window(), 13);
	vm()->ram[0].base = GIB(4) + 14 * BLOCK_SIZE; /* what VMs have elsewhere */
	vm()->ram[0].size = PAGE_SIZE;
	assert_int_equal(first_window(), 15);
}

static void test_one_after_the_other(void **state)
{
	ipa_t at = system_window(PAGE_SIZE, BLOCK_SIZE);

	assert_int_equal(at, GIB(4));
	assert_int_equal(system_window(GIB(2), GIB(1)), GIB(5));
	assert_int_equal(system_window(PAGE_SIZE, PAGE_SIZE), GIB(7));
	assert_int_equal(system_window(BLOCK_SIZE, BLOCK_SIZE), GIB(7) + BLOCK_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_above_all, setup),
		cmocka_unit_test_setup(test_one_after_the_other, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

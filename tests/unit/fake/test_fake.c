// SPDX-License-Identifier: Apache-2.0
/* What ends a program that goes wrong on the fake architecture: without it, tests would pass. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "arch/mmu.h"
#include "arch/spinlock.h"
#include "fake/fake.h"

static spinlock_t lock, other;

/* Whether a program that does this is ended by the fake. */
static bool aborts(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		fclose(stderr);
		fn();
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void in_turn(void)
{
	for (u32 i = 0; i < 1000; i++) {
		spin_lock(&lock);
		spin_lock(&other);
		if (!fake_holds(&lock) || !fake_holds(&other))
			abort();
		spin_unlock(&lock);
		spin_unlock(&other);
		if (fake_holds(&lock) || fake_holds(&other))
			abort();
	}
}

static void taken_twice(void)
{
	spin_lock(&lock);
	spin_lock(&lock);
}

static void released_twice(void)
{
	spin_lock(&lock);
	spin_unlock(&lock);
	spin_unlock(&lock);
}

static void left_taken(void)
{
	spin_lock(&lock);
}

static void test_spinlock(void **state)
{
	assert_false(aborts(in_turn));
	assert_true(aborts(taken_twice));
	assert_true(aborts(released_twice));
	assert_true(aborts(left_taken));
}

static void last_byte(void)
{
	*(volatile u8 *)phys_to_virt(FAKE_RAM + BLOCK_SIZE - 1) = 1;
}

static void below_ram(void)
{
	phys_to_virt(FAKE_RAM - 1);
}

static void above_ram(void)
{
	phys_to_virt(FAKE_RAM + BLOCK_SIZE);
}

static void test_ram(void **state)
{
	fake_ram_make(BLOCK_SIZE);
	assert_int_equal(mmu_virt_to_phys(phys_to_virt(FAKE_RAM + 5)), FAKE_RAM + 5);
	assert_false(aborts(last_byte));
	assert_true(aborts(below_ram));
	assert_true(aborts(above_ram));
}

static void no_register(void)
{
	static struct arch_vm vm;

	fake_mmio_read(&vm, NULL, 0, 4);
}

static void test_mmio(void **state)
{
	assert_true(aborts(no_register));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spinlock),
		cmocka_unit_test(test_ram),
		cmocka_unit_test(test_mmio),
	};

	return cmocka_run_group_tests_name("fake", tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Properties with threads for CPUs: values are seen whole, whoever was turned away is told, and
 * nothing waits for ever (the test runner's timeout sees to that).
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fake/fake.h"
#include "prop_rig.h"

#define ROUNDS 5000
#define SIZE 4096

struct cpu {
	struct rig_vm *vm;
	ipa_t name, value;
	bool writes;
	u32 busy, done, torn;
};

static struct prop *page;

static bool is_whole(const u8 *value, s64 len)
{
	for (s64 i = 1; i < len; i++)
		if (value[i] != value[0])
			return false;
	/* Each first byte comes with a length of its own. */
	return !len || len == SIZE - value[0];
}

/* A VM that is turned away waits for the interrupt, as a driver would. */
static void wait_told(const struct cpu *c, u32 before)
{
	while (__atomic_load_n(&c->vm->sysconfs, __ATOMIC_ACQUIRE) == before)
		sched_yield();
}

static void *cpu_main(void *arg)
{
	struct cpu *c = arg;
	u8 *value = rig_ptr(c->vm, c->value);

	strcpy(rig_ptr(c->vm, c->name), "t.page");
	for (u32 i = 0; i < ROUNDS; i++) {
		u32 before = __atomic_load_n(&c->vm->sysconfs, __ATOMIC_ACQUIRE);
		s64 ret;

		if (c->writes) {
			memset(value, (u8)i, SIZE);
			ret = (s64)hc_prop_set(&c->vm->vm, NULL, c->name, c->value, SIZE - (u8)i);
		} else {
			ret = (s64)hc_prop_get(&c->vm->vm, NULL, c->name, c->value, SIZE);
			c->torn += ret >= 0 && !is_whole(value, ret);
		}
		if (ret == NK_PROP_BUSY) {
			c->busy++;
			wait_told(c, before);
		}
		c->done += ret >= 0;
	}
	return NULL;
}

static void test_whole(void **state)
{
	struct cpu cpus[4] = {
		{.vm = &rig[0], .name = RIG_BASE, .value = RIG_BASE + PAGE_SIZE, .writes = true},
		{.vm = &rig[1], .name = RIG_BASE, .value = RIG_BASE + PAGE_SIZE, .writes = true},
		{.vm = &rig[0], .name = RIG_BASE + 64, .value = RIG_BASE + 2 * PAGE_SIZE},
		{.vm = &rig[1], .name = RIG_BASE + 64, .value = RIG_BASE + 2 * PAGE_SIZE + 8},
	};
	pthread_t threads[4];
	u32 busy = 0, done = 0;

	rig_init("props");
	fake_yields = true;
	page = rig_prop("t.page");
	for (u32 i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, cpu_main, &cpus[i]);
	for (u32 i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(cpus[i].torn, 0);
		assert_int_equal(cpus[i].done + cpus[i].busy, ROUNDS);
		done += cpus[i].done;
		busy += cpus[i].busy;
	}
	/* They were in each other's way, and came through. */
	assert_in_range(busy, ROUNDS / 100, 4 * ROUNDS);
	assert_in_range(done, ROUNDS / 2, 4 * ROUNDS);
	assert_int_equal(page->lock, 0);
}

/* nk's own writes never fail, and get their turn. */
static void *nk_main(void *arg)
{
	static u8 value[SIZE];

	(void)arg;
	for (u32 i = 0; i < ROUNDS; i++) {
		memset(value, (u8)i, SIZE);
		prop_store(page, value, SIZE - (u8)i);
	}
	return NULL;
}

static void test_own_writes(void **state)
{
	struct cpu cpus[2] = {
		{.vm = &rig[0], .name = RIG_BASE, .value = RIG_BASE + PAGE_SIZE, .writes = true},
		{.vm = &rig[1], .name = RIG_BASE, .value = RIG_BASE + PAGE_SIZE},
	};
	pthread_t threads[3];

	pthread_create(&threads[2], NULL, nk_main, NULL);
	for (u32 i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, cpu_main, &cpus[i]);
	for (u32 i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(cpus[1].torn, 0);
	assert_int_equal(page->lock, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_own_writes),
	};

	return cmocka_run_group_tests_name("properties, threads", tests, NULL, NULL);
}

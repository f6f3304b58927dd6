// SPDX-License-Identifier: Apache-2.0
/*
 * A driver, a back-end and who stands between, each a thread that sleeps until it is told. The back-end dies now and then, with
 * requests in its hands; the driver sees the end of each once, in order and as it should be, and nobody sleeps for ever (the
 * test runner's timeout sees to that). Built once more with ThreadSanitizer.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shadow_rig.h"

#define REQUESTS 20000u
#define HELD 4 /* that the back-end has before it returns one of them */
#define LIFE 500 /* requests of a back-end's, about */

static struct rig rig;
static sem_t between, back_end, interrupted;
static u32 deaths, interrupts, kicks, again;
static bool all_done, back_died;

/* A request has a word to read and a word to write, each head's at a place of its own. */
static struct vdrv_buf word_of(u16 head, bool write)
{
	return (struct vdrv_buf){VDRV_BASE + VDRV_BUFFERS + 8 * head + 4 * write, 4, write};
}

static u32 *at(u64 addr)
{
	return (u32 *)(rig.mem + (addr - VDRV_BASE));
}

static void take_used(const u16 *order, u32 *done)
{
	u16 head;
	u32 len;

	while (!vdrv_get(&rig.drv, &head, &len)) {
		if (vdrv_ask(&rig.drv))
			continue;
		sem_wait(&interrupted);
		vdrv_hush(&rig.drv);
	}
	assert_int_equal(head, order[*done % VDRV_SIZE_MAX]);
	assert_int_equal(len, 4);
	assert_int_equal(*at(word_of(head, true).addr), ~*at(word_of(head, false).addr));
	(*done)++;
}

static void *run_driver(void *arg)
{
	u16 order[VDRV_SIZE_MAX];
	unsigned int seed = 1;
	u32 done = 0, n = 0, some;

	while (n < REQUESTS) {
		for (some = 1 + rand_r(&seed) % 5; some && n < REQUESTS && rig.drv.left >= 2;
		     some--) {
			u16 head = rig.drv.free;
			struct vdrv_buf bufs[] = {word_of(head, false), word_of(head, true)};

			*at(bufs[0].addr) = n;
			order[n++ % VDRV_SIZE_MAX] = head;
			vdrv_add(&rig.drv, bufs, 2, rand_r(&seed) % 2);
		}
		if (vdrv_kick(&rig.drv))
			sem_post(&between);
		if (some)
			take_used(order, &done);
	}
	while (done < REQUESTS)
		take_used(order, &done);
	__atomic_store_n(&all_done, true, __ATOMIC_RELEASE);
	sem_post(&between);
	return NULL;
}

static void do_request(u16 head)
{
	*at(word_of(head, true).addr) = ~*at(word_of(head, false).addr);
}

/* Takes some, does them, returns them in another order, or dies. Returns whether it lives. */
static bool work(unsigned int *seed)
{
	u16 held[HELD];
	u32 n = 0, which;

	while (n < HELD && rig_pop(&rig, &held[n]))
		do_request(held[n++]);
	while (n) {
		if (!(rand_r(seed) % LIFE))
			return false;
		which = rand_r(seed) % n;
		rig_push(&rig, held[which], 4);
		held[which] = held[--n];
		sem_post(&between);
	}
	return true;
}

static void *run_back_end(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!__atomic_load_n(&all_done, __ATOMIC_ACQUIRE)) {
		WRITE_ONCE(rig.used[0], VRING_USED_F_NO_NOTIFY);
		if (!work(&seed)) {
			__atomic_store_n(&back_died, true, __ATOMIC_RELEASE);
			sem_post(&between);
			return NULL;
		}
		WRITE_ONCE(rig.used[0], 0);
		smp_mb();
		if (!rig_has(&rig))
			sem_wait(&back_end);
	}
	return NULL;
}

static void begin_back_end(pthread_t *thread)
{
	back_died = false;
	pthread_create(thread, NULL, run_back_end, (void *)(uintptr_t)(deaths + 1));
}

static void pass_on(void)
{
	int got;

	do {
		got = shadow_take(&rig.sh);
		assert_true(got >= 0);
		if (got && shadow_wants_kick(&rig.sh)) {
			kicks++;
			sem_post(&back_end);
		}
	} while (shadow_ask(&rig.sh));
	got = shadow_return(&rig.sh);
	assert_true(got >= 0);
	if (got && shadow_wants_interrupt(&rig.sh)) {
		interrupts++;
		sem_post(&interrupted);
	}
}

/* The driver may have missed the interrupt of the last that was done. */
static void replace(pthread_t *thread)
{
	pthread_join(*thread, NULL);
	deaths++;
	again += shadow_in_flight(&rig.sh);
	rig_take_over(&rig);
	begin_back_end(thread);
	sem_post(&interrupted);
}

static void run_between(void)
{
	pthread_t thread;

	begin_back_end(&thread);
	while (!__atomic_load_n(&all_done, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&back_died, __ATOMIC_ACQUIRE))
			replace(&thread);
		pass_on();
		sem_wait(&between);
	}
	sem_post(&back_end);
	pthread_join(thread, NULL);
}

static void run(u16 size, bool event_idx)
{
	pthread_t driver;

	assert_int_equal(rig_begin(&rig, size, event_idx), 0);
	sem_init(&between, 0, 0);
	sem_init(&back_end, 0, 0);
	sem_init(&interrupted, 0, 0);
	deaths = interrupts = kicks = again = 0;
	all_done = false;
	pthread_create(&driver, NULL, run_driver, NULL);
	run_between();
	pthread_join(driver, NULL);
	print_message("%u descriptors%s: %u requests, %u kicks, %u interrupts, %u deaths, %u begun "
		      "again\n",
		      size, event_idx ? " with event index" : "", REQUESTS, kicks, interrupts,
		      deaths, again);
	assert_null(rig.sh.broken);
	assert_true(kicks && interrupts && deaths && again);
}

static void test_all(void **state)
{
	static const u16 sizes[] = {2, 16, 128};

	for (u32 n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		run(sizes[n], false);
		run(sizes[n], true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

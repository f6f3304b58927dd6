// SPDX-License-Identifier: Apache-2.0
/*
 * The ring with a thread on each side, who sleep until they are told: nothing is lost, doubled or
 * reordered, and nobody sleeps for ever (the test runner's timeout sees to that). Then with a peer that
 * writes anything anywhere: the other side finds its entries within the ring, or the ring broken.
 * Built once more with ThreadSanitizer, as test_ring_tsan.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <vlx/ring.h>

#define SIZE 16
#define ENTRIES 400000u
#define ROUNDS 300
#define LOOKS 2000
#define ENOUGH 20 /* rounds in which the peer was caught */

static struct {
	struct vlx_ring_shared indices;
	u64 entries[SIZE];
} shared;
static sem_t told_producer, told_consumer;
static u32 tellings;
static bool stop;

static u64 value_of(u32 n)
{
	return n * 0x9e3779b97f4a7c15ull;
}

static void tell(sem_t *whom)
{
	__atomic_add_fetch(&tellings, 1, __ATOMIC_RELAXED);
	sem_post(whom);
}

/* Waits until a side may use n entries; returns how many it may. */
static u32 wait_for(struct vlx_ring *ring, sem_t *told, u32 n)
{
	int count;

	while ((count = vlx_ring_count(ring)) < (int)n) {
		assert_true(count >= 0);
		if (vlx_ring_ask(ring, n) == 0)
			sem_wait(told);
	}
	vlx_ring_hush(ring);
	return count;
}

static void *produce(void *arg)
{
	unsigned int seed = 1;
	struct vlx_ring ring;
	u32 n = 0, some, i;

	vlx_ring_init(&ring, &shared.indices, SIZE, true);
	while (n < ENTRIES) {
		some = 1 + rand_r(&seed) % wait_for(&ring, &told_producer, 1 + n % (SIZE / 2));
		for (i = 0; i < some; i++)
			shared.entries[vlx_ring_slot(&ring, i)] = value_of(n++);
		vlx_ring_advance(&ring, some);
		if (vlx_ring_show(&ring))
			tell(&told_consumer);
	}
	return NULL;
}

static void *consume(void *arg)
{
	unsigned int seed = 2;
	struct vlx_ring ring;
	u32 n = 0, some, i;

	vlx_ring_init(&ring, &shared.indices, SIZE, false);
	while (n < ENTRIES) {
		some = 1 + rand_r(&seed) % wait_for(&ring, &told_consumer, 1);
		for (i = 0; i < some; i++)
			assert_int_equal(shared.entries[vlx_ring_slot(&ring, i)], value_of(n++));
		vlx_ring_advance(&ring, some);
		if (vlx_ring_show(&ring))
			tell(&told_producer);
	}
	return NULL;
}

static void test_order(void **state)
{
	struct vlx_ring both;
	pthread_t a, b;

	vlx_ring_init(&both, &shared.indices, SIZE, false);
	vlx_ring_init(&both, &shared.indices, SIZE, true);
	sem_init(&told_producer, 0, 0);
	sem_init(&told_consumer, 0, 0);
	pthread_create(&a, NULL, produce, NULL);
	pthread_create(&b, NULL, consume, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	print_message("%u entries, %u notifications\n", ENTRIES, tellings);
	assert_true(tellings > 0 && tellings < 2 * ENTRIES);
}

/* Often what nearly could be, so that the ring lives for a while. */
static void *scribble(void *arg)
{
	u32 *words = arg;
	unsigned int seed = 3;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		u32 value = rand_r(&seed) % 8 ? words[0] + rand_r(&seed) % 4 : (u32)rand_r(&seed);

		__atomic_store_n(&words[rand_r(&seed) % 2], value, __ATOMIC_RELAXED);
	}
	return NULL;
}

static u32 look(struct vlx_ring *ring)
{
	u32 sum = 0;
	int count;

	for (u32 i = 0; i < LOOKS; i++) {
		count = i % 3 ? vlx_ring_count(ring) : vlx_ring_ask(ring, 1 + i % SIZE);
		if (count < 0)
			break;
		count = vlx_ring_left(ring);
		assert_true(count <= SIZE);
		for (int n = 0; n < count; n++)
			sum += shared.entries[vlx_ring_slot(ring, n)] & 1;
		vlx_ring_advance(ring, count);
		vlx_ring_show(ring);
	}
	return sum;
}

/* At least so many rounds; on, where a busy machine has not let the scribbler run beside them. */
static void beside_scribbler(bool producer)
{
	struct vlx_ring_side *side = producer ? &shared.indices.consumer : &shared.indices.producer;
	u32 broken = 0;
	struct vlx_ring ring;
	pthread_t thread;

	stop = false;
	pthread_create(&thread, NULL, scribble, side);
	for (u32 i = 0; i < ROUNDS || broken < ENOUGH; i++) {
		vlx_ring_init(&ring, &shared.indices, SIZE, producer);
		look(&ring);
		broken += ring.broken;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static void test_hostile_consumer(void **state)
{
	beside_scribbler(true);
}

static void test_hostile_producer(void **state)
{
	beside_scribbler(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_hostile_consumer),
		cmocka_unit_test(test_hostile_producer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

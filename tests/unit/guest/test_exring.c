// SPDX-License-Identifier: Apache-2.0
/*
 * The ring of vpipe and vbpipe with a thread on each side, who sleep until they are told: no byte is lost,
 * doubled or reordered, and nobody sleeps for ever (the test runner's timeout sees to that). Then with a peer
 * that writes anything: the other side stays within the ring, or finds it broken. Built once more with
 * ThreadSanitizer, as test_exring_tsan.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../guest-linux/drivers/vpipe/exring.h"

#define BYTES 300000u
#define LARGEST 128
#define ROUNDS 300
#define LOOKS 2000

static const struct exring_layout one_way = {.s_idx = 0, .c_idx = 4, .data = 8};
static const struct exring_layout both_ways = {
	.s_idx = 0, .s_wait = 4, .c_idx = 8, .c_wait = 12, .data = 16};

static u32 shared[(16 + LARGEST) / 4];
static struct exring client, server;
static sem_t told_client, told_server;
static u32 tellings;
static bool stop;

static u8 byte_of(u32 n)
{
	return (n * 0x9e3779b1u) >> 24;
}

static void tell(sem_t *whom)
{
	__atomic_add_fetch(&tellings, 1, __ATOMIC_RELAXED);
	sem_post(whom);
}

static int wait_for(struct exring *ring, sem_t *told)
{
	int count;

	while ((count = exring_count(ring)) == 0) {
		exring_ask(ring);
		if (!exring_ready(ring))
			sem_wait(told);
		exring_hush(ring);
	}
	assert_true(count > 0 && (u32)count <= ring->size);
	return count;
}

static u8 *at(struct exring *ring, u32 n)
{
	u32 bytes = 1;

	return exring_at(ring, n, &bytes);
}

static void *produce(void *arg)
{
	unsigned int seed = 1;
	u32 n = 0, some, i;

	while (n < BYTES) {
		some = 1 + rand_r(&seed) % wait_for(&client, &told_client);
		for (i = 0; i < some; i++)
			*at(&client, i) = byte_of(n++);
		if (exring_advance(&client, some))
			tell(&told_server);
	}
	return NULL;
}

static void *consume(void *arg)
{
	unsigned int seed = 2;
	u32 n = 0, some, i;

	while (n < BYTES) {
		some = 1 + rand_r(&seed) % wait_for(&server, &told_server);
		for (i = 0; i < some; i++)
			assert_int_equal(*at(&server, i), byte_of(n++));
		if (exring_advance(&server, some))
			tell(&told_client);
	}
	return NULL;
}

static void begin(const struct exring_layout *layout, u32 size)
{
	exring_bind(&client, shared, layout->data + size, layout, true);
	exring_bind(&server, shared, layout->data + size, layout, false);
	exring_reset(&client);
	exring_reset(&server);
}

static void run(const struct exring_layout *layout, u32 size)
{
	pthread_t a, b;

	begin(layout, size);
	tellings = 0;
	sem_init(&told_client, 0, 0);
	sem_init(&told_server, 0, 0);
	pthread_create(&a, NULL, produce, NULL);
	pthread_create(&b, NULL, consume, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	print_message("%u bytes of %u: %u notifications\n", size, BYTES, tellings);
	assert_true(tellings > 0 && tellings < 2 * BYTES);
}

static void test_order(void **state)
{
	run(&one_way, 24);
	run(&one_way, 101);
	run(&both_ways, 16);
	run(&both_ways, LARGEST);
}

/* Indices wrap where 2^32 is no multiple of the size. */
static void test_wrap(void **state)
{
	begin(&one_way, 100);
	client.index = client.seen = shared[0] = shared[1] = 0xffffffd0;
	server.index = server.seen = 0xffffffd0;
	client.pos = server.pos = 7;
	for (u32 n = 0; n < 1000; n++) {
		u32 some = 1 + n % 100;

		assert_int_equal(exring_count(&client), 100);
		for (u32 i = 0; i < some; i++)
			*at(&client, i) = byte_of(n + i);
		assert_true(exring_advance(&client, some));
		assert_int_equal(exring_pending(&server), some);
		assert_int_equal(exring_count(&server), some);
		for (u32 i = 0; i < some; i++)
			assert_int_equal(*at(&server, i), byte_of(n + i));
		assert_int_equal(exring_advance(&server, some), some == 100);
	}
}

/* What was put before the peer went is there, whatever it does then. */
static void test_close(void **state)
{
	begin(&both_ways, 100);
	assert_int_equal(exring_count(&client), 100);
	exring_advance(&client, 40);
	assert_int_equal(exring_count(&server), 40);
	exring_advance(&server, 10);
	assert_true(exring_close(&server));
	exring_reset(&client);
	assert_int_equal(exring_count(&server), 30);
	assert_true(exring_ready(&server));
	assert_false(exring_advance(&server, 30));
	assert_int_equal(exring_count(&server), 0);
	assert_false(exring_ready(&server));
	assert_false(exring_close(&server));
}

/* Who does not sleep is told of nothing, where there is a flag for it. */
static void test_flags(void **state)
{
	begin(&both_ways, 100);
	exring_count(&client);
	assert_false(exring_advance(&client, 1));
	exring_count(&server);
	exring_advance(&server, 1);
	exring_ask(&server);
	exring_count(&client);
	assert_true(exring_advance(&client, 1));
	assert_false(exring_advance(&client, 1));
}

static void impossible(struct exring *ring, u32 *peer, u32 index)
{
	u32 before = *peer;

	*peer = index;
	assert_int_equal(exring_count(ring), -EPROTO);
	*peer = before;
	assert_int_equal(exring_count(ring), -EPROTO); /* for good */
}

static void test_impossible(void **state)
{
	begin(&one_way, 100);
	impossible(&server, &shared[1], 101);
	begin(&one_way, 100);
	impossible(&server, &shared[1], (u32)-1);
	begin(&one_way, 100);
	impossible(&client, &shared[0], 1);
	begin(&one_way, 100);
	exring_advance(&client, 50);
	assert_int_equal(exring_count(&server), 50);
	impossible(&server, &shared[1], 49);
}

/* Often what nearly could be, so that the ring lives for a while. */
static void *scribble(void *arg)
{
	u32 *word = arg;
	unsigned int seed = 3;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		u32 value = rand_r(&seed) % 8
				    ? __atomic_load_n(word, __ATOMIC_RELAXED) + rand_r(&seed) % 4
				    : (u32)rand_r(&seed);

		__atomic_store_n(word, value, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void beside_scribbler(struct exring *ring, u32 *word)
{
	u32 broken = 0;
	pthread_t thread;

	stop = false;
	pthread_create(&thread, NULL, scribble, word);
	for (u32 i = 0; i < ROUNDS; i++) {
		exring_reset(ring);
		for (u32 n = 0; n < LOOKS && !ring->broken; n++) {
			int count = exring_count(ring);

			assert_true(count == -EPROTO || (count >= 0 && (u32)count <= ring->size));
			assert_true(exring_pending(ring) <= ring->size);
			for (int k = 0; k < count; k++)
				*at(ring, k) ^= 1;
			exring_advance(ring, count < 0 ? 0 : count);
		}
		broken += ring->broken;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(broken > 0);
}

static void test_hostile(void **state)
{
	begin(&one_way, 101);
	beside_scribbler(&client, &shared[0]);
	begin(&one_way, 101);
	beside_scribbler(&server, &shared[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	   cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_close),	   cmocka_unit_test(test_flags),
		cmocka_unit_test(test_impossible), cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * A virtqueue of each format with a driver's and a device's thread, who sleep until they are told: no chain is lost, doubled
 * or torn, and nobody sleeps for ever (the test runner's timeout sees to that). Built once more with ThreadSanitizer.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../guest-linux/drivers/virtio/vwalk.h"
#include "virtq_driver.h"

#define CHAINS 20000u
#define HELD 4 /* that the device has before it returns one of them */

static u8 memory[VDRV_MEMORY] __attribute__((aligned(4096)));
static const struct vwalk_piece piece = {
	.driver = VDRV_BASE, .size = sizeof(memory), .here = memory};
static struct vdrv drv;
static struct vwalk dev;
static struct vwalk_slot slots[VDRV_SIZE_MAX];
static sem_t kicked, interrupted;
static u32 kicks, interrupts;
static u16 queue_size;

/* A chain has a word to read and a word to write, each number's at a place of its own. */
static struct vdrv_buf word_of(u16 number, bool write)
{
	return (struct vdrv_buf){VDRV_BASE + VDRV_BUFFERS + 8 * number + 4 * write, 4, write};
}

static u32 *at(u64 addr)
{
	return (u32 *)(memory + (addr - VDRV_BASE));
}

static void take_used(u32 *done)
{
	u16 number;
	u32 len;

	while (!vdrv_get(&drv, &number, &len)) {
		if (vdrv_ask(&drv))
			continue;
		sem_wait(&interrupted);
		vdrv_hush(&drv);
	}
	assert_int_equal(len, 4);
	assert_int_equal(*at(word_of(number, true).addr), ~*at(word_of(number, false).addr));
	(*done)++;
}

static void *run_driver(void *arg)
{
	unsigned int seed = 1;
	u32 done = 0, n, some;

	for (n = 0; n < CHAINS;) {
		for (some = 1 + rand_r(&seed) % 5; some && n < CHAINS && drv.left >= 2; some--) {
			struct vdrv_buf bufs[] = {word_of(drv.free, false),
						  word_of(drv.free, true)};

			*at(bufs[0].addr) = n++;
			vdrv_add(&drv, bufs, 2, rand_r(&seed) % 2);
		}
		if (vdrv_kick(&drv)) {
			kicks++;
			sem_post(&kicked);
		}
		if (some)
			take_used(&done);
	}
	while (done < CHAINS)
		take_used(&done);
	return NULL;
}

static u16 take(void)
{
	struct kvec iov[4];
	u16 number, flags[4];
	int got;

	vwalk_hush(&dev);
	while ((got = vwalk_get(&dev, &number, iov, 4, flags)) == 0) {
		if (vwalk_ask(&dev))
			continue;
		sem_wait(&kicked);
		vwalk_hush(&dev);
	}
	assert_int_equal(got, 2);
	assert_int_equal(flags[0], 0);
	assert_int_equal(flags[1], VRING_DESC_F_WRITE);
	*(u32 *)iov[1].iov_base = ~*(u32 *)iov[0].iov_base;
	return number;
}

static void give(u16 number)
{
	vwalk_put(&dev, number, 4);
	if (vwalk_show(&dev)) {
		interrupts++;
		sem_post(&interrupted);
	}
}

/* Returned in another order than they came. */
static void *run_device(void *arg)
{
	unsigned int seed = 2;
	u16 held[HELD];
	u32 n = 0, which, taken;

	for (taken = 0; taken < CHAINS; taken++) {
		held[n++] = take();
		if (n < HELD && taken + 1 < CHAINS && vwalk_has(&dev))
			continue;
		while (n) {
			which = rand_r(&seed) % n;
			give(held[which]);
			held[which] = held[--n];
		}
	}
	return NULL;
}

static void run(bool packed, bool event_idx)
{
	struct vwalk_setup setup = {.size = queue_size,
				    .packed = packed,
				    .indirect = true,
				    .event_idx = event_idx,
				    .desc = VDRV_BASE,
				    .driver = VDRV_BASE + VDRV_DRIVER_AREA,
				    .device = VDRV_BASE + VDRV_DEVICE_AREA};
	struct vwalk_memory shared = {&piece, 1};
	pthread_t a, b;

	vdrv_init(&drv, memory, queue_size, packed, event_idx);
	assert_int_equal(vwalk_init(&dev, &shared, &setup, slots), 0);
	sem_init(&kicked, 0, 0);
	sem_init(&interrupted, 0, 0);
	kicks = interrupts = 0;
	pthread_create(&a, NULL, run_driver, NULL);
	pthread_create(&b, NULL, run_device, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	print_message("%s%s, %u descriptors: %u chains, %u kicks, %u interrupts\n",
		      packed ? "packed" : "split", event_idx ? " with event index" : "", queue_size,
		      CHAINS, kicks, interrupts);
	assert_null(dev.broken);
	assert_int_equal(dev.taken, 0);
	assert_true(kicks && interrupts);
}

static void test_both(void **state)
{
	static const u16 sizes[] = {2, 16, 128};

	for (u32 n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		queue_size = sizes[n];
		for (int format = 0; format < 4; format++)
			run(format & 2, format & 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_both)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

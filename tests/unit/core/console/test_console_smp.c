// SPDX-License-Identifier: Apache-2.0
/*
 * Console and emulated UARTs with threads for CPUs: guests that print by polling and by interrupt,
 * nk's log, and the CPU that takes the physical UART's interrupt. Nothing may be lost, wait for
 * ever, or deadlock (the test runner's timeout sees to that).
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/vgic.h"
#include "core/console/console.h"
#include "core/dev/vuart.h"
#include "core/link/xirq.h"
#include "fake/fake.h"
#include "lib/log.h"
#include "nk/pl011.h"
#include "term.h"

#define FIRST 2
#define GUESTS 4
#define BYTES 30000
#define KEYS 1500
#define LOG_LINES 300

struct guest {
	u32 id;
	struct vuart uart;
	struct arch_vm vm;
	u32 level; /* of its interrupt, atomic */
	char sent[BYTES + 1];
	char received[KEYS + 1];
	u32 nr_received;
};

static struct guest guests[GUESTS];
static char keys[KEYS + 1];
static u32 running;

void vgic_set_level(struct arch_vm *vm, struct arch_vcpu *v, u32 intid, bool level)
{
	__atomic_store_n(&container_of(vm, struct guest, vm)->level, level, __ATOMIC_RELEASE);
}

/* All of these look at their UART by themselves. */
void xirq_sysconf(u32 vms, struct vm *by)
{
}

static u32 rd(struct guest *g, u32 reg)
{
	return (u32)fake_mmio_read(&g->vm, NULL, reg, 4);
}

static void wr(struct guest *g, u32 reg, u32 value)
{
	fake_mmio_write(&g->vm, NULL, reg, 4, value);
}

static void receive(struct guest *g)
{
	while (!(rd(g, PL011_FR) & 0x10) && g->nr_received < KEYS)
		g->received[g->nr_received++] = (char)rd(g, PL011_DR);
}

/* As earlycon: look, then send one. */
static void send_polled(struct guest *g, const char *text, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		while (rd(g, PL011_FR) & 0x20)
			sched_yield();
		wr(g, PL011_DR, (u8)text[i]);
	}
}

/* As a driver: half a FIFO without a look, then wait for the interrupt. */
static void send_by_interrupt(struct guest *g, const char *text, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (i % 16 == 0 && i) {
			wr(g, PL011_IMSC, PL011_INT_TX);
			while (!__atomic_load_n(&g->level, __ATOMIC_ACQUIRE))
				sched_yield();
			wr(g, PL011_IMSC, PL011_INT_RX);
		}
		wr(g, PL011_DR, (u8)text[i]);
	}
}

static void *guest_main(void *arg)
{
	struct guest *g = arg;
	u32 at = 0;

	wr(g, PL011_LCR_H, 0x70);
	wr(g, PL011_IMSC, PL011_INT_RX);
	while (at < BYTES) {
		u32 len = MIN(1 + at % 200, BYTES - at);

		if (g->id % 2)
			send_by_interrupt(g, g->sent + at, len);
		else
			send_polled(g, g->sent + at, len);
		at += len;
		receive(g);
	}
	while (g->id == FIRST && g->nr_received < KEYS) {
		receive(g);
		sched_yield();
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *log_main(void *arg)
{
	for (u32 i = 0; i < LOG_LINES; i++) {
		printk("line %u", i);
		for (u32 n = 0; n < 50; n++)
			sched_yield();
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static bool busy(void)
{
	return __atomic_load_n(&running, __ATOMIC_ACQUIRE) || fake_irq() || fake.fifo;
}

static void fill(struct guest *g, u32 id)
{
	g->id = id;
	for (u32 i = 0; i < BYTES; i++)
		g->sent[i] = (char)(rand() % 30 ? 'a' + rand() % 26 : '\n');
	g->sent[BYTES - 1] = '\n';
}

static void run(size_t fifo_size)
{
	pthread_t threads[GUESTS + 1];

	term_reset(fifo_size);
	memset(guests, 0, sizeof(guests));
	console_init(NULL, &(struct cfg_console){.type = CFG_UART_PL011});
	console_start();
	running = GUESTS + 1;
	for (u32 i = 0; i < GUESTS; i++) {
		struct guest *g = &guests[i];
		char name[8];

		fill(g, FIRST + i);
		vuart_init(&g->uart, g->id, &g->vm, 33);
		assert_int_equal(vuart_map(&g->uart, 0), 0);
		snprintf(name, sizeof(name), "g%u", i);
		console_set_vm(g->id, name, &g->uart);
	}
	for (u32 i = 0; i < KEYS; i++)
		keys[i] = (char)('A' + i % 26);
	fake.keys = keys;
	for (u32 i = 0; i < GUESTS; i++)
		pthread_create(&threads[i], NULL, guest_main, &guests[i]);
	pthread_create(&threads[GUESTS], NULL, log_main, NULL);
	while (busy()) {
		fake_tick(8);
		if (fake_irq())
			console_irq();
		else
			sched_yield();
	}
	for (u32 i = 0; i <= GUESTS; i++)
		pthread_join(threads[i], NULL);
	for (u32 i = 0; i < GUESTS; i++)
		assert_string_equal(term_text(FIRST + i), guests[i].sent);
	assert_string_equal(guests[0].received, keys);
	assert_non_null(strstr(term_text(0), "line 299\n"));
}

static void test_fast_uart(void **state)
{
	run(0);
}

static void test_slow_uart(void **state)
{
	run(16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast_uart),
		cmocka_unit_test(test_slow_uart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

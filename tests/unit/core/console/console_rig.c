// SPDX-License-Identifier: Apache-2.0
#include "console_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/console/history.h"
#include "core/console/priv.h"
#include "core/dev/vuart.h"
#include "core/link/xirq.h"
#include "core/prompt/prompt.h"
#include "lib/log.h"
#include "term.h"

char typed[NK_VM_IDS][256];
char prompt[256];
u32 quits;
u32 wakes[NK_VM_IDS];
char *recorded[NK_VM_IDS];
static size_t nr_recorded[NK_VM_IDS];
bool deaf;
u32 awaited;
u32 told[NK_VM_IDS];

/* Stands for the emulated UARTs: only the address counts. */
static struct vuart vuarts[NK_VM_IDS];

void history_put(u32 source, const u8 *text, u32 len)
{
	char *to = recorded[source] + nr_recorded[source];

	assert_true(nr_recorded[source] + len < TERM_TEXT);
	memcpy(to, text, len);
	to[len] = '\0';
	nr_recorded[source] += len;
}

bool vuart_rx(struct vuart *u, u8 c)
{
	char text[2] = {(char)c, '\0'};

	assert_false(fake_holds(&con.lock));
	if (!deaf)
		strcat(typed[u - vuarts], text);
	return !deaf;
}

bool vuart_awaited(struct vuart *u)
{
	return awaited >> (u - vuarts) & 1;
}

void xirq_sysconf(u32 vms, struct vm *by)
{
	assert_false(fake_holds(&con.lock));
	for (u32 id = 0; id < NK_VM_IDS; id++)
		told[id] += vms >> id & 1;
}

void vuart_tx_wake(struct vuart *u)
{
	assert_false(fake_holds(&con.lock));
	wakes[u - vuarts]++;
}

void prompt_key(u8 c)
{
	char text[2] = {(char)c, '\0'};

	strcat(prompt, text);
}

void prompt_quit(void)
{
	quits++;
}

void start(size_t fifo_size)
{
	memset(&con, 0, sizeof(con));
	memset(sources, 0, sizeof(sources));
	memset(typed, 0, sizeof(typed));
	memset(wakes, 0, sizeof(wakes));
	prompt[0] = '\0';
	quits = 0;
	deaf = false;
	awaited = 0;
	memset(told, 0, sizeof(told));
	for (u32 id = 0; id < NK_VM_IDS; id++) {
		if (!recorded[id])
			recorded[id] = malloc(TERM_TEXT);
		recorded[id][0] = '\0';
		nr_recorded[id] = 0;
	}
	fake_us += 100000000;
	for (u32 id = 0; id < NK_VM_IDS; id++)
		log_vm_end(id);
	term_reset(fifo_size);
	console_init(NULL, &(struct cfg_console){.type = CFG_UART_PL011});
	console_start();
	console_set_vm(2, "linux-a", &vuarts[2]);
	console_set_vm(3, "linux-b", &vuarts[3]);
	console_set_vm(12, "rtos", &vuarts[12]);
}

void settle(void)
{
	u32 n = 0;

	for (; fake_irq() || fake.fifo; n++) {
		fake_tick(1);
		if (fake_irq())
			console_irq();
		assert_true(n < 100000000);
	}
}

void vm_print(u32 id, const char *text)
{
	console_vm_write(id, text, strlen(text));
}

void keys(const char *text)
{
	fake.keys = text;
	while (*fake.keys)
		console_irq();
}

void line_of(u32 id, u32 length, const char *end)
{
	for (u32 i = 0; i < length; i++)
		console_vm_putc(id, (u8)('a' + i % 26));
	vm_print(id, end);
}

// SPDX-License-Identifier: Apache-2.0
/* The keyboard: who gets it, and the keys behind Ctrl-]. */
#include "core/console.h"

#include "core/console_priv.h"
#include "core/monitor.h"
#include "core/vuart.h"
#include "lib/log.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */
#define KEYS_PER_IRQ 64

/* Only console_irq() comes here, one CPU at a time. */
static enum { KEYS_PLAIN, KEYS_ESCAPE, KEYS_TENS, KEYS_UNITS } state;
static u32 tens;

bool console_set_focus(u32 id)
{
	if (!console_take_focus(id)) {
		printk("keyboard: there is no vm%u", id);
		return false;
	}
	if (id == CONSOLE_NK)
		printk("keyboard: nk");
	else
		printk("keyboard: vm%u %s", id, console_vm_name(id));
	return true;
}

static void show_keys(void)
{
	printk("keys: Ctrl-] then 2..9 (or v and two digits): keyboard to that VM, 1: to nk,");
	printk("keys: ?: this help, q: quit, Ctrl-] again: Ctrl-] itself");
	for (u32 id = NK_VM_ID_FIRST; id <= NK_VM_ID_MAX; id++)
		if (console_vm_name(id))
			printk("keys: %s%u: %s", id > 9 ? "v" : "", id, console_vm_name(id));
}

static void deliver(u8 c)
{
	u32 id = console_focus();
	struct vuart *u = console_vm_vuart(id);

	if (id == CONSOLE_NK)
		monitor_key(c);
	else if (u && !vuart_rx(u, c))
		vm_warn(id, "typed too far ahead, a character is lost");
}

static void escape_key(u8 c)
{
	state = KEYS_PLAIN;
	if (c == KEY_ESCAPE)
		deliver(c);
	else if (c >= '1' && c <= '9')
		console_set_focus(c - '0');
	else if (c == 'v')
		state = KEYS_TENS;
	else if (c == 'q')
		monitor_quit();
	else
		show_keys();
}

static void digit_key(u8 c)
{
	bool first = state == KEYS_TENS;

	state = KEYS_PLAIN;
	if (c < '0' || c > '9') {
		show_keys();
		return;
	}
	if (!first) {
		console_set_focus(10 * tens + c - '0');
		return;
	}
	tens = c - '0';
	state = KEYS_UNITS;
}

void console_key(u8 c)
{
	if (state == KEYS_ESCAPE)
		escape_key(c);
	else if (state != KEYS_PLAIN)
		digit_key(c);
	else if (c == KEY_ESCAPE)
		state = KEYS_ESCAPE;
	else
		deliver(c);
}

void console_irq(void)
{
	for (u32 n = 0; n < KEYS_PER_IRQ; n++) {
		int c = console_getc();

		if (c < 0)
			break;
		console_key((u8)c);
	}
	console_poll();
}

// SPDX-License-Identifier: Apache-2.0
/* Keys: the focus that says where they go, and the commands behind Ctrl-]. */
#include "core/console/console.h"

#include "core/console/priv.h"
#include "core/dev/vuart.h"
#include "core/link/xirq.h"
#include "core/prompt/prompt.h"
#include "lib/log.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */
#define KEY_ESC 0x1b
#define KEYS_PER_IRQ 64 /* the rest interrupts again */

/* Only console_irq() comes here, one CPU at a time. */
static u32 digits; /* that the key command still waits for; 0: there is none */
static u32 number;
static u8 sequence; /* ESC, then '[', while one comes in; else 0 */

static void (*focus_moved)(void);

void console_on_focus(void (*moved)(void))
{
	focus_moved = moved;
}

bool console_set_focus(u32 id)
{
	if (!console_take_focus(id)) {
		printk("focus: there is no vm%u", id);
		return false;
	}
	if (id == CONSOLE_NK)
		printk("focus: nk");
	else
		printk("focus: vm%u %s", id, console_vm_name(id));
	if (id != CONSOLE_NK && focus_moved)
		focus_moved();
	return true;
}

static void show_keys(void)
{
	printk("keys: Ctrl-] then 2..9 (or v and two digits): focus to that VM, 1: to nk,");
	printk("keys: f: the screen too, or no more, ?: this help, q: quit, Ctrl-]: itself");
	for (u32 id = NK_VM_ID_FIRST; id <= NK_VM_ID_MAX; id++)
		if (console_vm_name(id))
			printk("keys: %s%u: %s", id > 9 ? "v" : "", id, console_vm_name(id));
}

static void toggle_screen(void)
{
	u32 id = console_focus();

	if (console_screen_owner()) {
		console_screen(false);
		printk("screen: everybody's");
	} else if (id == CONSOLE_NK) {
		printk("screen: only the VM with the focus can have it");
	} else {
		printk("screen: vm%u %s has it to itself, Ctrl-] f ends that", id,
		       console_vm_name(id));
		console_screen(true);
	}
}

/* A guest that takes its keys by hypercall is told as of a change of its configuration. */
static void deliver_to_vm(u32 id, u8 c)
{
	struct vuart *u = console_vm_vuart(id);

	if (!u)
		return;
	if (!vuart_rx(u, c))
		vm_warn(id, "typed too far ahead, a character is lost");
	if (vuart_awaited(u))
		xirq_sysconf(BIT(id), NULL);
}

static void deliver_key(u8 c)
{
	u32 id = console_focus();

	if (id == CONSOLE_NK)
		prompt_key(c);
	else
		deliver_to_vm(id, c);
}

static void begin_command(u32 nr_digits)
{
	digits = nr_digits;
	number = 0;
}

static void command_key(u8 c)
{
	if (c >= '0' && c <= '9') {
		number = 10 * number + c - '0';
		if (!--digits)
			console_set_focus(number);
		return;
	}
	if (c == 'v') {
		begin_command(2);
		return;
	}
	digits = 0;
	if (c == 'f') {
		toggle_screen();
		return;
	}
	if (c == KEY_ESCAPE) {
		deliver_key(c);
		return;
	}
	console_screen(false); /* what is said now is to be seen */
	if (c == 'q')
		prompt_quit();
	else
		show_keys();
}

/* True for ESC and, after it, for [ up to the final byte: an arrow key, or a terminal's answer. */
static bool in_sequence(u8 c)
{
	u8 before = sequence;

	sequence = 0;
	if (c == KEY_ESC || (before == KEY_ESC && c == '[')) {
		sequence = c;
		return true;
	}
	if (before != '[' || c < ' ' || c > '~')
		return false;
	if (c < '@')
		sequence = before;
	return true;
}

void console_key(u8 c)
{
	/* A sequence may come at any time, so it does not count as the key a command waits for. */
	if (in_sequence(c)) {
		if (console_focus() != CONSOLE_NK)
			deliver_key(c);
	} else if (digits) {
		command_key(c);
	} else if (c == KEY_ESCAPE) {
		begin_command(1);
	} else {
		deliver_key(c);
	}
}

void console_irq(void)
{
	console_ack();
	for (u32 n = 0; n < KEYS_PER_IRQ; n++) {
		int c = console_getc();

		if (c < 0)
			break;
		console_key((u8)c);
	}
	console_poll();
	console_rearm();
}

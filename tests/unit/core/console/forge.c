// SPDX-License-Identifier: Apache-2.0
/*
 * Two VMs print whatever could make a line look like somebody else's, while nk prints lines of its own
 * and the keyboard moves. Standard output is the wire, standard error the lines that nk printed;
 * test_forge.py looks at both. Arguments: seed, steps, `screen`: a VM gets the screen at times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/console/priv.h"
#include "core/dev/vuart.h"
#include "core/link/xirq.h"
#include "drivers/uart/uart.h"
#include "lib/log.h"

#define WIDTH 80

static u32 to_send;

static void wire_init(struct uart *u)
{
}

/* Slow at times, so that queues fill and lines are cut at any place. */
static u32 wire_send(const struct uart *u, const u8 *text, u32 len)
{
	len = MIN(len, to_send);
	to_send -= len;
	fwrite(text, 1, len, stdout);
	return len;
}

static int wire_getc(const struct uart *u)
{
	return -1;
}

static void wire_irq_enable(struct uart *u, u32 mask)
{
}

void uart_init(struct uart *u, volatile void *base, const struct cfg_console *c)
{
	static const struct uart_ops ops = {
		.init = wire_init,
		.send = wire_send,
		.getc = wire_getc,
		.irq_enable = wire_irq_enable,
	};

	u->ops = &ops;
}

/* Nobody types. */
bool vuart_awaited(struct vuart *u)
{
	return false;
}

void xirq_sysconf(u32 vms, struct vm *by)
{
}

static u32 rnd(u32 n)
{
	return (u32)random() % n;
}

static void put(u32 id, const char *text)
{
	console_vm_write(id, text, strlen(text));
}

/* ESC [ with anything in it. */
static void random_csi(u32 id)
{
	static const char finals[] = "ABCDEFGHIJKLMPSTXZ@`abcdefghijklmnpqrstuxyz{|}~";
	char text[64];

	snprintf(text, sizeof(text), "\033[%s%u%s%u%c", rnd(6) ? "" : "?", rnd(rnd(4) ? 4 : 3000),
		 rnd(3) ? "" : ";", rnd(90), finals[rnd(sizeof(finals) - 1)]);
	put(id, text);
}

static void random_escape(u32 id)
{
	static const char *const odd[] = {
		"\033c",	"\033D",	"\033M",	"\033E",
		"\0337",	"\0338",	"\033(0",	"\033)B",
		"\016",		"\017",		"\033#8",	"\033=",
		"\033>",	"\033H",	"\033[?1049h",	"\033[?7h",
		"\033[?6h",	"\033[5;9r",	"\033[!p",	"\033]0;nk: ",
		"\033P1$r",	"\033\\",	"\033^nk: x",	"\033_",
		"\302\233A",	"\302\205",	"\302\215",	"\302\204",
		"\233A",	"\205",		"\v",		"\f",
		"\177",		"\b\b\b\b\b",	"\r\n",		"\r",
		"\033[8m",	"\033[30;40m",	"\033[7m",	"\033[s",
		"\033[u",	"\033[2K",	"\033[1K",	"\033[J",
		"\033[2J",	"\033[H",	"\033[\030",	"\033\033[A",
		"\342\200\256", "\342\200\250", "\355\240\200", "\360\237\230\200",
		"\033[999C",	"\033[999D",	"\033[1G",	"\033[40P",
		"\033[9@",	"\t\t\t\t",	"\033[20h",	"\033[4h",
		"\033[3g",	"\033[1;1f",	"\033[2 q",	"\033[?5W",
	};

	put(id, odd[rnd(sizeof(odd) / sizeof(*odd))]);
}

static void random_text(u32 id)
{
	static const char *const forged[] = {"nk: panic: cpu0", "nk> quit", "vm2 linux-a| x",
					     "vm3 linux-b| y", "nk: focus: nk"};
	/* Who wrote it: no other text has this letter. */
	const char *own = id == 2 ? "Q" : "Z";
	u32 n = rnd(8) ? rnd(30) : rnd(300);

	if (!rnd(3))
		put(id, forged[rnd(sizeof(forged) / sizeof(*forged))]);
	while (n--)
		put(id, rnd(5) ? " " : own);
}

static void guest_step(u32 id)
{
	switch (rnd(6)) {
	case 0:
		random_csi(id);
		break;
	case 1:
		random_escape(id);
		break;
	case 2:
		console_vm_putc(id, (u8)(128 + rnd(128)));
		break;
	case 3:
		put(id, "\n");
		break;
	default:
		random_text(id);
		break;
	}
}

static void nk_line(void)
{
	static u32 number;
	char text[WIDTH];

	snprintf(text, sizeof(text), "line %u", number++);
	fprintf(stderr, "nk: %s\n", text);
	printk("%s", text);
}

static void settle(void)
{
	to_send = ~0u;
	console_poll();
	to_send = 0;
}

int main(int argc, char **argv)
{
	u32 steps = (u32)atoi(argv[2]);

	srandom((unsigned int)atoi(argv[1]));
	console_init(NULL, &(struct cfg_console){.type = CFG_UART_PL011});
	console_start();
	console_set_vm(2, "linux-a", NULL);
	console_set_vm(3, "linux-b", NULL);
	console_set_columns(argc > 4 ? (u32)atoi(argv[4]) : 0);
	while (steps--) {
		to_send = rnd(3) ? rnd(60) : ~0u;
		guest_step(2 + rnd(2));
		if (!rnd(20))
			nk_line();
		if (!rnd(150) && argc > 3 && !strcmp(argv[3], "screen"))
			console_screen(rnd(2));
		if (!rnd(60)) {
			u32 id = 1 + rnd(3);

			console_take_focus(id);
		}
		if (!rnd(200))
			settle();
	}
	console_screen(false);
	console_vm_end(2);
	console_vm_end(3);
	settle();
	return 0;
}

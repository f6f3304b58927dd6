// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's console. It may be in any context, so it waits for nobody but nk, and not for long. */
#include <linux/console.h>
#include <linux/string.h>
#include <nk/nkern.h>
#include "vlx-console.h"

static struct tty_driver *tty;

/* A terminal has to be told to go to the line's start. */
static void write_text(struct console *con, const char *text, unsigned int size)
{
	while (size) {
		const char *end = memchr(text, '\n', size);
		unsigned int part = end ? end - text : size;

		nkops.nk_cons_write(text, part);
		if (!end)
			return;
		nkops.nk_cons_write("\r\n", 2);
		text += part + 1;
		size -= part + 1;
	}
}

static struct tty_driver *terminal_of(struct console *con, int *index)
{
	*index = 0;
	return tty;
}

static struct console nk_console = {
	.name = VLX_CONSOLE_NAME,
	.write = write_text,
	.device = terminal_of,
	.flags = CON_PRINTBUFFER,
	.index = -1,
};

void vlx_console_register(struct tty_driver *driver)
{
	tty = driver;
	register_console(&nk_console);
}

void vlx_console_unregister(void)
{
	unregister_console(&nk_console);
}

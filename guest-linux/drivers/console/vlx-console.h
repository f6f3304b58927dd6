/* SPDX-License-Identifier: GPL-2.0-only */
/* The console by hypercalls: a terminal, ttyNK0 (tty.c), and the kernel's console on it (console.c). */
#ifndef VLX_CONSOLE_H
#define VLX_CONSOLE_H

#include <linux/tty_driver.h>

#define VLX_CONSOLE_NAME "ttyNK"

/* The kernel's messages go to the terminal too, if its command line says console=ttyNK0. */
void vlx_console_register(struct tty_driver *driver);
void vlx_console_unregister(void);

#endif

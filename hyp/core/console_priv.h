/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by console.c, console_keys.c and log.c alone. */
#ifndef CORE_CONSOLE_PRIV_H
#define CORE_CONSOLE_PRIV_H

#include "core/console.h"
#include "drivers/uart.h"

/*
 * Queues len characters as one or more whole lines of nk's log; a newline is added. All or
 * nothing: what does not fit is counted and the count printed later. Context: any.
 */
void console_log(const char *text, size_t len);

/* The keyboard's way to a VM; NULL when it has none. Context: any. */
struct vuart *console_vm_vuart(u32 id);

/* Makes id the owner of the keyboard, without a word; false if it does not exist. */
bool console_take_focus(u32 id);

/* One character from the physical UART, or -1. Context: console_irq(). */
int console_getc(void);

/* Prints how many vm_warn() lines of the VM were held back, if any. Context: any. */
void log_vm_end(u32 vm_id);

/* One key typed, for whoever has the keyboard. Context: console_irq(). */
void console_key(u8 c);

#endif

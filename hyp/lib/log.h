/* SPDX-License-Identifier: Apache-2.0 */
/* What nk says; the console decides where it goes. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include "lib/types.h"

/*
 * Prints one whole line of nk's own; the prefix "nk: " and the newline are added.
 * Formats: see lib/printf.h. Context: any, takes the console's lock.
 */
void printk(const char *fmt, ...) __printf_like(1, 2);

/*
 * Prints one line about something VM vm_id did; a VM that causes many loses some of them.
 * Formats: see lib/printf.h. Context: any, takes the console's lock.
 */
void vm_warn(u32 vm_id, const char *fmt, ...) __printf_like(2, 3);

#endif

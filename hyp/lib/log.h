/* SPDX-License-Identifier: Apache-2.0 */
/* What nk says; the console decides where it goes. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include "lib/types.h"

/*
 * 30 VMs' rates together leave a UART of 115,200 baud, 11,520 bytes a second, a third for the VMs'
 * own output.
 */
#define LOG_VM_RATE 256
#define LOG_VM_BURST 4096
#define LOG_VM_NOTE 64 /* at most, of how many were held back */

/*
 * Prints one whole line of nk's own; the prefix "nk: " and the newline are added.
 * Formats: see lib/printf.h. Context: any, takes the console's lock.
 */
void printk(const char *fmt, ...) __printf_like(1, 2);

/*
 * Prints one line about something VM vm_id did or had done to it, out of the bucket that each VM has:
 * LOG_VM_BURST bytes at once, and then LOG_VM_RATE a second, for all lines that a guest can cause. What
 * finds it empty is held back, and how many that were is said later.
 * Formats: see lib/printf.h. Context: any, takes the console's lock.
 */
void vm_warn(u32 vm_id, const char *fmt, ...) __printf_like(2, 3);

/*
 * Whether a report of several lines, of that many bytes at most with what is around them, may be
 * printed now, by printk(): all of it or nothing, out of the same bucket. Context: as vm_warn().
 */
bool vm_report(u32 vm_id, u32 bytes);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The console between the terminal of term.h and three VMs that note what is typed to them. */
#ifndef TESTS_UNIT_CONSOLE_RIG_H
#define TESTS_UNIT_CONSOLE_RIG_H

#include "fake/fake.h"
#include "lib/limits.h"
#include "lib/types.h"

extern char typed[NK_VM_IDS][256]; /* to each VM */
extern char prompt[256]; /* typed to nk */
extern u32 quits;
extern u32 wakes[NK_VM_IDS];
extern char *recorded[NK_VM_IDS]; /* the history of each source */
extern bool deaf; /* the VMs take no more keys */
extern u32 awaited; /* mask of VMs that wait to be told of keys */
extern u32 told[NK_VM_IDS]; /* NK_XIRQ_SYSCONF to each */

/* Everything anew, with VMs 2, 3 and 12, and a UART of that many places (0: endless). */
void start(size_t fifo_size);

/* The UART sends all it is given. */
void settle(void);

void vm_print(u32 id, const char *text);

/* The VM prints that many letters, and then what ends them. */
void line_of(u32 id, u32 length, const char *end);

/* Types these keys. */
void keys(const char *text);

#endif

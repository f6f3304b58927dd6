/* SPDX-License-Identifier: GPL-2.0-only */
/* The console's history as files: /proc/nk/history ends, /dev/vlx-console waits. */
#ifndef HISTORY_H
#define HISTORY_H

#include <linux/types.h>
#include <nk/nkern.h>

/* Returns 0 or a negative errno, and then nothing is left to be undone. */
int history_proc_init(void);
void history_proc_exit(void);
int history_dev_init(void);
void history_dev_exit(void);

#endif

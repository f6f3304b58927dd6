/* SPDX-License-Identifier: GPL-2.0-only */
/* A watchdog of this VM, as a device of Linux's watchdog core. */
#ifndef VWATCHDOG_H
#define VWATCHDOG_H

#include <linux/list.h>
#include <linux/watchdog.h>
#include <nk/nkern.h>
#include <nk/vwdt.h>

struct vwatchdog {
	struct watchdog_device wdd;
	struct watchdog_info info;
	char config[NK_PROP_NAME_LIMIT]; /* names of its properties */
	char counter[NK_PROP_NAME_LIMIT];
	char state[NK_PROP_NAME_LIMIT];
	NkVwdtConfig values; /* of config; changed by the core's calls, one at a time */
	NkXIrqId sysconf;
	bool barked; /* for the interrupt's handler */
	struct list_head entry;
};

#define US_PER_SECOND 1000000U

extern const struct watchdog_ops vwatchdog_ops;

#endif

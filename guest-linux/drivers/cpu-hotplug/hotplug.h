/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-cpu-hotplug: what its files share. */
#ifndef CPU_HOTPLUG_H
#define CPU_HOTPLUG_H

#include <linux/cpumask.h>
#include <linux/types.h>

/*
 * mode.c: what nk's properties say. In pinned mode vcpus-target has the vCPUs that are to be on; in floating mode there
 * are to be as many on as there are CPUs in cpus.
 */

/*
 * Finds out which mode it is. Returns 1; 0 where nothing can be handed over, or nk has no such properties, which
 * the log says; or a negative errno. Context: may sleep.
 */
int mode_init(void);

/*
 * The CPU that is to change next, and whether it is to be on. Returns 1, 0: all is as it is to be, or a negative errno.
 * *target: of what that was worked out. Context: may sleep.
 */
int mode_next(unsigned int *cpu, bool *on, u32 *target);

/* inhibit.c: /sys/kernel/debug/vlx-cpu-hotplug/no-action-on-cpus. */
void inhibit_init(void);
void inhibit_exit(void);
bool inhibited(void);

/* main.c: looks at what is to be done. Context: any. */
void hotplug_look(void);

#endif

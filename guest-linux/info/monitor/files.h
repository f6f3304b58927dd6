/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-monitor: the making of files that modules have alike. */
#ifndef MONITOR_FILES_H
#define MONITOR_FILES_H

#include <linux/proc_fs.h>

/*
 * Makes the folder `name` with a file cpu-N and `suffix` for each CPU's ring, whose data it is, of that ring's size if `sized`.
 * *dir is the folder, NULL where there are no rings. Returns 0, or -ENOMEM. Context: may sleep.
 */
int monitor_ring_files(const char *name, const char *suffix, const struct proc_ops *ops, bool sized,
		       struct proc_dir_entry **dir);

#endif

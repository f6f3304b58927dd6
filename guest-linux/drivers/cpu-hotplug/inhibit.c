// SPDX-License-Identifier: GPL-2.0-only
/* The switch for tests: while it is 1, no CPU goes or comes. Manual: no-action-on-cpus(5). */
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/module.h>
#include "hotplug.h"

static struct dentry *dir;
static u32 no_action;

bool inhibited(void)
{
	return READ_ONCE(no_action);
}

static int no_action_get(void *data, u64 *value)
{
	*value = no_action;
	return 0;
}

/* What was asked for meanwhile is done now, if it still stands. */
static int no_action_set(void *data, u64 value)
{
	if (value > 1)
		return -EINVAL;
	WRITE_ONCE(no_action, value);
	hotplug_look();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(no_action_fops, no_action_get, no_action_set, "%llu\n");

void inhibit_init(void)
{
	dir = debugfs_create_dir("vlx-cpu-hotplug", NULL);
	debugfs_create_file_unsafe("no-action-on-cpus", 0600, dir, NULL, &no_action_fops);
}

void inhibit_exit(void)
{
	debugfs_remove_recursive(dir);
}

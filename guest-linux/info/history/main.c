// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include "history.h"

static int __init history_init(void)
{
	int err = history_proc_init();

	if (err)
		return err;
	err = history_dev_init();
	if (err)
		history_proc_exit();
	return err;
}

static void __exit history_exit(void)
{
	history_dev_exit();
	history_proc_exit();
}
module_init(history_init);
module_exit(history_exit);

MODULE_DESCRIPTION("The history of nk's console: /proc/nk/history and /dev/vlx-console");
MODULE_LICENSE("GPL");

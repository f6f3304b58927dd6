// SPDX-License-Identifier: GPL-2.0-only
/* monitor-test: records an event of this VM's own, with the words 1, 2 and 3, as a driver would. */
#include <linux/module.h>
#include <nk/nkern.h>

static unsigned int event;
module_param(event, uint, 0);
MODULE_PARM_DESC(event, "0 to 7");

static int __init monitor_test_init(void)
{
	return nk_monitor_user(event, 1, 2, 3);
}

static void __exit monitor_test_exit(void)
{
}

module_init(monitor_test_init);
module_exit(monitor_test_exit);
MODULE_DESCRIPTION("An event of this VM's own among those of nk");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmbox-test: with backend=MASK of VMs, the back-end of boxes test-mbox, which sends back what comes; with messages=N,
 * a front-end that has so many of them back, and reports in TAP to the kernel's log; with load=1 one without end.
 */
#include <linux/module.h>
#define TAP_MAIN
#include "test.h"

static unsigned int messages;
module_param(messages, uint, 0444);
MODULE_PARM_DESC(messages, "messages to have back");

static unsigned int backend;
module_param(backend, uint, 0444);
MODULE_PARM_DESC(backend, "send back what these VMs' front-ends send");

static bool load;
module_param(load, bool, 0444);
MODULE_PARM_DESC(load, "exchange messages until the module is unloaded");

static int __init vmbox_test_init(void)
{
	int err = backend ? backend_start(backend) : 0, bad;

	if (!err && load)
		err = load_start();
	if (!err && messages)
		test_frontend(messages);
	bad = tap_end();
	err = err ?: bad;
	if (err)
		backend_stop();
	return err;
}

static void __exit vmbox_test_exit(void)
{
	load_stop();
	backend_stop();
}

module_init(vmbox_test_init);
module_exit(vmbox_test_exit);
MODULE_DESCRIPTION("Tests of vmbox");
MODULE_LICENSE("GPL");

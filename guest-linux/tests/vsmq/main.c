// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsmq-test: echo=1 sends back what comes over the pair test-smq. Else it tests the API over the loop test-smq-loop,
 * if this VM has that, and exchanges messages with the echo over test-smq, and reports in TAP to the kernel's log; or,
 * with load=1, exchanges messages without end.
 */
#include <linux/module.h>
#define TAP_MAIN
#include "test.h"

static unsigned int messages = 1000;
module_param(messages, uint, 0444);
MODULE_PARM_DESC(messages, "messages to exchange with the echo");

static bool echo;
module_param(echo, bool, 0444);
MODULE_PARM_DESC(echo, "send back what comes");

static bool load;
module_param(load, bool, 0444);
MODULE_PARM_DESC(load, "exchange messages until the module is unloaded");

static bool has_loop(void)
{
	void *handle;

	if (vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &handle) || !handle)
		return false;
	vsmq_free(handle);
	return true;
}

static int run_tests(void)
{
	BUILD_BUG_ON(sizeof(struct message) != MSG_SIZE);
	if (has_loop()) {
		test_api();
		test_messages();
	}
	if (messages)
		test_exchange(messages);
	return tap_end();
}

static int __init vsmq_test_init(void)
{
	if (echo)
		return echo_start();
	return load ? load_start() : run_tests();
}

static void __exit vsmq_test_exit(void)
{
	load_stop();
	echo_stop();
}

module_init(vsmq_test_init);
module_exit(vsmq_test_exit);
MODULE_DESCRIPTION("Tests of vsmq");
MODULE_LICENSE("GPL");

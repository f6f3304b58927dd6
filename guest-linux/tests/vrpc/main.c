// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc-test: serves the ends test-direct, test-thread and test-loop that this VM has; then tests vrpc over its
 * clients' ends of those names, and reports in TAP to the kernel's log; or, with load=1, calls without end.
 */
#include <linux/module.h>
#define TAP_MAIN
#include "test.h"

static unsigned int calls = 1000;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "calls over each link");

static bool load;
module_param(load, bool, 0444);
MODULE_PARM_DESC(load, "call until the module is unloaded");

static bool has_client(const char *name)
{
	struct vrpc_t *vrpc = vrpc_client_lookup(name, NULL);

	if (vrpc)
		vrpc_release(vrpc);
	return vrpc;
}

static void test_end(const char *name)
{
	if (!has_client(name))
		return;
	test_states(name);
	test_calls(name, calls);
}

static int __init vrpc_test_init(void)
{
	int err = 0, bad;

	serve_all();
	if (load) {
		err = load_start();
	} else if (has_client("test-")) {
		test_lookups();
		test_end("test-direct");
		test_end("test-thread");
		test_end("test-loop");
	}
	bad = tap_end();
	err = err ?: bad;
	if (err)
		serve_none();
	return err;
}

static void __exit vrpc_test_exit(void)
{
	load_stop();
	serve_none();
}

module_init(vrpc_test_init);
module_exit(vrpc_test_exit);
MODULE_DESCRIPTION("Tests of vrpc");
MODULE_LICENSE("GPL");

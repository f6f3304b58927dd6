// SPDX-License-Identifier: GPL-2.0-only
/*
 * nkops-test: calls every member of nkops, and the functions beside it, and reports in TAP to the
 * kernel's log. It is done when the module is loaded. It wants a vlink "nkops-test" to a VM without
 * that module, which it pauses and restarts, and a property "nkops-test" of 8 bytes.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#define TAP_MAIN
#include "test.h"

NkPhAddr test_link;
NkDevVlink *test_vlink;
NkOsId test_self, test_peer;

static void find_link(void)
{
	test_link = nkops.nk_vlink_lookup(TEST_LINK, 0);
	if (!test_link)
		return;
	test_vlink = nkops.nk_ptov(test_link);
	test_peer = test_vlink->s_id == test_self ? test_vlink->c_id : test_vlink->s_id;
}

static int __init nkops_test_init(void)
{
	test_self = nkops.nk_id_get();
	test_basic();
	test_props();
	test_console();
	find_link();
	ok(test_link, "there is a vlink %s to VM %u", TEST_LINK, test_peer);
	if (test_link) {
		test_links();
		test_xirqs();
		test_sysconf();
		test_life();
	}
	return tap_end();
}

static void __exit nkops_test_exit(void)
{
}

module_init(nkops_test_init);
module_exit(nkops_test_exit);
MODULE_DESCRIPTION("Tests of nkops");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* Handshakes of the link. */
#include <linux/atomic.h>
#include <linux/errno.h>
#include "test.h"

static atomic_t calls;

static void count_call(void *cookie, NkXIrq xirq)
{
	atomic_inc(cookie);
}

static void detach_itself(void *cookie, NkXIrq xirq)
{
	nk_sysconf_detach(test_link);
	atomic_inc(cookie);
}

static bool is_called(void)
{
	bool done = wait_until(atomic_read(&calls));

	atomic_set(&calls, 0);
	return done;
}

static void test_detached(const char *text)
{
	atomic_set(&calls, 0);
	nk_sysconf_selfpost(test_link);
	nkops.nk_xirq_trigger(NK_XIRQ_SYSCONF, test_self);
	msleep(SETTLE_MS);
	ok(!atomic_read(&calls), "nk_sysconf_detach: %s", text);
}

void test_sysconf(void)
{
	ok(nk_sysconf_attach(test_link + 8, count_call, &calls) < 0,
	   "nk_sysconf_attach: no such link");
	ok(nk_sysconf_attach(test_link, NULL, &calls) < 0, "nk_sysconf_attach: no handler");
	ok(!nk_sysconf_attach(test_link, count_call, &calls), "nk_sysconf_attach");
	ok(nk_sysconf_attach(test_link, count_call, &calls) == -EBUSY,
	   "nk_sysconf_attach: only one handler");
	atomic_set(&calls, 0);
	nk_sysconf_selfpost(test_link);
	ok(is_called(), "nk_sysconf_selfpost");
	nkops.nk_xirq_trigger(NK_XIRQ_SYSCONF, test_self);
	ok(is_called(), "NK_XIRQ_SYSCONF reaches the handler as well");
	nk_sysconf_post(test_link);
	ok(true, "nk_sysconf_post");
	nk_sysconf_detach(test_link);
	test_detached("not called any more");
	nk_sysconf_detach(test_link);
	/* The handshakes just posted come amidst attaching, unless another driver has taken them. */
	ok(!nk_sysconf_attach(test_link, detach_itself, &calls), "nk_sysconf_attach: again");
	nk_sysconf_selfpost(test_link);
	ok(is_called(), "nk_sysconf_detach: in the handler itself");
	test_detached("in the handler itself, not called any more");
}

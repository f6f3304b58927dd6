// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlink-test: tests vlink-lib when it is loaded, and reports in TAP to the kernel's log. It wants links with
 * both endpoints in this VM: "vlink-test" (one way), and "vlink-pair" (one each way).
 */
#include <linux/delay.h>
#include <linux/module.h>
#define TAP_MAIN
#include "test.h"

#define XIRQ_ID 0

bool wait_state(const struct endpoint *end, unsigned int state)
{
	unsigned long until = jiffies + WAIT_JIFFIES;

	while (READ_ONCE(end->vlink->state) != state && time_before(jiffies, until))
		usleep_range(200, 400);
	return READ_ONCE(end->vlink->state) == state;
}

bool wait_logged(const struct endpoint *end, const char *log)
{
	unsigned long until = jiffies + WAIT_JIFFIES;

	while (strcmp(end->log, log) && time_before(jiffies, until))
		usleep_range(200, 400);
	return !strcmp(end->log, log);
}

static int note(struct endpoint *end, unsigned int idx)
{
	static const char letters[VLINK_OP_NR] = {'R', 'S', 'A', 'T', 'C', 'U'};

	if (end->logged < LOG_SIZE - 1)
		end->log[end->logged++] = letters[idx];
	return end->fail_op == (int)idx ? -EIO : 0;
}

static int op_reset(Vlink *vlink, void *cookie)
{
	return note(cookie, VLINK_OP_RESET);
}

static int op_start(Vlink *vlink, void *cookie)
{
	return note(cookie, VLINK_OP_START);
}

static int op_abort(Vlink *vlink, void *cookie)
{
	return note(cookie, VLINK_OP_ABORT);
}

static int op_stop(Vlink *vlink, void *cookie)
{
	return note(cookie, VLINK_OP_STOP);
}

static int op_cleanup(Vlink *vlink, void *cookie)
{
	return note(cookie, VLINK_OP_CLEANUP);
}

static int op_up(Vlink *vlink, void *cookie)
{
	return note(cookie, VLINK_OP_UP);
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_RESET, op_reset},
	{VLINK_OP_START, op_start},
	{VLINK_OP_ABORT, op_abort},
	{VLINK_OP_STOP, op_stop},
	{VLINK_OP_CLEANUP, op_cleanup},
	{VLINK_OP_UP, op_up},
	{},
};

static void on_xirq(void *cookie, NkXIrq xirq)
{
	struct endpoint *end = cookie;

	end->wrong += !vlink_is_up(end->vlink);
	atomic_inc(&end->calls);
}

static int pair_vlink_init(Vlink *vlink)
{
	struct pair *pair = vlink->drv->private;
	struct endpoint *end = &pair->ends[vlink->server ? 0 : 1];
	int err;

	end->vlink = vlink;
	end->fail_op = -1;
	vlink->private = end;
	pair->nr++;
	err = vlink_ops_register(vlink, ops, end);
	if (err)
		return err;
	end->to_peer = vlink_peer_xirq(vlink, vlink->server ? XIRQ_ID + 1 : XIRQ_ID);
	end->own = vlink_xirq_attach(vlink, vlink->server ? XIRQ_ID : XIRQ_ID + 1, on_xirq, end,
				     "vlink-test");
	if (!end->own)
		return -ENOMEM;
	return pair->init_error;
}

static void pair_cleanup(VlinkDrv *drv)
{
	struct pair *pair = drv->private;

	pair->cleanups++;
}

void pair_init(struct pair *pair, const char *name, unsigned int flags)
{
	*pair = (struct pair){.drv.name = name, .drv.flags = flags, .drv.private = pair};
	pair->drv.vlink_init = pair_vlink_init;
	pair->drv.cleanup = pair_cleanup;
}

static int __init vlink_test_init(void)
{
	test_states();
	test_symmetric();
	test_sessions();
	test_faults();
	return tap_end();
}

static void __exit vlink_test_exit(void)
{
}

module_init(vlink_test_init);
module_exit(vlink_test_exit);
MODULE_DESCRIPTION("Tests of vlink-lib");
MODULE_LICENSE("GPL");

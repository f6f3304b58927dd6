// SPDX-License-Identifier: GPL-2.0-only
/* vlink-test: what fails, on this side or on the peer's. */
#include "test.h"

#define BOTH (VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT)

static struct pair pair, second;

static bool up_again(const char *log)
{
	return wait_logged(&pair.ends[0], log) && !vlink_wait_up(pair.ends[1].vlink, WAIT_JIFFIES);
}

/* The line is looked for by the test that has the module loaded: one for the three. */
static void test_broken(void)
{
	pair_init(&pair, "vlink-test", BOTH);
	ok(!vlink_drv_open(&pair.drv) && wait_logged(&pair.ends[0], "RSU"), "up");
	vlink_broken(pair.ends[0].vlink, "it lies");
	vlink_broken(pair.ends[0].vlink, "it lies");
	ok(up_again("RSUATRSU"), "a link that its peer broke goes down, and comes up anew");
	vlink_broken(pair.ends[0].vlink, "it lies");
	ok(up_again("RSUATRSUATRSU"), "each time");
	vlink_drv_close(&pair.drv);
}

/* The log has no line of it, which the same test sees. */
static void test_bounced(void)
{
	pair_init(&pair, "vlink-test", BOTH);
	ok(!vlink_drv_open(&pair.drv) && wait_logged(&pair.ends[0], "RSU"), "up");
	vlink_bounce(pair.ends[0].vlink);
	ok(up_again("RSUATRSU"), "a link that is taken down comes up anew");
	vlink_drv_close(&pair.drv);
}

static void test_failing_ops(void)
{
	pair_init(&pair, "vlink-test", BOTH | VLINK_DRV_ON_DEMAND);
	ok(!vlink_drv_open(&pair.drv), "open");
	pair.ends[0].fail_op = VLINK_OP_RESET;
	vlink_start(pair.ends[0].vlink);
	vlink_start(pair.ends[1].vlink);
	ok(wait_logged(&pair.ends[0], "R") && vlink_wait_up(pair.ends[0].vlink, HZ / 20) &&
		   pair.ends[0].vlink->state == VLINK_STOPPED,
	   "a RESET that fails stops the link");
	pair.ends[0].fail_op = VLINK_OP_START;
	vlink_start(pair.ends[0].vlink);
	ok(wait_logged(&pair.ends[0], "RRST") && wait_state(&pair.ends[0], VLINK_STOPPED),
	   "a START that fails does too, behind STOP");
	pair.ends[0].fail_op = -1;
	vlink_start(pair.ends[0].vlink);
	ok(wait_logged(&pair.ends[0], "RRSTRSU"), "it can be started again");
	ok(vlink_op_register(pair.ends[0].vlink, VLINK_OP_NR, NULL, NULL) == -EINVAL, "no such op");
	vlink_drv_close(&pair.drv);
}

static void test_failing_init(void)
{
	VlinkSession *session;

	pair_init(&pair, "vlink-test", VLINK_DRV_TYPE_SERVER);
	pair.init_error = -EIO;
	ok(!vlink_drv_open(&pair.drv) && pair.ends[0].vlink->state == VLINK_CLEAN &&
		   !strcmp(pair.ends[0].log, "C"),
	   "a link that cannot be initialized is CLEAN");
	ok(vlink_session_create(pair.ends[0].vlink, NULL, NULL, &session) == -ENXIO,
	   "and has no sessions");
	vlink_drv_close(&pair.drv);
	ok(!strcmp(pair.ends[0].log, "C"), "it is cleaned up once");
}

static void test_taken(void)
{
	pair_init(&pair, "vlink-test", BOTH);
	ok(!vlink_drv_open(&pair.drv) && wait_logged(&pair.ends[0], "RSU"), "up");
	pair_init(&second, "vlink-test", VLINK_DRV_TYPE_SERVER);
	ok(!vlink_drv_open(&second.drv) && !second.nr, "a second driver does not get the link");
	vlink_drv_close(&second.drv);
	ok(vlink_is_up(pair.ends[0].vlink) && !strcmp(pair.ends[0].log, "RSU"),
	   "which does not disturb the first");
	vlink_drv_close(&pair.drv);
}

static bool wants_server(const Vlink *vlink)
{
	return vlink->server;
}

static bool wants_client(const Vlink *vlink)
{
	return !vlink->server;
}

/* Whichever goes first, or comes back: the other one hears of it. */
static void test_two_drivers(void)
{
	pair_init(&pair, "vlink-test", BOTH);
	pair_init(&second, "vlink-test", BOTH);
	pair.drv.wants = wants_server;
	second.drv.wants = wants_client;
	ok(!vlink_drv_open(&pair.drv) && pair.nr == 1 && pair.ends[0].vlink &&
		   wait_logged(&pair.ends[0], "R"),
	   "a driver gets the end that it wants");
	ok(!vlink_drv_open(&second.drv) && second.nr == 1 && second.ends[1].vlink,
	   "another one the other end");
	ok(wait_logged(&pair.ends[0], "RSU") && wait_logged(&second.ends[1], "RSU"),
	   "the link between them comes up");
	vlink_drv_close(&pair.drv);
	ok(wait_logged(&second.ends[1], "RSUATR"), "one goes");
	pair_init(&pair, "vlink-test", VLINK_DRV_TYPE_SERVER);
	ok(!vlink_drv_open(&pair.drv) && wait_logged(&pair.ends[0], "RSU") &&
		   wait_logged(&second.ends[1], "RSUATRSU"),
	   "and comes back");
	vlink_drv_close(&second.drv);
	ok(wait_logged(&pair.ends[0], "RSUATR"), "the other one goes");
	vlink_drv_close(&pair.drv);
}

void test_faults(void)
{
	test_broken();
	test_bounced();
	test_failing_ops();
	test_failing_init();
	test_taken();
	test_two_drivers();
}

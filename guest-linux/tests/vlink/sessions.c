// SPDX-License-Identifier: GPL-2.0-only
/* vlink-test: sessions, and what waits for them. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include "test.h"

static struct pair pair;
static unsigned int aborts;

static int on_abort(VlinkSession *session)
{
	aborts += session->private == &aborts;
	return 0;
}

static Vlink *open_pair(void)
{
	pair_init(&pair, "vlink-test",
		  VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT | VLINK_DRV_ON_DEMAND);
	if (vlink_drv_open(&pair.drv))
		return NULL;
	aborts = 0;
	return pair.ends[0].vlink;
}

static bool alive(VlinkSession *session)
{
	bool is = !vlink_session_enter_and_test_alive(session);

	vlink_session_leave(session);
	return is;
}

static bool raise(void)
{
	vlink_start(pair.ends[0].vlink);
	vlink_start(pair.ends[1].vlink);
	return !vlink_wait_up(pair.ends[0].vlink, WAIT_JIFFIES) &&
	       !vlink_wait_up(pair.ends[1].vlink, WAIT_JIFFIES);
}

static void test_life(Vlink *vlink)
{
	VlinkSession *early, *late, *third;

	ok(!vlink_session_create(vlink, &aborts, on_abort, &early) &&
		   vlink_session_enter_and_test_alive(early) == -1,
	   "a session before the link is up is new");
	vlink_session_leave(early);
	ok(raise() && alive(early), "it is alive once the link is up");
	ok(!vlink_session_create(vlink, NULL, NULL, &late) && alive(late),
	   "one that is created then is alive at once");
	vlink_stop(pair.ends[1].vlink);
	ok(wait_state(&pair.ends[0], VLINK_RESET) && aborts == 1 &&
		   vlink_session_enter_and_test_alive(early) == 1 && !alive(late),
	   "when the peer goes, sessions are aborted, and told");
	vlink_session_leave(early);
	ok(raise() && !alive(early), "for good");
	ok(!vlink_session_create(vlink, NULL, NULL, &third) && alive(third), "new ones are not");
	vlink_session_get(third);
	vlink_session_put(third);
	ok(alive(third) && atomic_read(&vlink->sessions_count) == 3, "references keep it");
	vlink_session_destroy(early);
	vlink_session_destroy(late);
	vlink_session_put(third);
	ok(!atomic_read(&vlink->sessions_count) && list_empty(&vlink->sessions),
	   "all are released");
}

/* Who is in a session holds the link in ABORTED, and its peer out. */
static void test_hold(Vlink *vlink)
{
	VlinkSession *session;

	if (vlink_session_create(vlink, NULL, NULL, &session))
		return ok(false, "session_create");
	ok(!vlink_session_enter_and_test_alive(session), "entered");
	vlink_stop(pair.ends[1].vlink);
	vlink_start(pair.ends[1].vlink);
	ok(wait_state(&pair.ends[0], VLINK_ABORTED), "the peer goes: aborted");
	ok(vlink_wait_up(pair.ends[1].vlink, HZ / 20) == -ETIMEDOUT &&
		   vlink->state == VLINK_ABORTED && *vlink->nk_state == NK_DEV_VLINK_ON,
	   "and no further while somebody is in it");
	vlink_session_leave(session);
	ok(!vlink_wait_up(pair.ends[1].vlink, WAIT_JIFFIES), "then it comes up again");
	vlink_session_destroy(session);
}

static int create(void *result)
{
	VlinkSession *session;

	allow_signal(SIGKILL);
	WRITE_ONCE(*(int *)result, vlink_session_create(pair.ends[0].vlink, NULL, NULL, &session));
	while (!kthread_should_stop())
		usleep_range(200, 400);
	return 0;
}

/* Sessions of a link that is not started wait, until a signal; of one that ends there are none. */
static void test_gate(void)
{
	int result = 1;
	struct task_struct *thread;
	VlinkSession *session;
	Vlink *vlink;

	pair_init(&pair, "vlink-test", VLINK_DRV_TYPE_SERVER);
	if (vlink_drv_probe(&pair.drv))
		return ok(false, "probe");
	vlink = list_first_entry(&pair.drv.vlinks, Vlink, link);
	pair.ends[0].vlink = vlink;
	thread = kthread_run(create, &result, "vlink-test");
	if (IS_ERR(thread))
		return ok(false, "thread");
	usleep_range(2000, 4000);
	ok(READ_ONCE(result) == 1, "a session waits for the startup");
	while (READ_ONCE(result) == 1) {
		send_sig(SIGKILL, thread, 1);
		usleep_range(200, 400);
	}
	ok(result == -ERESTARTSYS, "a signal ends that");
	kthread_stop(thread);
	vlink_drv_startup(&pair.drv);
	vlink_drv_shutdown(&pair.drv);
	ok(vlink_session_create(vlink, NULL, NULL, &session) == -ENXIO, "none after the shutdown");
	vlink_drv_cleanup(&pair.drv);
}

void test_sessions(void)
{
	Vlink *vlink = open_pair();

	ok(vlink, "open");
	if (vlink) {
		test_life(vlink);
		test_hold(vlink);
	}
	vlink_drv_close(&pair.drv);
	test_gate();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlink-lib: the thread of a link, which goes through the handshake, one step at a time, and performs
 * the driver's operations. It looks at the peer's state when it is woken up, by the peer's cross
 * interrupt or by this side; what it did itself is in vlink->state, never read back from shared memory.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <asm/barrier.h>
#include "lib.h"

#define SAY_AGAIN (10 * HZ)

void vlink_wakeup(Vlink *vlink)
{
	atomic_set(&vlink->admin_event, 1);
	wake_up_all(&vlink->admin_event_wait);
}
EXPORT_SYMBOL_GPL(vlink_wakeup);

static void set_state(Vlink *vlink, unsigned int state)
{
	unsigned long flags;

	spin_lock_irqsave(&vlink->state_lock, flags);
	WRITE_ONCE(vlink->state, state);
	spin_unlock_irqrestore(&vlink->state_lock, flags);
	wake_up_all(&vlink->admin_comp_wait);
}

static void tell(Vlink *vlink, int nk_state)
{
	smp_store_release(vlink->nk_state, nk_state); /* what was set up is to be seen first */
	nk_sysconf_post(vlink->plink);
	vlink_shake_tell_other(vlink);
}

/* nk's own endpoints are on from the beginning, and take no part in handshakes. */
static bool peer_is_nk(const Vlink *vlink)
{
	return vlink->id_peer == NK_OS_NKERNEL;
}

/* Read once. What is no state at all is that of a peer that is not there: else both may wait for each other. */
static int peer_state(const Vlink *vlink)
{
	int peer = READ_ONCE(*vlink->nk_state_peer);

	return peer == NK_DEV_VLINK_RESET || peer == NK_DEV_VLINK_ON ? peer : NK_DEV_VLINK_OFF;
}

static bool must_stop(const Vlink *vlink)
{
	return READ_ONCE(vlink->state_target) != VLINK_UP || READ_ONCE(vlink->broken);
}

/* An operation of the driver's has failed: the link stays down until somebody starts it again. */
static void give_up(Vlink *vlink, const char *what, int err)
{
	pr_err("vlink-lib: %s %d: %s: error %d\n", vlink->drv->name, vlink->number, what, err);
	WRITE_ONCE(vlink->state_target, VLINK_STOPPED);
}

/* Told first: who waits for STOPPED gives the handshake's interrupt back, and then nobody hears of it. */
static bool go_off(Vlink *vlink)
{
	tell(vlink, NK_DEV_VLINK_OFF);
	set_state(vlink, VLINK_STOPPED);
	return true;
}

/* A peer that is still ON has not noticed yet that this side went OFF. */
static bool step_stopped(Vlink *vlink, int peer)
{
	int err;

	if (READ_ONCE(vlink->state_target) != VLINK_UP ||
	    (peer == NK_DEV_VLINK_ON && !peer_is_nk(vlink)))
		return false;
	WRITE_ONCE(vlink->broken, false);
	err = vlink_ops_run(vlink, VLINK_OP_RESET);
	if (err) {
		give_up(vlink, "reset", err);
		return false;
	}
	set_state(vlink, VLINK_RESET);
	tell(vlink, NK_DEV_VLINK_RESET);
	return true;
}

static bool step_reset(Vlink *vlink, int peer)
{
	int err;

	if (must_stop(vlink))
		return go_off(vlink);
	if (peer == NK_DEV_VLINK_OFF)
		return false;
	err = vlink_ops_run(vlink, VLINK_OP_START);
	if (err) {
		give_up(vlink, "start", err);
		vlink_ops_run(vlink, VLINK_OP_STOP);
		return go_off(vlink);
	}
	set_state(vlink, VLINK_STARTED);
	tell(vlink, NK_DEV_VLINK_ON);
	return true;
}

static bool stop(Vlink *vlink)
{
	vlink_ops_run(vlink, VLINK_OP_STOP);
	return go_off(vlink);
}

static void show_up(Vlink *vlink)
{
	set_state(vlink, VLINK_UP);
}

/* What a device costs this VM, with all that hears of it, a peer may ask for so often. */
static bool is_up_too_often(Vlink *vlink)
{
	return vlink->drv->flags & VLINK_DRV_DEVICES && !__ratelimit(&vlink->ups);
}

static bool step_started(Vlink *vlink, int peer)
{
	if (must_stop(vlink) || peer == NK_DEV_VLINK_OFF)
		return stop(vlink);
	if (peer != NK_DEV_VLINK_ON)
		return false;
	if (is_up_too_often(vlink)) {
		vlink_broken(vlink, "it comes and goes all the time");
		return true;
	}
	vlink_sessions_up(vlink, show_up);
	vlink_ops_run(vlink, VLINK_OP_UP);
	return true;
}

static bool step_up(Vlink *vlink, int peer)
{
	if (!must_stop(vlink) && peer == NK_DEV_VLINK_ON)
		return false;
	set_state(vlink, VLINK_ABORTED);
	synchronize_rcu(); /* handlers that saw it up */
	vlink_ops_run(vlink, VLINK_OP_ABORT);
	vlink_sessions_abort(vlink);
	return stop(vlink);
}

/* Whether anything was done, so that there may be more. */
static bool step(Vlink *vlink)
{
	int peer = peer_state(vlink);

	switch (vlink->state) {
	case VLINK_STOPPED:
		return step_stopped(vlink, peer);
	case VLINK_RESET:
		return step_reset(vlink, peer);
	case VLINK_STARTED:
		return step_started(vlink, peer);
	default:
		return step_up(vlink, peer);
	}
}

/*
 * The peer may have written to this side's state, too. One that has gone since, and come back as an honest
 * one, would wait for ever for what that says: so it is said again whenever there is something to look at.
 */
static void mend_state(Vlink *vlink)
{
	static const int said[] = {
		[VLINK_STOPPED] = NK_DEV_VLINK_OFF,
		[VLINK_RESET] = NK_DEV_VLINK_RESET,
		[VLINK_STARTED] = NK_DEV_VLINK_ON,
		[VLINK_UP] = NK_DEV_VLINK_ON,
	};

	if (READ_ONCE(*vlink->nk_state) != said[vlink->state])
		tell(vlink, said[vlink->state]);
}

/* Taken before the look, so that what happens during it is looked at again. */
static bool has_event(Vlink *vlink)
{
	return atomic_xchg(&vlink->admin_event, 0) || kthread_should_stop();
}

static int admin(void *data)
{
	Vlink *vlink = data;

	while (!kthread_should_stop()) {
		wait_event_idle(vlink->admin_event_wait, has_event(vlink));
		mend_state(vlink);
		while (step(vlink))
			cond_resched();
	}
	return 0;
}

int vlink_admin_start(Vlink *vlink)
{
	struct task_struct *thread;

	thread = kthread_create(admin, vlink, "%s-%d%s", vlink->drv->name, vlink->number,
				vlink->server ? "s" : "c");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	vlink->admin_thread = thread;
	set_state(vlink, VLINK_STOPPED);
	tell(vlink, NK_DEV_VLINK_OFF); /* a kernel before this one may have said something else */
	wake_up_process(thread);
	return 0;
}

void vlink_admin_end(Vlink *vlink)
{
	kthread_stop(vlink->admin_thread);
	vlink->admin_thread = NULL;
}

void vlink_set_target(Vlink *vlink, unsigned int target)
{
	WRITE_ONCE(vlink->state_target, target);
	vlink_wakeup(vlink);
}

void vlink_wait_stopped(Vlink *vlink)
{
	wait_event(vlink->admin_comp_wait, READ_ONCE(vlink->state) <= VLINK_STOPPED);
}

void vlink_start(Vlink *vlink)
{
	vlink_set_target(vlink, VLINK_UP);
}
EXPORT_SYMBOL_GPL(vlink_start);

void vlink_stop_begin(Vlink *vlink)
{
	vlink_set_target(vlink, VLINK_STOPPED);
}
EXPORT_SYMBOL_GPL(vlink_stop_begin);

void vlink_stop(Vlink *vlink)
{
	vlink_stop_begin(vlink);
	vlink_wait_stopped(vlink);
}
EXPORT_SYMBOL_GPL(vlink_stop);

int vlink_wait_up(Vlink *vlink, unsigned long timeout)
{
	long left = wait_event_interruptible_timeout(vlink->admin_comp_wait, vlink_is_up(vlink),
						     timeout);

	if (left < 0)
		return left;
	return left ? 0 : -ETIMEDOUT;
}
EXPORT_SYMBOL_GPL(vlink_wait_up);

void vlink_broken(Vlink *vlink, const char *why)
{
	unsigned long now = jiffies;

	if (xchg(&vlink->broken, true))
		return;
	if (!vlink->said || time_after(now, vlink->said + SAY_AGAIN)) {
		vlink->said = now | 1;
		pr_err("vlink-lib: %s %d: taken down, vm%u: %s\n", vlink->drv->name, vlink->number,
		       vlink->id_peer, why);
	}
	vlink_wakeup(vlink);
}
EXPORT_SYMBOL_GPL(vlink_broken);

void vlink_bounce(Vlink *vlink)
{
	WRITE_ONCE(vlink->broken, true);
	vlink_wakeup(vlink);
}
EXPORT_SYMBOL_GPL(vlink_bounce);

int vlink_dump(Vlink *vlink)
{
	pr_debug("vlink-lib: %s %d: state %u, target %u, %d and %d, %d users, %d sessions\n",
		 vlink->drv->name, vlink->number, READ_ONCE(vlink->state),
		 READ_ONCE(vlink->state_target), READ_ONCE(*vlink->nk_state),
		 READ_ONCE(*vlink->nk_state_peer), atomic_read(&vlink->users),
		 atomic_read(&vlink->sessions_count));
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_dump);

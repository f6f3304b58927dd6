// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlink-lib: sessions, those who use a link. Their states follow the link's, under its state_lock; the
 * list is guarded by sessions_lock, since op_abort may sleep.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include "lib.h"

static bool has_sessions(const Vlink *vlink)
{
	return vlink->sessions_started && READ_ONCE(vlink->state) != VLINK_CLEAN &&
	       READ_ONCE(vlink->drv->state) == VLINK_DRV_STARTED;
}

/* Waits until sessions may be created. */
static int pass_gate(Vlink *vlink)
{
	if (down_interruptible(&vlink->sessions_start_lock))
		return -ERESTARTSYS;
	up(&vlink->sessions_start_lock); /* for the next one */
	return has_sessions(vlink) ? 0 : -ENXIO;
}

static void add_session(Vlink *vlink, VlinkSession *session)
{
	unsigned long flags;

	spin_lock_irqsave(&vlink->state_lock, flags);
	session->state = vlink->state == VLINK_UP ? VLINK_SESSION_ALIVE : VLINK_SESSION_NEW;
	spin_unlock_irqrestore(&vlink->state_lock, flags);
	list_add_tail(&session->link, &vlink->sessions);
	atomic_inc(&vlink->sessions_count);
}

int vlink_session_create(Vlink *vlink, void *private, VlinkSessionOp op_abort,
			 VlinkSession **psession)
{
	VlinkSession *session;
	int err = pass_gate(vlink);

	if (err)
		return err;
	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return -ENOMEM;
	session->vlink = vlink;
	session->private = private;
	session->op_abort = op_abort;
	atomic_set(&session->refcount, 1);
	if (down_interruptible(&vlink->sessions_lock)) {
		kfree(session);
		return -ERESTARTSYS;
	}
	add_session(vlink, session);
	up(&vlink->sessions_lock);
	*psession = session;
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_session_create);

int vlink_session_release(VlinkSession *session)
{
	Vlink *vlink = session->vlink;

	down(&vlink->sessions_lock);
	list_del(&session->link);
	atomic_dec(&vlink->sessions_count);
	up(&vlink->sessions_lock);
	kfree(session);
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_session_release);

/*
 * Sessions come first: who waits for the link to be up finds them alive. One that is created meanwhile sees the link's
 * new state, or is in the list by now.
 */
void vlink_sessions_up(Vlink *vlink, void (*show_up)(Vlink *vlink))
{
	VlinkSession *session;

	down(&vlink->sessions_lock);
	list_for_each_entry(session, &vlink->sessions, link) {
		if (session->state == VLINK_SESSION_NEW)
			WRITE_ONCE(session->state, VLINK_SESSION_ALIVE);
	}
	show_up(vlink);
	up(&vlink->sessions_lock);
}

/* Of those that were alive; then waits for all who are in one. */
void vlink_sessions_abort(Vlink *vlink)
{
	VlinkSession *session;

	down(&vlink->sessions_lock);
	list_for_each_entry(session, &vlink->sessions, link) {
		if (session->state != VLINK_SESSION_ALIVE)
			continue;
		WRITE_ONCE(session->state, VLINK_SESSION_ABORTED);
		smp_mb(); /* the state, then users: see vlink_session_enter() */
		if (session->op_abort)
			session->op_abort(session);
	}
	up(&vlink->sessions_lock);
	wait_event(vlink->sessions_end_wait, !atomic_read(&vlink->users));
}

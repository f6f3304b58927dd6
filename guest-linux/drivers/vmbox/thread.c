// SPDX-License-Identifier: GPL-2.0-only
/* vmbox: the thread of a box, which does all calls of its user's. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <vsmq.h>
#include "vmbox_priv.h"

#define BATCH 64 /* messages of one link, then it is the next one's turn */

void vmbox_wakeup(struct vmbox *box)
{
	atomic_set(&box->news, 1);
	wake_up_all(&box->wait);
}

static void tell(struct vmbox_link *link, bool on)
{
	struct vmbox *box = link->box;
	vmbox_link_state_t call = on ? box->ops.on : box->ops.off;

	link->on = on;
	if (call)
		call(box->cookie, link->vmid);
}

/* A link that went and came back since the last look went off. */
static void tell_state(struct vmbox_link *link)
{
	int downs = atomic_read(&link->downs);

	if (link->on && downs != link->downs_told)
		tell(link, false);
	link->downs_told = downs;
	if (!link->on && vsmq_link_is_online(link->tx) && vsmq_link_is_online(link->rx))
		tell(link, true);
}

/* It may be of a link that went and came back since the last look: then that is told first. */
static void deliver(struct vmbox_link *link, void *msg)
{
	struct vmbox *box = link->box;

	tell_state(link);
	if (link->on && box->ops.receive)
		box->ops.receive(box->cookie, link->vmid, link->rx, msg);
	else
		vsmq_msg_free(link->rx, msg);
}

/* Returns whether there may be more. */
static bool receive_some(struct vmbox_link *link)
{
	void *msg;

	for (unsigned int n = 0; n < BATCH; n++) {
		if (!link->on || vsmq_msg_receive(link->rx, &msg))
			return false;
		deliver(link, msg);
	}
	return true;
}

static void look(struct vmbox *box)
{
	struct vmbox_link *link;

	list_for_each_entry(link, &box->links, entry) {
		tell_state(link);
		if (receive_some(link))
			atomic_set(&box->news, 1);
		cond_resched();
	}
}

static bool has_news(struct vmbox *box)
{
	return READ_ONCE(box->registered) && atomic_xchg(&box->news, 0);
}

static int box_thread(void *data)
{
	struct vmbox *box = data;

	while (!kthread_should_stop()) {
		wait_event_idle(box->wait, has_news(box) || kthread_should_stop());
		mutex_lock(&box->lock);
		if (box->registered)
			look(box);
		mutex_unlock(&box->lock);
	}
	return 0;
}

int vmbox_thread_start(struct vmbox *box)
{
	struct task_struct *thread = kthread_run(box_thread, box, "vmbox");

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	box->thread = thread;
	return 0;
}

void vmbox_thread_stop(struct vmbox *box)
{
	if (box->thread)
		kthread_stop(box->thread);
	box->thread = NULL;
}

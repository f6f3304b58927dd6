// SPDX-License-Identifier: GPL-2.0-only
/* vmq-test: where there is no room: who waits, and how that ends. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/sched/signal.h>
#include "test.h"

/* Somebody who allocates a message with so many buffers. */
struct waiter {
	struct node *node;
	struct task_struct *task;
	u32 bufs;
	struct req *req;
	int err;
	struct completion ready, done;
};

static int waiter(void *data)
{
	struct waiter *w = data;

	allow_signal(SIGINT);
	complete(&w->ready);
	w->err = prepare(w->node, OP_FREE, w->bufs, false, &w->req);
	complete(&w->done);
	while (!kthread_should_stop())
		usleep_range(100, 200);
	return 0;
}

static bool waiter_start(struct waiter *w, struct node *node, u32 bufs)
{
	*w = (struct waiter){.node = node, .bufs = bufs};
	init_completion(&w->ready);
	init_completion(&w->done);
	w->task = kthread_run(waiter, w, "vmqt-waiter");
	if (IS_ERR(w->task))
		return false;
	wait_for_completion(&w->ready);
	return !completion_done(&w->done);
}

/* Returns what it was told, or -ETIMEDOUT. */
static int waiter_end(struct waiter *w)
{
	unsigned long left = wait_for_completion_timeout(&w->done, WAIT);

	kthread_stop(w->task);
	return left ? w->err : -ETIMEDOUT;
}

static bool hold(struct node *node, u32 count)
{
	bool good = true;

	while (count--)
		good &= !put(node, OP_HOLD, 0, 0);
	return good;
}

/* They are kept there by now: only then they can be released. Asked in as many steps as it takes. */
static bool wait_held(struct node *node, struct node *other, u32 count)
{
	unsigned long end = jiffies + WAIT;

	while (ask(other, OP_STATS, 0, node->level) && time_before(jiffies, end)) {
		if (other->last.held == count)
			return true;
		usleep_range(200, 400);
	}
	return false;
}

static void test_messages_full(struct node *node, struct node *other)
{
	struct waiter w;
	struct req *req;
	int err;

	node_ok(hold(node, MSGS) && wait_held(node, other, MSGS), node, "all messages are away");
	node_ok(prepare(node, OP_FREE, 0, true, &req) == -EAGAIN, node, "EAGAIN: no room");
	node_ok(waiter_start(&w, node, 0), node, "one waits for room");
	send_sig(SIGINT, w.task, 1);
	node_ok(waiter_end(&w) == -EINTR, node, "EINTR");
	node_ok(waiter_start(&w, node, 0), node, "another one waits");
	node_ok(ask(other, OP_RELEASE, 0, node->level), node, "they come back");
	err = waiter_end(&w);
	node_ok(!err, node, "and it has room");
	if (!err)
		vmq_msg_send(node->link, w.req);
}

static void free_data(struct node *node, const unsigned int *offsets)
{
	u32 n;

	for (n = 0; n < BUFS; n++)
		vmq_return_data_free(node->link, offsets[n]);
}

static void test_data_full(struct node *node)
{
	unsigned int offsets[BUFS];
	struct waiter w;
	struct req *req;
	void *msg;
	int err;

	node_ok(ask(node, OP_ECHO, 0, 0), node, "all data is back");
	err = vmq_msg_allocate_many_data(node->link, BUFS, &msg, offsets, true);
	node_ok(!err, node, "all data at a time");
	if (err)
		return;
	node_ok(prepare(node, OP_DATA, 1, true, &req) == -EAGAIN, node, "EAGAIN: no data");
	node_ok(ask(node, OP_ECHO, 0, 0), node, "there are messages");
	*(struct req *)msg = (struct req){.op = OP_FREE, .seq = node->seq++};
	vmq_msg_send(node->link, msg);
	node_ok(waiter_start(&w, node, 1), node, "one waits for data");
	free_data(node, offsets);
	err = waiter_end(&w);
	node_ok(!err, node, "and has it");
	if (err)
		return;
	w.req->op = OP_DATA;
	vmq_msg_send(node->link, w.req);
}

/* Several at a time, more than there are buffers: the receiver's frees let each of them go on. */
static void test_data_many(struct node *node)
{
	bool good = true;
	u32 n;

	for (n = 0; n < 4 * BUFS; n++)
		good &= !put(node, OP_DATA, 1 + n % MANY, 0);
	node_ok(good && ask(node, OP_STATS, 0, 0) && !node->last.bad, node,
		"data comes back by itself");
}

void test_room(struct node *node, struct node *other)
{
	test_messages_full(node, other);
	test_data_full(node);
	test_data_many(node);
}

static bool waits_for(struct node *node, const unsigned int *count, unsigned int least)
{
	return wait_event_interruptible_timeout(node->change, READ_ONCE(*count) >= least, WAIT) > 0;
}

void test_abort(struct node *node)
{
	const unsigned int ups = node->ups, offs = node->offs, completed = node->completed;
	struct waiter w;
	struct req *req;
	void *msg;

	node_ok(hold(node, MSGS - 1) && !prepare(node, OP_FREE, 0, true, &req), node,
		"a message is here, all others are away");
	node_ok(waiter_start(&w, node, 0), node, "one waits");
	vmq_links_abort(node->links);
	node_ok(waiter_end(&w) == -ECONNABORTED, node, "ECONNABORTED");
	node_ok(waits_for(node, &node->offs, offs + 1), node, "link_off");
	node_ok(vmq_msg_allocate(node->link, 0, &msg, NULL) == -ECONNABORTED, node, "and still");
	node_ok(node->completed == completed, node, "not completed: there is a message");
	vmq_msg_send(node->link, req);
	node_ok(waits_for(node, &node->completed, completed + 1), node, "link_off_completed");
	node_ok(wait_up(node, ups + 1) && node->ups == ups + 1, node, "link_on");
	node_ok(ask(node, OP_ECHO, 0, 0), node, "it works anew");
}

/* When the sender knows both, the link goes down, and begins anew: a buffer cannot be spare twice. */
void test_freed(struct node *node, struct node *other)
{
	const unsigned int ups = node->ups;
	unsigned int offsets[BUFS];
	void *msg;

	node_ok(!put(node, OP_LOSE, MANY, 0) && wait_held(node, other, 1), node,
		"data is freed, and its message kept");
	if (vmq_msg_allocate_many_data(node->link, BUFS, &msg, offsets, true)) {
		node_ok(false, node, "it is there again");
		return;
	}
	vmq_msg_drop(node->link, msg);
	node_ok(!put(node, OP_RELEASE, 0, node->level), node, "the message comes back too");
	node_ok(wait_up(node, ups + 1) && node->ups == ups + 1, node, "that link is begun anew");
	node_ok(ask(node, OP_ECHO, 0, 0), node, "and works");
}

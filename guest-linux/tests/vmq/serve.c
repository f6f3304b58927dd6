// SPDX-License-Identifier: GPL-2.0-only
/* vmq-test: the receiver. The message is copied, then looked at; data is looked at where it is. */
#include <linux/minmax.h>
#include <linux/string.h>
#include "test.h"

static u32 *data_at(struct node *node, u32 offset)
{
	return (u32 *)(vmq_rx_data_area(node->link) + offset);
}

static bool data_good(struct node *node, const struct req *req)
{
	u32 want[BUF_SIZE / sizeof(u32)];
	u32 n;

	for (n = 0; n < req->bufs; n++) {
		fill(want, req->seq + n);
		if (memcmp(data_at(node, req->offsets[n]), want, BUF_SIZE))
			return false;
	}
	return true;
}

static bool req_ok(struct node *node, const struct req *req)
{
	u32 n;

	if (req->seq != node->expected || req->bufs > MANY)
		return false;
	for (n = 0; n < req->bufs; n++) {
		if (!vmq_data_offset_ok(node->link, req->offsets[n]))
			return false;
	}
	return true;
}

/* Not where the link has gone down: serve_forget() may have been there. */
static void hold(struct node *node, void *msg)
{
	unsigned long flags;
	bool up;

	spin_lock_irqsave(&node->lock, flags);
	up = node->up;
	if (up)
		node->held[node->nr_held++] = msg;
	spin_unlock_irqrestore(&node->lock, flags);
	if (!up)
		vmq_msg_return(node->link, msg);
}

static void *unhold(struct node *node)
{
	void *msg = NULL;
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	if (node->nr_held)
		msg = node->held[--node->nr_held];
	spin_unlock_irqrestore(&node->lock, flags);
	return msg;
}

static void release(struct node *node)
{
	void *msg;

	while ((msg = unhold(node)))
		vmq_msg_return(node->link, msg);
}

/* The link has gone down: what is kept is given back. */
void serve_forget(struct node *node)
{
	release(node);
}

static void answer(struct node *node, const struct req *req, struct req *shared)
{
	WRITE_ONCE(shared->answer, ~req->seq);
	WRITE_ONCE(shared->received, node->received);
	WRITE_ONCE(shared->bad, node->bad);
	WRITE_ONCE(shared->notified, node->notified);
	WRITE_ONCE(shared->held, READ_ONCE(nodes[req->level % LEVELS].nr_held));
	vmq_msg_return(node->link, shared);
}

static void fill_data(struct node *node, const struct req *req)
{
	u32 n;

	for (n = 0; n < req->bufs; n++)
		fill(data_at(node, req->offsets[n]), ~req->seq + n);
}

static void act(struct node *node, const struct req *req, struct req *shared)
{
	switch (req->op) {
	case OP_HOLD:
		hold(node, shared);
		return;
	case OP_LOSE:
		vmq_data_free_many(node->link, req->bufs, req->offsets);
		hold(node, shared);
		return;
	case OP_RELEASE:
		release(&nodes[req->level % LEVELS]);
		break;
	case OP_DATA:
		node->bad += !data_good(node, req);
		vmq_data_free_many(node->link, req->bufs, req->offsets);
		vmq_msg_free(node->link, shared);
		return;
	case OP_FILL:
		fill_data(node, req);
		break;
	case OP_FREE:
		vmq_msg_free(node->link, shared);
		return;
	}
	answer(node, req, shared);
}

void serve(struct node *node)
{
	struct req req;
	void *shared;

	while (!vmq_msg_receive(node->link, &shared)) {
		memcpy(&req, shared, sizeof(req));
		node->received++;
		if (req_ok(node, &req)) {
			node->expected++;
			act(node, &req, shared);
		} else {
			node->bad++;
			node->expected = req.seq + 1;
			vmq_msg_free(node->link, shared);
		}
	}
}

int server(void *data)
{
	struct node *node = data;

	while (!kthread_should_stop()) {
		wait_event_idle(node->change, xchg(&node->pending, false) || kthread_should_stop());
		if (node->link)
			serve(node);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* vmq-test: the sender: messages of each kind one behind the other, and what comes back. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/string.h>
#include "test.h"

#define BATCH 16 /* messages, then a flush */
#define ROUND 512 /* of a load without end, then a pause */

/* All of a buffer, so that a word of another one is seen. */
void fill(u32 *data, u32 seq)
{
	u32 n;

	for (n = 0; n < BUF_SIZE / sizeof(u32); n++)
		WRITE_ONCE(data[n], seq * 2654435761u + n);
}

int prepare(struct node *node, enum op op, u32 bufs, bool nonblocking, struct req **result)
{
	u32 offsets[MANY] = {};
	struct req *req;
	void *msg;
	u32 n;
	int err;

	err = vmq_msg_allocate_many_data(node->link, bufs, &msg, offsets, nonblocking);
	if (err)
		return err;
	req = msg;
	*req = (struct req){.op = op, .seq = node->seq++, .bufs = bufs};
	memcpy(req->offsets, offsets, sizeof(offsets));
	for (n = 0; n < bufs; n++)
		fill((u32 *)(vmq_tx_data_area(node->link) + offsets[n]), req->seq + n);
	node->mine[vmq_msg_slot(node->link, msg)] = *req;
	node->sent++;
	*result = req;
	return 0;
}

int put(struct node *node, enum op op, u32 bufs, u32 level)
{
	struct req *req;
	int err = prepare(node, op, bufs, false, &req);

	if (err)
		return err;
	req->level = level;
	vmq_msg_send(node->link, req);
	return 0;
}

static bool wait_answer(struct node *node, u32 seq)
{
	return wait_event_interruptible_timeout(
		       node->change, READ_ONCE(node->answered) && READ_ONCE(node->last.seq) == seq,
		       WAIT) > 0;
}

bool ask(struct node *node, enum op op, u32 bufs, u32 level)
{
	u32 seq = node->seq, wrong = node->wrong;

	node->last.seq = ~seq;
	return !put(node, op, bufs, level) && wait_answer(node, seq) && node->wrong == wrong;
}

/* What the other side has filled; then the data is spare again, each by itself or with its message. */
static bool take_data(struct node *node, const struct req *mine, bool with_msg)
{
	u32 want[BUF_SIZE / sizeof(u32)];
	bool good = true;
	u32 n;

	for (n = 0; n < mine->bufs; n++) {
		fill(want, ~mine->seq + n);
		good &= !memcmp(vmq_tx_data_area(node->link) + mine->offsets[n], want, BUF_SIZE);
		if (!with_msg)
			vmq_return_data_free(node->link, mine->offsets[n]);
	}
	return good;
}

static bool frees_with_msg(const struct req *mine)
{
	return mine->op == OP_LOSE || (mine->op == OP_FILL && mine->seq & 64);
}

/* A peer may have put anything there, so data is where this side knows that it is. */
static void take_answer(struct node *node, void *msg)
{
	const struct req *mine = &node->mine[vmq_msg_slot(node->link, msg)];
	bool with_msg = frees_with_msg(mine);
	struct req req;

	memcpy(&req, msg, sizeof(req));
	node->wrong += req.seq != mine->seq || req.op != mine->op;
	node->wrong += mine->op != OP_HOLD && mine->op != OP_LOSE && req.answer != ~mine->seq;
	if (mine->op == OP_FILL)
		node->wrong += !take_data(node, mine, with_msg);
	if (with_msg)
		vmq_return_all_free(node->link, msg);
	else
		vmq_return_msg_free(node->link, msg);
	node->order[node->answered % MSGS] = req.seq;
	WRITE_ONCE(node->answered, node->answered + 1);
	node->last = req;
}

/* In the interrupt. */
void answers(struct node *node)
{
	void *msg;

	while (!vmq_return_msg_receive(node->link, &msg))
		take_answer(node, msg);
	wake_up_all(&node->change);
}

/* Returns 0, or what vmq_msg_allocate() said when the link went down. */
int load(struct node *node, u32 count)
{
	static const u8 bufs[] = {[OP_FREE] = 0, [OP_DATA] = 1, [OP_ECHO] = 0, [OP_FILL] = MANY};
	struct req *req;
	int err = 0;
	u32 n;

	for (n = 0; n < count; n++) {
		const enum op op = n % 8 ? n & 2 ? OP_ECHO : OP_FREE : n % 64 ? OP_DATA : OP_FILL;

		err = prepare(node, op, bufs[op], false, &req);
		if (err || (node->loader && !READ_ONCE(node->running)))
			break;
		vmq_msg_send_async(node->link, req);
		if (n % BATCH == BATCH - 1)
			vmq_msg_send_flush(node->link);
	}
	vmq_msg_send_flush(node->link);
	return err;
}

static int loader(void *data)
{
	struct node *node = data;

	while (READ_ONCE(node->running)) {
		wait_event_idle(node->change, READ_ONCE(node->up) || !READ_ONCE(node->running));
		if (READ_ONCE(node->up))
			node->aborted += !!load(node, ROUND);
		usleep_range(500, 1000); /* the guest has to do something else too */
	}
	wait_event_idle(node->change, kthread_should_stop());
	return 0;
}

int load_start(struct node *node)
{
	struct task_struct *task;

	if (!node->link || node->loader)
		return 0;
	node->running = true;
	task = kthread_run(loader, node, "vmqt-load-%u", node->level);
	if (IS_ERR(task))
		return PTR_ERR(task);
	node->loader = task;
	return 0;
}

/* With abort it need not get the room that it may wait for. */
void load_stop(struct node *node, bool abort)
{
	if (!node->loader)
		return;
	WRITE_ONCE(node->running, false);
	wake_up_all(&node->change);
	if (abort)
		vmq_links_abort(node->links);
	kthread_stop(node->loader);
	node->loader = NULL;
}

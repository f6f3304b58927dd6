// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: requests: sent as messages with their data, ended when they come back. Where data and a message are, this
 * side has in its own memory; of what comes back only the status is looked at.
 */
#include <linux/mm.h>
#include "fe.h"

static u8 op_of(const struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return VBD2_OP_READ;
	case REQ_OP_WRITE:
		return VBD2_OP_WRITE;
	case REQ_OP_FLUSH:
		return VBD2_OP_FLUSH;
	case REQ_OP_DISCARD:
		return VBD2_OP_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return VBD2_OP_WRITE_ZEROES;
	default:
		return 0;
	}
}

static bool has_data(u8 op)
{
	return op == VBD2_OP_READ || op == VBD2_OP_WRITE;
}

static bool is_granting(const struct fe_link *link)
{
	return link->comm.mode == VBD2_GRANT;
}

static u32 bufs_for(const struct fe_link *link, const struct request *rq, u8 op)
{
	if (is_granting(link) || !has_data(op))
		return 0;
	return DIV_ROUND_UP(blk_rq_bytes(rq), link->requests_config.data_max);
}

/* A segment of Linux's is within a page, so there are as many at the most as the link has for a request. */
static u32 pages_for(const struct fe_link *link, struct request *rq, u8 op)
{
	struct req_iterator iter;
	struct bio_vec bv;
	u32 n = 0;

	if (!is_granting(link) || !has_data(op))
		return 0;
	rq_for_each_segment(bv, rq, iter)
		n++;
	return min(n, link->comm.segs);
}

/* As far as a request's buffers are copied. */
struct place {
	const unsigned int *buf;
	u32 at; /* into it */
};

static void copy_segment(struct fe_link *link, struct place *place, char *data, u32 left,
			 bool to_bufs)
{
	u32 max = link->requests_config.data_max, n;

	for (; left; left -= n) {
		char *buf = vmq_tx_data_area(link->vmq) + *place->buf + place->at;

		n = min_t(u32, left, max - place->at);
		if (to_bufs)
			memcpy(buf, data, n);
		else
			memcpy(data, buf, n);
		data += n;
		place->at += n;
		if (place->at == max)
			*place = (struct place){.buf = place->buf + 1};
	}
}

/* Between a request's segments and its buffers, which are full but for the last one. */
static void copy(struct fe_link *link, struct request *rq, bool to_bufs)
{
	const struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct place place = {.buf = r->offsets};
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_bvec(bv, rq, iter) {
		char *data = page_address(bv.bv_page) + bv.bv_offset;

		copy_segment(link, &place, data, bv.bv_len, to_bufs);
	}
}

static u32 put_buffers(struct fe_link *link, const struct request *rq, struct vbd2_segment *segs)
{
	const struct fe_request *r = blk_mq_rq_to_pdu((struct request *)rq);
	u32 n, left = blk_rq_bytes(rq), max = link->requests_config.data_max;

	if (is_granting(link))
		return fe_put_pages(rq, segs);
	for (n = 0; n < r->nr_bufs; n++) {
		segs[n] = (struct vbd2_segment){
			.address = r->offsets[n],
			.length = min(left, max),
		};
		left -= segs[n].length;
	}
	return n;
}

static u32 put_range(const struct request *rq, u8 op, struct vbd2_segment *segs)
{
	if (op == VBD2_OP_FLUSH)
		return 0;
	*segs = (struct vbd2_segment){
		.address = blk_rq_sectors(rq),
		.length = rq->cmd_flags & REQ_NOUNMAP ? VBD2_ZEROES_KEEP : 0,
	};
	return 1;
}

static void fill(struct fe_disk *disk, struct request *rq, u8 op)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct vbd2_segment *segs = r->msg + sizeof(vbd2_req_header_t);
	vbd2_req_header_t *head = r->msg;

	*head = (vbd2_req_header_t){
		.cookie = rq->tag,
		.sector = op == VBD2_OP_FLUSH ? 0 : blk_rq_pos(rq),
		.devid = disk->record.devid,
		.genid = READ_ONCE(disk->record.genid),
		.op = op,
	};
	head->count = has_data(op) ? put_buffers(disk->link, rq, segs) : put_range(rq, op, segs);
	if (op == VBD2_OP_WRITE && r->nr_bufs)
		copy(disk->link, rq, true);
}

/*
 * A queue that finds no room, or no link, stops, and is started by what comes back, or by the link when it is on again.
 * What comes back is looked at with the same lock, so it is not missed.
 */
static bool allocate(struct fe_link *link, struct request *rq, u8 op)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	u32 nr_pages = pages_for(link, rq, op);
	unsigned long flags;
	int err = -EAGAIN;

	r->nr_bufs = bufs_for(link, rq, op);
	spin_lock_irqsave(&link->room, flags);
	if (fe_reserve(link, r, nr_pages))
		err = vmq_msg_allocate_many_data(link->vmq, r->nr_bufs, &r->msg, r->offsets, true);
	if (err) {
		link->nr_pages -= r->nr_pages;
		r->nr_pages = 0;
		link->stops++;
		link->stopped = true;
		blk_mq_stop_hw_queue(rq->mq_hctx);
	}
	spin_unlock_irqrestore(&link->room, flags);
	return !err;
}

/* A back-end that gave a message back without its answer has not seen the request that was in it. */
static void remember(struct fe_link *link, struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct request *lost = xchg(&link->sent[vmq_msg_slot(link->vmq, r->msg)], rq);

	if (!lost)
		return;
	link->bad++;
	fe_send_again(link, lost);
	fe_begin_take_back(link);
}

/* A page that cannot be granted is not this VM's own: it was granted to this VM itself. */
static void fail(struct fe_link *link, struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);

	vmq_msg_drop(link->vmq, r->msg);
	r->status = VBD2_STATUS_ERROR;
	fe_take_back(link, rq, FE_END);
	fe_begin_take_back(link);
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct fe_disk *disk = hctx->queue->queuedata;
	struct fe_link *link = disk->link;
	struct request *rq = bd->rq;
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	void *msg;
	u8 op = op_of(rq);

	if (!op)
		return BLK_STS_NOTSUPP;
	if (READ_ONCE(disk->dying))
		return BLK_STS_IOERR;
	if (!allocate(link, rq, op))
		return BLK_STS_DEV_RESOURCE;
	blk_mq_start_request(rq);
	if (r->nr_pages && !fe_grant(link, rq)) {
		fail(link, rq);
		if (bd->last)
			vmq_msg_send_flush(link->vmq);
		return BLK_STS_OK;
	}
	fill(disk, rq, op);
	msg = r->msg;
	remember(link, rq);
	vmq_msg_send_async(link->vmq, msg);
	if (bd->last)
		vmq_msg_send_flush(link->vmq);
	return BLK_STS_OK;
}

static void commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct fe_disk *disk = hctx->queue->queuedata;

	vmq_msg_send_flush(disk->link->vmq);
}

/* However long the back-end is away, its disk is there again when it is. */
static enum blk_eh_timer_return timeout(struct request *rq)
{
	return BLK_EH_RESET_TIMER;
}

static void start_queues(struct fe_link *link)
{
	struct fe_disk *disk;

	rcu_read_lock();
	list_for_each_entry_rcu(disk, &link->disks, entry)
		blk_mq_start_stopped_hw_queues(disk->gd->queue, true);
	rcu_read_unlock();
}

static void give_back(struct fe_link *link, void *msg, u32 nr_pages)
{
	unsigned long flags;
	bool stopped;

	spin_lock_irqsave(&link->room, flags);
	if (msg)
		vmq_return_all_free(link->vmq, msg);
	link->nr_pages -= nr_pages;
	stopped = link->stopped;
	link->stopped = false;
	spin_unlock_irqrestore(&link->room, flags);
	if (stopped)
		start_queues(link);
	if (READ_ONCE(link->wanted))
		fe_want_probe(link);
}

void fe_give_msg_back(struct fe_link *link, void *msg)
{
	give_back(link, msg, 0);
}

void fe_give_pages_back(struct fe_link *link, u32 nr_pages)
{
	give_back(link, NULL, nr_pages);
}

static blk_status_t status_of(const struct fe_request *r)
{
	if (r->status == VBD2_STATUS_OK)
		return BLK_STS_OK;
	return r->status == VBD2_STATUS_EOPNOTSUPP ? BLK_STS_NOTSUPP : BLK_STS_IOERR;
}

static void count(struct fe_disk *disk, u8 op, blk_status_t status)
{
	if (status)
		atomic64_inc(&disk->errors);
	else if (op == VBD2_OP_READ)
		atomic64_inc(&disk->reads);
	else if (op == VBD2_OP_WRITE)
		atomic64_inc(&disk->writes);
	else
		atomic64_inc(&disk->others);
}

void fe_end(struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct fe_disk *disk = rq->q->queuedata;
	blk_status_t status = status_of(r);

	if (r->status == VBD2_STATUS_STALE && !READ_ONCE(disk->dying)) {
		blk_mq_requeue_request(rq, false);
		fe_want_probe(disk->link);
		return;
	}
	count(disk, op_of(rq), status);
	blk_mq_end_request(rq, status);
}

/* In a softirq. */
static void end_rq(struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct fe_disk *disk = rq->q->queuedata;

	if (r->nr_bufs && !status_of(r) && req_op(rq) == REQ_OP_READ)
		copy(disk->link, rq, false);
	fe_give_msg_back(disk->link, r->msg);
	fe_end(rq);
}

void fe_send_again(struct fe_link *link, struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);

	if (r->nr_pages)
		fe_take_back(link, rq, FE_AGAIN);
	else
		blk_mq_requeue_request(rq, true);
}

/* What was sent in an earlier life of the link, or taken back, is nobody's. Context: interrupt. */
void fe_returned(struct fe_link *link, void *msg)
{
	vbd2_resp_t answer;
	struct fe_request *r;
	struct request *rq;

	vbd2_copy(&answer, msg, sizeof(answer));
	rq = xchg(&link->sent[vmq_msg_slot(link->vmq, msg)], NULL);
	if (!rq) {
		vmq_return_msg_free(link->vmq, msg);
		return;
	}
	r = blk_mq_rq_to_pdu(rq);
	r->status = answer.count;
	if (answer.cookie != rq->tag) {
		link->bad++;
		r->status = VBD2_STATUS_ERROR;
	}
	if (!r->nr_pages) {
		blk_mq_complete_request(rq);
		return;
	}
	fe_give_msg_back(link, msg);
	fe_take_back(link, rq, FE_END);
}

void fe_hold_disk(struct fe_disk *disk)
{
	if (disk->held)
		return;
	disk->held = true;
	blk_mq_quiesce_queue(disk->gd->queue);
}

void fe_resume_disk(struct fe_disk *disk)
{
	struct request_queue *q = disk->gd->queue;

	if (disk->held)
		blk_mq_unquiesce_queue(q);
	disk->held = false;
	blk_mq_kick_requeue_list(q);
	blk_mq_start_stopped_hw_queues(q, true);
}

const struct blk_mq_ops fe_mq_ops = {
	.queue_rq = queue_rq,
	.commit_rqs = commit_rqs,
	.complete = end_rq,
	.timeout = timeout,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: requests: sent as messages with their data, ended when they come back. Where data and a message are, this
 * side has in its own memory; of what comes back only the status is looked at.
 */
#include <linux/highmem.h>
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

static u32 bufs_for(const struct fe_link *link, const struct request *rq, u8 op)
{
	return has_data(op) ? DIV_ROUND_UP(blk_rq_bytes(rq), link->requests_config.data_max) : 0;
}

/* Between a segment and the buffers, from there on. Returns where the next segment begins. */
static u32 copy_segment(struct fe_link *link, const struct fe_request *r, struct bio_vec *bv,
			u32 at, bool to_bufs)
{
	u32 max = link->requests_config.data_max, left, n;
	char *page = bvec_kmap_local(bv), *from = page;

	for (left = bv->bv_len; left; left -= n) {
		char *buf = vmq_tx_data_area(link->vmq) + r->offsets[at / max] + at % max;

		n = min_t(u32, left, max - at % max);
		if (to_bufs)
			memcpy(buf, from, n);
		else
			memcpy(from, buf, n);
		at += n;
		from += n;
	}
	kunmap_local(page);
	return at;
}

/* Between a request's segments and its buffers, which are full but for the last one. */
static void copy(struct fe_link *link, struct request *rq, bool to_bufs)
{
	struct req_iterator iter;
	struct bio_vec bv;
	u32 at = 0;

	rq_for_each_segment(bv, rq, iter)
		at = copy_segment(link, blk_mq_rq_to_pdu(rq), &bv, at, to_bufs);
}

static u32 put_buffers(struct fe_link *link, const struct request *rq, struct vbd2_segment *segs)
{
	const struct fe_request *r = blk_mq_rq_to_pdu((struct request *)rq);
	u32 n, left = blk_rq_bytes(rq), max = link->requests_config.data_max;

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
	if (op == VBD2_OP_WRITE)
		copy(disk->link, rq, true);
}

/*
 * A queue that finds no room, or no link, stops, and is started by what comes back, or by the link when it is on again.
 * What comes back is looked at with the same lock, so it is not missed.
 */
static bool allocate(struct fe_link *link, struct request *rq, u8 op)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	unsigned long flags;
	int err;

	r->nr_bufs = bufs_for(link, rq, op);
	spin_lock_irqsave(&link->room, flags);
	err = vmq_msg_allocate_many_data(link->vmq, r->nr_bufs, &r->msg, r->offsets, true);
	if (err) {
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
	blk_mq_requeue_request(lost, true);
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

void fe_give_back(struct fe_link *link, void *msg, const unsigned int *offsets, u32 nr_bufs)
{
	unsigned long flags;
	bool stopped;
	u32 n;

	spin_lock_irqsave(&link->room, flags);
	for (n = 0; n < nr_bufs; n++)
		vmq_return_data_free(link->vmq, offsets[n]);
	vmq_return_msg_free(link->vmq, msg);
	stopped = link->stopped;
	link->stopped = false;
	spin_unlock_irqrestore(&link->room, flags);
	if (stopped)
		start_queues(link);
	if (READ_ONCE(link->wanted))
		fe_want_probe(link);
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

/* In a softirq. */
static void end_rq(struct request *rq)
{
	struct fe_request *r = blk_mq_rq_to_pdu(rq);
	struct fe_disk *disk = rq->q->queuedata;
	struct fe_link *link = disk->link;
	blk_status_t status = status_of(r);
	bool stale = r->status == VBD2_STATUS_STALE && !READ_ONCE(disk->dying);

	if (!status && req_op(rq) == REQ_OP_READ)
		copy(link, rq, false);
	fe_give_back(link, r->msg, r->offsets, r->nr_bufs);
	if (stale) {
		blk_mq_requeue_request(rq, false);
		fe_want_probe(link);
		return;
	}
	count(disk, op_of(rq), status);
	blk_mq_end_request(rq, status);
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
	blk_mq_complete_request(rq);
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

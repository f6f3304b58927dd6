// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-be: requests, taken and answered in the link's work. The front-end may write to a message at any time: all
 * that is looked at is a copy.
 */
#include <linux/sched.h>
#include "be.h"

void be_answer(struct be_request *r, u8 status)
{
	struct be_link *link = r->link;
	vbd2_resp_t *answer = r->msg;
	void *msg = r->msg;

	r->head.count = status;
	*answer = r->head;
	r->msg = NULL;
	vmq_msg_return(link->vmq, msg);
	if (atomic_dec_and_test(&link->be->held) && wq_has_sleeper(&link->be->idle))
		wake_up_all(&link->be->idle);
}

static u16 block_shifts(const struct be_disk *disk)
{
	u32 logical = bdev_logical_block_size(disk->dev.bdev) >> SECTOR_SHIFT;
	u32 physical = bdev_physical_block_size(disk->dev.bdev) >> SECTOR_SHIFT;

	return ilog2(logical) << VBD2_XINFO_LOGICAL_SHIFT | min(ilog2(physical), 15)
								    << VBD2_XINFO_PHYSICAL_SHIFT;
}

static u16 features(const struct be_disk *disk)
{
	struct block_device *bdev = disk->dev.bdev;
	u16 xinfo = block_shifts(disk);

	if (bdev_write_cache(bdev))
		xinfo |= VBD2_XINFO_FLUSH;
	if (bdev_max_discard_sectors(bdev))
		xinfo |= VBD2_XINFO_DISCARD;
	if (bdev_write_zeroes_sectors(bdev))
		xinfo |= VBD2_XINFO_WRITE_ZEROES;
	if (vbd2_is_rotational(bdev))
		xinfo |= VBD2_XINFO_ROTATIONAL;
	return xinfo;
}

static vbd2_probe_t record_of(const struct be_disk *disk)
{
	vbd2_probe_t record = {
		.devid = disk->what.devid,
		.info = disk->what.read_only ? VBD2_INFO_READ_ONLY : 0,
		.genid = disk->genid,
		.sectors = disk->dev.bdev ? disk->sectors : 0,
	};

	if (disk->dev.bdev)
		record.xinfo = features(disk);
	else if (!be_is_there(disk))
		record.xinfo = VBD2_XINFO_ABSENT;
	return record;
}

/* With lock held. */
static void probe(struct be_request *r)
{
	vbd2_probe_link_t *msg = r->msg;
	struct be_link *link = r->link;
	u32 room = min_t(u32, r->head.count, vbd2_room(&link->comm)), n = 0;
	struct be_disk *disk;

	list_for_each_entry(disk, &link->disks, entry) {
		if (n == room)
			break;
		msg->probe[n++] = record_of(disk);
	}
	link->probes++;
	be_answer(r, n);
}

/* A segment is a buffer of the link's, or part of a page that was granted. */
static bool segment_ok(const struct be_request *r, const struct vbd2_segment *s)
{
	struct be_link *link = r->link;

	if (!s->length || s->length > link->seg_max)
		return false;
	if (link->comm.mode == VBD2_GRANT)
		return !(s->address & ~PAGE_MASK) && s->offset <= VBD2_SEGMENT - s->length;
	return !s->offset && s->address <= U32_MAX && vmq_data_offset_ok(link->vmq, s->address);
}

/* Copies and checks where the data is. */
static bool take_segments(struct be_request *r)
{
	const struct be_link *link = r->link;
	u32 n, most = link->comm.segs * VBD2_SEGMENT;

	r->bytes = 0;
	if (!r->head.count || r->head.count > link->comm.segs)
		return false;
	vbd2_copy(r->segs, (char *)r->msg + sizeof(r->head), r->head.count * sizeof(*r->segs));
	for (n = 0; n < r->head.count; n++) {
		if (!segment_ok(r, &r->segs[n]))
			return false;
		r->bytes += r->segs[n].length;
		if (r->bytes > most)
			return false;
	}
	return true;
}

static bool is_range_op(u8 op)
{
	return op == VBD2_OP_DISCARD || op == VBD2_OP_WRITE_ZEROES;
}

/* Where a range of sectors is meant, its length. */
static bool take_range(struct be_request *r)
{
	vbd2_copy(r->segs, (char *)r->msg + sizeof(r->head), sizeof(*r->segs));
	return r->head.count == 1 && r->segs->address && r->segs->address <= VBD2_WHOLE_SECTORS;
}

/* On a device that is open. */
static bool in_bounds(const struct be_request *r)
{
	struct block_device *bdev = r->disk->dev.bdev;
	u64 n = is_range_op(r->head.op) ? r->segs->address : r->bytes >> SECTOR_SHIFT;
	u64 size = min_t(u64, r->disk->sectors, bdev_nr_sectors(bdev));
	u32 block = bdev_logical_block_size(bdev);

	if (r->bytes % block || (n << SECTOR_SHIFT) % block ||
	    (r->head.sector << SECTOR_SHIFT) % block)
		return false;
	return n <= size && r->head.sector <= size - n;
}

static bool arguments_ok(struct be_request *r)
{
	u8 op = r->head.op;

	r->bytes = 0;
	if (op == VBD2_OP_FLUSH)
		return true;
	if (op != VBD2_OP_READ && r->disk->what.read_only)
		return false;
	if (is_range_op(op))
		return take_range(r) && in_bounds(r);
	if (!take_segments(r) || !in_bounds(r))
		return false;
	return r->link->comm.mode != VBD2_GRANT || be_lock_segments(r);
}

static bool op_known(u8 op)
{
	return op == VBD2_OP_READ || op == VBD2_OP_WRITE || op == VBD2_OP_FLUSH || is_range_op(op);
}

static void count(const struct be_request *r)
{
	struct be_disk *disk = r->disk;

	if (r->head.op == VBD2_OP_READ) {
		disk->reads++;
		disk->sectors_read += r->bytes >> SECTOR_SHIFT;
	} else if (r->head.op == VBD2_OP_WRITE) {
		disk->writes++;
		disk->sectors_written += r->bytes >> SECTOR_SHIFT;
	} else {
		disk->others++;
	}
}

/* With lock held. Returns VBD2_STATUS_OK where it is to begin, with its disk held. */
static u8 check(struct be_request *r)
{
	struct be_link *link = r->link;

	if (!op_known(r->head.op))
		return VBD2_STATUS_EOPNOTSUPP;
	r->disk = be_find_disk(link, r->head.devid);
	if (!r->disk || r->disk->genid != r->head.genid || !be_is_there(r->disk)) {
		link->stale++;
		return VBD2_STATUS_STALE;
	}
	if (!r->disk->dev.bdev || !arguments_ok(r)) {
		link->bad++;
		return VBD2_STATUS_ERROR;
	}
	r->disk->users++;
	count(r);
	return VBD2_STATUS_OK;
}

static void take(struct be_link *link, void *msg)
{
	struct be_request *r = &link->requests[vmq_msg_slot(link->vmq, msg)];
	u8 status = VBD2_STATUS_OK;
	bool begin = false;

	r->msg = msg;
	r->direct = false;
	atomic_inc(&link->be->held);
	vbd2_copy(&r->head, msg, sizeof(r->head));
	mutex_lock(&link->lock);
	if (r->head.op == VBD2_OP_PROBE) {
		probe(r);
	} else {
		status = check(r);
		begin = status == VBD2_STATUS_OK;
	}
	mutex_unlock(&link->lock);
	if (begin)
		be_begin_io(r);
	else if (status)
		be_answer(r, status);
}

static u8 status_of(const struct be_request *r)
{
	if (r->status == BLK_STS_NOTSUPP)
		return VBD2_STATUS_EOPNOTSUPP;
	return r->status ? VBD2_STATUS_ERROR : VBD2_STATUS_OK;
}

static void end_request(struct be_request *r)
{
	struct be_link *link = r->link;

	if (be_begin_again(r))
		return;
	if (be_pages_busy(r)) {
		list_add_tail(&r->busy, &link->busy);
		return;
	}
	be_end_io(r, READ_ONCE(link->on));
	mutex_lock(&link->lock);
	be_put_disk(r->disk);
	mutex_unlock(&link->lock);
	be_answer(r, status_of(r));
}

/* Their pages stay locked, and the front-end waits, until nobody has them any more. */
static void end_busy(struct be_link *link)
{
	struct be_request *r, *next;
	LIST_HEAD(list);

	list_splice_init(&link->busy, &list);
	list_for_each_entry_safe(r, next, &list, busy)
		end_request(r);
	if (!list_empty(&link->busy))
		schedule_delayed_work(&link->look_again, 1);
}

void be_look_again(struct work_struct *work)
{
	struct be_link *link = container_of(to_delayed_work(work), struct be_link, look_again);

	queue_work(link->be->gate.wq, &link->work);
}

static bool end_requests(struct be_link *link)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&link->done));
	struct be_request *r, *next;

	llist_for_each_entry_safe(r, next, list, done)
		end_request(r);
	return list;
}

/* Each message that was taken has been given back before it can come again, so what is taken ends somewhere. */
void be_work(struct work_struct *work)
{
	struct be_link *link = container_of(work, struct be_link, work);
	bool more;
	void *msg;

	WRITE_ONCE(link->worker, current);
	do {
		more = end_requests(link);
		if (!READ_ONCE(link->be->stopping) && !vmq_msg_receive(link->vmq, &msg)) {
			take(link, msg);
			more = true;
		}
		cond_resched();
	} while (more);
	WRITE_ONCE(link->worker, NULL);
	if (!list_empty(&link->busy))
		end_busy(link);
}

// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vmq: allocating messages, and waiting for room. */
#include <linux/export.h>
#include <linux/sched/signal.h>
#include "vmq.h"

/* What somebody wants to allocate. */
struct want {
	u32 bufs;
	u32 slot;
	unsigned int *offsets;
	bool blocking;
	bool waited;
};

static int take_locked(vmq_link_t *link, struct want *want)
{
	struct vmq_xx *xx = &link->tx.xx;
	int err;

	if (xx->state != VMQ_UP)
		return xx->state == VMQ_ABORTED ? -ECONNABORTED : -EAGAIN;
	err = vmq_books_take(&link->tx, want->bufs, want->blocking, &want->slot, want->offsets);
	if (err == -EPROTO) {
		vmq_broken(link, xx, "it gave back what it had not");
		return -ECONNABORTED;
	}
	if (!err)
		xx->held++;
	if (err && want->blocking && !want->waited)
		xx->stats.waits++;
	want->waited = err;
	return err;
}

/* -ENOSPC for no room. */
static int take(vmq_link_t *link, struct want *want)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&link->lock, flags);
	err = take_locked(link, want);
	spin_unlock_irqrestore(&link->lock, flags);
	return err;
}

static int allocate(vmq_link_t *link, struct want *want, void **msg)
{
	int err = take(link, want), signal = 0;

	if (err == -ENOSPC && !want->blocking)
		return -EAGAIN;
	if (err == -ENOSPC)
		signal = wait_event_interruptible(link->tx.room,
						  (err = take(link, want)) != -ENOSPC);
	if (signal)
		return -EINTR;
	if (!err)
		*msg = link->tx.xx.msgs + want->slot * link->tx.xx.config.msg_max;
	return err;
}

signed int vmq_msg_allocate_many_data(vmq_link_t *link, unsigned int data_count, void **msg,
				      unsigned int *data_offsets, _Bool nonblocking)
{
	struct want want = {
		.bufs = data_count,
		.offsets = data_offsets,
		.blocking = !nonblocking,
	};

	if (!msg || (data_count && !data_offsets))
		return -EINVAL;
	if (data_count > link->tx.xx.config.data_count)
		return -E2BIG;
	return allocate(link, &want, msg);
}
EXPORT_SYMBOL(vmq_msg_allocate_many_data);

signed int vmq_msg_allocate_ex(vmq_link_t *link, unsigned int data_len, void **msg,
			       unsigned int *data_offset, _Bool nonblocking)
{
	if (data_len > link->tx.xx.config.data_max)
		return -E2BIG;
	if (!data_len && data_offset)
		*data_offset = 0;
	return vmq_msg_allocate_many_data(link, !!data_len, msg, data_offset, nonblocking);
}
EXPORT_SYMBOL(vmq_msg_allocate_ex);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsmq: sending. The states of messages are kept here; shared memory has their numbers only, which are checked
 * against them. While the link is not up, the peer's side of the rings may be from another time, and is not looked at.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include "vsmq_priv.h"

int vsmq_tx_init(struct vsmq_queue *q)
{
	q->buffers = q->messages;
	if (!q->states)
		q->states = kvcalloc(q->count, sizeof(*q->states), GFP_KERNEL);
	if (!q->free)
		q->free = kvcalloc(q->count, sizeof(*q->free), GFP_KERNEL);
	return q->states && q->free ? 0 : -ENOMEM;
}

void vsmq_tx_free(struct vsmq_queue *q)
{
	kvfree(q->states);
	kvfree(q->free);
	q->states = NULL;
	q->free = NULL;
}

/* What was sent to a peer that has gone is free again; what the user has allocated stays the user's. */
static void free_sent(struct vsmq_queue *q)
{
	q->nr_free = 0;
	for (u32 n = q->count; n--;) {
		if (q->states[n] == VSMQ_SENT)
			q->states[n] = VSMQ_FREE;
		if (q->states[n] == VSMQ_FREE)
			q->free[q->nr_free++] = n;
	}
}

/* What was sent early, to a peer that then did not come, waits for the next one. */
void vsmq_tx_reset(struct vsmq_queue *q)
{
	struct vsmq_shared *shared = q->end->shared;

	if (q->early)
		return;
	vlx_ring_init(&q->sent, &shared->sent, q->count, true);
	vlx_ring_init(&q->freed, &shared->freed, q->count, false);
	free_sent(q);
	q->early = true;
}

static bool is_usable(const struct vsmq_queue *q, bool early)
{
	return q->ready && (early || vsmq_is_online(q));
}

/* Takes back what the receiver has freed. */
static int take_freed(struct vsmq_queue *q)
{
	int nr = vlx_ring_count(&q->freed);

	if (nr < 0)
		return vsmq_corrupted(q, "an index that cannot be");
	for (int i = 0; i < nr; i++) {
		u32 n = READ_ONCE(q->freed_numbers[vlx_ring_slot(&q->freed, i)]);

		if (n >= q->count || q->states[n] != VSMQ_SENT)
			return vsmq_corrupted(q, "it frees what was not sent");
		q->states[n] = VSMQ_FREE;
		q->free[q->nr_free++] = n;
	}
	vlx_ring_advance(&q->freed, nr);
	vlx_ring_show(&q->freed);
	return 0;
}

static int allocate(struct vsmq_queue *q, void **msg, bool early)
{
	u32 n;
	int err;

	if (!is_usable(q, early))
		return -ENOTCONN;
	err = vsmq_is_online(q) ? take_freed(q) : 0;
	if (err)
		return err;
	if (!q->nr_free)
		return -EAGAIN;
	n = q->free[--q->nr_free];
	q->states[n] = VSMQ_ALLOCATED;
	q->end->counts.buffers++;
	*msg = vsmq_buffer(q, n);
	return 0;
}

static int allocate_locked(struct vsmq_queue *q, void **msg, bool early)
{
	unsigned long flags;
	int err;

	if (q->end->vlink->server)
		return -EINVAL;
	spin_lock_irqsave(&q->lock, flags);
	err = allocate(q, msg, early);
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}

int vsmq_msg_allocate(void *handle, void **msg)
{
	return allocate_locked(handle, msg, false);
}
EXPORT_SYMBOL(vsmq_msg_allocate);

int vsmq_msg_allocate_early(void *handle, void **msg)
{
	return allocate_locked(handle, msg, true);
}
EXPORT_SYMBOL(vsmq_msg_allocate_early);

/* A peer that is not up drops the interrupt, and looks when it comes up. */
static int send(struct vsmq_queue *q, u32 n, bool early)
{
	int err;

	if (!is_usable(q, early))
		return -ENOTCONN;
	if (n == q->count || q->states[n] != VSMQ_ALLOCATED)
		return -EINVAL;
	err = vsmq_put(q, &q->sent, q->sent_numbers, n);
	if (err)
		return err;
	q->states[n] = VSMQ_SENT;
	q->end->counts.msgs++;
	if (vlx_ring_show(&q->sent)) {
		q->end->counts.irqs++;
		vsmq_trigger(q->end);
	}
	return 0;
}

static int send_locked(struct vsmq_queue *q, void *msg, bool early)
{
	unsigned long flags;
	int err;

	if (q->end->vlink->server)
		return -EINVAL;
	spin_lock_irqsave(&q->lock, flags);
	err = send(q, vsmq_buffer_of(q, msg), early);
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}

int vsmq_msg_send(void *handle, void *msg)
{
	return send_locked(handle, msg, false);
}
EXPORT_SYMBOL(vsmq_msg_send);

int vsmq_msg_send_early(void *handle, void *msg)
{
	return send_locked(handle, msg, true);
}
EXPORT_SYMBOL(vsmq_msg_send_early);

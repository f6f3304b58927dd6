// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsmq: receiving. A message is copied, so that it does not change while it is looked at, and that it may be kept
 * when its link has gone. Its place in shared memory is the sender's again when the copy is freed.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "vsmq_priv.h"

int vsmq_rx_init(struct vsmq_queue *q)
{
	if (q->buffers)
		return 0;
	q->copies = kvcalloc(q->count, sizeof(*q->copies), GFP_KERNEL);
	q->free = kvcalloc(q->count, sizeof(*q->free), GFP_KERNEL);
	q->held = kvcalloc(BITS_TO_LONGS(q->count), sizeof(long), GFP_KERNEL);
	q->buffers = kvzalloc(q->count * vsmq_stride(q->msg_size), GFP_KERNEL);
	if (!q->copies || !q->free || !q->held || !q->buffers) {
		vsmq_rx_free(q);
		return -ENOMEM;
	}
	for (u32 n = q->count; n--;)
		q->free[q->nr_free++] = n;
	return 0;
}

void vsmq_rx_free(struct vsmq_queue *q)
{
	if (!q->end->vlink->server)
		return;
	kvfree(q->buffers);
	kvfree(q->held);
	kvfree(q->free);
	kvfree(q->copies);
	q->buffers = NULL;
	q->held = NULL;
	q->free = NULL;
	q->copies = NULL;
}

void vsmq_rx_reset(struct vsmq_queue *q)
{
	struct vsmq_shared *shared = q->end->shared;

	vlx_ring_init(&q->sent, &shared->sent, q->count, false);
	vlx_ring_init(&q->freed, &shared->freed, q->count, true);
	bitmap_zero(q->held, q->count);
	q->session++;
	q->starved = false;
}

/* Asks for an interrupt by the next message that is not there yet; each turn has seen one more. */
bool vsmq_rx_arm(struct vsmq_queue *q)
{
	unsigned long flags;
	int more;

	spin_lock_irqsave(&q->lock, flags);
	do {
		more = q->ready ? vlx_ring_ask(&q->sent, vlx_ring_left(&q->sent) + 1) : 0;
	} while (more > 0);
	if (more < 0)
		vsmq_corrupted(q, "an index that cannot be");
	more = vlx_ring_left(&q->sent);
	spin_unlock_irqrestore(&q->lock, flags);
	return more;
}

static int copy_message(struct vsmq_queue *q, u32 number, void **msg)
{
	u32 n = q->free[--q->nr_free];

	q->copies[n] = (struct vsmq_copy){.used = true, .number = number, .session = q->session};
	*msg = vsmq_buffer(q, n);
	memcpy(*msg, q->messages + number * vsmq_stride(q->msg_size), q->msg_size);
	q->end->counts.msgs++;
	return 0;
}

static int receive(struct vsmq_queue *q, void **msg)
{
	int there;
	u32 number;

	if (!q->ready || !vsmq_is_online(q))
		return -ENOMSG;
	there = vlx_ring_count(&q->sent);
	if (there < 0)
		return vsmq_corrupted(q, "an index that cannot be");
	q->starved = there && !q->nr_free;
	if (!there || q->starved)
		return -ENOMSG;
	number = READ_ONCE(q->sent_numbers[vlx_ring_slot(&q->sent, 0)]);
	vlx_ring_advance(&q->sent, 1);
	vlx_ring_show(&q->sent);
	if (number >= q->count || __test_and_set_bit(number, q->held))
		return vsmq_corrupted(q, "it sends what was not freed");
	return copy_message(q, number, msg);
}

int vsmq_msg_receive(void *handle, void **msg)
{
	struct vsmq_queue *q = handle;
	unsigned long flags;
	int err;

	if (!q->end->vlink->server)
		return -EINVAL;
	spin_lock_irqsave(&q->lock, flags);
	err = receive(q, msg);
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}
EXPORT_SYMBOL(vsmq_msg_receive);

/* Of an earlier session there is nobody to give it back to. */
static int give_back(struct vsmq_queue *q, const struct vsmq_copy *copy)
{
	int err;

	if (!q->ready || copy->session != q->session)
		return 0;
	__clear_bit(copy->number, q->held);
	err = vsmq_put(q, &q->freed, q->freed_numbers, copy->number);
	if (!err)
		vlx_ring_show(&q->freed);
	return err;
}

static int free_copy(struct vsmq_queue *q, u32 n)
{
	if (n == q->count || !q->copies[n].used)
		return -EINVAL;
	q->copies[n].used = false;
	q->free[q->nr_free++] = n;
	q->end->counts.buffers++;
	if (q->starved)
		vsmq_trigger(q->end);
	q->starved = false;
	return give_back(q, &q->copies[n]);
}

int vsmq_msg_free(void *handle, void *msg)
{
	struct vsmq_queue *q = handle;
	unsigned long flags;
	int err;

	if (!q->end->vlink->server)
		return -EINVAL;
	spin_lock_irqsave(&q->lock, flags);
	err = free_copy(q, vsmq_buffer_of(q, msg));
	spin_unlock_irqrestore(&q->lock, flags);
	return err;
}
EXPORT_SYMBOL(vsmq_msg_free);

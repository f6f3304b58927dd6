// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vmq: the receiver: taking messages, giving them and their data back. */
#include <linux/export.h>
#include <linux/string.h>
#include "vmq.h"

void vmq_rx_begin(struct vmq_rx *rx)
{
	struct vmq_xx *xx = &rx->xx;
	struct vmq_said *said = &xx->head->receiver;

	vmq_ring_begin(&xx->send, &xx->head->send, false);
	vmq_ring_begin(&xx->free, &xx->head->free, true);
	vmq_ring_begin(&xx->ret, &xx->head->ret, true);
	vmq_ring_begin(&xx->data, &xx->head->data, true);
	WRITE_ONCE(said->version, VMQ_VERSION);
	WRITE_ONCE(said->msg_count, xx->config.msg_count);
	WRITE_ONCE(said->msg_max, xx->config.msg_max);
	WRITE_ONCE(said->data_count, xx->config.data_count);
	WRITE_ONCE(said->data_max, xx->config.data_max);
	WRITE_ONCE(said->level, xx->config.pdev_level);
	memset(rx->has, 0, xx->config.msg_count);
	xx->held = 0;
}

void vmq_rx_interrupt(void *cookie, NkXIrq xirq)
{
	vmq_link_t *link = cookie;
	struct vmq_xx *xx = &link->rx.xx;
	unsigned long flags;
	int count = 0;

	spin_lock_irqsave(&link->lock, flags);
	xx->stats.interrupts++;
	if (xx->state == VMQ_UP)
		count = vlx_ring_count(&xx->send.ring);
	if (count < 0)
		vmq_broken(link, xx, "its index of messages cannot be");
	spin_unlock_irqrestore(&link->lock, flags);
	if (count > 0 && link->links->callbacks.receive_notify)
		link->links->callbacks.receive_notify(link);
}

static int receive_locked(vmq_link_t *link, u32 *slot)
{
	struct vmq_rx *rx = &link->rx;
	struct vmq_xx *xx = &rx->xx;
	int err;

	if (xx->state != VMQ_UP)
		return -EAGAIN;
	err = vmq_ring_take(&xx->send, xx->config.msg_count, slot);
	if (err == -EAGAIN)
		return err;
	if (err || rx->has[*slot]) {
		vmq_broken(link, xx, "it sent what it had not");
		return -ESTALE;
	}
	rx->has[*slot] = true;
	xx->held++;
	xx->stats.messages++;
	return 0;
}

signed int vmq_msg_receive(vmq_link_t *link, void **msg)
{
	unsigned long flags;
	u32 slot;
	int err;

	spin_lock_irqsave(&link->lock, flags);
	err = receive_locked(link, &slot);
	spin_unlock_irqrestore(&link->lock, flags);
	if (!err)
		*msg = link->rx.xx.msgs + slot * link->rx.xx.config.msg_max;
	return err;
}
EXPORT_SYMBOL(vmq_msg_receive);

/* Shows the sender what was put. Returns whether it wants to be told. */
static bool show(struct vmq_xx *xx, struct vmq_ring *ring)
{
	bool bell = vlx_ring_show(&ring->ring);

	xx->stats.bells += bell;
	return bell;
}

static bool give_locked(vmq_link_t *link, struct vmq_ring *ring, u32 slot)
{
	struct vmq_rx *rx = &link->rx;

	rx->has[slot] = false;
	rx->xx.held--;
	if (rx->xx.state != VMQ_UP)
		return false;
	if (vmq_ring_put(ring, slot)) {
		vmq_broken(link, &rx->xx, "it has not taken what it sent again");
		return false;
	}
	rx->xx.stats.returned += ring == &rx->xx.ret;
	return show(&rx->xx, ring);
}

static void give(vmq_link_t *link, struct vmq_ring *ring, const void *msg)
{
	struct vmq_rx *rx = &link->rx;
	u32 slot = vmq_slot(&rx->xx, msg);
	bool bell = false, down;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (slot == VMQ_NONE || !rx->has[slot])
		vmq_misused(&rx->xx, "a message is given back that was not received");
	else
		bell = give_locked(link, ring, slot);
	down = rx->xx.state != VMQ_UP;
	spin_unlock_irqrestore(&link->lock, flags);
	if (bell)
		vlink_trigger(rx->xx.vlink, rx->xx.peer_xirq);
	if (down)
		vmq_notify_sysconf(link->links);
}

void vmq_msg_free(vmq_link_t *link, void *msg)
{
	give(link, &link->rx.xx.free, msg);
}
EXPORT_SYMBOL(vmq_msg_free);

void vmq_msg_return(vmq_link_t *link, void *msg)
{
	give(link, &link->rx.xx.ret, msg);
}
EXPORT_SYMBOL(vmq_msg_return);

unsigned int vmq_msg_slot(vmq_link_t *link, const void *msg)
{
	u32 slot = vmq_slot(&link->rx.xx, msg);

	return slot != VMQ_NONE ? slot : vmq_slot(&link->tx.xx, msg);
}
EXPORT_SYMBOL(vmq_msg_slot);

_Bool vmq_data_offset_ok(vmq_link_t *link, unsigned int data_offset)
{
	return vmq_buf(&link->rx.xx, data_offset) != VMQ_NONE;
}
EXPORT_SYMBOL(vmq_data_offset_ok);

static void put_data(vmq_link_t *link, u32 offset)
{
	struct vmq_xx *xx = &link->rx.xx;
	u32 buf = vmq_buf(xx, offset);

	if (buf == VMQ_NONE)
		vmq_misused(xx, "data is freed where none begins");
	else if (xx->state == VMQ_UP && vmq_ring_put(&xx->data, buf))
		vmq_broken(link, xx, "more data is free than there is");
}

void vmq_data_free_many(vmq_link_t *link, unsigned int data_count, const unsigned int *data_offsets)
{
	struct vmq_xx *xx = &link->rx.xx;
	unsigned long flags;
	bool bell = false;
	unsigned int n;

	if (!xx->data_size) {
		for (n = 0; n < data_count; n++)
			vmq_return_data_free(link, data_offsets[n]);
		return;
	}
	spin_lock_irqsave(&link->lock, flags);
	for (n = 0; n < data_count; n++)
		put_data(link, data_offsets[n]);
	if (xx->state == VMQ_UP)
		bell = show(xx, &xx->data);
	spin_unlock_irqrestore(&link->lock, flags);
	if (bell)
		vlink_trigger(xx->vlink, xx->peer_xirq);
}
EXPORT_SYMBOL(vmq_data_free_many);

void vmq_data_free(vmq_link_t *link, unsigned int data_offset)
{
	vmq_data_free_many(link, 1, &data_offset);
}
EXPORT_SYMBOL(vmq_data_free);

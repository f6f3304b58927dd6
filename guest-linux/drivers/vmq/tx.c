// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vmq: the sender: sending, and what comes back. */
#include <linux/export.h>
#include "vmq.h"

void vmq_tx_begin(struct vmq_tx *tx)
{
	struct vmq_xx *xx = &tx->xx;
	struct vmq_said *said = &xx->head->sender;

	vmq_ring_begin(&xx->send, &xx->head->send, true);
	vmq_ring_begin(&xx->free, &xx->head->free, false);
	vmq_ring_begin(&xx->ret, &xx->head->ret, false);
	vmq_ring_begin(&xx->data, &xx->head->data, false);
	vlx_ring_hush(&xx->free.ring); /* until somebody waits */
	vlx_ring_hush(&xx->data.ring);
	WRITE_ONCE(said->version, VMQ_VERSION);
	WRITE_ONCE(said->msg_count, xx->config.msg_count);
	WRITE_ONCE(said->msg_max, xx->config.msg_max);
	WRITE_ONCE(said->data_count, xx->config.data_count);
	WRITE_ONCE(said->data_max, xx->config.data_max);
	WRITE_ONCE(said->level, xx->config.pdev_level);
	vmq_books_begin(tx);
	xx->held = 0;
	tx->bell = false;
}

/* Either something came back, or there is room. */
void vmq_tx_interrupt(void *cookie, NkXIrq xirq)
{
	vmq_link_t *link = cookie;
	struct vmq_xx *xx = &link->tx.xx;
	unsigned long flags;
	int count = 0;

	spin_lock_irqsave(&link->lock, flags);
	xx->stats.interrupts++;
	if (xx->state == VMQ_UP)
		count = vlx_ring_count(&xx->ret.ring);
	if (count < 0)
		vmq_broken(link, xx, "its index of returned messages cannot be");
	vmq_tell_room(&link->tx);
	spin_unlock_irqrestore(&link->lock, flags);
	if (count > 0 && link->links->callbacks.return_notify)
		link->links->callbacks.return_notify(link);
}

static void send_locked(vmq_link_t *link, u32 slot)
{
	struct vmq_tx *tx = &link->tx;

	tx->xx.held--;
	if (tx->xx.state != VMQ_UP) {
		vmq_books_drop(tx, slot);
		return;
	}
	vmq_books_sent(tx, slot);
	if (vmq_ring_put(&tx->xx.send, slot)) {
		vmq_broken(link, &tx->xx, "it has not taken what it gave back");
		return;
	}
	tx->bell |= vlx_ring_show(&tx->xx.send.ring);
	tx->xx.stats.messages++;
}

/* Does something with a message that is in that place. */
static __always_inline void with_msg(vmq_link_t *link, void *msg, enum vmq_place place,
				     void (*act)(vmq_link_t *link, u32 slot), const char *misuse)
{
	struct vmq_tx *tx = &link->tx;
	u32 slot = vmq_slot(&tx->xx, msg);
	unsigned long flags;
	bool down;

	spin_lock_irqsave(&link->lock, flags);
	if (slot == VMQ_NONE || tx->msg_state[slot] != place)
		vmq_misused(&tx->xx, misuse);
	else
		act(link, slot);
	down = tx->xx.state != VMQ_UP;
	spin_unlock_irqrestore(&link->lock, flags);
	if (down)
		vmq_notify_sysconf(link->links);
}

void vmq_msg_send_async(vmq_link_t *link, void *msg)
{
	with_msg(link, msg, VMQ_ALLOCATED, send_locked, "a message is sent that was not allocated");
}
EXPORT_SYMBOL(vmq_msg_send_async);

void vmq_msg_send_flush(vmq_link_t *link)
{
	struct vmq_tx *tx = &link->tx;
	unsigned long flags;
	bool bell;

	spin_lock_irqsave(&link->lock, flags);
	bell = tx->bell;
	tx->bell = false;
	tx->xx.stats.bells += bell;
	spin_unlock_irqrestore(&link->lock, flags);
	if (bell)
		vlink_trigger(tx->xx.vlink, tx->xx.peer_xirq);
}
EXPORT_SYMBOL(vmq_msg_send_flush);

void vmq_msg_send(vmq_link_t *link, void *msg)
{
	vmq_msg_send_async(link, msg);
	vmq_msg_send_flush(link);
}
EXPORT_SYMBOL(vmq_msg_send);

static void drop_locked(vmq_link_t *link, u32 slot)
{
	link->tx.xx.held--;
	vmq_books_drop(&link->tx, slot);
	vmq_tell_room(&link->tx);
}

void vmq_msg_drop(vmq_link_t *link, void *msg)
{
	with_msg(link, msg, VMQ_ALLOCATED, drop_locked,
		 "a message is dropped that was not allocated");
}
EXPORT_SYMBOL(vmq_msg_drop);

static int receive_locked(vmq_link_t *link, u32 *slot)
{
	struct vmq_tx *tx = &link->tx;
	struct vmq_xx *xx = &tx->xx;
	int err;

	if (xx->state != VMQ_UP)
		return -EAGAIN;
	err = vmq_ring_take(&xx->ret, xx->config.msg_count, slot);
	if (err == -EAGAIN)
		return err;
	if (err || tx->msg_state[*slot] != VMQ_SENT) {
		vmq_broken(link, xx, "it returned what it had not");
		return -ESTALE;
	}
	tx->msg_state[*slot] = VMQ_RETURNED;
	xx->held++;
	xx->stats.returned++;
	return 0;
}

signed int vmq_return_msg_receive(vmq_link_t *link, void **msg)
{
	unsigned long flags;
	u32 slot;
	int err;

	spin_lock_irqsave(&link->lock, flags);
	err = receive_locked(link, &slot);
	spin_unlock_irqrestore(&link->lock, flags);
	if (!err)
		*msg = link->tx.xx.msgs + slot * link->tx.xx.config.msg_max;
	return err;
}
EXPORT_SYMBOL(vmq_return_msg_receive);

static void free_locked(vmq_link_t *link, u32 slot)
{
	link->tx.xx.held--;
	vmq_books_put_msg(&link->tx, slot);
	vmq_tell_room(&link->tx);
}

static void free_all_locked(vmq_link_t *link, u32 slot)
{
	struct vmq_tx *tx = &link->tx;

	if (tx->xx.state == VMQ_UP && vmq_books_put_bufs(tx, slot))
		vmq_broken(link, &tx->xx, "it freed data of what it returned");
	free_locked(link, slot);
}

void vmq_return_msg_free(vmq_link_t *link, void *msg)
{
	with_msg(link, msg, VMQ_RETURNED, free_locked, "a message is freed that has not come back");
}
EXPORT_SYMBOL(vmq_return_msg_free);

void vmq_return_all_free(vmq_link_t *link, void *msg)
{
	with_msg(link, msg, VMQ_RETURNED, free_all_locked,
		 "a message is freed that has not come back");
}
EXPORT_SYMBOL(vmq_return_all_free);

void vmq_return_data_free(vmq_link_t *link, unsigned int data_offset)
{
	struct vmq_tx *tx = &link->tx;
	u32 buf = vmq_buf(&tx->xx, data_offset);
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (tx->xx.state == VMQ_UP && (buf == VMQ_NONE || tx->buf_state[buf] != VMQ_SENT))
		vmq_misused(&tx->xx, "data is freed that was not sent");
	else if (tx->xx.state == VMQ_UP)
		vmq_books_put_buf(tx, buf);
	vmq_tell_room(tx);
	spin_unlock_irqrestore(&link->lock, flags);
}
EXPORT_SYMBOL(vmq_return_data_free);

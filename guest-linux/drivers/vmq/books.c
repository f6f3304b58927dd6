// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vmq: the sender's books, which messages and buffers are spare, allocated, at the peer's. They are in
 * memory of this side alone; what the receiver says that it is done with must be at the receiver's.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "vmq.h"

int vmq_books_init(struct vmq_tx *tx)
{
	u32 msgs = tx->xx.config.msg_count, bufs = tx->xx.config.data_count ?: 1;

	tx->msg_state = kvcalloc(msgs, sizeof(*tx->msg_state), GFP_KERNEL);
	tx->msg_bufs = kvcalloc(msgs, sizeof(*tx->msg_bufs), GFP_KERNEL);
	tx->spare_msgs = kvcalloc(msgs, sizeof(*tx->spare_msgs), GFP_KERNEL);
	tx->buf_state = kvcalloc(bufs, sizeof(*tx->buf_state), GFP_KERNEL);
	tx->buf_next = kvcalloc(bufs, sizeof(*tx->buf_next), GFP_KERNEL);
	tx->spare_bufs = kvcalloc(bufs, sizeof(*tx->spare_bufs), GFP_KERNEL);
	if (!tx->msg_state || !tx->msg_bufs || !tx->spare_msgs)
		return -ENOMEM;
	return tx->buf_state && tx->buf_next && tx->spare_bufs ? 0 : -ENOMEM;
}

void vmq_books_free(struct vmq_tx *tx)
{
	kvfree(tx->msg_state);
	kvfree(tx->msg_bufs);
	kvfree(tx->spare_msgs);
	kvfree(tx->buf_state);
	kvfree(tx->buf_next);
	kvfree(tx->spare_bufs);
}

void vmq_books_put_msg(struct vmq_tx *tx, u32 slot)
{
	tx->msg_state[slot] = VMQ_SPARE;
	tx->spare_msgs[tx->nr_msgs++] = slot;
}

void vmq_books_put_buf(struct vmq_tx *tx, u32 buf)
{
	tx->buf_state[buf] = VMQ_SPARE;
	tx->spare_bufs[tx->nr_bufs++] = buf;
}

int vmq_books_put_bufs(struct vmq_tx *tx, u32 slot)
{
	u32 buf;

	for (buf = tx->msg_bufs[slot]; buf != VMQ_NONE; buf = tx->buf_next[buf]) {
		if (tx->buf_state[buf] != VMQ_SENT)
			return -EPROTO;
		vmq_books_put_buf(tx, buf);
	}
	return 0;
}

/* All is spare; the lowest are taken first. */
void vmq_books_begin(struct vmq_tx *tx)
{
	u32 n;

	tx->nr_msgs = 0;
	tx->nr_bufs = 0;
	for (n = tx->xx.config.msg_count; n--;)
		vmq_books_put_msg(tx, n);
	for (n = tx->xx.config.data_count; n--;)
		vmq_books_put_buf(tx, n);
}

/* Each entry moves a message or a buffer out of VMQ_SENT, so a peer that lies does not keep this going. */
static int reap(struct vmq_tx *tx, struct vmq_ring *ring, const u8 *state, u32 limit,
		void (*put)(struct vmq_tx *tx, u32 number))
{
	int n = 0, err;
	u32 number;

	while (vlx_ring_left(&ring->ring) || vlx_ring_count(&ring->ring)) {
		err = vmq_ring_take(ring, limit, &number);
		if (err)
			return err;
		if (state[number] != VMQ_SENT)
			return -EPROTO;
		put(tx, number);
		n++;
	}
	return n;
}

static bool has_room(const struct vmq_tx *tx, u32 bufs)
{
	return tx->nr_msgs && tx->nr_bufs >= bufs;
}

/* Of what is not enough, all that has come back. Returns how many. */
static int reap_missing(struct vmq_tx *tx, u32 bufs)
{
	struct vmq_xx *xx = &tx->xx;
	int msgs = 0, data = 0;

	if (!tx->nr_msgs)
		msgs = reap(tx, &xx->free, tx->msg_state, xx->config.msg_count, vmq_books_put_msg);
	if (msgs >= 0 && tx->nr_bufs < bufs)
		data = reap(tx, &xx->data, tx->buf_state, xx->config.data_count, vmq_books_put_buf);
	return msgs < 0 ? msgs : data < 0 ? data : msgs + data;
}

/* Of what is not enough, to be told of the next one. Returns 1 where there is one already. */
static int ask_missing(struct vmq_tx *tx, u32 bufs)
{
	int msgs = 0, data = 0;

	if (!tx->nr_msgs)
		msgs = vlx_ring_ask(&tx->xx.free.ring, 1);
	if (msgs >= 0 && tx->nr_bufs < bufs)
		data = vlx_ring_ask(&tx->xx.data.ring, 1);
	return msgs < 0 ? msgs : data < 0 ? data : msgs | data;
}

static int find_room(struct vmq_tx *tx, u32 bufs, bool ask)
{
	int n;

	while (!has_room(tx, bufs)) {
		n = reap_missing(tx, bufs);
		if (!n && ask)
			n = ask_missing(tx, bufs);
		if (n <= 0)
			return n ?: -ENOSPC;
	}
	return 0;
}

static u32 take_buf(struct vmq_tx *tx, u32 next)
{
	u32 buf = tx->spare_bufs[--tx->nr_bufs];

	tx->buf_state[buf] = VMQ_ALLOCATED;
	tx->buf_next[buf] = next;
	return buf;
}

int vmq_books_take(struct vmq_tx *tx, u32 bufs, bool ask, u32 *slot, unsigned int *offsets)
{
	const struct vmq_xx *xx = &tx->xx;
	int err = find_room(tx, bufs, ask);
	u32 n, buf = VMQ_NONE;

	if (err)
		return err;
	for (n = 0; n < bufs; n++) {
		buf = take_buf(tx, buf);
		offsets[n] = xx->data_base + buf * xx->config.data_max;
	}
	*slot = tx->spare_msgs[--tx->nr_msgs];
	tx->msg_state[*slot] = VMQ_ALLOCATED;
	tx->msg_bufs[*slot] = buf;
	return 0;
}

void vmq_books_sent(struct vmq_tx *tx, u32 slot)
{
	u32 buf;

	for (buf = tx->msg_bufs[slot]; buf != VMQ_NONE; buf = tx->buf_next[buf])
		tx->buf_state[buf] = VMQ_SENT;
	tx->msg_state[slot] = VMQ_SENT;
}

/* An allocated message that nobody will see, and its buffers. */
void vmq_books_drop(struct vmq_tx *tx, u32 slot)
{
	u32 buf;

	for (buf = tx->msg_bufs[slot]; buf != VMQ_NONE; buf = tx->buf_next[buf])
		vmq_books_put_buf(tx, buf);
	vmq_books_put_msg(tx, slot);
}

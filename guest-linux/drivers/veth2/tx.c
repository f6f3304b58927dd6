// SPDX-License-Identifier: GPL-2.0-only
/*
 * veth2: sending. A frame is copied into the ring when it is given, whatever it is made of, and is then
 * the peer's. The queue stops when there is no room for the largest frame, or by its byte limit, and goes
 * on when the peer has taken half of what it had to take.
 *
 * All of it runs with the queue's lock held.
 */
#include <linux/etherdevice.h>
#include "veth2.h"

#define WATCHDOG HZ

static void broken(struct veth2 *v)
{
	v->tx_on = false;
	vlink_broken(v->tx.vlink, "the receiver's index");
}

/* The peer is told, if it waits for that. */
static void ring_doorbell(struct veth2 *v)
{
	if (!vlx_ring_show(&v->tx.ring))
		return;
	veth2_count(&v->stats.tx_doorbells, 1);
	vlink_trigger(v->tx.vlink, v->tx.to_peer);
}

/* What the peer has taken since; cells of before the link was up last are not counted. */
static void tell_taken(struct veth2 *v)
{
	u32 taken = v->tx.ring.seen - v->tx_done;

	if ((s32)taken <= 0)
		return;
	v->tx_done = v->tx.ring.seen;
	netdev_tx_completed_queue(veth2_txq(v), taken, taken * VETH2_CELL);
}

static bool has_room(const struct veth2 *v)
{
	return vlx_ring_left(&v->tx.ring) >= VETH2_CELLS_MAX;
}

/*
 * The queue is stopped. It goes on if there is room, by what the peer has taken since; if not, the peer is
 * asked to tell when it has taken half of what there is. If it has by now, all of that again: each turn
 * halves what is left, so there are few.
 */
static void wait_room(struct veth2 *v)
{
	struct vlx_ring *ring = &v->tx.ring;
	struct netdev_queue *txq = veth2_txq(v);
	int got = vlx_ring_count(ring);

	while (got >= 0) {
		tell_taken(v);
		if (netif_tx_queue_stopped(txq) && has_room(v))
			netif_tx_wake_queue(txq);
		if (!netif_xmit_stopped(txq))
			return;
		got = vlx_ring_ask(ring, ring->size - (ring->index - ring->seen) / 2);
		if (got)
			continue;
		veth2_count(&v->stats.tx_stops, 1);
		v->tx_watched = ring->seen;
		queue_delayed_work(system_wq, &v->watchdog, WATCHDOG);
		return;
	}
	broken(v);
}

static void copy_out(struct veth2_end *tx, const struct sk_buff *skb, const struct veth2_head *head)
{
	u8 *data = tx->shared->data;
	u32 at = vlx_ring_slot(&tx->ring, 0) * VETH2_CELL;
	u32 first;

	memcpy(data + at, head, sizeof(*head)); /* a cell does not wrap */
	at += sizeof(*head);
	first = min_t(u32, skb->len, sizeof(tx->shared->data) - at);
	skb_copy_bits(skb, 0, data + at, first);
	if (first < skb->len)
		skb_copy_bits(skb, first, data, skb->len - first);
}

static netdev_tx_t drop(struct sk_buff *skb, u64 *counter)
{
	veth2_count(counter, 1);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

/* No room, which the queue should have been stopped for. */
static netdev_tx_t busy(struct veth2 *v)
{
	veth2_count(&v->stats.tx_fifo_errors, 1);
	netif_tx_stop_queue(veth2_txq(v));
	ring_doorbell(v);
	wait_room(v);
	return NETDEV_TX_BUSY;
}

static void sent(struct veth2 *v, const struct sk_buff *skb, u32 cells)
{
	struct netdev_queue *txq = veth2_txq(v);
	bool now;

	vlx_ring_advance(&v->tx.ring, cells);
	veth2_count(&v->stats.tx_packets, 1);
	veth2_count(&v->stats.tx_bytes, skb->len);
	now = __netdev_tx_sent_queue(txq, cells * VETH2_CELL, netdev_xmit_more());
	if (!has_room(v)) {
		netif_tx_stop_queue(txq);
		now = true;
	}
	if (now)
		ring_doorbell(v);
	if (netif_xmit_stopped(txq))
		wait_room(v);
}

netdev_tx_t veth2_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct veth2 *v = netdev_priv(dev);
	struct veth2_head head = {.len = skb->len};
	u32 cells = veth2_cells(skb->len);
	int left;

	if (!v->tx_on)
		return drop(skb, &v->stats.tx_carrier_errors);
	if (skb->len < ETH_HLEN || skb->len > VETH2_FRAME_MAX ||
	    virtio_net_hdr_from_skb(skb, &head.net, true, true, 0))
		return drop(skb, &v->stats.tx_dropped);
	left = vlx_ring_count(&v->tx.ring);
	if (left < 0) {
		broken(v);
		return drop(skb, &v->stats.tx_carrier_errors);
	}
	tell_taken(v);
	if ((u32)left < cells)
		return busy(v);
	copy_out(&v->tx, skb, &head);
	skb_tx_timestamp(skb);
	sent(v, skb, cells);
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;
}

void veth2_tx_look(struct veth2 *v)
{
	struct netdev_queue *txq = veth2_txq(v);

	if (!netif_xmit_stopped(txq) || !netif_running(v->dev))
		return;
	__netif_tx_lock(txq, smp_processor_id());
	if (v->tx_on && netif_xmit_stopped(txq))
		wait_room(v);
	__netif_tx_unlock(txq);
}

/*
 * The manual's transmit timeout: the peer is told once more that there are frames, if it has taken none.
 * Not by the kernel's own watchdog, which would complain of this VM when the peer is paused.
 */
void veth2_watchdog(struct work_struct *work)
{
	struct veth2 *v = container_of(work, struct veth2, watchdog.work);
	struct netdev_queue *txq = veth2_txq(v);

	if (!netif_running(v->dev))
		return;
	__netif_tx_lock_bh(txq);
	if (v->tx_on && netif_xmit_stopped(txq)) {
		if (v->tx.ring.seen == v->tx_watched) {
			veth2_count(&v->stats.tx_timeouts, 1);
			vlink_trigger(v->tx.vlink, v->tx.to_peer);
		}
		wait_room(v);
	}
	__netif_tx_unlock_bh(txq);
}

void veth2_tx_begin(struct veth2 *v)
{
	struct netdev_queue *txq = veth2_txq(v);

	__netif_tx_lock_bh(txq);
	netdev_tx_reset_queue(txq);
	v->tx_done = v->tx.ring.index;
	v->tx_on = true;
	if (netif_running(v->dev))
		netif_tx_wake_queue(txq);
	__netif_tx_unlock_bh(txq);
}

void veth2_tx_end(struct veth2 *v)
{
	struct netdev_queue *txq = veth2_txq(v);

	__netif_tx_lock_bh(txq);
	v->tx_on = false;
	__netif_tx_unlock_bh(txq);
	cancel_delayed_work_sync(&v->watchdog);
}

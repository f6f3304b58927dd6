// SPDX-License-Identifier: GPL-2.0-only
/*
 * veth2: receiving. What the peer says of a frame is copied, checked, and then believed as little as
 * frames of a tap device are; the frame itself is copied once, into memory of this VM, and only then
 * looked at.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/virtio_net.h>
#include "veth2.h"

#define LINEAR_MAX 2048 /* above that a frame has pages */
#define LINEAR_HEAD 256 /* so much of it is linear then: the headers */
#define SHOW_CELLS (VETH2_CELLS / 8)

static int broken(struct veth2 *v, const char *why)
{
	v->rx.ring.broken = true;
	vlink_broken(v->rx.vlink, why);
	return -EPROTO;
}

/* The next frame's head, in memory of this VM. Returns 1, 0 for no frame, or -EPROTO. */
static int next_head(struct veth2 *v, struct veth2_head *head)
{
	struct veth2_end *rx = &v->rx;
	int count = vlx_ring_left(&rx->ring);

	if (!count)
		count = vlx_ring_count(&rx->ring);
	if (count < 0)
		return broken(v, "the sender's index");
	if (!count)
		return 0;
	memcpy(head, rx->shared->data + vlx_ring_slot(&rx->ring, 0) * VETH2_CELL, sizeof(*head));
	barrier(); /* what is checked is what is used */
	if (head->len < ETH_HLEN || head->len > VETH2_FRAME_MAX ||
	    veth2_cells(head->len) > (u32)count)
		return broken(v, "the length of a frame");
	return 1;
}

/* Memory for a frame; of a large one the headers are linear, as the peer guesses how long they are. */
static struct sk_buff *alloc_frame(struct veth2 *v, const struct veth2_head *head)
{
	const u32 pad = NET_SKB_PAD + NET_IP_ALIGN;
	u32 linear = LINEAR_HEAD;
	struct sk_buff *skb;
	int err;

	if (head->len <= LINEAR_MAX) {
		skb = napi_alloc_skb(&v->napi, head->len);
		if (skb)
			skb_put(skb, head->len);
		return skb;
	}
	if (head->net.gso_type)
		linear = clamp_t(u32, __virtio16_to_cpu(true, head->net.hdr_len), ETH_HLEN,
				 LINEAR_HEAD);
	skb = alloc_skb_with_frags(pad + linear, head->len - linear, PAGE_ALLOC_COSTLY_ORDER, &err,
				   GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, pad);
	skb_put(skb, linear);
	skb->data_len = head->len - linear;
	skb->len = head->len;
	return skb;
}

static void copy_in(const struct veth2_end *rx, struct sk_buff *skb)
{
	const u8 *data = rx->shared->data;
	u32 at = vlx_ring_slot(&rx->ring, 0) * VETH2_CELL + sizeof(struct veth2_head);
	u32 first = min_t(u32, skb->len, sizeof(rx->shared->data) - at);

	skb_store_bits(skb, 0, data + at, first);
	if (first < skb->len)
		skb_store_bits(skb, first, data, skb->len - first);
}

/* Only what veth2_xmit() makes: TCP segments, and these with a checksum still to be made, or good. */
static bool net_ok(const struct virtio_net_hdr *net)
{
	switch (net->flags) {
	case 0:
	case VIRTIO_NET_HDR_F_NEEDS_CSUM:
	case VIRTIO_NET_HDR_F_DATA_VALID:
		break;
	default:
		return false;
	}
	switch (net->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		return !net->gso_type;
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return net->flags;
	default:
		return false;
	}
}

static void deliver(struct veth2 *v, const struct veth2_head *head)
{
	struct sk_buff *skb = alloc_frame(v, head);

	if (!skb) {
		veth2_count(&v->stats.rx_dropped, 1);
		return;
	}
	copy_in(&v->rx, skb);
	skb->dev = v->dev;
	if (!net_ok(&head->net) || virtio_net_hdr_to_skb(skb, &head->net, true)) {
		veth2_count(&v->stats.rx_frame_errors, 1);
		kfree_skb(skb);
		return;
	}
	if (head->net.flags & VIRTIO_NET_HDR_F_DATA_VALID)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->protocol = eth_type_trans(skb, v->dev);
	veth2_count(&v->stats.rx_packets, 1);
	veth2_count(&v->stats.rx_bytes, head->len);
	napi_gro_receive(&v->napi, skb);
}

/* The peer sees what was taken, and is told if it waits for that. */
static void give_back(struct veth2 *v)
{
	if (!vlx_ring_show(&v->rx.ring))
		return;
	veth2_count(&v->stats.rx_doorbells, 1);
	vlink_trigger(v->rx.vlink, v->rx.to_peer);
}

/* At most so many frames. Returns how many, or -EPROTO. */
static int take(struct veth2 *v, int budget)
{
	bool running = netif_running(v->dev);
	struct vlx_ring *ring = &v->rx.ring;
	struct veth2_head head;
	int done, got = 0;

	for (done = 0; done < budget; done++) {
		got = next_head(v, &head);
		if (got <= 0)
			break;
		if (running)
			deliver(v, &head);
		else
			veth2_count(&v->stats.rx_dropped, 1);
		vlx_ring_advance(ring, veth2_cells(head.len));
		if (ring->index - ring->shown >= SHOW_CELLS)
			give_back(v);
	}
	give_back(v);
	return got < 0 ? got : done;
}

/* Without NAPI's number in the info string each frame interrupts, also while others are taken. */
static void ask_each(struct veth2 *v)
{
	int count = vlx_ring_count(&v->rx.ring);

	if (count >= 0)
		vlx_ring_ask(&v->rx.ring, count + 1);
}

/* Frames until there are none, or the budget is used up; asks for the next one's interrupt when there are none. */
static int receive(struct veth2 *v, int budget)
{
	int done = 0, got;

	do {
		got = take(v, budget - done);
		if (got < 0)
			return got;
		done += got;
	} while (done < budget && (got = vlx_ring_ask(&v->rx.ring, 1)) > 0);
	return got < 0 ? broken(v, "the sender's index") : done;
}

int veth2_poll(struct napi_struct *napi, int budget)
{
	struct veth2 *v = container_of(napi, struct veth2, napi);
	int done;

	veth2_count(&v->stats.rx_polls, 1);
	veth2_tx_look(v);
	if (!v->info.weight)
		ask_each(v);
	done = receive(v, budget);
	/* What comes from here on interrupts, which makes a poll that is not complete begin anew. */
	if (done < budget)
		napi_complete_done(napi, max(done, 0));
	return max(done, 0);
}

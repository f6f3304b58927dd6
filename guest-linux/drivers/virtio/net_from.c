// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-net: frames of the driver's. A header is copied, checked, and then believed as little as that of a tap device; the
 * frame is copied once, and looked at only then.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include "net.h"

#define LINEAR_MAX 2048 /* above that a frame has pages */
#define LINEAR_HEAD 256 /* so much of it is linear then: the headers */
#define SEGMENTS_MAX 65535 /* bytes of an IP packet that is to become segments */

static void copy_head(const struct kvec *iov, struct virtio_net_hdr_mrg_rxbuf *head)
{
	size_t skip = 0, at, part;
	void *here;

	for (at = 0; at < VNET_HEAD; at += part) {
		here = vnet_piece(&iov, &skip, VNET_HEAD - at, &part);
		memcpy((char *)head + at, here, part);
	}
	barrier(); /* what is checked is what is used */
}

static void copy_frame(const struct kvec *iov, struct sk_buff *skb)
{
	size_t skip = VNET_HEAD, at, part;
	void *here;

	for (at = 0; at < skb->len; at += part) {
		here = vnet_piece(&iov, &skip, skb->len - at, &part);
		skb_store_bits(skb, at, here, part);
	}
}

static struct sk_buff *alloc_frame(struct vnet *net, size_t size)
{
	const size_t pad = NET_SKB_PAD + NET_IP_ALIGN;
	struct sk_buff *skb;
	int err;

	if (size <= LINEAR_MAX) {
		skb = netdev_alloc_skb_ip_align(net->netdev, size);
		if (skb)
			skb_put(skb, size);
		return skb;
	}
	skb = alloc_skb_with_frags(pad + LINEAR_HEAD, size - LINEAR_HEAD, PAGE_ALLOC_COSTLY_ORDER,
				   &err, GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, pad);
	skb_put(skb, LINEAR_HEAD);
	skb->data_len = size - LINEAR_HEAD;
	skb->len = size;
	return skb;
}

/* The frame that is in so many bytes, or NULL. */
static struct sk_buff *take_frame(struct vnet *net, const struct kvec *iov, size_t bytes)
{
	struct virtio_net_hdr_mrg_rxbuf head;
	struct sk_buff *skb;
	size_t most;

	if (bytes < VNET_HEAD + ETH_HLEN)
		return NULL;
	copy_head(iov, &head);
	most = VLAN_ETH_HLEN + (head.hdr.gso_type ? SEGMENTS_MAX : READ_ONCE(net->netdev->mtu));
	if (!vnet_head_ok(&head.hdr, READ_ONCE(net->accepted)) || bytes - VNET_HEAD > most)
		return NULL;
	skb = alloc_frame(net, bytes - VNET_HEAD);
	if (!skb)
		return NULL;
	copy_frame(iov, skb);
	if (virtio_net_hdr_to_skb(skb, &head.hdr, true)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

static void receive(struct vnet *net, struct sk_buff *skb)
{
	dev_sw_netstats_rx_add(net->netdev, skb->len);
	skb->protocol = eth_type_trans(skb, net->netdev);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
}

static u32 take(struct vlx_virtq *vq, const struct kvec *iov, const u16 *flags, int n)
{
	struct vnet *net = vnet_of(vq->dev);
	struct sk_buff *skb = NULL;
	int first;

	if (netif_running(net->netdev))
		skb = take_frame(net, iov, backend_bytes(iov, flags, n, false, &first));
	if (skb)
		receive(net, skb);
	else
		dev_core_stats_rx_dropped_inc(net->netdev);
	return 0;
}

void vnet_from_driver(struct vlx_virtq *vq)
{
	struct vnet *net = vnet_of(vq->dev);

	backend_serve(vq, net->iov, net->flags, VNET_PIECES, take);
}

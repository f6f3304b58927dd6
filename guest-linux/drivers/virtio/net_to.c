// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-net: frames for the driver, in one of its buffers or, where it takes that (VIRTIO_NET_F_MRG_RXBUF), in as many
 * as they need. Buffers that are not enough are kept until more have come.
 */
#include <linux/etherdevice.h>
#include "net.h"

void vnet_room(struct vlx_virtq *vq)
{
	vlx_vq_disable_notification(vq);
	netif_wake_queue(vnet_of(vq->dev)->netdev);
}

/* Asks for a kick, unless there is room already. */
static void wait_for_room(struct vnet *net)
{
	struct vlx_virtq *vq = net->vdev->vqs[TO_DRIVER];

	netif_stop_queue(net->netdev);
	if (vlx_vq_enable_notification(vq))
		vnet_room(vq);
}

void vnet_forget_room(struct vnet *net)
{
	net->nr_chains = 0;
	net->room = 0;
}

/* Until there is room for so many bytes. Returns 0, -EAGAIN: the driver has given no more, or an error: there will be none. */
static int gather(struct vnet *net, size_t bytes)
{
	const u32 most = vnet_has(net, VIRTIO_NET_F_MRG_RXBUF) ? VNET_CHAINS : 1;
	struct vnet_chain *c;

	while (net->room < bytes) {
		if (net->nr_chains == most)
			return -EMSGSIZE;
		c = &net->chains[net->nr_chains];
		c->n = vlx_vq_getchain(net->vdev->vqs[TO_DRIVER], &c->idx, c->iov, VNET_PIECES,
				       c->flags);
		if (c->n <= 0)
			return c->n ? c->n : -EAGAIN;
		c->room = backend_bytes(c->iov, c->flags, c->n, true, &c->first);
		net->room += c->room;
		net->nr_chains++;
	}
	return 0;
}

/* Returns the first n buffers, of which so many bytes were written. */
static void give_back(struct vnet *net, u32 n, const u32 *bytes)
{
	struct vlx_virtq *vq = net->vdev->vqs[TO_DRIVER];
	u16 idx[VNET_CHAINS];
	u32 i;

	for (i = 0; i < n; i++) {
		idx[i] = net->chains[i].idx;
		net->room -= net->chains[i].room;
	}
	net->nr_chains -= n;
	memmove(net->chains, net->chains + n, net->nr_chains * sizeof(*net->chains));
	vlx_vq_relchains(vq, n, idx, bytes);
	vlx_vq_endchains(vq, 0);
}

/* Header and frame, from byte `at` of both on, as much as there is room for. Returns how many bytes. */
static size_t fill(const struct vnet_chain *c, const struct virtio_net_hdr_mrg_rxbuf *head,
		   const struct sk_buff *skb, size_t at)
{
	const size_t end = at + min(c->room, VNET_HEAD + skb->len - at);
	const struct kvec *iov = c->iov + c->first;
	size_t skip = 0, now, part;
	void *here;

	for (now = at; now < end; now += part) {
		if (now < VNET_HEAD) {
			here = vnet_piece(&iov, &skip, min(end, VNET_HEAD) - now, &part);
			memcpy(here, (const char *)head + now, part);
		} else {
			here = vnet_piece(&iov, &skip, end - now, &part);
			skb_copy_bits(skb, now - VNET_HEAD, here, part);
		}
	}
	return end - at;
}

/* There is room for it. */
static void put_frame(struct vnet *net, struct virtio_net_hdr_mrg_rxbuf *head,
		      const struct sk_buff *skb)
{
	const size_t bytes = VNET_HEAD + skb->len;
	u32 filled[VNET_CHAINS], n = 0;
	size_t at;

	for (at = 0; at < bytes; at += net->chains[n++].room)
		;
	head->num_buffers = (__force __virtio16)cpu_to_le16(n);
	for (at = 0, n = 0; at < bytes; at += filled[n++])
		filled[n] = fill(&net->chains[n], head, skb, at);
	give_back(net, n, filled);
}

/* What the driver would not understand, from a time when it had other features, is not sent. */
static bool make_head(const struct vnet *net, struct sk_buff *skb,
		      struct virtio_net_hdr_mrg_rxbuf *head)
{
	const bool checksums = vnet_has(net, VIRTIO_NET_F_GUEST_CSUM);

	if (skb_is_gso(skb) &&
	    !vnet_has(net, skb_is_gso_v6(skb) ? VIRTIO_NET_F_GUEST_TSO6 : VIRTIO_NET_F_GUEST_TSO4))
		return false;
	if (skb->ip_summed == CHECKSUM_PARTIAL && !checksums && skb_checksum_help(skb))
		return false;
	return !virtio_net_hdr_from_skb(skb, &head->hdr, true, checksums, 0);
}

/* Of a frame for which there is no place the buffers come back empty. */
static void drop(struct vnet *net)
{
	static const u32 none[VNET_CHAINS];

	give_back(net, net->nr_chains, none);
}

netdev_tx_t vnet_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct vnet *net = netdev_priv(netdev);
	struct virtio_net_hdr_mrg_rxbuf head;
	int err = -EINVAL;

	if (make_head(net, skb, &head))
		err = gather(net, VNET_HEAD + skb->len);
	if (err == -EAGAIN) {
		wait_for_room(net);
		return NETDEV_TX_BUSY;
	}
	if (err) {
		drop(net);
		dev_core_stats_tx_dropped_inc(netdev);
	} else {
		put_frame(net, &head, skb);
		dev_sw_netstats_tx_add(netdev, 1, skb->len);
	}
	if (!net->nr_chains && !vlx_vq_has_descs(net->vdev->vqs[TO_DRIVER]))
		wait_for_room(net);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

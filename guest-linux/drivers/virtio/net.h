/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-virtio-net: what its files share. */
#ifndef NET_H
#define NET_H

#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/virtio_net.h>
#include "backend.h"
#include "net_head.h"

#define VNET_PIECES 24 /* of a chain: a frame of 64 KiB in pages, and its header */
#define VNET_CHAINS 48 /* of a frame of 64 KiB, where each buffer has room for a packet */
#define VNET_HEAD sizeof(struct virtio_net_hdr_mrg_rxbuf)

enum { TO_DRIVER, FROM_DRIVER, VNET_QUEUES };

struct vnet_chain {
	u16 idx;
	int n, first; /* pieces, and the first of those to write */
	size_t room;
	struct kvec iov[VNET_PIECES];
	u16 flags[VNET_PIECES];
};

struct vnet {
	struct vlx_virtio_dev *vdev;
	struct net_device *netdev;
	struct virtio_net_config config;
	u64 accepted; /* features, by the driver */

	/* From the driver: its worker's. */
	struct kvec iov[VNET_PIECES];
	u16 flags[VNET_PIECES];

	/* To the driver, with the transmit lock held: buffers that it has given for the frame that comes next. */
	struct vnet_chain chains[VNET_CHAINS];
	u32 nr_chains;
	size_t room;
};

static inline struct vnet *vnet_of(struct vlx_virtio_dev *vdev)
{
	return vdev->private_data;
}

static inline bool vnet_has(const struct vnet *net, unsigned int feature)
{
	return READ_ONCE(net->accepted) & BIT_ULL(feature);
}

/* What is *skip bytes behind *iov, *part bytes of it in one piece, size at most; both go on behind that. */
static inline void *vnet_piece(const struct kvec **iov, size_t *skip, size_t size, size_t *part)
{
	void *here;

	while (*skip >= (*iov)->iov_len) {
		*skip -= (*iov)->iov_len;
		(*iov)++;
	}
	*part = min(size, (*iov)->iov_len - *skip);
	here = (*iov)->iov_base + *skip;
	*skip += *part;
	return here;
}

/* net_from.c: a kick of the driver's queue. Context: its worker. */
void vnet_from_driver(struct vlx_virtq *vq);

/* net_to.c: a frame for the driver, and that it has given buffers. The last is for when the driver begins anew. */
netdev_tx_t vnet_xmit(struct sk_buff *skb, struct net_device *netdev);
void vnet_room(struct vlx_virtq *vq);
void vnet_forget_room(struct vnet *net);

#endif

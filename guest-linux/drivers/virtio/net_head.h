/* SPDX-License-Identifier: GPL-2.0-only */
/* What the header of a frame may say (VirtIO 1.2, 5.1.6). Also on the host. */
#ifndef NET_HEAD_H
#define NET_HEAD_H

#include <linux/types.h>
#include <linux/virtio_net.h>

/*
 * Whether it says of a frame of the driver's only what follows from features that it has accepted: a checksum that is still to
 * be made, and segments of TCP, which need that. Where these are in the frame is not looked at.
 */
static inline bool vnet_head_ok(const struct virtio_net_hdr *head, u64 accepted)
{
	u64 needs = (u64)1 << VIRTIO_NET_F_CSUM;

	if (!(head->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return head->gso_type == VIRTIO_NET_HDR_GSO_NONE;
	switch (head->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		if (head->gso_type)
			return false;
		break;
	case VIRTIO_NET_HDR_GSO_TCPV4:
		needs |= (u64)1 << VIRTIO_NET_F_HOST_TSO4;
		break;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		needs |= (u64)1 << VIRTIO_NET_F_HOST_TSO6;
		break;
	default:
		return false;
	}
	if (head->gso_type & VIRTIO_NET_HDR_GSO_ECN)
		needs |= (u64)1 << VIRTIO_NET_F_HOST_ECN;
	return (accepted & needs) == needs;
}

#endif

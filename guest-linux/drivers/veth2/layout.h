/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a link of veth2 has in its pmem: a ring of cells that carries frames one way, from the link's
 * client to its server. README.md has it as a table.
 */
#ifndef VETH2_LAYOUT_H
#define VETH2_LAYOUT_H

#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/kernel.h>
#include <linux/virtio_net.h>
#include <vlx/ring.h>

/* Labels of a link: its memory, and who is told what. */
#define VETH2_PMEM_ID 4
#define VETH2_RX_XIRQ_ID 6 /* of the server: there are frames */
#define VETH2_TX_XIRQ_ID 7 /* of the client: there is room */

#define VETH2_VERSION 1
#define VETH2_CELL 64
#define VETH2_CELLS 16384
#define VETH2_DATA_OFFSET 4096

#define VETH2_MTU_MAX 65521
#define VETH2_FRAME_MAX (65536 + 2 * VLAN_HLEN + ETH_HLEN) /* what GSO makes, with two VLAN tags */

/* In front of each frame, in its first cell; little-endian. The frame follows at once, and may wrap. */
struct veth2_head {
	u32 len; /* of the frame */
	u16 pad0;
	struct virtio_net_hdr net; /* checksum and segments still to be made */
};

struct veth2_shared {
	struct vlx_ring_shared ring; /* its entries are cells */
	u32 version; /* by the producer */
	u8 pad[VETH2_DATA_OFFSET - sizeof(struct vlx_ring_shared) - sizeof(u32)];
	u8 data[VETH2_CELLS * VETH2_CELL];
};

static_assert(sizeof(struct veth2_head) == 16);
static_assert(offsetof(struct veth2_shared, version) == 128);
static_assert(offsetof(struct veth2_shared, data) == VETH2_DATA_OFFSET);

/* How many cells a frame takes. */
static inline u32 veth2_cells(u32 len)
{
	return DIV_ROUND_UP(sizeof(struct veth2_head) + len, VETH2_CELL);
}

#define VETH2_CELLS_MAX DIV_ROUND_UP(sizeof(struct veth2_head) + VETH2_FRAME_MAX, VETH2_CELL)

#endif

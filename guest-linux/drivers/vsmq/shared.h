/* SPDX-License-Identifier: GPL-2.0-only */
/* vsmq: what both ends of a link share, its pmem chunk 0. README.md has it as a table. */
#ifndef VSMQ_SHARED_H
#define VSMQ_SHARED_H

#include <linux/align.h>
#include <vlx/ring.h>

#define VSMQ_PMEM_ID 0
#define VSMQ_XIRQ_ID 0 /* the receiver's: there is something new */

/* What an end was looked up with. */
struct vsmq_shape {
	u32 msg_size;
	u32 count;
	u8 pad[VLX_RING_LINE - 8];
};

/* Two rings of numbers of messages: those that were sent, and those that were freed. */
struct vsmq_shared {
	struct vlx_ring_shared sent; /* the sender produces */
	struct vlx_ring_shared freed; /* the receiver produces */
	struct vsmq_shape sender;
	struct vsmq_shape receiver;
	/* count of `sent`, then count of `freed`; messages behind, at a multiple of a line. */
	u32 numbers[];
};

static inline u64 vsmq_messages_offset(u32 count)
{
	return ALIGN(sizeof(struct vsmq_shared) + 2ull * count * sizeof(u32), VLX_RING_LINE);
}

static inline u64 vsmq_stride(u32 msg_size)
{
	return ALIGN((u64)msg_size, sizeof(u64));
}

static inline u64 vsmq_bytes(u32 msg_size, u32 count)
{
	return vsmq_messages_offset(count) + count * vsmq_stride(msg_size);
}

#endif

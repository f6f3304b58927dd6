// SPDX-License-Identifier: GPL-2.0-only
/* vsmq: what senders and receivers have in common. */
#include <linux/export.h>
#include <linux/printk.h>
#include "vsmq_priv.h"

void *vsmq_buffer(const struct vsmq_queue *q, u32 n)
{
	return q->buffers + n * vsmq_stride(q->msg_size);
}

u32 vsmq_buffer_of(const struct vsmq_queue *q, const void *msg)
{
	size_t offset = (const u8 *)msg - q->buffers;
	size_t stride = vsmq_stride(q->msg_size);

	if (!q->buffers || (const u8 *)msg < q->buffers || offset % stride ||
	    offset / stride >= q->count)
		return q->count;
	return offset / stride;
}

int vsmq_corrupted(const struct vsmq_queue *q, const char *why)
{
	vlink_broken(q->end->vlink, why);
	return -EINVAL;
}

/* There are not more numbers than entries, so a ring without room is one whose peer has put some twice. */
int vsmq_put(struct vsmq_queue *q, struct vlx_ring *ring, u32 *numbers, u32 number)
{
	if (!vlx_ring_left(ring) && vlx_ring_count(ring) <= 0)
		return vsmq_corrupted(q, "an index that cannot be");
	WRITE_ONCE(numbers[vlx_ring_slot(ring, 0)], number);
	vlx_ring_advance(ring, 1);
	return 0;
}

void vsmq_cb_register(void *handle, vsmq_cb_ops_t *ops, void *cookie)
{
	struct vsmq_queue *q = handle;

	q->cookie = cookie;
	q->ops = *ops;
}
EXPORT_SYMBOL(vsmq_cb_register);

bool vsmq_link_is_online(void *handle)
{
	return vsmq_is_online(handle);
}
EXPORT_SYMBOL(vsmq_link_is_online);

vsmq_link_id_t vsmq_link_id(void *handle)
{
	const struct vsmq_queue *q = handle;

	return q->end->vlink->plink;
}
EXPORT_SYMBOL(vsmq_link_id);

vsmq_vm_id_t vsmq_my_vmid(void *handle)
{
	const struct vsmq_queue *q = handle;

	return q->end->vlink->id;
}
EXPORT_SYMBOL(vsmq_my_vmid);

vsmq_vm_id_t vsmq_peer_vmid(void *handle)
{
	const struct vsmq_queue *q = handle;

	return q->end->vlink->id_peer;
}
EXPORT_SYMBOL(vsmq_peer_vmid);

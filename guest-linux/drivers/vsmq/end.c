// SPDX-License-Identifier: GPL-2.0-only
/* vsmq: an endpoint, and what happens to the queue that is started there at each step of its link's life. */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/slab.h>
#include "vsmq_priv.h"

#define START_WAIT HZ /* for a peer that has not noticed yet that this side went away */
#define OTHER_SHAPE_MS 100 /* both sides would come and go as fast as they can */

void vsmq_trigger(struct vsmq_end *end)
{
	const Vlink *vlink = end->vlink;

	nkops.nk_xirq_trigger(end->xirq, vlink->server ? vlink->id : vlink->id_peer);
}

static void vsmq_interrupt(void *cookie, NkXIrq xirq)
{
	struct vsmq_end *end = cookie;
	struct vsmq_queue *q = READ_ONCE(end->queue);

	end->counts.irqs++;
	if (q && vsmq_rx_arm(q) && q->ops.receive)
		q->ops.receive(q->cookie);
}

static void say_shape(const struct vsmq_queue *q, struct vsmq_shape *own)
{
	WRITE_ONCE(own->msg_size, q->msg_size);
	WRITE_ONCE(own->count, q->count);
}

static int vsmq_reset(Vlink *vlink, void *cookie)
{
	struct vsmq_end *end = cookie;
	struct vsmq_queue *q = end->queue;

	spin_lock_irq(&q->lock);
	if (vlink->server)
		vsmq_rx_reset(q);
	else
		vsmq_tx_reset(q);
	say_shape(q, vlink->server ? &end->shared->receiver : &end->shared->sender);
	q->ready = true;
	end->counts.resets++;
	end->counts.tx_sysconf++;
	spin_unlock_irq(&q->lock);
	return 0;
}

/* Sizes are this side's in any case: it is told for those who have them wrong, once in a while. */
static void check_shape(const struct vsmq_queue *q, const struct vsmq_shape *peer)
{
	if (READ_ONCE(peer->msg_size) == q->msg_size && READ_ONCE(peer->count) == q->count)
		return;
	vlink_broken(q->end->vlink, "it has another size of messages, or of the queue");
	msleep(OTHER_SHAPE_MS);
}

/* The peer has done its RESET; from now on it may come up. */
static int vsmq_on(Vlink *vlink, void *cookie)
{
	struct vsmq_end *end = cookie;
	struct vsmq_queue *q = end->queue;

	check_shape(q, vlink->server ? &end->shared->sender : &end->shared->receiver);
	spin_lock_irq(&q->lock);
	q->early = false;
	end->counts.tx_sysconf++;
	spin_unlock_irq(&q->lock);
	return 0;
}

static void tell_user(struct vsmq_queue *q)
{
	q->end->counts.rx_sysconf++;
	if (q->ops.sysconf)
		q->ops.sysconf(q->cookie);
}

/* What was sent before has its interrupt now. */
static int vsmq_up(Vlink *vlink, void *cookie)
{
	struct vsmq_end *end = cookie;

	tell_user(end->queue);
	if (vlink->server)
		vsmq_trigger(end);
	return 0;
}

static void set_unready(struct vsmq_queue *q)
{
	spin_lock_irq(&q->lock);
	q->ready = false;
	spin_unlock_irq(&q->lock);
}

static int vsmq_abort(Vlink *vlink, void *cookie)
{
	struct vsmq_end *end = cookie;

	set_unready(end->queue);
	tell_user(end->queue);
	return 0;
}

static int vsmq_off(Vlink *vlink, void *cookie)
{
	struct vsmq_end *end = cookie;

	set_unready(end->queue);
	end->counts.tx_sysconf++;
	return 0;
}

static int vsmq_cleanup(Vlink *vlink, void *cookie)
{
	struct vsmq_end *end = cookie;

	vlink->private = NULL;
	vsmq_proc_remove(end);
	kfree(end);
	return 0;
}

static VlinkOpDesc vsmq_ops[] = {
	{VLINK_OP_RESET, vsmq_reset},
	{VLINK_OP_START, vsmq_on},
	{VLINK_OP_UP, vsmq_up},
	{VLINK_OP_ABORT, vsmq_abort},
	{VLINK_OP_STOP, vsmq_off},
	{VLINK_OP_CLEANUP, vsmq_cleanup},
	{},
};

/* Memory and interrupts come with vsmq_start(). */
int vsmq_vlink_init(Vlink *vlink)
{
	struct vsmq_end *end = kzalloc(sizeof(*end), GFP_KERNEL);
	int err;

	if (!end)
		return -ENOMEM;
	end->vlink = vlink;
	err = vlink_ops_register(vlink, vsmq_ops, end);
	if (err) {
		kfree(end);
		return err;
	}
	err = vsmq_proc_add(end);
	if (!err)
		vlink->private = end;
	return err;
}

static int get_pmem(struct vsmq_end *end, u64 bytes)
{
	if (!end->shared) {
		end->shared = vlink_pmem(end->vlink, VSMQ_PMEM_ID, bytes);
		end->bytes = bytes;
	}
	return end->shared && end->bytes == bytes ? 0 : -ENOMEM;
}

static int get_xirq(struct vsmq_end *end)
{
	Vlink *vlink = end->vlink;

	if (!end->xirq)
		end->xirq = vlink->server ? vlink_xirq_attach(vlink, VSMQ_XIRQ_ID, vsmq_interrupt,
							      end, vlink->drv->name)
					  : vlink_peer_xirq(vlink, VSMQ_XIRQ_ID);
	return end->xirq ? 0 : -ENOMEM;
}

static int get_resources(struct vsmq_queue *q)
{
	struct vsmq_end *end = q->end;
	int err = get_pmem(end, vsmq_bytes(q->msg_size, q->count));

	if (!err)
		err = get_xirq(end);
	if (err)
		return err;
	q->sent_numbers = end->shared->numbers;
	q->freed_numbers = end->shared->numbers + q->count;
	q->messages = (u8 *)end->shared + vsmq_messages_offset(q->count);
	return end->vlink->server ? vsmq_rx_init(q) : vsmq_tx_init(q);
}

int vsmq_start(void *handle)
{
	struct vsmq_queue *q = handle;
	struct vsmq_end *end = q->end;
	int err;

	if (cmpxchg(&end->queue, NULL, q))
		return -EBUSY;
	err = get_resources(q);
	if (err) {
		WRITE_ONCE(end->queue, NULL);
		return err;
	}
	vlink_start(end->vlink);
	/* So that an early message can be sent at once. */
	wait_event_timeout(end->vlink->admin_comp_wait, READ_ONCE(q->ready), START_WAIT);
	return 0;
}
EXPORT_SYMBOL(vsmq_start);

void vsmq_stop(void *handle)
{
	struct vsmq_queue *q = handle;

	if (READ_ONCE(q->end->queue) != q)
		return;
	vlink_stop(q->end->vlink);
	WRITE_ONCE(q->end->queue, NULL);
}
EXPORT_SYMBOL(vsmq_stop);

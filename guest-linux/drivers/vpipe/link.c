// SPDX-License-Identifier: GPL-2.0-only
/*
 * The links of a device: on while somebody has it open. A device is up when all of its links are, and down
 * for good, until the last close, when one of them has lost its peer.
 */
#include "vpipe.h"

#define PMEM_ID 0
#define TO_CLIENT_ID 0
#define TO_SERVER_ID 1

static void wake(struct vpipe *dev)
{
	wake_up_all(&dev->wait);
}

/* Bytes came, maybe: the system stays awake for a while. Context: any. */
static void stay_awake(struct vpipe_end *end)
{
	struct vpipe *dev = end->dev;

	if (vpipe_always_asks(end) && exring_ready(&end->ring))
		pm_wakeup_ws_event(dev->ws, dev->config.wakeup, false);
}

static bool end_is_up(const struct vpipe_end *end)
{
	return !end->vlink || end->up;
}

static int reset_ring(Vlink *vlink, void *cookie)
{
	struct vpipe_end *end = cookie;

	exring_reset(&end->ring);
	if (vpipe_always_asks(end))
		exring_ask(&end->ring);
	return 0;
}

static int go_up(Vlink *vlink, void *cookie)
{
	struct vpipe_end *end = cookie;
	struct vpipe *dev = end->dev;

	spin_lock(&dev->lock);
	end->up = true;
	if (dev->state == VPIPE_WAITING && end_is_up(&dev->in) && end_is_up(&dev->out)) {
		dev->opens++;
		smp_store_release(&dev->state, VPIPE_UP); /* after the rings */
	}
	spin_unlock(&dev->lock);
	stay_awake(end);
	wake(dev);
	return 0;
}

/* Lets the links go OFF, and stay so. */
static void stop_begin(struct vpipe *dev)
{
	if (dev->in.vlink)
		vlink_stop_begin(dev->in.vlink);
	if (dev->out.vlink)
		vlink_stop_begin(dev->out.vlink);
}

/*
 * ABORT and STOP. This side is still ON, so the peer cannot have begun anew, and what it has put is all
 * there. One that came, put something and went, all before this side looked, was there nevertheless.
 */
static int go_down(Vlink *vlink, void *cookie)
{
	struct vpipe_end *end = cookie;
	struct vpipe *dev = end->dev;
	bool bytes = exring_close(&end->ring);
	bool stay_off;

	spin_lock(&dev->lock);
	end->up = false;
	if (dev->state == VPIPE_WAITING && bytes)
		dev->opens++;
	if (dev->state == VPIPE_UP || (dev->state == VPIPE_WAITING && bytes))
		smp_store_release(&dev->state, VPIPE_DOWN); /* after the ring */
	stay_off = dev->state == VPIPE_DOWN;
	spin_unlock(&dev->lock);
	if (stay_off)
		stop_begin(dev);
	wake(dev);
	return 0;
}

static int cleanup(Vlink *vlink, void *cookie)
{
	struct vpipe_end *end = cookie;

	end->ready = false;
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_RESET, reset_ring}, {VLINK_OP_UP, go_up},	   {VLINK_OP_ABORT, go_down},
	{VLINK_OP_STOP, go_down},     {VLINK_OP_CLEANUP, cleanup}, {},
};

/* In the interrupt. */
static void handler(void *cookie, NkXIrq xirq)
{
	struct vpipe_end *end = cookie;

	stay_awake(end);
	wake(end->dev);
}

/* The server's info says how large the ring is, for both sides. */
static int bind_ring(Vlink *vlink, struct vpipe_end *end)
{
	struct vpipe_face *face = end->dev->face;
	struct vpipe_config config;
	void *shared;

	vpipe_parse(face, vlink->server ? vlink_info(vlink) : vlink_peer_info(vlink), &config);
	shared = vlink_pmem(vlink, PMEM_ID, config.size);
	if (!shared)
		return -ENOMEM;
	exring_bind(&end->ring, shared, config.size, &face->layout, !vlink->server);
	return 0;
}

int vpipe_vlink_init(Vlink *vlink)
{
	struct vpipe_end *end = vlink->private;
	int err;

	if (!end)
		return -ENXIO;
	err = vlink_ops_register(vlink, ops, end);
	if (err)
		return err;
	err = bind_ring(vlink, end);
	if (err)
		return err;
	end->to_peer = vlink_peer_xirq(vlink, vlink->server ? TO_CLIENT_ID : TO_SERVER_ID);
	if (!end->to_peer)
		return -ENOMEM;
	if (!vlink_xirq_attach(vlink, vlink->server ? TO_SERVER_ID : TO_CLIENT_ID, handler, end,
			       end->dev->name))
		return -ENOMEM;
	end->ready = true;
	return 0;
}

static void set_state(struct vpipe *dev, enum vpipe_state state)
{
	spin_lock(&dev->lock);
	smp_store_release(&dev->state, state); /* as vpipe_state() reads it */
	spin_unlock(&dev->lock);
}

void vpipe_start(struct vpipe *dev)
{
	set_state(dev, VPIPE_WAITING);
	if (dev->in.vlink)
		vlink_start(dev->in.vlink);
	if (dev->out.vlink)
		vlink_start(dev->out.vlink);
}

void vpipe_stop(struct vpipe *dev)
{
	stop_begin(dev); /* both at a time */
	if (dev->in.vlink)
		vlink_stop(dev->in.vlink);
	if (dev->out.vlink)
		vlink_stop(dev->out.vlink);
	set_state(dev, VPIPE_IDLE);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * veth2: the pair of links below a device. Each has a thread of vlink-lib's that goes through its
 * handshake; the device is up while both are.
 */
#include <linux/if_ether.h>
#include <linux/printk.h>
#include "veth2.h"

static struct veth2_end *end_of(struct veth2 *v, const Vlink *vlink)
{
	return vlink->server ? &v->rx : &v->tx;
}

static int veth2_reset(Vlink *vlink, void *cookie)
{
	struct veth2_end *end = end_of(cookie, vlink);

	if (!vlink->server)
		WRITE_ONCE(end->shared->version, VETH2_VERSION);
	vlx_ring_init(&end->ring, &end->shared->ring, VETH2_CELLS, !vlink->server);
	return 0;
}

/* With lock held. */
static void go_up(struct veth2 *v)
{
	v->up = true;
	napi_enable(&v->napi);
	veth2_tx_begin(v);
	netif_carrier_on(v->dev);
	local_bh_disable();
	napi_schedule(&v->napi); /* the peer may have sent already */
	local_bh_enable();
}

/* With lock held. */
static void go_down(struct veth2 *v)
{
	v->up = false;
	netif_carrier_off(v->dev);
	veth2_tx_end(v);
	napi_disable(&v->napi);
}

/* A peer with another layout is told from a peer with none: this one says so, and waits for another. */
static bool same_version(const struct veth2 *v)
{
	u32 version = READ_ONCE(v->rx.shared->version);

	if (version == VETH2_VERSION)
		return true;
	pr_err_ratelimited("veth2: %s: the peer's frames are of version %u, these of %u\n",
			   v->dev->name, version, VETH2_VERSION);
	return false;
}

static int veth2_up(Vlink *vlink, void *cookie)
{
	struct veth2 *v = cookie;

	mutex_lock(&v->lock);
	end_of(v, vlink)->up = true;
	if (v->rx.up && v->tx.up && same_version(v))
		go_up(v);
	mutex_unlock(&v->lock);
	return 0;
}

static int veth2_abort(Vlink *vlink, void *cookie)
{
	struct veth2 *v = cookie;

	mutex_lock(&v->lock);
	if (v->up)
		go_down(v);
	end_of(v, vlink)->up = false;
	mutex_unlock(&v->lock);
	return 0;
}

/* The device goes with the second of its links. */
static int veth2_cleanup(Vlink *vlink, void *cookie)
{
	struct veth2 *v = cookie;

	vlink->private = NULL;
	if (!vlink->sym_vlink->private)
		free_netdev(v->dev);
	return 0;
}

static VlinkOpDesc veth2_ops[] = {
	{VLINK_OP_RESET, veth2_reset},
	{VLINK_OP_UP, veth2_up},
	{VLINK_OP_ABORT, veth2_abort},
	{VLINK_OP_CLEANUP, veth2_cleanup},
	{},
};

/* There are frames. */
static void rx_xirq(void *cookie, NkXIrq xirq)
{
	struct veth2 *v = cookie;

	veth2_count(&v->stats.rx_xirqs, 1);
	if (v->wakeup)
		__pm_wakeup_event(v->wakeup, v->info.wakeup);
	napi_schedule(&v->napi);
}

/* There is room. */
static void tx_xirq(void *cookie, NkXIrq xirq)
{
	struct veth2 *v = cookie;

	veth2_count(&v->stats.tx_xirqs, 1);
	napi_schedule(&v->napi);
}

static bool get_resources(struct veth2 *v, struct veth2_end *end, Vlink *vlink)
{
	NkResourceId own = vlink->server ? VETH2_RX_XIRQ_ID : VETH2_TX_XIRQ_ID;
	NkResourceId peer = vlink->server ? VETH2_TX_XIRQ_ID : VETH2_RX_XIRQ_ID;

	end->shared = vlink_pmem(vlink, VETH2_PMEM_ID, sizeof(*end->shared));
	if (!end->shared) {
		pr_err("veth2: link %d: no pmem of %zu bytes (pmem-quota)\n", vlink->number,
		       sizeof(*end->shared));
		return false;
	}
	end->to_peer = vlink_peer_xirq(vlink, peer);
	return end->to_peer && vlink_xirq_attach(vlink, own, vlink->server ? rx_xirq : tx_xirq, v,
						 vlink->server ? "veth2-rx" : "veth2-tx");
}

int veth2_vlink_init(Vlink *vlink)
{
	struct veth2 *v = vlink->sym_vlink->private ?: veth2_new(vlink);
	struct veth2_end *end;
	int err;

	if (IS_ERR(v))
		return PTR_ERR(v);
	err = vlink_ops_register(vlink, veth2_ops, v);
	if (err) {
		if (!vlink->sym_vlink->private)
			free_netdev(v->dev);
		return err;
	}
	vlink->private = v;
	end = end_of(v, vlink);
	if (!get_resources(v, end, vlink))
		return -ENOMEM;
	end->vlink = vlink;
	return 0;
}

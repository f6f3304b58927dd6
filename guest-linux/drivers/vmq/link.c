// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vmq: the life of a link. Its two vlinks come up and go down each in its own thread of vlink-lib; what the
 * client is told of it, vmq_links_sysconf() tells (sysconf.c). A vlink that went down does not stop before the client has
 * heard of it and has given back all messages; and takes the other one down with it.
 */
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "vmq.h"

#define SAY_AGAIN (10 * HZ)

static struct vmq_xx *xx_of(vmq_link_t *link, const Vlink *vlink)
{
	return vlink->server ? &link->rx.xx : &link->tx.xx;
}

void vmq_notify_sysconf(vmq_links_t *links)
{
	unsigned long flags;

	if (READ_ONCE(links->finishing))
		return;
	local_irq_save(flags);
	links->callbacks.sysconf_notify(links);
	local_irq_restore(flags);
}

/* With the lock held: from now on nothing is sent or received. */
static void abort_rings(vmq_link_t *link)
{
	if (link->tx.xx.state == VMQ_UP)
		link->tx.xx.state = VMQ_ABORTED;
	if (link->rx.xx.state == VMQ_UP)
		link->rx.xx.state = VMQ_ABORTED;
	vmq_tell_room(&link->tx);
}

void vmq_broken(vmq_link_t *link, struct vmq_xx *xx, const char *why)
{
	abort_rings(link);
	vlink_broken(xx->vlink, why);
}

void vmq_misused(struct vmq_xx *xx, const char *what)
{
	xx->stats.misused++;
	pr_warn_once("vlx-vmq: %s %d: %s\n", xx->vlink->drv->name, xx->vlink->number, what);
}

static int op_reset(Vlink *vlink, void *cookie)
{
	vmq_link_t *link = cookie;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (vlink->server)
		vmq_rx_begin(&link->rx);
	else
		vmq_tx_begin(&link->tx);
	spin_unlock_irqrestore(&link->lock, flags);
	return 0;
}

/*
 * The link then stays as it is, until the peer has begun anew: two that differ would otherwise go up and down
 * all day. Looked at only now, when both have said what they have.
 */
static void differs(struct vmq_xx *xx)
{
	const unsigned long now = jiffies;

	if (xx->said && time_before(now, xx->said + SAY_AGAIN))
		return;
	xx->said = now | 1;
	pr_err("vlx-vmq: %s %d: vm%u has another configuration\n", xx->vlink->drv->name,
	       xx->vlink->number, xx->vlink->id_peer);
}

static int op_up(Vlink *vlink, void *cookie)
{
	vmq_link_t *link = cookie;
	struct vmq_xx *xx = xx_of(link, vlink);
	unsigned long flags;

	if (!vmq_xx_agreed(xx)) {
		differs(xx);
		return 0;
	}
	spin_lock_irqsave(&link->lock, flags);
	xx->ready = true;
	spin_unlock_irqrestore(&link->lock, flags);
	vmq_notify_sysconf(link->links);
	return 0;
}

static int op_abort(Vlink *vlink, void *cookie)
{
	vmq_link_t *link = cookie;
	unsigned long flags;
	bool heard, both;

	spin_lock_irqsave(&link->lock, flags);
	xx_of(link, vlink)->ready = false;
	abort_rings(link);
	heard = link->on || link->off;
	both = link->tx.xx.ready || link->rx.xx.ready;
	spin_unlock_irqrestore(&link->lock, flags);
	if (!heard)
		return 0;
	if (both)
		vlink_bounce(vlink->sym_vlink);
	vmq_notify_sysconf(link->links);
	return 0;
}

static bool is_gone(const vmq_link_t *link)
{
	return READ_ONCE(link->links->finishing) || !(READ_ONCE(link->on) || READ_ONCE(link->off));
}

static int op_stop(Vlink *vlink, void *cookie)
{
	vmq_link_t *link = cookie;
	unsigned long flags;

	wait_event_idle(link->gone, is_gone(link));
	spin_lock_irqsave(&link->lock, flags);
	xx_of(link, vlink)->state = VMQ_DOWN;
	spin_unlock_irqrestore(&link->lock, flags);
	return 0;
}

static int op_cleanup(Vlink *vlink, void *cookie)
{
	vmq_link_t *link = cookie;

	if (vlink->server) {
		kvfree(link->rx.has);
		link->rx.has = NULL;
	} else {
		vmq_books_free(&link->tx);
	}
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_RESET, op_reset}, {VLINK_OP_UP, op_up},	    {VLINK_OP_ABORT, op_abort},
	{VLINK_OP_STOP, op_stop},   {VLINK_OP_CLEANUP, op_cleanup}, {},
};

static const vmq_xx_config_t *tx_config(vmq_link_t *link)
{
	vmq_links_t *links = link->links;
	const vmq_xx_config_t *config = NULL;

	if (links->callbacks.get_tx_config)
		config = links->callbacks.get_tx_config(link, link->pub.tx_s_info);
	return config ?: links->has_tx_config ? &links->tx_config : NULL;
}

static const vmq_xx_config_t *rx_config(vmq_link_t *link)
{
	vmq_links_t *links = link->links;
	const vmq_xx_config_t *config = NULL;

	if (links->callbacks.get_rx_config)
		config = links->callbacks.get_rx_config(link, link->pub.rx_s_info);
	return config ?: links->has_rx_config ? &links->rx_config : NULL;
}

static int init_xirqs(vmq_link_t *link, struct vmq_xx *xx)
{
	Vlink *vlink = xx->vlink;

	if (vlink->server) {
		xx->own_xirq = vlink_xirq_attach(vlink, VMQ_XIRQ_RECEIVER, vmq_rx_interrupt, link,
						 "vmq-rx");
		xx->peer_xirq = vlink_peer_xirq(vlink, VMQ_XIRQ_SENDER);
	} else {
		xx->own_xirq =
			vlink_xirq_attach(vlink, VMQ_XIRQ_SENDER, vmq_tx_interrupt, link, "vmq-tx");
		xx->peer_xirq = vlink_peer_xirq(vlink, VMQ_XIRQ_RECEIVER);
	}
	return xx->own_xirq && xx->peer_xirq ? 0 : -ENOMEM;
}

static int init_rx(vmq_link_t *link, Vlink *vlink)
{
	struct vmq_xx *xx = &link->rx.xx;
	int err = vmq_xx_init(xx, vlink, rx_config(link));

	if (err)
		return err;
	link->rx.has = kvcalloc(xx->config.msg_count, sizeof(*link->rx.has), GFP_KERNEL);
	if (!link->rx.has)
		return -ENOMEM;
	link->pub.rx_data_area = xx->data_area;
	link->pub.prx_data_area = xx->data_pa;
	link->pub.prx_data_area_size = xx->data_size;
	return init_xirqs(link, xx);
}

static int init_tx(vmq_link_t *link, Vlink *vlink)
{
	struct vmq_xx *xx = &link->tx.xx;
	int err = vmq_xx_init(xx, vlink, tx_config(link));

	if (err)
		return err;
	err = vmq_books_init(&link->tx);
	if (err)
		return err;
	link->pub.tx_data_area = xx->data_area;
	link->pub.ptx_data_area = xx->data_pa;
	return init_xirqs(link, xx);
}

/* For both vlinks of a link, in either order. */
int vmq_link_init(Vlink *vlink)
{
	vmq_link_t *link = vlink->private;
	int err = vlink_ops_register(vlink, ops, link);

	if (!err)
		err = vlink->server ? init_rx(link, vlink) : init_tx(link, vlink);
	if (err)
		link->err = err;
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vmq: all links of a client, from vmq_links_init() to vmq_links_finish(). Each has a driver of
 * vlink-lib of its own, of vlinks in pairs: of one this side is the server, and receives, of the other the client,
 * and sends.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "vmq.h"

static char no_info[1];

static char *info_or_none(const char *info)
{
	return info ? (char *)info : no_info;
}

/* Of either vlink of a pair: an end of the system tree has one info string. */
static bool wants(const Vlink *vlink)
{
	const vmq_links_t *links = container_of(vlink->drv, vmq_links_t, drv);

	return links->callbacks.wants_link(info_or_none(vlink_info(vlink)),
					   info_or_none(vlink_peer_info(vlink)));
}

static int add_link(vmq_links_t *links, Vlink *rx)
{
	vmq_link_t *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return -ENOMEM;
	link->links = links;
	spin_lock_init(&link->lock);
	init_waitqueue_head(&link->tx.room);
	init_waitqueue_head(&link->gone);
	link->pub.local_osid = rx->id;
	link->pub.peer_osid = rx->id_peer;
	link->pub.rx_s_info = info_or_none(vlink_info(rx));
	link->pub.tx_s_info = info_or_none(vlink_peer_info(rx->sym_vlink));
	link->rx.xx.vlink = rx;
	link->tx.xx.vlink = rx->sym_vlink;
	rx->private = link;
	rx->sym_vlink->private = link;
	list_add_tail(&link->entry, &links->list);
	return 0;
}

static int drv_init(VlinkDrv *drv)
{
	vmq_links_t *links = container_of(drv, vmq_links_t, drv);
	Vlink *vlink;
	int err = 0;

	vlink_for_each(vlink, drv) {
		if (!err && vlink->server)
			err = add_link(links, vlink);
	}
	return err;
}

static void drv_cleanup(VlinkDrv *drv)
{
	vmq_links_t *links = container_of(drv, vmq_links_t, drv);
	vmq_link_t *link, *next;

	list_for_each_entry_safe(link, next, &links->list, entry)
		kfree(link);
	INIT_LIST_HEAD(&links->list);
}

/* Where only one direction has data, that one's. */
static u32 smaller(u32 tx, u32 rx)
{
	return min_not_zero(tx, rx);
}

static void publish(vmq_link_t *link)
{
	const vmq_xx_config_t *tx = &link->tx.xx.config, *rx = &link->rx.xx.config;

	link->pub.msg_max = smaller(tx->msg_max, rx->msg_max);
	link->pub.data_max = smaller(tx->data_max, rx->data_max);
	link->usable = true;
}

/* Returns an error if there are links, and none can be used. */
static int look_at_links(vmq_links_t *links)
{
	bool usable = list_empty(&links->list);
	int err = 0;
	Vlink *vlink;

	vlink_for_each(vlink, &links->drv) {
		vmq_link_t *link = vlink->private;

		if (!vlink->server)
			continue;
		if (vlink->state != VLINK_CLEAN && vlink->sym_vlink->state != VLINK_CLEAN) {
			publish(link);
			usable = true;
		} else if (!err) {
			/* Without an error of ours it could not be attached. */
			err = link->err ?: -EAGAIN;
		}
	}
	return usable ? 0 : err;
}

static bool arguments_ok(vmq_links_t **links, const char *name, const vmq_callbacks_t *callbacks,
			 const vmq_xx_config_t *tx, const vmq_xx_config_t *rx)
{
	if (!links || !name || strlen(name) >= NK_DEV_VLINK_NAME_LIMIT)
		return false;
	if (!callbacks || !callbacks->sysconf_notify)
		return false;
	if (tx ? !vmq_config_ok(tx) : !callbacks->get_tx_config)
		return false;
	return rx ? vmq_config_ok(rx) : !!callbacks->get_rx_config;
}

static vmq_links_t *new_links(const char *name, const vmq_callbacks_t *callbacks,
			      const vmq_xx_config_t *tx, const vmq_xx_config_t *rx)
{
	vmq_links_t *links = kzalloc(sizeof(*links), GFP_KERNEL);

	if (!links)
		return NULL;
	strscpy(links->name, name, sizeof(links->name));
	links->callbacks = *callbacks;
	links->has_tx_config = tx;
	links->has_rx_config = rx;
	if (tx)
		links->tx_config = *tx;
	if (rx)
		links->rx_config = *rx;
	INIT_LIST_HEAD(&links->list);
	links->drv = (VlinkDrv){
		.name = links->name,
		.flags = VLINK_DRV_TYPE_SYMMETRIC | VLINK_DRV_ON_DEMAND,
		.init = drv_init,
		.cleanup = drv_cleanup,
		.wants = callbacks->wants_link ? wants : NULL,
		.vlink_init = vmq_link_init,
	};
	return links;
}

signed int vmq_links_init_ex(vmq_links_t **result, const char *vlink_name,
			     const vmq_callbacks_t *callbacks, const vmq_xx_config_t *tx_config,
			     const vmq_xx_config_t *rx_config, void *priv, _Bool is_frontend)
{
	vmq_links_t *links;
	int err;

	if (!arguments_ok(result, vlink_name, callbacks, tx_config, rx_config))
		return -EINVAL;
	links = new_links(vlink_name, callbacks, tx_config, rx_config);
	if (!links)
		return -ENOMEM;
	links->pub.priv = priv;
	links->frontend = is_frontend;
	err = vlink_drv_open(&links->drv);
	if (err)
		goto free;
	err = look_at_links(links);
	if (err)
		goto close;
	vmq_proc_add(links);
	*result = links;
	return 0;
close:
	vlink_drv_close(&links->drv);
free:
	kfree(links);
	return err;
}
EXPORT_SYMBOL(vmq_links_init_ex);

signed int vmq_links_start(vmq_links_t *links)
{
	vmq_link_t *link;

	if (!links)
		return -EINVAL;
	list_for_each_entry(link, &links->list, entry) {
		if (!link->usable)
			continue;
		vlink_start(link->rx.xx.vlink);
		vlink_start(link->tx.xx.vlink);
	}
	return 0;
}
EXPORT_SYMBOL(vmq_links_start);

void vmq_links_finish(vmq_links_t *links)
{
	vmq_link_t *link;

	if (!links)
		return;
	WRITE_ONCE(links->finishing, true);
	list_for_each_entry(link, &links->list, entry)
		wake_up_all(&link->gone);
	proc_remove(links->proc);
	vlink_drv_close(&links->drv);
	kfree(links);
}
EXPORT_SYMBOL(vmq_links_finish);

_Bool vmq_links_iterate(vmq_links_t *links, _Bool (*func)(vmq_link_t *link, void *cookie),
			void *cookie)
{
	vmq_link_t *link;

	list_for_each_entry(link, &links->list, entry) {
		if (link->usable && func(link, cookie))
			return true;
	}
	return false;
}
EXPORT_SYMBOL(vmq_links_iterate);

NkPhAddr vmq_tx_plink(const vmq_link_t *link)
{
	return link->tx.xx.vlink->plink;
}
EXPORT_SYMBOL(vmq_tx_plink);

NkPhAddr vmq_rx_plink(const vmq_link_t *link)
{
	return link->rx.xx.vlink->plink;
}
EXPORT_SYMBOL(vmq_rx_plink);

MODULE_DESCRIPTION("Queues of messages between drivers of two VMs");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * veth2: Ethernet between two VMs, VETH(4D) of the manual. Links are started here, and not by the library,
 * when their devices are there; those with "luoio" when their device is opened.
 */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include "veth2.h"

static VlinkDrv veth2_drv = {
	.name = VETH2_NAME,
	.flags = VLINK_DRV_TYPE_SYMMETRIC | VLINK_DRV_ON_DEMAND,
	.vlink_init = veth2_vlink_init,
};

/* Of a link on which frames come in: each device has one. NULL where one of its links failed. */
static struct veth2 *device_of(const Vlink *vlink)
{
	struct veth2 *v = vlink->private;

	return vlink->server && v && v->rx.vlink && v->tx.vlink ? v : NULL;
}

static void begin(struct veth2 *v)
{
	int err = veth2_register(v);

	if (err) {
		pr_err("veth2: link %d: %s: error %d\n", v->rx.vlink->number, v->dev->name, err);
		return;
	}
	if (v->info.luoio)
		return;
	vlink_start(v->rx.vlink);
	vlink_start(v->tx.vlink);
}

/* From then on no device starts its links. */
static void close_devices(void)
{
	struct veth2 *v;
	Vlink *vlink;

	rtnl_lock();
	vlink_for_each(vlink, &veth2_drv) {
		v = device_of(vlink);
		if (v)
			v->closing = true;
	}
	rtnl_unlock();
}

static int __init veth2_init(void)
{
	struct veth2 *v;
	Vlink *vlink;
	int err = vlink_drv_open(&veth2_drv);

	if (err)
		return err;
	vlink_for_each(vlink, &veth2_drv) {
		v = device_of(vlink);
		if (v)
			begin(v);
	}
	return 0;
}

static void __exit veth2_exit(void)
{
	struct veth2 *v;
	Vlink *vlink;

	close_devices();
	vlink_drv_shutdown(&veth2_drv);
	vlink_for_each(vlink, &veth2_drv) {
		v = device_of(vlink);
		if (v)
			veth2_unregister(v);
	}
	vlink_drv_cleanup(&veth2_drv);
}
module_init(veth2_init);
module_exit(veth2_exit);

MODULE_DESCRIPTION("Ethernet between VMs");
MODULE_LICENSE("GPL");

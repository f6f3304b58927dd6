// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver out of our tree, as somebody else would write it: links of the name "outside", on vlink-lib; each end
 * says when it is up, and that it heard the other. It knows nothing but what the package nk-guest-dkms has installed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/module.h>
#include <vlx/vlink-lib.h>

#define XIRQ(server) ((server) ? 1 : 0)

/* Of each end: how it calls the other, and whether it was called. */
static struct {
	NkXIrq peer;
	bool heard;
} ends[2];

/* The end that is up first calls one that does not hear it yet, so that one's call is answered. */
static void heard(void *cookie, NkXIrq xirq)
{
	const Vlink *vlink = cookie;

	if (ends[vlink->server].heard)
		return;
	ends[vlink->server].heard = true;
	pr_info("%s hears vm%u\n", vlink->server ? "server" : "client", vlink->id_peer);
	vlink_trigger(vlink, ends[vlink->server].peer);
}

static int went_up(Vlink *vlink, void *cookie)
{
	pr_info("%s up\n", vlink->server ? "server" : "client");
	vlink_trigger(vlink, ends[vlink->server].peer);
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_UP, went_up},
	{},
};

static int init_link(Vlink *vlink)
{
	int err = vlink_ops_register(vlink, ops, NULL);

	if (err)
		return err;
	ends[vlink->server].peer = vlink_peer_xirq(vlink, XIRQ(!vlink->server));
	if (!ends[vlink->server].peer)
		return -ENOMEM;
	return vlink_xirq_attach(vlink, XIRQ(vlink->server), heard, vlink, "outside") ? 0 : -ENOMEM;
}

static VlinkDrv drv = {
	.name = "outside",
	.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT,
	.vlink_init = init_link,
};

static int __init outside_init(void)
{
	return vlink_drv_open(&drv);
}

static void __exit outside_exit(void)
{
	vlink_drv_close(&drv);
}

module_init(outside_init);
module_exit(outside_exit);
MODULE_DESCRIPTION("A driver out of the tree of nk's");
MODULE_LICENSE("GPL");

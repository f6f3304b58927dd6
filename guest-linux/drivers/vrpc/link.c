// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc: the endpoints of this VM, and what happens at each step of their links' lives. A link is off until its
 * endpoint is opened.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "size.h"
#include "vrpc_priv.h"

#define PMEM_ID 0
#define SERVER_XIRQ_ID 0
#define CLIENT_XIRQ_ID 1

static void vrpc_interrupt(void *cookie, NkXIrq xirq)
{
	struct vrpc_t *vrpc = cookie;

	if (vrpc->vlink->server)
		vrpc_server_interrupt(vrpc);
	else
		wake_up_all(&vrpc->wait);
}

/* Each side's own counter begins at 0. */
static int vrpc_reset(Vlink *vlink, void *cookie)
{
	struct vrpc_t *vrpc = cookie;

	vrpc->seq = 0;
	WRITE_ONCE(*(vlink->server ? &vrpc->shared->ack : &vrpc->shared->req), 0);
	return 0;
}

/* The client may have called already: its interrupt came too early, so the server has another one. */
static int vrpc_up(Vlink *vlink, void *cookie)
{
	struct vrpc_t *vrpc = cookie;

	if (vlink->server)
		nkops.nk_xirq_trigger(vrpc->own_xirq, vlink->id);
	else
		vrpc_client_up(vrpc);
	if (vrpc->watch)
		vrpc->watch->up(vrpc->watch_cookie);
	return 0;
}

static int vrpc_abort(Vlink *vlink, void *cookie)
{
	struct vrpc_t *vrpc = cookie;

	wake_up_all(&vrpc->wait);
	return 0;
}

static int vrpc_stop(Vlink *vlink, void *cookie)
{
	struct vrpc_t *vrpc = cookie;

	if (vlink->server)
		vrpc_server_stop(vrpc);
	else
		vrpc_client_stop(vrpc);
	if (vrpc->watch)
		vrpc->watch->down(vrpc->watch_cookie);
	return 0;
}

static int vrpc_cleanup(Vlink *vlink, void *cookie)
{
	struct vrpc_t *vrpc = cookie;

	vlink->private = NULL;
	kvfree(vrpc->data);
	kfree(vrpc);
	return 0;
}

static VlinkOpDesc vrpc_ops[] = {
	{VLINK_OP_RESET, vrpc_reset},	  {VLINK_OP_UP, vrpc_up},
	{VLINK_OP_ABORT, vrpc_abort},	  {VLINK_OP_STOP, vrpc_stop},
	{VLINK_OP_CLEANUP, vrpc_cleanup}, {},
};

static int get_memory(struct vrpc_t *vrpc)
{
	struct vrpc_links *links = container_of(vrpc->vlink->drv, struct vrpc_links, drv);
	u32 size = vrpc_size(vrpc->info, vlink_peer_info(vrpc->vlink), links->size);

	vrpc->maxsize = size - sizeof(*vrpc->shared);
	vrpc->data = kvzalloc(max_t(u32, vrpc->maxsize, 1), GFP_KERNEL);
	vrpc->shared = vlink_pmem(vrpc->vlink, PMEM_ID, size);
	return vrpc->data && vrpc->shared ? 0 : -ENOMEM;
}

static int get_xirqs(struct vrpc_t *vrpc)
{
	Vlink *vlink = vrpc->vlink;
	bool server = vlink->server;

	vrpc->peer_xirq = vlink_peer_xirq(vlink, server ? CLIENT_XIRQ_ID : SERVER_XIRQ_ID);
	vrpc->own_xirq = vlink_xirq_attach(vlink, server ? SERVER_XIRQ_ID : CLIENT_XIRQ_ID,
					   vrpc_interrupt, vrpc, "vrpc");
	return vrpc->peer_xirq && vrpc->own_xirq ? 0 : -ENOMEM;
}

int vrpc_vlink_init(Vlink *vlink)
{
	struct vrpc_t *vrpc = kzalloc(sizeof(*vrpc), GFP_KERNEL);
	int err;

	if (!vrpc)
		return -ENOMEM;
	vrpc->vlink = vlink;
	vrpc->info = vlink_info(vlink) ?: "";
	init_waitqueue_head(&vrpc->wait);
	mutex_init(&vrpc->serving);
	INIT_WORK(&vrpc->ready_work, vrpc_ready_work);
	err = vlink_ops_register(vlink, vrpc_ops, vrpc);
	if (err) {
		kfree(vrpc);
		return err;
	}
	err = get_memory(vrpc);
	if (!err)
		err = get_xirqs(vrpc);
	if (!err)
		vlink->private = vrpc;
	return err;
}

static int __init vrpc_init(void)
{
	int err = vlink_drv_open(&vrpc_own.drv);

	if (err)
		return err;
	err = vrpc_proc_add();
	if (err)
		vlink_drv_close(&vrpc_own.drv);
	return err;
}

static void __exit vrpc_exit(void)
{
	vrpc_proc_remove();
	vlink_drv_close(&vrpc_own.drv);
}

module_init(vrpc_init);
module_exit(vrpc_exit);
MODULE_DESCRIPTION("Remote procedure calls between VMs");
MODULE_LICENSE("GPL");

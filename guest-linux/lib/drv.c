// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlink-lib: a driver and its links, from the probe to the cleanup. A module, so that there is one
 * handshake in a guest, whoever wrote the drivers; README.md says more.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "lib.h"

#define UPS 16 /* times that a link of VLINK_DRV_DEVICES may come up in... */
#define UPS_TIME (8 * HZ)

static bool is_symmetric(const VlinkDrv *drv)
{
	return (drv->flags & VLINK_DRV_TYPE_SYMMETRIC) == VLINK_DRV_TYPE_SYMMETRIC;
}

static void init_locks(Vlink *vlink)
{
	unsigned int idx;

	spin_lock_init(&vlink->state_lock);
	init_waitqueue_head(&vlink->admin_event_wait);
	init_waitqueue_head(&vlink->admin_comp_wait);
	init_waitqueue_head(&vlink->sessions_end_wait);
	ratelimit_state_init(&vlink->ups, UPS_TIME, UPS);
	ratelimit_set_flags(&vlink->ups, RATELIMIT_MSG_ON_RELEASE);
	sema_init(&vlink->sessions_lock, 1);
	sema_init(&vlink->sessions_start_lock, 1);
	down(&vlink->sessions_start_lock); /* until vlink_sessions_start() */
	INIT_LIST_HEAD(&vlink->xirqs);
	INIT_LIST_HEAD(&vlink->sessions);
	INIT_LIST_HEAD(&vlink->maps);
	for (idx = 0; idx < VLINK_OP_NR; idx++)
		INIT_LIST_HEAD(&vlink->ops[idx]);
}

/* Ids are read once: the peer may write to the descriptor. */
static int vlink_create(VlinkDrv *drv, NkPhAddr plink, NkDevVlink *nk, bool server, NkOsId peer)
{
	Vlink *vlink = kzalloc(sizeof(*vlink), GFP_KERNEL);

	if (!vlink)
		return -ENOMEM;
	init_locks(vlink);
	vlink->drv = drv;
	vlink->nk_vlink = nk;
	vlink->plink = plink;
	vlink->number = READ_ONCE(nk->link);
	vlink->server = server;
	vlink->id = nkops.nk_id_get();
	vlink->id_peer = peer;
	vlink->nk_state = server ? &nk->s_state : &nk->c_state;
	vlink->nk_state_peer = server ? &nk->c_state : &nk->s_state;
	vlink->state_target = VLINK_STOPPED;
	if (drv->wants && !drv->wants(vlink)) {
		kfree(vlink);
		return 0;
	}
	vlink->unit = server ? drv->nr_servers++ : drv->nr_clients++;
	list_add_tail(&vlink->link, &drv->vlinks);
	return 0;
}

static int probe_link(VlinkDrv *drv, NkPhAddr plink)
{
	NkDevVlink *nk = nkops.nk_ptov(plink);
	NkOsId s_id = READ_ONCE(nk->s_id), c_id = READ_ONCE(nk->c_id);
	NkOsId self = nkops.nk_id_get();
	int err = 0;

	if (s_id == self && (drv->flags & VLINK_DRV_TYPE_SERVER))
		err = vlink_create(drv, plink, nk, true, c_id);
	if (!err && c_id == self && (drv->flags & VLINK_DRV_TYPE_CLIENT))
		err = vlink_create(drv, plink, nk, false, s_id);
	return err;
}

static bool is_counterpart(const Vlink *a, const Vlink *b)
{
	return a->server != b->server && a->id_peer == b->id_peer && a->number == b->number &&
	       !b->sym_vlink && (a->plink != b->plink);
}

static int attach_sym(Vlink *vlink)
{
	Vlink *other;

	if (vlink->sym_vlink)
		return 0;
	vlink_for_each(other, vlink->drv) {
		if (!is_counterpart(vlink, other))
			continue;
		vlink->sym_vlink = other;
		other->sym_vlink = vlink;
		return 0;
	}
	pr_err("vlink-lib: %s %d: no link the other way\n", vlink->drv->name, vlink->number);
	return -EINVAL;
}

static void free_links(VlinkDrv *drv)
{
	Vlink *vlink, *next;

	list_for_each_entry_safe(vlink, next, &drv->vlinks, link)
		kfree(vlink);
	INIT_LIST_HEAD(&drv->vlinks);
	drv->nr_servers = 0;
	drv->nr_clients = 0;
	drv->state = VLINK_DRV_CLEAN;
}

int vlink_drv_probe(VlinkDrv *drv)
{
	NkPhAddr plink = 0;
	Vlink *vlink;
	int err = 0;

	INIT_LIST_HEAD(&drv->vlinks);
	drv->nr_servers = 0;
	drv->nr_clients = 0;
	while (!err && (plink = nkops.nk_vlink_lookup(drv->name, plink)))
		err = probe_link(drv, plink);
	vlink_for_each(vlink, drv) {
		if (!err && is_symmetric(drv))
			err = attach_sym(vlink);
	}
	if (err) {
		free_links(drv);
		return err;
	}
	drv->nr_units = drv->flags & VLINK_DRV_TYPE_SERVER ? drv->nr_servers : drv->nr_clients;
	drv->state = VLINK_DRV_PROBED;
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_drv_probe);

/* What vlink_init and the operations have left, and what the library has for them. */
static void undo_init(Vlink *vlink)
{
	vlink_xirqs_detach(vlink);
	vlink_ops_run(vlink, VLINK_OP_CLEANUP);
	vlink_unmap_all(vlink);
	vlink_ops_free(vlink);
	WRITE_ONCE(vlink->state, VLINK_CLEAN);
}

static int startup_link(Vlink *vlink)
{
	int err = vlink_shake_attach(vlink);

	if (err)
		return err;
	err = vlink->drv->vlink_init(vlink);
	if (!err)
		err = vlink_admin_start(vlink);
	if (!err)
		return 0;
	undo_init(vlink);
	vlink_shake_detach(vlink);
	return err;
}

int vlink_drv_startup(VlinkDrv *drv)
{
	int err = drv->init ? drv->init(drv) : 0;
	Vlink *vlink;

	if (err)
		return err;
	drv->state = VLINK_DRV_STARTED;
	vlink_for_each(vlink, drv) {
		err = startup_link(vlink);
		if (err) {
			pr_err("vlink-lib: %s %d: error %d\n", drv->name, vlink->number, err);
			vlink_sessions_cancel(vlink);
			continue;
		}
		vlink_sessions_start(vlink);
		if (!(drv->flags & VLINK_DRV_ON_DEMAND))
			vlink_start(vlink);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_drv_startup);

int vlink_drv_shutdown(VlinkDrv *drv)
{
	Vlink *vlink;

	WRITE_ONCE(drv->state, VLINK_DRV_STOPPED);
	vlink_for_each(vlink, drv)
		vlink_set_target(vlink, VLINK_STOPPED);
	vlink_for_each(vlink, drv)
		vlink_wait_stopped(vlink);
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_drv_shutdown);

void vlink_drv_cleanup(VlinkDrv *drv)
{
	Vlink *vlink;

	vlink_for_each(vlink, drv) {
		if (vlink->state == VLINK_CLEAN)
			continue;
		vlink_admin_end(vlink);
		vlink_shake_detach(vlink);
		undo_init(vlink);
	}
	free_links(drv);
	if (drv->cleanup)
		drv->cleanup(drv);
}
EXPORT_SYMBOL_GPL(vlink_drv_cleanup);

int vlink_drv_open(VlinkDrv *drv)
{
	int err = vlink_drv_probe(drv);

	if (err)
		return err;
	err = vlink_drv_startup(drv);
	if (err)
		vlink_drv_close(drv);
	return err;
}
EXPORT_SYMBOL_GPL(vlink_drv_open);

void vlink_drv_close(VlinkDrv *drv)
{
	vlink_drv_shutdown(drv);
	vlink_drv_cleanup(drv);
}
EXPORT_SYMBOL_GPL(vlink_drv_close);

MODULE_DESCRIPTION("What drivers of vlinks have in common");
MODULE_LICENSE("GPL");

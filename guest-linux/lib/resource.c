// SPDX-License-Identifier: GPL-2.0-only
/* vlink-lib: what a link has of nk: memory, cross interrupts, info strings. */
#include <linux/export.h>
#include <linux/slab.h>
#include "lib.h"

struct vlink_map {
	struct list_head entry; /* of vlink->maps */
	void *va;
	NkPhAddr pa;
	NkPhSize size;
};

struct vlink_xirq {
	struct list_head entry; /* of vlink->xirqs */
	Vlink *vlink;
	NkXIrqHandler hdl;
	void *cookie;
	NkXIrqId id;
};

void *vlink_pdev(Vlink *vlink, NkResourceId id, NkPhSize size)
{
	NkPhAddr chunk = nkops.nk_pdev_alloc(vlink->plink, id, size);

	return chunk ? nkops.nk_ptov(chunk) : NULL;
}
EXPORT_SYMBOL_GPL(vlink_pdev);

void *vlink_pmem(Vlink *vlink, NkResourceId id, NkPhSize size)
{
	struct vlink_map *map = kmalloc(sizeof(*map), GFP_KERNEL);

	if (!map)
		return NULL;
	map->size = size;
	map->pa = nkops.nk_pmem_alloc(vlink->plink, id, size);
	map->va = map->pa ? nkops.nk_mem_map(map->pa, size) : NULL;
	if (!map->va) {
		kfree(map);
		return NULL;
	}
	list_add(&map->entry, &vlink->maps);
	return map->va;
}
EXPORT_SYMBOL_GPL(vlink_pmem);

void vlink_unmap_all(Vlink *vlink)
{
	struct vlink_map *map, *next;

	list_for_each_entry_safe(map, next, &vlink->maps, entry) {
		nkops.nk_mem_unmap(map->va, map->pa, map->size);
		kfree(map);
	}
	INIT_LIST_HEAD(&vlink->maps);
}

/* What comes while the link is not up is dropped: the operation UP looks at all there is. */
static void vlink_xirq(void *cookie, NkXIrq xirq)
{
	struct vlink_xirq *x = cookie;

	if (vlink_is_up(x->vlink))
		x->hdl(x->cookie, xirq);
}

NkXIrq vlink_xirq_attach(Vlink *vlink, NkResourceId id, NkXIrqHandler hdl, void *cookie,
			 const char *name)
{
	NkXIrq xirq = nkops.nk_pxirq_alloc(vlink->plink, id, vlink->id, 1);
	struct vlink_xirq *x;

	if (!xirq)
		return 0;
	x = kmalloc(sizeof(*x), GFP_KERNEL);
	if (!x)
		return 0;
	x->vlink = vlink;
	x->hdl = hdl;
	x->cookie = cookie;
	x->id = nkops.nk_xirq_attach_named(xirq, vlink_xirq, x, (char *)name);
	if (!x->id) {
		kfree(x);
		return 0;
	}
	list_add(&x->entry, &vlink->xirqs);
	return xirq;
}
EXPORT_SYMBOL_GPL(vlink_xirq_attach);

void vlink_xirqs_detach(Vlink *vlink)
{
	struct vlink_xirq *x, *next;

	list_for_each_entry_safe(x, next, &vlink->xirqs, entry) {
		nkops.nk_xirq_detach(x->id);
		kfree(x);
	}
	INIT_LIST_HEAD(&vlink->xirqs);
}

NkXIrq vlink_peer_xirq(const Vlink *vlink, NkResourceId id)
{
	return nkops.nk_pxirq_alloc(vlink->plink, id, vlink->id_peer, 1);
}
EXPORT_SYMBOL_GPL(vlink_peer_xirq);

static const char *info_of(const Vlink *vlink, bool server)
{
	const NkDevVlink *nk = vlink->nk_vlink;

	return nk_vlink_info(vlink->plink, READ_ONCE(*(server ? &nk->s_info : &nk->c_info)));
}

const char *vlink_info(const Vlink *vlink)
{
	return info_of(vlink, vlink->server);
}
EXPORT_SYMBOL_GPL(vlink_info);

const char *vlink_peer_info(const Vlink *vlink)
{
	return info_of(vlink, !vlink->server);
}
EXPORT_SYMBOL_GPL(vlink_peer_info);

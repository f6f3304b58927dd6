// SPDX-License-Identifier: GPL-2.0-only
/* vrpc: links of a name of their own, beside those that are called "vrpc". An end of one is a driver's alone. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "vrpc_priv.h"

struct vrpc_links vrpc_own = {
	.drv.name = "vrpc",
	.drv.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT | VLINK_DRV_ON_DEMAND,
	.drv.vlink_init = vrpc_vlink_init,
	.entry = LIST_HEAD_INIT(vrpc_all),
	.size = VRPC_PMEM_DEF_SIZE,
};

struct list_head vrpc_all = LIST_HEAD_INIT(vrpc_own.entry);

/* Whether some of the same links are somebody's. */
static bool is_taken(const struct vrpc_links *links)
{
	unsigned int types = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT;
	struct vrpc_links *other;

	list_for_each_entry(other, &vrpc_all, entry)
		if (!strcmp(other->drv.name, links->name) &&
		    (other->drv.flags & links->drv.flags & types))
			return true;
	return false;
}

/* Nobody sees them before they are what they are to be: /proc/nk/vrpc looks at all that are listed. */
static int list_links(struct vrpc_links *links)
{
	int err;

	mutex_lock(&vrpc_lookup_lock);
	err = is_taken(links) ? -EBUSY : vlink_drv_open(&links->drv);
	if (!err)
		list_add_tail(&links->entry, &vrpc_all);
	mutex_unlock(&vrpc_lookup_lock);
	return err;
}

struct vrpc_links *vrpc_links_open(const char *name, bool server, vrpc_size_t size)
{
	struct vrpc_links *links = kzalloc(sizeof(*links), GFP_KERNEL);
	int err;

	if (!links)
		return ERR_PTR(-ENOMEM);
	links->drv.name = links->name;
	links->drv.flags = VLINK_DRV_ON_DEMAND;
	links->drv.flags |= server ? VLINK_DRV_TYPE_SERVER : VLINK_DRV_TYPE_CLIENT;
	links->drv.vlink_init = vrpc_vlink_init;
	links->size = size + sizeof(struct vrpc_pmem_t);
	err = strscpy(links->name, name, sizeof(links->name)) < 0 ? -ENAMETOOLONG : 0;
	err = err ?: list_links(links);
	if (!err)
		return links;
	kfree(links);
	return ERR_PTR(err);
}
EXPORT_SYMBOL(vrpc_links_open);

void vrpc_links_close(struct vrpc_links *links)
{
	mutex_lock(&vrpc_lookup_lock);
	list_del(&links->entry);
	mutex_unlock(&vrpc_lookup_lock);
	vlink_drv_close(&links->drv);
	kfree(links);
}
EXPORT_SYMBOL(vrpc_links_close);

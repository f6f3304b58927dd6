// SPDX-License-Identifier: GPL-2.0-only
/* vrpc: finding endpoints, and what they are. */
#include <linux/export.h>
#include <linux/string.h>
#include "vrpc_priv.h"

DEFINE_MUTEX(vrpc_lookup_lock);

/* Links of another name have nothing in their infos that could be one. */
static bool matches(const struct vrpc_t *vrpc, const char *name)
{
	if (vrpc->vlink->drv != &vrpc_own.drv)
		return true;
	if (!name)
		return !vrpc->info[0] || vrpc->info[0] == ',';
	return !strncmp(vrpc->info, name, strlen(name));
}

static bool is_free(const struct vrpc_t *vrpc, const char *name, bool server)
{
	return vrpc && !vrpc->used && vrpc->vlink->server == server && matches(vrpc, name);
}

static struct vrpc_t *lookup(struct vrpc_links *links, const char *name, bool server,
			     struct vrpc_t *last)
{
	struct vrpc_t *found = NULL;
	bool behind = !last;
	Vlink *vlink;

	mutex_lock(&vrpc_lookup_lock);
	vlink_for_each(vlink, &links->drv) {
		if (behind && is_free(vlink->private, name, server)) {
			found = vlink->private;
			found->used = true;
			break;
		}
		behind |= vlink->private == last;
	}
	mutex_unlock(&vrpc_lookup_lock);
	return found;
}

struct vrpc_t *vrpc_server_lookup(const char *name, struct vrpc_t *last)
{
	return lookup(&vrpc_own, name, true, last);
}
EXPORT_SYMBOL(vrpc_server_lookup);

struct vrpc_t *vrpc_client_lookup(const char *name, struct vrpc_t *last)
{
	return lookup(&vrpc_own, name, false, last);
}
EXPORT_SYMBOL(vrpc_client_lookup);

struct vrpc_t *vrpc_links_lookup(struct vrpc_links *links, struct vrpc_t *last)
{
	return lookup(links, NULL, links->drv.flags & VLINK_DRV_TYPE_SERVER, last);
}
EXPORT_SYMBOL(vrpc_links_lookup);

void vrpc_release(struct vrpc_t *vrpc)
{
	vrpc->watch = NULL;
	mutex_lock(&vrpc_lookup_lock);
	vrpc->used = false;
	mutex_unlock(&vrpc_lookup_lock);
}
EXPORT_SYMBOL(vrpc_release);

void vrpc_watch(struct vrpc_t *vrpc, const struct vrpc_watch *watch, void *cookie)
{
	vrpc->watch_cookie = cookie;
	vrpc->watch = watch;
}
EXPORT_SYMBOL(vrpc_watch);

NkOsId vrpc_peer_id(struct vrpc_t *vrpc)
{
	return vrpc->vlink->id_peer;
}
EXPORT_SYMBOL(vrpc_peer_id);

void *vrpc_data(struct vrpc_t *vrpc)
{
	return vrpc->data;
}
EXPORT_SYMBOL(vrpc_data);

vrpc_size_t vrpc_maxsize(struct vrpc_t *vrpc)
{
	return vrpc->maxsize;
}
EXPORT_SYMBOL(vrpc_maxsize);

NkPhAddr vrpc_plink(struct vrpc_t *vrpc)
{
	return vrpc->vlink->plink;
}
EXPORT_SYMBOL(vrpc_plink);

NkDevVlink *vrpc_vlink(struct vrpc_t *vrpc)
{
	return vrpc->vlink->nk_vlink;
}
EXPORT_SYMBOL(vrpc_vlink);

const char *vrpc_info(struct vrpc_t *vrpc)
{
	const char *comma = strchr(vrpc->info, ',');

	return comma ? comma + 1 : NULL;
}
EXPORT_SYMBOL(vrpc_info);

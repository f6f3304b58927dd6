// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: pages of exported buffers that peers have. A peer has a buffer's pages once, however often it imports it. What
 * it has locked cannot be taken back: the buffer stays as it is then, in nobody else's hands, and it is tried again.
 */
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "vbuf.h"

#define RETRY_MS 20
#define RETRY_MAX_MS 5000

/* A buffer has its pages in place while a peer has them. */
static int pin(struct vbuf_export *export)
{
	struct device *dev = &export->dev->platform->dev;
	struct sg_table *table;

	if (export->table)
		return 0;
	if (!export->attachment) {
		struct dma_buf_attachment *a = dma_buf_attach(export->dmabuf, dev);

		if (IS_ERR(a))
			return PTR_ERR(a);
		export->attachment = a;
	}
	table = dma_buf_map_attachment_unlocked(export->attachment, DMA_BIDIRECTIONAL);
	if (IS_ERR(table))
		return PTR_ERR(table);
	export->table = table;
	return 0;
}

/* Without an IOMMU addresses of devices are those of pages. nk knows what is this VM's RAM. */
static int list_pages(const struct vbuf_export *export, NkPhAddr *pages, u32 n)
{
	struct scatterlist *sg;
	u32 filled = 0;
	int i;

	for_each_sgtable_dma_sg(export->table, sg, i) {
		dma_addr_t at = sg_dma_address(sg), end = at + sg_dma_len(sg);

		if (!PAGE_ALIGNED(at) || !PAGE_ALIGNED(end))
			return -EINVAL;
		for (; at < end && filled < n; at += PAGE_SIZE)
			pages[filled++] = at;
		if (at < end)
			return -EINVAL;
	}
	return filled == n ? 0 : -EINVAL;
}

static NkPhAddr plink_of(const struct vbuf_be *be)
{
	return vrpc_plink(be->vrpc);
}

/* Takes back what can be; the others come first in the list. */
static void take_back(struct vbuf_grant *grant)
{
	NkPhAddr *a = grant->addresses;
	u32 at = 0, kept = 0;

	while (at < grant->n) {
		at += nk_revoke(plink_of(grant->be), a + at, grant->n - at);
		if (at < grant->n)
			a[kept++] = a[at++];
	}
	grant->n = kept;
}

static void free_grant(struct vbuf_grant *grant)
{
	struct vbuf_export *export = grant->export;
	struct module *owner = export->dev->face->owner;

	list_del(&grant->of_export);
	list_del(&grant->of_be);
	kvfree(grant);
	vbuf_export_put(export);
	module_put(owner);
}

static int give(struct vbuf_grant *grant, u32 pages)
{
	int err = list_pages(grant->export, grant->addresses, pages);

	if (err)
		return err;
	grant->n = nk_grant(plink_of(grant->be), grant->addresses, pages, grant->write);
	return grant->n == pages ? 0 : -ENOSPC;
}

static struct vbuf_grant *new_grant(struct vbuf_export *export, struct vbuf_be *be, bool write)
{
	u32 pages = export->dmabuf->size >> PAGE_SHIFT;
	struct vbuf_grant *grant = kvzalloc(struct_size(grant, addresses, pages), GFP_KERNEL);

	if (!grant)
		return NULL;
	grant->export = export;
	grant->be = be;
	grant->write = write;
	export->refs++;
	list_add(&grant->of_export, &export->grants);
	list_add(&grant->of_be, &be->grants);
	return grant;
}

struct vbuf_grant *vbuf_grant_find(struct vbuf_export *export, const struct vbuf_be *be)
{
	struct vbuf_grant *grant;

	list_for_each_entry(grant, &export->grants, of_export) {
		if (grant->be == be)
			return grant;
	}
	return NULL;
}

/* The face stays while peers have pages. */
static struct vbuf_grant *make_grant(struct vbuf_export *export, struct vbuf_be *be, bool write)
{
	struct vbuf_grant *grant;
	int err = pin(export);

	if (err)
		return ERR_PTR(err);
	if (!try_module_get(export->dev->face->owner))
		return ERR_PTR(-ENODEV);
	grant = new_grant(export, be, write);
	if (!grant) {
		module_put(export->dev->face->owner);
		return ERR_PTR(-ENOMEM);
	}
	err = give(grant, export->dmabuf->size >> PAGE_SHIFT);
	if (!err)
		return grant;
	vbuf_grant_drop(grant);
	return ERR_PTR(err);
}

struct vbuf_grant *vbuf_grant_get(struct vbuf_export *export, struct vbuf_be *be, bool write)
{
	struct vbuf_grant *grant = vbuf_grant_find(export, be);

	if (!grant)
		return make_grant(export, be, write);
	if (grant->leaving || write > grant->write)
		return ERR_PTR(-EBUSY);
	return grant;
}

/* Returns whether it is gone. */
static bool try_drop(struct vbuf_grant *grant)
{
	take_back(grant);
	grant->leaving = grant->n;
	if (grant->leaving)
		return false;
	free_grant(grant);
	return true;
}

static void retry_later(struct vbuf_be *be)
{
	unsigned int ms = min(RETRY_MS << min(be->retries, 8U), RETRY_MAX_MS);

	be->retries++;
	queue_delayed_work(system_unbound_wq, &be->retry, msecs_to_jiffies(ms));
}

void vbuf_grant_drop(struct vbuf_grant *grant)
{
	struct vbuf_be *be = grant->be;

	if (try_drop(grant))
		return;
	vbuf_say(be->dev, VBUF_SAY_INFO, "vm%u keeps pages of a buffer\n", vrpc_peer_id(be->vrpc));
	retry_later(be);
}

void vbuf_grants_drop(struct vbuf_be *be)
{
	struct vbuf_grant *grant, *next;

	list_for_each_entry_safe(grant, next, &be->grants, of_be)
		vbuf_grant_drop(grant);
}

void vbuf_grants_retry(struct work_struct *work)
{
	struct vbuf_be *be = container_of(to_delayed_work(work), struct vbuf_be, retry);
	struct vbuf_grant *grant, *next;
	bool left = false;

	mutex_lock(&be->dev->lock);
	list_for_each_entry_safe(grant, next, &be->grants, of_be) {
		if (grant->leaving && !try_drop(grant))
			left = true;
	}
	if (left)
		retry_later(be);
	else
		be->retries = 0;
	mutex_unlock(&be->dev->lock);
}

int vbuf_grant_pieces(const struct vbuf_grant *grant, struct vbuf_piece *pieces, u32 room)
{
	u32 n = 0, i;

	for (i = 0; i < grant->n; i++) {
		NkPhAddr at = grant->addresses[i];

		if (n && pieces[n - 1].address + pieces[n - 1].size == at) {
			pieces[n - 1].size += PAGE_SIZE;
			continue;
		}
		if (n == room)
			return -EMSGSIZE;
		pieces[n++] = (struct vbuf_piece){.address = at, .size = PAGE_SIZE};
	}
	return n;
}

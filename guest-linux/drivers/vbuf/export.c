// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: what is exported in this VM. A buffer keeps its gid while it is exported, or at a peer; each export of it has
 * credentials of its own.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "vbuf.h"

#define LOCAL_MAX BIT(VBUF_ORIGIN_SHIFT)

struct vbuf_export *vbuf_find_export(struct vbuf_dev *dev, u32 gid)
{
	if (gid >> VBUF_ORIGIN_SHIFT != nkops.nk_id_get())
		return NULL;
	return idr_find(&dev->exports, gid & (LOCAL_MAX - 1));
}

static struct vbuf_export *find_dmabuf(struct vbuf_dev *dev, const struct dma_buf *dmabuf)
{
	struct vbuf_export *export;
	int id;

	idr_for_each_entry(&dev->exports, export, id) {
		if (export->dmabuf == dmabuf)
			return export;
	}
	return NULL;
}

static struct vbuf_cred *find_cred(const struct vbuf_export *export, const uuid_t *uuid)
{
	struct vbuf_cred *cred;

	list_for_each_entry(cred, &export->creds, of_export) {
		if (uuid_equal(&cred->uuid, uuid))
			return cred;
	}
	return NULL;
}

bool vbuf_cred_is_good(const struct vbuf_export *export, const uuid_t *uuid)
{
	return uuid && find_cred(export, uuid);
}

static struct vbuf_export *new_export(struct vbuf_dev *dev, struct dma_buf *dmabuf)
{
	struct vbuf_export *export = kzalloc(sizeof(*export), GFP_KERNEL);
	int id;

	if (!export)
		return ERR_PTR(-ENOMEM);
	id = idr_alloc_cyclic(&dev->exports, export, 1, LOCAL_MAX, GFP_KERNEL);
	if (id < 0) {
		kfree(export);
		return ERR_PTR(id);
	}
	get_dma_buf(dmabuf);
	export->dev = dev;
	export->gid = nkops.nk_id_get() << VBUF_ORIGIN_SHIFT | id;
	export->dmabuf = dmabuf;
	INIT_LIST_HEAD(&export->creds);
	INIT_LIST_HEAD(&export->grants);
	atomic64_inc(&dev->counts.exports[0]);
	return export;
}

static void free_export(struct vbuf_export *export)
{
	struct vbuf_dev *dev = export->dev;

	idr_remove(&dev->exports, export->gid & (LOCAL_MAX - 1));
	if (export->table)
		dma_buf_unmap_attachment_unlocked(export->attachment, export->table,
						  DMA_BIDIRECTIONAL);
	if (export->attachment)
		dma_buf_detach(export->dmabuf, export->attachment);
	dma_buf_put(export->dmabuf);
	kfree(export);
	atomic64_inc(&dev->counts.exports[1]);
}

void vbuf_export_put(struct vbuf_export *export)
{
	if (!--export->refs)
		free_export(export);
}

static int add_cred(struct vbuf_client *client, struct dma_buf *dmabuf, struct vbuf_cred *cred)
{
	struct vbuf_dev *dev = client->dev;
	struct vbuf_export *export = find_dmabuf(dev, dmabuf);

	if (!export)
		export = new_export(dev, dmabuf);
	if (IS_ERR(export))
		return PTR_ERR(export);
	export->refs++;
	cred->export = export;
	cred->client = client;
	list_add_tail(&cred->of_client, &client->creds);
	list_add_tail(&cred->of_export, &export->creds);
	return 0;
}

int vbuf_export(struct vbuf_client *client, struct dma_buf *dmabuf, u32 *gid, uuid_t *uuid,
		u32 *size)
{
	struct vbuf_dev *dev = client->dev;
	struct vbuf_cred *cred;
	int err;

	if (vbuf_dmabuf_is_ours(dmabuf))
		return -EXDEV;
	if (dmabuf->size > U32_MAX || !PAGE_ALIGNED(dmabuf->size))
		return -EINVAL;
	cred = kzalloc(sizeof(*cred), GFP_KERNEL);
	if (!cred)
		return -ENOMEM;
	uuid_gen(&cred->uuid);
	mutex_lock(&dev->lock);
	err = add_cred(client, dmabuf, cred);
	if (!err) {
		*gid = cred->export->gid;
		*uuid = cred->uuid;
	}
	mutex_unlock(&dev->lock);
	if (err)
		kfree(cred);
	else if (size)
		*size = dmabuf->size;
	return err;
}
EXPORT_SYMBOL_GPL(vbuf_export);

/* Without credentials: the client's own export. */
static struct vbuf_cred *own_cred(const struct vbuf_client *client, u32 gid)
{
	struct vbuf_cred *cred;

	list_for_each_entry(cred, &client->creds, of_client) {
		if (cred->export->gid == gid)
			return cred;
	}
	return NULL;
}

static int unexport(struct vbuf_client *client, u32 gid, const uuid_t *uuid)
{
	struct vbuf_export *export = vbuf_find_export(client->dev, gid);
	struct vbuf_cred *cred;

	if (!export || list_empty(&export->creds))
		return -ENOENT;
	cred = uuid ? find_cred(export, uuid) : own_cred(client, gid);
	if (!cred && uuid && !vbuf_is_secure(client->dev))
		cred = own_cred(client, gid);
	if (!cred)
		return -EACCES;
	list_del(&cred->of_client);
	list_del(&cred->of_export);
	vbuf_export_put(export);
	kfree(cred);
	return 0;
}

/* Who guesses has to wait for each answer; 128 bits are enough then. */
static int slow_down(int err)
{
	if (err == -EACCES)
		msleep(VBUF_WRONG_MS);
	return err;
}

int vbuf_unexport(struct vbuf_client *client, u32 gid, const uuid_t *uuid)
{
	int err;

	mutex_lock(&client->dev->lock);
	err = unexport(client, gid, uuid);
	mutex_unlock(&client->dev->lock);
	return slow_down(err);
}
EXPORT_SYMBOL_GPL(vbuf_unexport);

/* The export, if the client may import it. */
static struct vbuf_export *may_import(const struct vbuf_client *client, u32 gid, const uuid_t *cred)
{
	struct vbuf_export *export = vbuf_find_export(client->dev, gid);

	if (!export || list_empty(&export->creds))
		return ERR_PTR(-ENOENT);
	if (client->trusted && !cred)
		return export;
	if (vbuf_is_secure(client->dev) && !vbuf_cred_is_good(export, cred))
		return ERR_PTR(-EACCES);
	return export;
}

struct dma_buf *vbuf_import_local(struct vbuf_client *client, u32 gid, const uuid_t *cred)
{
	struct dma_buf *dmabuf;
	struct vbuf_export *export;

	mutex_lock(&client->dev->lock);
	export = may_import(client, gid, cred);
	dmabuf = IS_ERR(export) ? ERR_CAST(export) : export->dmabuf;
	if (!IS_ERR(dmabuf))
		get_dma_buf(dmabuf);
	mutex_unlock(&client->dev->lock);
	slow_down(PTR_ERR_OR_ZERO(dmabuf));
	return dmabuf;
}

static int export_info(struct vbuf_client *client, u32 gid, const uuid_t *cred,
		       struct vbuf_info *info)
{
	struct vbuf_export *export;

	mutex_lock(&client->dev->lock);
	export = may_import(client, gid, cred);
	if (!IS_ERR(export)) {
		info->flags = VBUF_WRITE;
		info->size = export->dmabuf->size;
		strscpy(info->heap, export->dmabuf->exp_name, sizeof(info->heap));
	}
	mutex_unlock(&client->dev->lock);
	return slow_down(PTR_ERR_OR_ZERO(export));
}

int vbuf_info(struct vbuf_client *client, u32 gid, const uuid_t *cred, struct vbuf_info *info)
{
	memset(info, 0, sizeof(*info));
	if (gid >> VBUF_ORIGIN_SHIFT == nkops.nk_id_get())
		return export_info(client, gid, cred, info);
	return vbuf_import_info(client->dev, gid, info);
}
EXPORT_SYMBOL_GPL(vbuf_info);

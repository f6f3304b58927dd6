// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: the exporter's end of channels: it answers what importers ask. A request is in memory of this VM's own when it
 * is looked at. When the peer goes, so do its pages.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include "vbuf.h"

/* A request, and the answer in its place. */
struct exchange {
	struct vbuf_be *be;
	void *data;
	size_t size; /* of the request */
	u16 n;
};

static vrpc_size_t answer_open(struct exchange *x)
{
	const struct vbuf_open *open = x->data + sizeof(struct vbuf_head);
	struct vbuf_be *be = x->be;
	s32 *result = x->data + sizeof(struct vbuf_head);
	bool good = x->size == sizeof(struct vbuf_head) + sizeof(*open) &&
		    open->magic == VBUF_MAGIC && open->version == VBUF_WIRE_VERSION;

	if (good) {
		atomic64_inc(&be->counts.open);
		mutex_lock(&be->dev->lock);
		be->open = true;
		vbuf_grants_drop(be); /* an importer that begins has none */
		mutex_unlock(&be->dev->lock);
	}
	*result = good ? 0 : -EPROTO;
	return sizeof(struct vbuf_head) + sizeof(*result);
}

static void be_shut(struct vbuf_be *be)
{
	mutex_lock(&be->dev->lock);
	if (be->open)
		atomic64_inc(&be->counts.close);
	be->open = false;
	vbuf_grants_drop(be);
	mutex_unlock(&be->dev->lock);
}

static vrpc_size_t answer_close(struct exchange *x)
{
	be_shut(x->be);
	return sizeof(struct vbuf_head);
}

/* The export that the peer may import, dev->lock held. */
static struct vbuf_export *may_import(const struct vbuf_be *be, const struct vbuf_want *want)
{
	struct vbuf_export *export = vbuf_find_export(be->dev, want->gid);
	uuid_t cred;

	if (!export || list_empty(&export->creds))
		return ERR_PTR(-ENOENT);
	if (!vbuf_is_secure(be->dev))
		return export;
	import_uuid(&cred, want->cred);
	if (!(want->flags & VBUF_CRED) || !vbuf_cred_is_good(export, &cred))
		return ERR_PTR(-EACCES);
	return export;
}

/* Returns the number of pieces or an error. */
static int import(struct vbuf_be *be, const struct vbuf_want *want, struct vbuf_descr *descr,
		  size_t room)
{
	struct vbuf_export *export = may_import(be, want);
	bool had, layout = want->flags & VBUF_LAYOUT;
	struct vbuf_grant *grant;
	int n = 0;

	if (IS_ERR(export))
		return PTR_ERR(export);
	had = vbuf_grant_find(export, be);
	if (!had && !layout)
		return -ESTALE; /* it says that it has what it has not */
	grant = vbuf_grant_get(export, be, want->flags & VBUF_WRITE);
	if (IS_ERR(grant))
		return PTR_ERR(grant);
	if (layout)
		n = vbuf_grant_pieces(grant, (void *)(descr + 1), room / sizeof(struct vbuf_piece));
	if (n < 0) {
		if (!had)
			vbuf_grant_drop(grant);
		return n;
	}
	descr->size = export->dmabuf->size;
	descr->flags = grant->write ? VBUF_WRITE : 0;
	strscpy(descr->heap, export->dmabuf->exp_name, sizeof(descr->heap));
	return n;
}

/* Returns the bytes that the answer has of it, 0 for no room. */
static size_t answer_one(struct vbuf_be *be, const struct vbuf_want *want, void *to, size_t room)
{
	struct vbuf_descr *descr = to;
	int n;

	if (room < sizeof(*descr))
		return 0;
	memset(descr, 0, sizeof(*descr));
	descr->gid = want->gid;
	mutex_lock(&be->dev->lock);
	n = be->open ? import(be, want, descr, room - sizeof(*descr)) : -ENOTCONN;
	mutex_unlock(&be->dev->lock);
	if (n == -EACCES) {
		vbuf_say(be->dev, VBUF_SAY_ERROR, "vm%u has no right to buffer %#x\n",
			 vrpc_peer_id(be->vrpc), want->gid);
		msleep(VBUF_WRONG_MS);
	}
	descr->result = min(n, 0);
	descr->pieces = max(n, 0);
	return sizeof(*descr) + descr->pieces * sizeof(struct vbuf_piece);
}

/*
 * One buffer after the other while there is room: one for which there is none, but would be in an answer of its own, is
 * not in this one.
 */
static vrpc_size_t answer_import(struct exchange *x)
{
	size_t size = sizeof(struct vbuf_head), max = vrpc_maxsize(x->be->vrpc), more;
	struct vbuf_head *head = x->data;
	struct vbuf_want want[VBUF_BATCH];
	u16 n;

	if (x->n > VBUF_BATCH || x->size != size + x->n * sizeof(*want))
		return 0;
	memcpy(want, x->data + size, x->n * sizeof(*want));
	for (n = 0; n < x->n; n++) {
		const struct vbuf_descr *descr = x->data + size;

		atomic64_inc(&x->be->counts.import);
		more = answer_one(x->be, &want[n], x->data + size, max - size);
		if (!more || (n && descr->result == -EMSGSIZE))
			break;
		size += more;
	}
	head->n = n;
	return size;
}

static s32 release(struct vbuf_be *be, u32 gid)
{
	struct vbuf_export *export = vbuf_find_export(be->dev, gid);
	struct vbuf_grant *grant = export ? vbuf_grant_find(export, be) : NULL;

	if (!grant)
		return -ENOENT;
	if (!grant->leaving)
		vbuf_grant_drop(grant);
	return 0;
}

static vrpc_size_t answer_release(struct exchange *x)
{
	u32 *gids = x->data + sizeof(struct vbuf_head);
	u16 n;

	if (x->size != sizeof(struct vbuf_head) + x->n * sizeof(*gids))
		return 0;
	mutex_lock(&x->be->dev->lock);
	for (n = 0; n < x->n; n++) {
		atomic64_inc(&x->be->counts.release);
		gids[n] = release(x->be, gids[n]);
	}
	mutex_unlock(&x->be->dev->lock);
	return x->size;
}

/* What is no request has an empty answer. */
static vrpc_size_t be_call(void *cookie, vrpc_size_t size)
{
	struct vbuf_be *be = cookie;
	struct exchange x = {.be = be, .data = vrpc_data(be->vrpc), .size = size};
	const struct vbuf_head *head = x.data;

	if (size < sizeof(*head))
		return 0;
	x.n = head->n;
	switch (head->op) {
	case VBUF_OPEN:
		return answer_open(&x);
	case VBUF_CLOSE:
		return answer_close(&x);
	case VBUF_IMPORT:
		return answer_import(&x);
	case VBUF_RELEASE:
		return answer_release(&x);
	default:
		return 0;
	}
}

static void be_up(void *cookie)
{
}

static void be_down(void *cookie)
{
	be_shut(cookie);
}

static const struct vrpc_watch be_watch = {.up = be_up, .down = be_down};

static void be_close(struct vbuf_be *be)
{
	vrpc_close(be->vrpc);
	cancel_delayed_work_sync(&be->retry);
	WARN_ON(!list_empty(&be->grants)); /* each holds the face */
	vrpc_release(be->vrpc);
	list_del(&be->entry);
	kfree(be);
}

/* The endpoint was looked up, and is released when this fails. */
static int be_open(struct vbuf_dev *dev, struct vrpc_t *vrpc)
{
	struct vbuf_be *be = kzalloc(sizeof(*be), GFP_KERNEL);
	int err;

	if (!be) {
		vrpc_release(vrpc);
		return -ENOMEM;
	}
	be->dev = dev;
	be->vrpc = vrpc;
	INIT_LIST_HEAD(&be->grants);
	INIT_DELAYED_WORK(&be->retry, vbuf_grants_retry);
	list_add_tail(&be->entry, &dev->bes);
	vrpc_watch(vrpc, &be_watch, be);
	err = vrpc_server_open(vrpc, be_call, be, 0);
	if (err)
		be_close(be);
	return err;
}

int vbuf_be_open_all(struct vbuf_dev *dev)
{
	struct vrpc_t *vrpc = NULL;
	int err = 0;

	while (!err && (vrpc = vrpc_server_lookup(dev->face->name, vrpc)))
		err = be_open(dev, vrpc);
	return err;
}

void vbuf_be_close_all(struct vbuf_dev *dev)
{
	struct vbuf_be *be, *next;

	list_for_each_entry_safe(be, next, &dev->bes, entry)
		be_close(be);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: what this VM imports. A buffer of another VM's is imported once; each client that imports it has a dma-buf of
 * its own of that. Of the buffers of an import all of one VM are asked for in as few calls as there is room for.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include "vbuf.h"

/* One of the buffers that are imported. */
struct job {
	u32 gid;
	const uuid_t *cred;
	struct vbuf_import *imp; /* a reference of it */
	bool known; /* it was there already */
	bool sent;
	bool done;
	int err;
};

static struct vbuf_import *find(struct vbuf_fe *fe, u32 gid)
{
	struct vbuf_import *imp;

	list_for_each_entry(imp, &fe->imports, entry) {
		if (imp->gid == gid)
			return imp;
	}
	return NULL;
}

/* With the last one, the exporter is to hear of it: of what it may have given, too. */
void vbuf_import_put(struct vbuf_import *imp)
{
	struct vbuf_fe *fe = imp->fe;
	bool tell;

	mutex_lock(&fe->lock);
	if (--imp->refs) {
		mutex_unlock(&fe->lock);
		return;
	}
	list_del_init(&imp->entry);
	vbuf_layout_drop(imp);
	tell = fe->up && imp->life == fe->life;
	if (tell)
		list_add_tail(&imp->entry, &fe->releases);
	mutex_unlock(&fe->lock);
	atomic64_inc(&fe->dev->counts.imports[1]);
	if (!tell)
		kfree(imp);
	else
		queue_delayed_work(system_unbound_wq, &fe->release_work, msecs_to_jiffies(10));
}

static struct vbuf_import *new_import(struct vbuf_fe *fe, u32 gid)
{
	struct vbuf_import *imp = kzalloc(sizeof(*imp), GFP_KERNEL);

	if (!imp)
		return NULL;
	INIT_LIST_HEAD(&imp->entry);
	imp->fe = fe;
	imp->life = fe->life;
	imp->refs = 1;
	imp->gid = gid;
	atomic64_inc(&fe->dev->counts.imports[0]);
	return imp;
}

/* An import for it: the one that is there, or one whose pages are not known yet. */
static int prepare(struct vbuf_fe *fe, struct job *job)
{
	struct vbuf_import *imp;

	mutex_lock(&fe->lock);
	imp = find(fe, job->gid);
	job->known = imp;
	if (imp)
		imp->refs++;
	else if (fe->open)
		imp = new_import(fe, job->gid);
	else
		imp = ERR_PTR(-EPIPE);
	mutex_unlock(&fe->lock);
	if (!imp)
		return -ENOMEM;
	if (IS_ERR(imp))
		return PTR_ERR(imp);
	job->imp = imp;
	return 0;
}

static void finish(struct job *job, int err)
{
	job->done = true;
	job->err = err;
	if (err && job->imp)
		vbuf_import_put(job->imp);
	if (err)
		job->imp = NULL;
}

/* It is there for others from now on, unless the link has gone. */
static int settle(struct vbuf_fe *fe, struct job *job)
{
	int err = 0;

	mutex_lock(&fe->lock);
	if (job->imp->life != fe->life)
		err = -EPIPE;
	else if (!job->known)
		list_add_tail(&job->imp->entry, &fe->imports);
	mutex_unlock(&fe->lock);
	return err;
}

static int take_answer(struct vbuf_fe *fe, struct job *job, const struct vbuf_descr *descr)
{
	int err = 0;

	if (descr->gid != job->gid || descr->result > 0 || descr->result < -MAX_ERRNO)
		return -EPROTO;
	if (descr->result)
		return descr->result;
	if (!job->known)
		err = vbuf_layout_take(job->imp, descr, descr + 1);
	return err ?: settle(fe, job);
}

/* Answers for the first of the jobs that were sent. Returns 0 or an error of all. */
static int take_answers(struct vbuf_fe *fe, struct job **sent, u16 n, size_t bytes)
{
	struct vbuf_head *head = vrpc_data(fe->vrpc);
	size_t at = sizeof(*head);
	u16 answered = head->n, i;

	if (!answered || answered > n)
		return -EPROTO;
	for (i = 0; i < answered; i++) {
		const struct vbuf_descr *descr = (void *)head + at;

		if (bytes - at < sizeof(*descr))
			return -EPROTO;
		at += sizeof(*descr);
		if (descr->pieces > (bytes - at) / sizeof(struct vbuf_piece))
			return -EPROTO;
		at += descr->pieces * sizeof(struct vbuf_piece);
		finish(sent[i], take_answer(fe, sent[i], descr));
	}
	return 0;
}

static void put_want(struct vbuf_fe *fe, const struct job *job, struct vbuf_want *want)
{
	*want = (struct vbuf_want){.gid = job->gid};
	if (!job->known)
		want->flags |= VBUF_LAYOUT;
	if (fe->dev->access.write)
		want->flags |= VBUF_WRITE;
	if (job->cred) {
		want->flags |= VBUF_CRED;
		export_uuid(want->cred, job->cred);
	}
}

/* Returns how many of the jobs are in the request. */
static u16 put_request(struct vbuf_fe *fe, struct job *jobs, unsigned int n, struct job **sent)
{
	struct vbuf_head *head = vrpc_data(fe->vrpc);
	struct vbuf_want *want = (void *)(head + 1);
	u32 room = (vrpc_maxsize(fe->vrpc) - sizeof(*head)) / sizeof(*want);
	unsigned int i;
	u16 k = 0;

	for (i = 0; i < n && k < min_t(u32, room, VBUF_BATCH); i++) {
		if (jobs[i].done || !jobs[i].sent)
			continue;
		put_want(fe, &jobs[i], &want[k]);
		sent[k++] = &jobs[i];
	}
	*head = (struct vbuf_head){.op = VBUF_IMPORT, .n = k};
	return k;
}

static void fail_all(struct job **sent, u16 n, int err)
{
	u16 i;

	for (i = 0; i < n; i++) {
		if (!sent[i]->done)
			finish(sent[i], err);
	}
}

/* Sends all that are marked so, and takes the answers. */
static void send_all(struct vbuf_fe *fe, struct job *jobs, unsigned int n)
{
	struct job *sent[VBUF_BATCH];
	int err;
	u16 k;

	while ((k = put_request(fe, jobs, n, sent))) {
		atomic64_add(k, &fe->counts.import);
		err = vbuf_fe_call(fe, sizeof(struct vbuf_head) + k * sizeof(struct vbuf_want));
		if (err >= 0)
			err = take_answers(fe, sent, k, err);
		if (err)
			fail_all(sent, k, err);
	}
}

static bool is_first(const struct job *jobs, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < i; j++) {
		if (jobs[j].gid == jobs[i].gid && !jobs[j].done)
			return false;
	}
	return true;
}

/* The jobs of that channel that can go now. Of two for the same buffer the second is known by then, in the next round. */
static void prepare_all(struct vbuf_client *client, struct vbuf_fe *fe, struct job *jobs,
			unsigned int n, int err)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct job *job = &jobs[i];

		if (job->done || vbuf_fe_of(fe->dev, job->gid >> VBUF_ORIGIN_SHIFT) != fe ||
		    !is_first(jobs, i))
			continue;
		if (!err)
			err = prepare(fe, job);
		if (err)
			finish(job, err);
		else if (job->known && client->trusted && !client->props.strict_import)
			finish(job, 0);
		else
			job->sent = true;
	}
}

static void import_from(struct vbuf_client *client, struct vbuf_fe *fe, struct job *jobs,
			unsigned int n)
{
	int err;

	if (mutex_lock_killable(&fe->call_lock)) {
		prepare_all(client, fe, jobs, n, -EINTR);
		return;
	}
	err = READ_ONCE(fe->open) ? vbuf_fe_flush(fe) : -EPIPE;
	prepare_all(client, fe, jobs, n, err);
	send_all(fe, jobs, n);
	mutex_unlock(&fe->call_lock);
}

static struct dma_buf *result_of(struct vbuf_client *client, struct job *job)
{
	struct dma_buf *dmabuf;

	if (job->gid >> VBUF_ORIGIN_SHIFT == nkops.nk_id_get())
		return vbuf_import_local(client, job->gid, job->cred);
	if (job->err)
		return ERR_PTR(job->err);
	dmabuf = vbuf_dmabuf_make(job->imp);
	if (IS_ERR(dmabuf))
		vbuf_import_put(job->imp);
	return dmabuf;
}

static void import_remote(struct vbuf_client *client, struct job *jobs, unsigned int n)
{
	const struct vbuf_access *access = &client->dev->access;
	unsigned int i;

	for (i = 0; i < n; i++) {
		u32 origin = jobs[i].gid >> VBUF_ORIGIN_SHIFT;
		struct vbuf_fe *fe = vbuf_fe_of(client->dev, origin);

		if (origin == nkops.nk_id_get())
			jobs[i].done = true;
		else if (!fe)
			finish(&jobs[i], -ENOENT);
		else if (!access->read && !access->write)
			finish(&jobs[i], -EACCES);
		while (!jobs[i].done)
			import_from(client, fe, jobs, n);
	}
}

int vbuf_import(struct vbuf_client *client, unsigned int n, const u32 *gids,
		const uuid_t *const *creds, struct dma_buf **dmabufs)
{
	struct job *jobs = kvcalloc(n, sizeof(*jobs), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	if (!jobs) {
		for (i = 0; i < n; i++)
			dmabufs[i] = ERR_PTR(-ENOMEM);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++) {
		jobs[i].gid = gids[i];
		jobs[i].cred = creds ? creds[i] : NULL;
	}
	import_remote(client, jobs, n);
	for (i = 0; i < n; i++) {
		dmabufs[i] = result_of(client, &jobs[i]);
		err = err ?: PTR_ERR_OR_ZERO(dmabufs[i]);
	}
	kvfree(jobs);
	return err;
}
EXPORT_SYMBOL_GPL(vbuf_import);

int vbuf_import_info(struct vbuf_dev *dev, u32 gid, struct vbuf_info *info)
{
	struct vbuf_fe *fe = vbuf_fe_of(dev, gid >> VBUF_ORIGIN_SHIFT);
	struct vbuf_import *imp;

	if (!fe)
		return -ENOENT;
	mutex_lock(&fe->lock);
	imp = find(fe, gid);
	if (imp) {
		info->flags = imp->write ? VBUF_WRITE : 0;
		info->size = imp->size;
		memcpy(info->heap, imp->heap, sizeof(info->heap));
	}
	mutex_unlock(&fe->lock);
	return imp ? 0 : -ENOENT;
}

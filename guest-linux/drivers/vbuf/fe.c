// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: the importer's end of channels: links, calls, and what the exporter is told later. A buffer that is let go of
 * is not the exporter's business at once: it is told before the next import, or shortly.
 */
#include <linux/slab.h>
#include "vbuf.h"

#define RELEASE_MS 10
#define RELEASE_AGAIN_MS 1000

struct vbuf_fe *vbuf_fe_of(struct vbuf_dev *dev, u32 vm)
{
	struct vbuf_fe *fe;

	list_for_each_entry(fe, &dev->fes, entry) {
		if (vrpc_peer_id(fe->vrpc) == vm)
			return fe;
	}
	return NULL;
}

static int call_error(int err)
{
	if (err == -EAGAIN)
		return -EPIPE;
	return err == -ETIMEDOUT ? -ETIME : -EINTR;
}

int vbuf_fe_call(struct vbuf_fe *fe, size_t size)
{
	struct vbuf_head *head = vrpc_data(fe->vrpc);
	vrpc_size_t bytes = size;
	u16 op = head->op;
	int err;

	err = vrpc_call_timeout(fe->vrpc, &bytes, VBUF_CALL_MS);
	if (err)
		return call_error(err);
	if (bytes < sizeof(*head) || head->op != op)
		return -EPROTO;
	return bytes;
}

static void fe_say_state(struct vbuf_fe *fe, bool open)
{
	struct vbuf_dev *dev = fe->dev;
	u32 bit = 1u << (vrpc_peer_id(fe->vrpc) % 32);

	mutex_lock(&dev->link_lock);
	WRITE_ONCE(dev->link_state, open ? dev->link_state | bit : dev->link_state & ~bit);
	mutex_unlock(&dev->link_lock);
	wake_up_all(&dev->link_wait);
}

static int call_open(struct vbuf_fe *fe)
{
	struct vbuf_head *head = vrpc_data(fe->vrpc);
	struct vbuf_open *open = (void *)(head + 1);
	const s32 *result = (void *)(head + 1);
	int bytes;

	*head = (struct vbuf_head){.op = VBUF_OPEN};
	*open = (struct vbuf_open){.magic = VBUF_MAGIC, .version = VBUF_WIRE_VERSION};
	atomic64_inc(&fe->counts.open);
	bytes = vbuf_fe_call(fe, sizeof(*head) + sizeof(*open));
	if (bytes < 0)
		return bytes;
	return bytes == sizeof(*head) + sizeof(*result) && !*result ? 0 : -EPROTO;
}

static void up_work(struct work_struct *work)
{
	struct vbuf_fe *fe = container_of(work, struct vbuf_fe, up_work);
	unsigned int life = READ_ONCE(fe->life);
	int err;

	mutex_lock(&fe->call_lock);
	err = READ_ONCE(fe->up) ? call_open(fe) : -EPIPE;
	mutex_lock(&fe->lock);
	if (!err && fe->up && fe->life == life) {
		fe->open = true;
		fe_say_state(fe, true);
	}
	mutex_unlock(&fe->lock);
	mutex_unlock(&fe->call_lock);
	if (err && err != -EPIPE)
		vbuf_say(fe->dev, VBUF_SAY_ERROR, "vm%u cannot be used: error %d\n",
			 vrpc_peer_id(fe->vrpc), err);
}

static void fe_up(void *cookie)
{
	struct vbuf_fe *fe = cookie;

	mutex_lock(&fe->lock);
	fe->up = true;
	mutex_unlock(&fe->lock);
	queue_work(system_unbound_wq, &fe->up_work);
}

static void free_list(struct list_head *list)
{
	struct vbuf_import *imp, *next;

	list_for_each_entry_safe(imp, next, list, entry)
		kfree(imp);
}

/* All that was imported is nobody's from now on, and is freed with its last user. */
static void fe_down(void *cookie)
{
	struct vbuf_fe *fe = cookie;
	struct vbuf_import *imp, *next;
	LIST_HEAD(releases);

	mutex_lock(&fe->lock);
	if (fe->open)
		fe_say_state(fe, false);
	fe->up = false;
	fe->open = false;
	WRITE_ONCE(fe->life, fe->life + 1);
	list_for_each_entry_safe(imp, next, &fe->imports, entry)
		list_del_init(&imp->entry);
	list_splice_init(&fe->releases, &releases);
	mutex_unlock(&fe->lock);
	free_list(&releases);
}

static const struct vrpc_watch fe_watch = {.up = fe_up, .down = fe_down};

/* Who is in the link's thread is told by the watch. */
static void fe_ready(void *cookie)
{
}

/* Those that a call takes, in `sent` then. Returns how many. */
static u16 take_releases(struct vbuf_fe *fe, struct list_head *sent)
{
	struct vbuf_head *head = vrpc_data(fe->vrpc);
	u32 *gids = (void *)(head + 1);
	u32 room = (vrpc_maxsize(fe->vrpc) - sizeof(*head)) / sizeof(*gids);
	struct vbuf_import *imp, *next;
	u16 n = 0;

	mutex_lock(&fe->lock);
	list_for_each_entry_safe(imp, next, &fe->releases, entry) {
		if (n == min(room, 0xffffu))
			break;
		gids[n++] = imp->gid;
		list_move_tail(&imp->entry, sent);
	}
	mutex_unlock(&fe->lock);
	*head = (struct vbuf_head){.op = VBUF_RELEASE, .n = n};
	return n;
}

/* Those of an earlier life are told to nobody. */
static void put_back(struct vbuf_fe *fe, struct list_head *sent)
{
	mutex_lock(&fe->lock);
	if (fe->open)
		list_splice_init(sent, &fe->releases);
	mutex_unlock(&fe->lock);
	free_list(sent);
}

int vbuf_fe_flush(struct vbuf_fe *fe)
{
	LIST_HEAD(sent);
	int bytes;
	u16 n;

	while ((n = take_releases(fe, &sent))) {
		bytes = vbuf_fe_call(fe, sizeof(struct vbuf_head) + n * sizeof(u32));
		if (bytes < 0) {
			put_back(fe, &sent);
			return bytes;
		}
		atomic64_add(n, &fe->counts.release);
		free_list(&sent);
		INIT_LIST_HEAD(&sent);
	}
	return 0;
}

static void release_work(struct work_struct *work)
{
	struct vbuf_fe *fe = container_of(to_delayed_work(work), struct vbuf_fe, release_work);
	int err = 0;

	mutex_lock(&fe->call_lock);
	if (READ_ONCE(fe->open))
		err = vbuf_fe_flush(fe);
	mutex_unlock(&fe->call_lock);
	if (err && err != -EPIPE)
		queue_delayed_work(system_unbound_wq, &fe->release_work,
				   msecs_to_jiffies(RELEASE_AGAIN_MS));
}

static void call_close(struct vbuf_fe *fe)
{
	struct vbuf_head *head = vrpc_data(fe->vrpc);

	mutex_lock(&fe->call_lock);
	if (READ_ONCE(fe->open)) {
		*head = (struct vbuf_head){.op = VBUF_CLOSE};
		atomic64_inc(&fe->counts.close);
		vbuf_fe_call(fe, sizeof(*head));
	}
	mutex_unlock(&fe->call_lock);
}

static void fe_close(struct vbuf_fe *fe)
{
	call_close(fe);
	vrpc_close(fe->vrpc);
	cancel_work_sync(&fe->up_work);
	cancel_delayed_work_sync(&fe->release_work);
	free_list(&fe->releases);
	vrpc_release(fe->vrpc);
	list_del(&fe->entry);
	kfree(fe);
}

static struct vbuf_fe *make_fe(struct vbuf_dev *dev, struct vrpc_t *vrpc)
{
	struct vbuf_fe *fe = kzalloc(sizeof(*fe), GFP_KERNEL);
	NkPhAddr pages = 0;

	if (!fe)
		return NULL;
	fe->dev = dev;
	fe->vrpc = vrpc;
	fe->window = nk_grant_window(vrpc_plink(vrpc), NK_GRANT_PEERS, &pages);
	fe->window_size = pages << PAGE_SHIFT;
	mutex_init(&fe->call_lock);
	mutex_init(&fe->lock);
	INIT_LIST_HEAD(&fe->imports);
	INIT_LIST_HEAD(&fe->releases);
	INIT_WORK(&fe->up_work, up_work);
	INIT_DELAYED_WORK(&fe->release_work, release_work);
	list_add_tail(&fe->entry, &dev->fes);
	return fe;
}

/* The endpoint was looked up, and is released when this fails. */
static int fe_open(struct vbuf_dev *dev, struct vrpc_t *vrpc)
{
	struct vbuf_fe *fe = make_fe(dev, vrpc);
	int err;

	if (!fe) {
		vrpc_release(vrpc);
		return -ENOMEM;
	}
	vrpc_watch(vrpc, &fe_watch, fe);
	err = vrpc_client_open(vrpc, fe_ready, fe);
	if (err)
		fe_close(fe);
	return err;
}

int vbuf_fe_open_all(struct vbuf_dev *dev)
{
	struct vrpc_t *vrpc = NULL;
	int err = 0;

	while (!err && (vrpc = vrpc_client_lookup(dev->face->name, vrpc)))
		err = fe_open(dev, vrpc);
	return err;
}

void vbuf_fe_close_all(struct vbuf_dev *dev)
{
	struct vbuf_fe *fe, *next;

	list_for_each_entry_safe(fe, next, &dev->fes, entry)
		fe_close(fe);
}

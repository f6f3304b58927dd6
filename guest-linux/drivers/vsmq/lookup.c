// SPDX-License-Identifier: GPL-2.0-only
/* vsmq: finding endpoints. The first handle of a name makes a driver for its links, the last one ends it. */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "vsmq_priv.h"

#define BYTES_MAX SZ_1G

static LIST_HEAD(names);
static DEFINE_MUTEX(lock); /* names and their users */

static struct vsmq_name *find_name(const char *name)
{
	struct vsmq_name *n;

	list_for_each_entry(n, &names, entry) {
		if (!strcmp(n->name, name))
			return n;
	}
	return NULL;
}

static struct vsmq_name *new_name(const char *name)
{
	struct vsmq_name *n = kzalloc(sizeof(*n), GFP_KERNEL);

	if (!n)
		return NULL;
	strscpy(n->name, name, sizeof(n->name));
	n->drv.name = n->name;
	n->drv.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT | VLINK_DRV_ON_DEMAND;
	n->drv.vlink_init = vsmq_vlink_init;
	if (vlink_drv_open(&n->drv)) {
		kfree(n);
		return NULL;
	}
	list_add(&n->entry, &names);
	return n;
}

static struct vsmq_name *get_name(const char *name)
{
	struct vsmq_name *n;

	mutex_lock(&lock);
	n = find_name(name) ?: new_name(name);
	if (n)
		n->users++;
	mutex_unlock(&lock);
	return n;
}

static void put_name(struct vsmq_name *n)
{
	mutex_lock(&lock);
	if (!--n->users) {
		vlink_drv_close(&n->drv);
		list_del(&n->entry);
		kfree(n);
	}
	mutex_unlock(&lock);
}

/* The next endpoint of that direction behind `last`, or the first one. */
static struct vsmq_end *next_end(struct vsmq_name *name, bool server, const struct vsmq_end *last)
{
	bool behind = !last;
	Vlink *vlink;

	vlink_for_each(vlink, &name->drv) {
		if (behind && vlink->private && vlink->server == server)
			return vlink->private;
		behind |= vlink->private == last;
	}
	return NULL;
}

/* The queue has the caller's reference to the name, unless there is none. */
static int new_queue(struct vsmq_name *name, struct vsmq_end *end, u32 msg_size, u32 count,
		     void **handle)
{
	struct vsmq_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return -ENOMEM;
	q->name = name;
	q->end = end;
	q->msg_size = msg_size;
	q->count = count;
	spin_lock_init(&q->lock);
	*handle = q;
	return 0;
}

static int lookup(const char *link, bool server, u32 msg_size, u32 count,
		  const struct vsmq_end *last, void **handle)
{
	struct vsmq_name *name = get_name(link);
	struct vsmq_end *end;
	int err;

	*handle = NULL;
	if (!name)
		return -ENOMEM;
	end = next_end(name, server, last);
	err = end ? new_queue(name, end, msg_size, count, handle) : 0;
	if (!*handle)
		put_name(name);
	return err;
}

static int lookup_first(const char *name, bool server, u32 msg_size, u32 count, void **handle)
{
	*handle = NULL;
	if (!name || !msg_size || !is_power_of_2(count))
		return -EINVAL;
	if (vsmq_bytes(msg_size, count) > BYTES_MAX)
		return -ENOMEM;
	if (strnlen(name, NK_DEV_VLINK_NAME_LIMIT) == NK_DEV_VLINK_NAME_LIMIT)
		return 0;
	return lookup(name, server, msg_size, count, NULL, handle);
}

int vsmq_lookup_tx(const char *name, uint32_t msg_size, uint32_t queue_size, void **handle)
{
	return lookup_first(name, false, msg_size, queue_size, handle);
}
EXPORT_SYMBOL(vsmq_lookup_tx);

int vsmq_lookup_rx(const char *name, uint32_t msg_size, uint32_t queue_size, void **handle)
{
	return lookup_first(name, true, msg_size, queue_size, handle);
}
EXPORT_SYMBOL(vsmq_lookup_rx);

int vsmq_lookup_next(void *handle, void **next_handle)
{
	const struct vsmq_queue *q = handle;

	return lookup(q->name->name, q->end->vlink->server, q->msg_size, q->count, q->end,
		      next_handle);
}
EXPORT_SYMBOL(vsmq_lookup_next);

void vsmq_free(void *handle)
{
	struct vsmq_queue *q = handle;

	vsmq_stop(q);
	vsmq_tx_free(q);
	vsmq_rx_free(q);
	put_name(q->name);
	kfree(q);
}
EXPORT_SYMBOL(vsmq_free);

MODULE_DESCRIPTION("Queues of messages between VMs");
MODULE_LICENSE("GPL");

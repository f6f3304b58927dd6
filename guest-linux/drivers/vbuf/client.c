// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vbuf: those who export and import: programs, by the device's file, and drivers. */
#include <linux/export.h>
#include <linux/slab.h>
#include "vbuf.h"

struct vbuf_client *vbuf_client_create(struct vbuf_dev *dev, bool trusted)
{
	struct vbuf_client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return NULL;
	client->dev = dev;
	client->trusted = trusted;
	client->props.strict_import = !trusted;
	client->props.grace_accepted = -1UL;
	INIT_LIST_HEAD(&client->creds);
	atomic64_inc(&dev->counts.clients[0]);
	return client;
}
EXPORT_SYMBOL_GPL(vbuf_client_create);

void vbuf_client_destroy(struct vbuf_client *client)
{
	struct vbuf_dev *dev = client->dev;
	struct vbuf_cred *cred, *next;

	mutex_lock(&dev->lock);
	list_for_each_entry_safe(cred, next, &client->creds, of_client) {
		list_del(&cred->of_client);
		list_del(&cred->of_export);
		vbuf_export_put(cred->export);
		kfree(cred);
	}
	mutex_unlock(&dev->lock);
	atomic64_inc(&dev->counts.clients[1]);
	kfree(client);
}
EXPORT_SYMBOL_GPL(vbuf_client_destroy);

void vbuf_client_set(struct vbuf_client *client, const struct vbuf_props *props)
{
	client->props = *props;
}
EXPORT_SYMBOL_GPL(vbuf_client_set);

void vbuf_client_get(struct vbuf_client *client, struct vbuf_props *props)
{
	*props = client->props;
}
EXPORT_SYMBOL_GPL(vbuf_client_get);

static bool is_as(const struct vbuf_dev *dev, u32 mask, u32 value)
{
	return !((READ_ONCE(dev->link_state) ^ value) & mask);
}

int vbuf_link_state(struct vbuf_client *client, bool wait, u32 mask, u32 *value)
{
	struct vbuf_dev *dev = client->dev;
	int err = 0;

	if (wait)
		err = wait_event_interruptible(dev->link_wait, is_as(dev, mask, *value));
	*value = READ_ONCE(dev->link_state) & mask;
	return err;
}
EXPORT_SYMBOL_GPL(vbuf_link_state);

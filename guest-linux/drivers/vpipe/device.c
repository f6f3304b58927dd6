// SPDX-License-Identifier: GPL-2.0-only
/* Devices of a face, one for each link, or pair of links, with its minor and name. */
#include <linux/printk.h>
#include <linux/slab.h>
#include "vpipe.h"

bool vpipe_enabled(const struct vpipe *dev)
{
	return (!dev->in.vlink || dev->in.ready) && (!dev->out.vlink || dev->out.ready);
}

static bool name_is_free(const struct vpipe_face *face, const char *name)
{
	unsigned int n;

	for (n = 0; n < VPIPE_MINORS; n++) {
		if (face->devs[n] && !strcmp(face->devs[n]->name, name))
			return false;
	}
	return true;
}

static void set_name(struct vpipe *dev)
{
	if (dev->config.name[0] && name_is_free(dev->face, dev->config.name))
		strscpy(dev->name, dev->config.name, sizeof(dev->name));
	else
		snprintf(dev->name, sizeof(dev->name), "%s%u", dev->face->name, dev->minor);
}

static void bind_end(struct vpipe *dev, Vlink *vlink)
{
	struct vpipe_end *end = vlink->server ? &dev->in : &dev->out;

	end->vlink = vlink;
	vlink->private = end;
}

static void init_end(struct vpipe *dev, struct vpipe_end *end)
{
	end->dev = dev;
	vpipe_turn_init(&end->turn);
}

static int create(struct vpipe_face *face, Vlink *vlink, const struct vpipe_config *config,
		  unsigned int minor)
{
	struct vpipe *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return -ENOMEM;
	dev->face = face;
	dev->minor = minor;
	dev->config = *config;
	mutex_init(&dev->open_lock);
	spin_lock_init(&dev->lock);
	init_waitqueue_head(&dev->wait);
	init_end(dev, &dev->in);
	init_end(dev, &dev->out);
	bind_end(dev, vlink);
	if (face->both_ways)
		bind_end(dev, vlink->sym_vlink);
	set_name(dev);
	if (config->wakeup)
		dev->ws = wakeup_source_register(NULL, dev->name);
	face->devs[minor] = dev;
	return 0;
}

/* Those that want a certain minor. Says what is wrong with infos, the only pass to do so. */
static int create_asked(struct vpipe_face *face, Vlink *vlink)
{
	struct vpipe_config config;

	if (vpipe_parse(face, vlink_info(vlink), &config))
		pr_err("%s: link %d: info \"%s\": not understood\n", face->name, vlink->number,
		       vlink_info(vlink));
	if (config.minor < 0)
		return 0;
	if (!face->devs[config.minor])
		return create(face, vlink, &config, config.minor);
	pr_err("%s: link %d: minor %d is taken\n", face->name, vlink->number, config.minor);
	return 0;
}

static int create_other(struct vpipe_face *face, Vlink *vlink)
{
	struct vpipe_config config;
	unsigned int minor;

	vpipe_parse(face, vlink_info(vlink), &config);
	for (minor = 0; minor < VPIPE_MINORS; minor++) {
		if (!face->devs[minor])
			return create(face, vlink, &config, minor);
	}
	return 0; /* vpipe_vlink_init() refuses it */
}

int vpipe_devices_create(VlinkDrv *drv)
{
	struct vpipe_face *face = drv->private;
	Vlink *vlink;
	int err = 0;

	vlink_for_each(vlink, drv) {
		if (!err && (vlink->server || !face->both_ways))
			err = create_asked(face, vlink);
	}
	vlink_for_each(vlink, drv) {
		if (!err && (vlink->server || !face->both_ways) && !vlink->private)
			err = create_other(face, vlink);
	}
	return err;
}

void vpipe_devices_free(VlinkDrv *drv)
{
	struct vpipe_face *face = drv->private;
	unsigned int n;

	for (n = 0; n < VPIPE_MINORS; n++) {
		if (!face->devs[n])
			continue;
		wakeup_source_unregister(face->devs[n]->ws);
		kfree(face->devs[n]);
		face->devs[n] = NULL;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vbuf: faces, from their registration on: their file, their channels, what the tree says of them. */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/of.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "vbuf.h"

int vbuf_file_open(struct inode *inode, struct file *file)
{
	struct vbuf_dev *dev = container_of(file->private_data, struct vbuf_dev, misc);
	struct vbuf_client *client = vbuf_client_create(dev, !vbuf_is_secure(dev));

	if (!client)
		return -ENOMEM;
	client->props.strict_import = true;
	file->private_data = client;
	return nonseekable_open(inode, file);
}
EXPORT_SYMBOL_GPL(vbuf_file_open);

int vbuf_file_release(struct inode *inode, struct file *file)
{
	vbuf_client_destroy(file->private_data);
	return 0;
}
EXPORT_SYMBOL_GPL(vbuf_file_release);

/* Without a node, or without its property, all but "nolock". */
static void read_access(struct vbuf_dev *dev)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, dev->face->compatible);
	struct vbuf_access *a = &dev->access;
	const char *name = "memory-granting-flags";

	*a = (struct vbuf_access){.read = true, .write = true, .cpu = true, .dma = true};
	if (of_property_count_strings(node, name) > 0)
		*a = (struct vbuf_access){
			.read = of_property_match_string(node, name, "read") >= 0,
			.write = of_property_match_string(node, name, "write") >= 0,
			.cpu = of_property_match_string(node, name, "cpu") >= 0,
			.dma = of_property_match_string(node, name, "dma") >= 0,
			.nolock = of_property_match_string(node, name, "nolock") >= 0,
		};
	of_node_put(node);
}

static int make_platform(struct vbuf_dev *dev)
{
	struct platform_device *platform =
		platform_device_register_simple(dev->face->name, PLATFORM_DEVID_NONE, NULL, 0);
	int err;

	if (IS_ERR(platform))
		return PTR_ERR(platform);
	err = dma_coerce_mask_and_coherent(&platform->dev, DMA_BIT_MASK(64));
	if (err)
		platform_device_unregister(platform);
	else
		dev->platform = platform;
	return err;
}

/* A gid of this VM's last life is hardly one of this one. */
static void init_dev(struct vbuf_dev *dev, struct vbuf_face *face)
{
	dev->face = face;
	mutex_init(&dev->lock);
	mutex_init(&dev->link_lock);
	init_waitqueue_head(&dev->link_wait);
	idr_init(&dev->exports);
	idr_set_cursor(&dev->exports, 1 + get_random_u32() % (BIT(VBUF_ORIGIN_SHIFT) - 1));
	INIT_LIST_HEAD(&dev->bes);
	INIT_LIST_HEAD(&dev->fes);
	read_access(dev);
}

static int add_file(struct vbuf_dev *dev)
{
	dev->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = dev->face->name,
		.fops = dev->face->fops,
	};
	return misc_register(&dev->misc);
}

static int open_channels(struct vbuf_dev *dev)
{
	int err = vbuf_be_open_all(dev);

	if (err)
		return err;
	err = vbuf_fe_open_all(dev);
	if (err)
		vbuf_fe_close_all(dev);
	return err;
}

static void close_channels(struct vbuf_dev *dev)
{
	vbuf_fe_close_all(dev);
	vbuf_be_close_all(dev);
}

int vbuf_face_register(struct vbuf_face *face)
{
	struct vbuf_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return -ENOMEM;
	init_dev(dev, face);
	err = make_platform(dev);
	if (err)
		goto out_dev;
	err = open_channels(dev);
	if (err)
		goto out_channels;
	err = add_file(dev);
	if (err)
		goto out_channels;
	face->dev = dev;
	return 0;
out_channels:
	close_channels(dev);
	platform_device_unregister(dev->platform);
out_dev:
	kfree(dev);
	return err;
}
EXPORT_SYMBOL_GPL(vbuf_face_register);

/* No client and no page is left: each holds the face. */
void vbuf_face_unregister(struct vbuf_face *face)
{
	struct vbuf_dev *dev = face->dev;

	misc_deregister(&dev->misc);
	close_channels(dev);
	idr_destroy(&dev->exports);
	platform_device_unregister(dev->platform);
	kfree(dev);
}
EXPORT_SYMBOL_GPL(vbuf_face_unregister);

MODULE_DESCRIPTION("Buffers of one VM in others, without a copy");
MODULE_IMPORT_NS(DMA_BUF);
MODULE_LICENSE("GPL");

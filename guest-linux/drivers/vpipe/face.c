// SPDX-License-Identifier: GPL-2.0-only
/* vlx-pipe: vpipe and vbpipe, as modules with character devices. */
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/printk.h>
#include "vpipe.h"

static int get_region(struct vpipe_face *face)
{
	face->first = MKDEV(face->major, 0);
	if (!register_chrdev_region(face->first, VPIPE_MINORS, face->name))
		return 0;
	return alloc_chrdev_region(&face->first, 0, VPIPE_MINORS, face->name);
}

static void destroy_nodes(struct vpipe_face *face)
{
	unsigned int n;

	for (n = 0; n < VPIPE_MINORS; n++) {
		if (face->devs[n])
			device_destroy(&face->class, face->first + n);
	}
}

/* One that cannot be shown is there nevertheless, by its number. */
static void create_nodes(struct vpipe_face *face)
{
	struct device *node;
	struct vpipe *dev;
	unsigned int n;

	for (n = 0; n < VPIPE_MINORS; n++) {
		dev = face->devs[n];
		if (!dev)
			continue;
		node = device_create(&face->class, NULL, face->first + n, dev, "%s", dev->name);
		if (IS_ERR(node))
			pr_err("%s: /dev/%s: error %ld\n", face->name, dev->name, PTR_ERR(node));
	}
}

int vpipe_face_open(struct vpipe_face *face)
{
	int err = get_region(face);

	if (err)
		return err;
	face->drv.private = face;
	face->drv.init = vpipe_devices_create;
	face->drv.cleanup = vpipe_devices_free;
	face->drv.vlink_init = vpipe_vlink_init;
	err = vlink_drv_open(&face->drv);
	if (err)
		goto put_region;
	cdev_init(&face->cdev, &vpipe_file_ops);
	face->cdev.owner = face->owner;
	err = cdev_add(&face->cdev, face->first, VPIPE_MINORS);
	if (err)
		goto close_drv;
	face->class.name = face->name;
	err = class_register(&face->class);
	if (err)
		goto del_cdev;
	err = vpipe_proc_create(face);
	if (err)
		goto unregister_class;
	create_nodes(face);
	return 0;
unregister_class:
	class_unregister(&face->class);
del_cdev:
	cdev_del(&face->cdev);
close_drv:
	vlink_drv_close(&face->drv);
put_region:
	unregister_chrdev_region(face->first, VPIPE_MINORS);
	return err;
}
EXPORT_SYMBOL_GPL(vpipe_face_open);

/* Nobody has a device open: that would keep the module. */
void vpipe_face_close(struct vpipe_face *face)
{
	destroy_nodes(face);
	vpipe_proc_remove(face);
	class_unregister(&face->class);
	cdev_del(&face->cdev);
	vlink_drv_close(&face->drv);
	unregister_chrdev_region(face->first, VPIPE_MINORS);
}
EXPORT_SYMBOL_GPL(vpipe_face_close);

MODULE_DESCRIPTION("What vpipe and vbpipe have in common");
MODULE_LICENSE("GPL");

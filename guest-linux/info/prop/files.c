// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/nk/prop: a binary file for each property, with the VM's permissions as its mode. One write
 * is one set; a read of at most a page gives one value, never a mix of two.
 */
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "prop_priv.h"

static LIST_HEAD(props);
static struct kobject *dir;

static ssize_t prop_read(struct file *filp, struct kobject *kobj, struct bin_attribute *file,
			 char *buf, loff_t off, size_t count)
{
	struct prop *prop = file->private;
	void *value;
	int len;

	if (!off)
		return vlx_prop_explain(vlx_prop_get(prop->name, buf, count), prop->name,
					"allow-get");
	value = kvmalloc(file->size, GFP_KERNEL);
	if (!value)
		return -ENOMEM;
	len = vlx_prop_get(prop->name, value, file->size);
	if (len > 0)
		len = memory_read_from_buffer(buf, count, &off, value, len);
	kvfree(value);
	return len;
}

static ssize_t prop_write(struct file *filp, struct kobject *kobj, struct bin_attribute *file,
			  char *buf, loff_t off, size_t count)
{
	struct prop *prop = file->private;
	int len;

	if (off)
		return -EINVAL;
	len = vlx_prop_explain(vlx_prop_set(prop->name, buf, count), prop->name, "allow-set");
	return len ? len : -EINVAL;
}

static int prop_create(const struct vlx_prop *found)
{
	struct prop *prop = kzalloc(sizeof(*prop), GFP_KERNEL);
	int err;

	if (!prop)
		return -ENOMEM;
	prop->pid = found->pid;
	prop->attr = found->attr;
	strscpy(prop->name, found->name, sizeof(prop->name));
	sysfs_bin_attr_init(&prop->file);
	prop->file.attr.name = prop->name;
	prop->file.attr.mode = (prop->attr & NK_PROP_ATTR_GET ? 0444 : 0) |
			       (prop->attr & NK_PROP_ATTR_SET ? 0200 : 0);
	prop->file.size = found->size;
	prop->file.private = prop;
	prop->file.read = prop_read;
	prop->file.write = prop_write;
	err = sysfs_create_bin_file(dir, &prop->file);
	if (err)
		goto out_free;
	prop->node = sysfs_get_dirent(dir->sd, prop->name);
	list_add_tail(&prop->entry, &props);
	return 0;

out_free:
	kfree(prop);
	return err;
}

static int props_create(void)
{
	struct vlx_prop found;
	int err;

	vlx_for_each_prop(&found) {
		if (strchr(found.name, '/'))
			continue;
		err = prop_create(&found);
		if (err)
			return err;
	}
	return 0;
}

static void props_remove(void)
{
	struct prop *prop;
	struct prop *next;

	list_for_each_entry_safe(prop, next, &props, entry) {
		sysfs_remove_bin_file(dir, &prop->file);
		sysfs_put(prop->node);
		kfree(prop);
	}
}

static int __init vlx_prop_init(void)
{
	int err;

	dir = kobject_create_and_add("prop", nk_kobj);
	if (!dir)
		return -ENOMEM;
	err = props_create();
	if (!err)
		err = prop_notify_init(&props);
	if (err) {
		props_remove();
		kobject_put(dir);
	}
	return err;
}

static void __exit vlx_prop_exit(void)
{
	prop_notify_exit(&props);
	props_remove();
	kobject_put(dir);
}
module_init(vlx_prop_init);
module_exit(vlx_prop_exit);

MODULE_DESCRIPTION("nk's properties as files in /sys/nk/prop");
MODULE_LICENSE("GPL");

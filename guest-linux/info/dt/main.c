// SPDX-License-Identifier: GPL-2.0-only
/* DT(4D): the device trees in nk's properties as files in /sys/nk/device-trees. */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <vlx/prop.h>
#include "tree.h"

#define BLOB_MAX SZ_1M
#define NAME_ROOM 32
#define LOOK_PERIOD HZ

/* A property that this VM may get. */
struct source {
	struct list_head entry;
	char prop[NK_PROP_NAME_LIMIT];
	char name[NAME_ROOM]; /* of the directory */
	int size; /* the most bytes it may have */
	struct tree *tree; /* once it is shown */
	bool bad; /* it is no tree, and will not be */
};

static LIST_HEAD(sources);
static struct kobject *dir;

/* Makes the directory's name of the property's. Returns false: it holds no device tree. */
static bool tree_name(const char *prop, char name[NAME_ROOM])
{
	unsigned int vm;
	int end = 0;

	if (!strcmp(prop, "nk.vlm-dtb")) {
		strscpy(name, "vlm", NAME_ROOM);
		return true;
	}
	if (sscanf(prop, "nk.vm.%u.vplatform-dtb%n", &vm, &end) != 1 || !end || prop[end])
		return false;
	snprintf(name, NAME_ROOM, "vplatform@%u", vm);
	return true;
}

/* Reads the property; returns its value in memory to be freed, or ERR_PTR(): -ENODATA: not set. */
static void *get_blob(const struct source *source, int *len)
{
	void *blob;
	u8 first;

	if (!source->size || source->size > BLOB_MAX)
		return ERR_PTR(-EFBIG);
	*len = vlx_prop_get(source->prop, &first, sizeof(first));
	if (*len <= 0)
		return ERR_PTR(*len ?: -ENODATA);
	blob = kvmalloc(source->size, GFP_KERNEL);
	if (!blob)
		return ERR_PTR(-ENOMEM);
	*len = vlx_prop_get(source->prop, blob, source->size);
	if (*len > 0)
		return blob;
	kvfree(blob);
	return ERR_PTR(*len ?: -ENODATA);
}

static int show(struct source *source)
{
	struct tree *tree;
	void *blob;
	int len;

	blob = get_blob(source, &len);
	if (IS_ERR(blob))
		return PTR_ERR(blob);
	tree = tree_create(dir, source->name, blob, len);
	if (IS_ERR(tree))
		return PTR_ERR(tree);
	source->tree = tree;
	return 0;
}

/* Returns whether there is more to be waited for. */
static bool show_one(struct source *source)
{
	int err;

	if (source->tree || source->bad)
		return false;
	err = show(source);
	if (err == -ENODATA || err == -EBUSY || err == -ENOMEM)
		return true;
	if (err) {
		pr_warn("vlx-dt: %s: error %d\n", source->prop, err);
		source->bad = true;
	}
	return false;
}

/*
 * The tree of a VM is not set before the VM is loaded. Nobody is told of that unless the system tree
 * says so, so this looks again while some tree is not there.
 */
static void show_all(struct work_struct *work)
{
	struct source *source;
	bool again = false;

	list_for_each_entry(source, &sources, entry)
		again |= show_one(source);
	if (again)
		queue_delayed_work(system_power_efficient_wq, to_delayed_work(work), LOOK_PERIOD);
}
static DECLARE_DELAYED_WORK(look, show_all);

static int add_source(const struct vlx_prop *prop, const char *name)
{
	struct source *source = kzalloc(sizeof(*source), GFP_KERNEL);

	if (!source)
		return -ENOMEM;
	strscpy(source->prop, prop->name, sizeof(source->prop));
	strscpy(source->name, name, sizeof(source->name));
	source->size = prop->size;
	list_add_tail(&source->entry, &sources);
	return 0;
}

static int find_sources(void)
{
	struct vlx_prop prop;
	char name[NAME_ROOM];
	int err;

	vlx_for_each_prop(&prop) {
		if (!tree_name(prop.name, name))
			continue;
		if (!(prop.attr & NK_PROP_ATTR_GET)) {
			vlx_prop_explain(-EACCES, prop.name, "allow-get");
			continue;
		}
		err = add_source(&prop, name);
		if (err)
			return err;
	}
	return 0;
}

static void remove_all(void)
{
	struct source *source;
	struct source *next;

	list_for_each_entry_safe(source, next, &sources, entry) {
		if (source->tree)
			tree_remove(source->tree);
		kfree(source);
	}
	kobject_put(dir);
}

static int __init vlx_dt_init(void)
{
	int err;

	dir = kobject_create_and_add("device-trees", nk_kobj);
	if (!dir)
		return -ENOMEM;
	err = find_sources();
	if (err) {
		remove_all();
		return err;
	}
	show_all(&look.work); /* what is there is there when the module is loaded */
	return 0;
}

static void __exit vlx_dt_exit(void)
{
	cancel_delayed_work_sync(&look);
	remove_all();
}
module_init(vlx_dt_init);
module_exit(vlx_dt_exit);

MODULE_DESCRIPTION("Device trees of the system and its VMs, in /sys/nk/device-trees");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* DT(4D): the device trees in nk's properties as files in /sys/nk/device-trees. */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <vlx/prop.h>
#include "tree.h"

#define BLOB_MAX SZ_1M
#define NAME_ROOM 32

struct shown {
	struct list_head entry;
	struct tree *tree;
};

static LIST_HEAD(shown);
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

/* Reads the property; returns its value in memory to be freed, or ERR_PTR(). */
static void *get_blob(const char *prop, int size, int *len)
{
	void *blob;

	if (!size || size > BLOB_MAX)
		return ERR_PTR(-EFBIG);
	blob = kvmalloc(size, GFP_KERNEL);
	if (!blob)
		return ERR_PTR(-ENOMEM);
	*len = vlx_prop_get(prop, blob, size);
	if (*len >= 0)
		return blob;
	kvfree(blob);
	return ERR_PTR(*len);
}

static int show(const char *prop, const char *name, int size)
{
	struct shown *item;
	void *blob;
	int len;

	blob = get_blob(prop, size, &len);
	if (IS_ERR(blob))
		return PTR_ERR(blob);
	item = kzalloc(sizeof(*item), GFP_KERNEL);
	if (!item) {
		kvfree(blob);
		return -ENOMEM;
	}
	item->tree = tree_create(dir, name, blob, len);
	if (IS_ERR(item->tree)) {
		int err = PTR_ERR(item->tree);

		kfree(item);
		return err;
	}
	list_add_tail(&item->entry, &shown);
	return 0;
}

static void show_all(void)
{
	char prop[NK_PROP_NAME_LIMIT];
	char name[NAME_ROOM];
	NkPropAttr attr;
	unsigned int pid;
	int size;
	int err;

	for (pid = 0;
	     (size = nkops.nk_prop_enum(pid, prop, sizeof(prop), &attr)) != NK_PROP_UNKNOWN;
	     pid++) {
		if (size < 0)
			continue;
		prop[sizeof(prop) - 1] = '\0';
		if (!tree_name(prop, name))
			continue;
		if (!(attr & NK_PROP_ATTR_GET)) {
			vlx_prop_explain(-EACCES, prop, "allow-get");
			continue;
		}
		err = show(prop, name, size);
		if (err)
			pr_warn("vlx-dt: %s: error %d\n", prop, err);
	}
}

static int __init vlx_dt_init(void)
{
	dir = kobject_create_and_add("device-trees", nk_kobj);
	if (!dir)
		return -ENOMEM;
	show_all();
	return 0;
}

static void __exit vlx_dt_exit(void)
{
	struct shown *item;
	struct shown *next;

	list_for_each_entry_safe(item, next, &shown, entry) {
		tree_remove(item->tree);
		kfree(item);
	}
	kobject_put(dir);
}
module_init(vlx_dt_init);
module_exit(vlx_dt_exit);

MODULE_DESCRIPTION("Device trees of the system and its VMs, in /sys/nk/device-trees");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/kernfs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "flat.h"
#include "tree.h"

#define NAMESAKES_MAX 100

struct node {
	struct list_head entry; /* parents behind their children */
	struct kobject *dir;
	struct node *parent;
};

struct prop {
	struct list_head entry;
	struct bin_attribute file;
};

struct tree {
	void *blob;
	const char *name;
	struct kobject *above;
	struct list_head nodes;
	struct list_head props;
	struct node *at; /* while it is made */
};

static bool taken(struct kobject *dir, const char *name)
{
	struct kernfs_node *file = sysfs_get_dirent(dir->sd, name);

	sysfs_put(file);
	return file;
}

/* The name, or with #1, #2, ... when a property or a node has it already. To be freed; or NULL. */
static char *free_name(struct kobject *dir, const char *name)
{
	char *own = kstrdup(name, GFP_KERNEL);
	int i;

	for (i = 1; own && taken(dir, own); i++) {
		kfree(own);
		own = i < NAMESAKES_MAX ? kasprintf(GFP_KERNEL, "%s#%d", name, i) : NULL;
	}
	return own;
}

static int begin_node(void *cookie, const char *name)
{
	struct tree *tree = cookie;
	struct kobject *above = tree->at ? tree->at->dir : tree->above;
	char *own = free_name(above, tree->at ? name : tree->name);
	struct node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (own && node)
		node->dir = kobject_create_and_add(own, above);
	kfree(own);
	if (!node || !node->dir) {
		kfree(node);
		return -ENOMEM;
	}
	node->parent = tree->at;
	list_add(&node->entry, &tree->nodes);
	tree->at = node;
	return 0;
}

static int end_node(void *cookie)
{
	struct tree *tree = cookie;

	tree->at = tree->at->parent;
	return 0;
}

static ssize_t prop_read(struct file *filp, struct kobject *kobj, struct bin_attribute *file,
			 char *buf, loff_t off, size_t count)
{
	return memory_read_from_buffer(buf, count, &off, file->private, file->size);
}

static int add_prop(void *cookie, const char *name, const void *value, u32 len)
{
	struct tree *tree = cookie;
	struct prop *prop = kzalloc(sizeof(*prop), GFP_KERNEL);
	int err = -ENOMEM;

	if (!prop)
		return -ENOMEM;
	sysfs_bin_attr_init(&prop->file);
	prop->file.attr.name = free_name(tree->at->dir, name);
	prop->file.attr.mode = 0444;
	prop->file.size = len;
	prop->file.private = (void *)value;
	prop->file.read = prop_read;
	if (prop->file.attr.name)
		err = sysfs_create_bin_file(tree->at->dir, &prop->file);
	if (err) {
		kfree(prop->file.attr.name);
		kfree(prop);
		return err;
	}
	list_add_tail(&prop->entry, &tree->props);
	return 0;
}

static const struct flat_ops ops = {
	.begin_node = begin_node,
	.prop = add_prop,
	.end_node = end_node,
};

struct tree *tree_create(struct kobject *parent, const char *name, void *blob, size_t size)
{
	struct tree *tree = kzalloc(sizeof(*tree), GFP_KERNEL);
	int err;

	if (!tree) {
		kvfree(blob);
		return ERR_PTR(-ENOMEM);
	}
	tree->blob = blob;
	tree->name = name;
	tree->above = parent;
	INIT_LIST_HEAD(&tree->nodes);
	INIT_LIST_HEAD(&tree->props);
	err = flat_walk(blob, size, &ops, tree);
	if (err) {
		tree_remove(tree);
		return ERR_PTR(err);
	}
	return tree;
}

void tree_remove(struct tree *tree)
{
	struct node *node;
	struct node *next_node;
	struct prop *prop;
	struct prop *next_prop;

	/* A directory takes its files with it, and waits for who reads them. */
	list_for_each_entry_safe(node, next_node, &tree->nodes, entry) {
		kobject_put(node->dir);
		kfree(node);
	}
	list_for_each_entry_safe(prop, next_prop, &tree->props, entry) {
		kfree(prop->file.attr.name);
		kfree(prop);
	}
	kvfree(tree->blob);
	kfree(tree);
}

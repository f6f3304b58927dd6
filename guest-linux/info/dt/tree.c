// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel makes nodes and properties of a blob. That function is all that modules get of it:
 * nothing of libfdt is exported, and Debian's headers have neither its sources nor its own header.
 */
#include <linux/err.h>
#include <linux/kernfs.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_fdt.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "tree.h"

#define HEADER_SIZE 40 /* of a flattened tree of version 17; the second word is the size of all */
#define NAMESAKES_MAX 100

struct tree {
	void *blob;
	size_t size;
	void *nodes; /* the memory of all of them */
	struct device_node *root;
};

/* The kernel looks at all else in a header, but does not know how much there is. */
static bool is_whole(const __be32 *blob, size_t size)
{
	return size >= HEADER_SIZE && be32_to_cpu(blob[1]) <= size;
}

static bool fits_file(const char *name)
{
	return *name && strlen(name) <= NAME_MAX && !strchr(name, '/') && strcmp(name, ".") &&
	       strcmp(name, "..");
}

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

/* The node's directory is its data. */
static int add_dir(struct device_node *node, const char *name, struct kobject *above)
{
	char *own;

	if (!fits_file(name))
		return -EINVAL;
	own = free_name(above, name);
	if (own)
		node->data = kobject_create_and_add(own, above);
	kfree(own);
	return node->data ? 0 : -ENOMEM;
}

static ssize_t prop_read(struct file *filp, struct kobject *kobj, struct bin_attribute *file,
			 char *buf, loff_t off, size_t count)
{
	return memory_read_from_buffer(buf, count, &off, file->private, file->size);
}

static int add_prop(struct kobject *dir, struct property *prop)
{
	struct bin_attribute *file = &prop->attr;

	if (!fits_file(prop->name))
		return -EINVAL;
	sysfs_bin_attr_init(file);
	file->attr.name = free_name(dir, prop->name);
	file->attr.mode = 0444;
	file->size = prop->length;
	file->private = prop->value;
	file->read = prop_read;
	return file->attr.name ? sysfs_create_bin_file(dir, file) : -ENOMEM;
}

/* Not so the "name" that the kernel makes for a node that has none. */
static bool in_blob(const struct tree *tree, const struct property *prop)
{
	return prop->value >= tree->blob && prop->value < tree->blob + tree->size;
}

static int add_node(const struct tree *tree, struct device_node *node, const char *name,
		    struct kobject *above)
{
	struct property *prop;
	int err = add_dir(node, name, above);

	for (prop = node->properties; prop && !err; prop = prop->next) {
		if (in_blob(tree, prop))
			err = add_prop(node->data, prop);
	}
	return err;
}

/* Parents come before their children. */
static int add_nodes(struct tree *tree, const char *name, struct kobject *above)
{
	struct device_node *node;
	int err = add_node(tree, tree->root, name, above);

	node = of_find_all_nodes(of_node_get(tree->root));
	for (; node && !err; node = of_find_all_nodes(node))
		err = add_node(tree, node, node->full_name, node->parent->data);
	of_node_put(node);
	return err;
}

struct tree *tree_create(struct kobject *parent, const char *name, void *blob, size_t size)
{
	struct tree *tree = kzalloc(sizeof(*tree), GFP_KERNEL);
	int err = -EINVAL;

	if (!tree) {
		kvfree(blob);
		return ERR_PTR(-ENOMEM);
	}
	tree->blob = blob;
	tree->size = size;
	if (is_whole(blob, size))
		tree->nodes = of_fdt_unflatten_tree(blob, NULL, &tree->root);
	if (tree->nodes)
		err = add_nodes(tree, name, parent);
	if (err) {
		tree_remove(tree);
		return ERR_PTR(err);
	}
	return tree;
}

static void remove_node(struct device_node *node)
{
	struct property *prop;

	kobject_put(node->data);
	for (prop = node->properties; prop; prop = prop->next)
		kfree(prop->attr.attr.name);
}

void tree_remove(struct tree *tree)
{
	struct device_node *node = of_node_get(tree->root);

	/* Takes all that is below with it, and waits for who reads that. */
	if (node)
		kobject_del(node->data);
	for (; node; node = of_find_all_nodes(node))
		remove_node(node);
	kfree(tree->nodes);
	kvfree(tree->blob);
	kfree(tree);
}

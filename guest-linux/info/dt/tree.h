/* SPDX-License-Identifier: GPL-2.0-only */
/* A device tree as files: nodes are directories, properties are what /proc/device-tree makes of them. */
#ifndef DT_TREE_H
#define DT_TREE_H

#include <linux/kobject.h>

struct tree;

/*
 * Puts the tree in a directory of that name. The blob is from kvmalloc(), and the tree's from now
 * on, whatever comes of this. Returns the tree, or ERR_PTR(): ENOMEM; EINVAL: a bad blob, or the
 * kernel had no memory for its nodes, which it does not tell. May sleep.
 */
struct tree *tree_create(struct kobject *parent, const char *name, void *blob, size_t size);

/* All files of it go. May sleep. */
void tree_remove(struct tree *tree);

#endif

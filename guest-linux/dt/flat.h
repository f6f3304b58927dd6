/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks a flattened device tree (Devicetree Specification 0.4, chapter 5), believing nothing. */
#ifndef DT_FLAT_H
#define DT_FLAT_H

#include <linux/types.h>

#define FLAT_DEPTH_MAX 64
#define FLAT_NAME_MAX 255 /* characters of a name: what a file may be called */

/*
 * Called in the tree's order; names and values point into the blob, names end with a NUL, are fit
 * for files ("" is the root's alone) and may come twice in a node. Not 0 ends the walk.
 */
struct flat_ops {
	int (*begin_node)(void *cookie, const char *name);
	int (*prop)(void *cookie, const char *name, const void *value, u32 len);
	int (*end_node)(void *cookie);
};

/* Returns 0, what a callback returned, or -EINVAL when the blob of size bytes is not well made. */
int flat_walk(const void *blob, size_t size, const struct flat_ops *ops, void *cookie);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How config/ reads a flat device tree (Devicetree Specification v0.4, chapter 5).
 *
 * dt_check() proves once that the whole structure block is in bounds and well formed; all else
 * here trusts that, takes node offsets as libfdt's, and is some ten times cheaper than libfdt's
 * calls, each of which checks again. Context: boot or restart; pure, no locks.
 */
#ifndef CONFIG_DT_H
#define CONFIG_DT_H

#include <stdarg.h>

#include "config/model.h"

#define DT_DEPTH_MAX 16
#define DT_ROOT 0

/* A property's value; 4-byte aligned. data NULL: the node has no such property. */
struct dt_prop {
	const void *data;
	u32 len;
};

/* Steps over a node's properties: set by dt_props_of(), moved by dt_next_prop(). */
struct dt_cursor {
	const void *fdt;
	int off;
	u32 name_off; /* of name in the strings block; equal names have few different ones */
	const char *name;
	struct dt_prop p;
};

/*
 * Checks a blob of at most size bytes: header, bounds, nesting of at most DT_DEPTH_MAX, no
 * property behind a child, END where it belongs. what: how to call the tree in the error.
 * Returns 0, or -1 with *err filled.
 */
int dt_check(const void *fdt, size_t size, const char *what, struct cfg_error *err);

static inline u32 dt_be32(const void *p)
{
	return __builtin_bswap32(*(const u32 *)p);
}

/* Whether a word of text has a NUL in it: names fill whole words. */
static inline bool dt_word_ends(u32 word)
{
	return (word - 0x01010101) & ~word & 0x80808080;
}

/* The node's name with its unit address, "" for the root. */
const char *dt_name(const void *fdt, int node);

/* Whether the node is called name, with or without a unit address. */
bool dt_name_is(const void *fdt, int node, const char *name);

/*
 * Writes the node's path, "/" for the root. Returns false, with buf as it may be, when the path
 * does not fit into size bytes.
 */
bool dt_path_of(const void *fdt, int node, char *buf, size_t size);

/* Entry i of the header's list of reserved memory. Returns false behind the last one. */
bool dt_mem_rsv(const void *fdt, u32 i, u64 *base, u64 *size);

/* First child of a node, and the next one of the same parent. Negative: there is none. */
int dt_first_child(const void *fdt, int node);
int dt_next_child(const void *fdt, int node);

/* The child of that exact name, or negative. */
int dt_child(const void *fdt, int node, const char *name);

/*
 * The node of a path such as "/soc/uart@9000000", unit addresses may be left out; len bytes
 * of path count. Negative: there is none.
 */
int dt_path(const void *fdt, const char *path, size_t len);

/* The next node in the tree, whatever its depth, or negative; *depth is kept up to date. */
int dt_next_node(const void *fdt, int node, int *depth);

/* The same, from where a cursor stands that has passed all of a node's properties. */
int dt_next_node_from(const struct dt_cursor *c, int *depth);

void dt_props_of(struct dt_cursor *c, const void *fdt, int node);
bool dt_next_prop(struct dt_cursor *c);

/* One property. */
struct dt_prop dt_get(const void *fdt, int node, const char *name);

/* Puts the values of the n names into out; whatever else the node has is passed over. */
void dt_pick(const void *fdt, int node, const char *const *names, u32 n, struct dt_prop *out);

/* The cell of that index; n cells (1 or 2) as one number. The caller has checked the length. */
u32 dt_cell(const struct dt_prop *p, u32 index);
u64 dt_cells(const struct dt_prop *p, u32 index, u32 n);

/* All cells of a value, two at most, as one number; 0 when absent. */
u64 dt_number(const struct dt_prop *p);

/* The value as one string with its NUL inside it, or NULL. */
const char *dt_string(const struct dt_prop *p);

/* Whether the value is a list of strings one of which is s. */
bool dt_strings_have(const struct dt_prop *p, const char *s);

/* Whether the value is one or more strings, each with its NUL inside it. */
bool dt_is_strings(const struct dt_prop *p);

/* Fills *err with "NODE: PROPERTY: MESSAGE". Always returns -1. */
int dt_fail_at(struct cfg_error *err, const void *fdt, int node, const char *prop, const char *fmt,
	       ...) __printf_like(5, 6);

/*
 * Fills *err with "NODE: PROPERTY: VALUE: MESSAGE"; p is the value as found, an absent one prints
 * as "missing". Always returns -1.
 */
int dt_fail(struct cfg_error *err, const void *fdt, int node, const char *prop,
	    const struct dt_prop *p, const char *fmt, ...) __printf_like(6, 7);

/* The same; p NULL: without a value; fdt NULL: only the message. */
int dt_vfail(struct cfg_error *err, const void *fdt, int node, const char *prop,
	     const struct dt_prop *p, const char *fmt, va_list args) __printf_like(6, 0);

#endif

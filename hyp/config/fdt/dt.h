/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What config/ adds to libfdt, which reads and writes all flat device trees here (Devicetree
 * Specification v0.4, chapter 5): values of properties, and errors that name what is wrong.
 * Context: boot or restart; pure, no locks.
 */
#ifndef CONFIG_FDT_DT_H
#define CONFIG_FDT_DT_H

#include <stdarg.h>

#include <libfdt.h>

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
	int off; /* of the next one */
	const char *name;
	struct dt_prop p;
};

/*
 * Checks a blob of at most size bytes, once for all that is read of it: form, and nesting of at most
 * DT_DEPTH_MAX. what: how to call the tree in the error. Returns 0, or -1 with *err filled.
 */
int dt_check(const void *fdt, size_t size, const char *what, struct cfg_error *err);

/* The node's name with its unit address, "" for the root. */
const char *dt_name(const void *fdt, int node);

/* Whether the node is called name, with or without a unit address. */
bool dt_name_is(const void *fdt, int node, const char *name);

void dt_props_of(struct dt_cursor *c, const void *fdt, int node);
bool dt_next_prop(struct dt_cursor *c);

/* One property. */
struct dt_prop dt_get(const void *fdt, int node, const char *name);

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

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a node of the system tree by a table that says what it may hold. */
#ifndef CONFIG_FDT_READ_H
#define CONFIG_FDT_READ_H

#include "config/fdt/dt.h"

#define DT_RULES_MAX 24

enum dt_type {
	DT_ANY,
	DT_FLAG, /* no value */
	DT_STRING, /* one string of min to max characters; max 0: of any length */
	DT_STRINGS, /* one or more */
	DT_LIST, /* one string, or no value, which is the empty string */
	DT_ON_OFF, /* "on" or "off" */
	DT_CELL, /* one cell from min to max */
	DT_CELLS, /* one or more */
	DT_NUMBER, /* one or two cells, a multiple of min, at most max unless that is 0; not 0 when required */
	DT_COUNT_ALL, /* one cell from min to max, or "*" */
	DT_COUNT_AUTO, /* one cell from min to max, or "auto" */
};

/* A property that a node may have. */
struct dt_rule {
	const char *name;
	const char *right; /* what would be right, for the error */
	u32 min;
	u32 max;
	u8 type; /* enum dt_type */
	bool required;
};

/* A node that has been read: v[i] is the value of rules[i]. */
struct dt_view {
	const void *fdt;
	int node; /* negative: no node, all values absent */
	struct cfg_error *err;
	const struct dt_rule *rules;
	struct dt_prop v[DT_RULES_MAX];
};

/*
 * Fills *w from a node, which has no other properties than those of the n rules (and phandles).
 * A node number that is negative reads as an empty node. Returns 0, or -1 with *err filled.
 */
int dt_read(struct dt_view *w, const void *fdt, int node, const struct dt_rule *rules, u32 n,
	    struct cfg_error *err);

/* For each table of rules: a view has room for its values. */
#define DT_RULES_FIT(n) _Static_assert((n) <= DT_RULES_MAX, "more rules than a view has room for")

/*
 * Finds the children of a node: out[i] is the one called names[i], or -1. Others are an error.
 * Returns 0, or -1 with *err filled.
 */
int dt_read_children(const void *fdt, int node, const char *const *names, u32 n, int *out,
		     struct cfg_error *err);

/* Says that the value of one rule is wrong; fmt NULL: with the rule's own text. Returns -1. */
int dt_wrong(const struct dt_view *w, u32 which, const char *fmt, ...) __printf_like(3, 4);

/* A DT_ON_OFF or DT_COUNT that is there, and not the word that has no number. */
bool dt_is_on(const struct dt_prop *p, bool absent);
u32 dt_count(const struct dt_prop *p); /* 0: absent, or the word */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The one line that a wrong configuration stops the boot, or a VM's start, with. */
#ifndef CONFIG_ERROR_H
#define CONFIG_ERROR_H

#include "lib/types.h"

/* The names in a table: the first of n, stride bytes apart. */
struct cfg_names {
	const char *const *first;
	u32 n;
	u32 stride;
};

struct cfg_error {
	char text[224]; /* "NODE: PROPERTY: VALUE: what would be right", "" when none */
	/* Where a name is wrong: that one, else NULL, and which are right; the host's advice. */
	const char *unknown;
	struct cfg_names known;
};

/* Where a part of the model was read: only config looks there, others complain about it. */
struct cfg_node {
	const void *fdt;
	int at; /* offset of the node; negative: there is none */
};

/* Fills *err (the first error wins). Always returns -1, so that callers can return it. */
int cfg_fail(struct cfg_error *err, const char *fmt, ...) __printf_like(2, 3);

/* Fills *err with "NODE: PROPERTY: MESSAGE". Always returns -1. */
int cfg_fail_at(struct cfg_error *err, const struct cfg_node *node, const char *prop,
		const char *fmt, ...) __printf_like(4, 5);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The one line that a wrong configuration stops the boot, or a VM's start, with. */
#ifndef CONFIG_ERROR_H
#define CONFIG_ERROR_H

#include "lib/types.h"

struct cfg_error {
	char text[224]; /* "NODE: PROPERTY: VALUE: what would be right", "" when none */
};

/* Fills *err (the first error wins). Always returns -1, so that callers can return it. */
int cfg_fail(struct cfg_error *err, const char *fmt, ...) __printf_like(2, 3);

/* Fills *err with "NODE: PROPERTY: MESSAGE". Always returns -1. */
int cfg_fail_at(struct cfg_error *err, const void *fdt, int node, const char *prop, const char *fmt,
		...) __printf_like(5, 6);

#endif

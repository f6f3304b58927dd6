/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's device tree, for libfdt, and what libfdt has no function for. */
#ifndef RT_DT_H
#define RT_DT_H

#include <libfdt.h>

#include "lib/types.h"

/* What the guest was entered with: libfdt finds nothing in it if that was no tree. */
extern const void *dt;

/* The first node of that kind; negative: none, and then it has no properties either. */
static inline int dt_compatible(const char *compatible)
{
	return fdt_node_offset_by_compatible(dt, -1, compatible);
}

/* The value, len bytes (len may be NULL), or NULL: absent. */
static inline const void *dt_prop(int node, const char *name, int *len)
{
	return fdt_getprop(dt, node, name, len);
}

/* Entry `index` of the reg of a node with two address and two size cells; false: absent. */
bool dt_reg(int node, u32 index, u64 *base, u64 *size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few look-ups of a flattened device tree that test guests need. Own code, so that a guest
 * needs nothing but a cross compiler. Source: Devicetree Specification 0.4, chapter 5.
 */
#ifndef RT_DT_H
#define RT_DT_H

#include "lib/types.h"

void dt_init(const void *blob);
const void *dt_blob(void);
u32 dt_size(void);

/* Nodes are offsets in the structure block; 0 is none (and the start for dt_next). */
u32 dt_next(u32 node); /* in document order */
u32 dt_named(u32 after, const char *name); /* unit address ignored */
u32 dt_compatible(u32 after, const char *compatible);
const void *dt_prop(u32 node, const char *name, u32 *len);
const char *dt_string(u32 node, const char *name); /* NULL: absent */
u64 dt_cells(const void *p, u32 nr);
/* reg entry `index` of a node with two address and two size cells; false: absent */
bool dt_reg(u32 node, u32 index, u64 *base, u64 *size);

#endif

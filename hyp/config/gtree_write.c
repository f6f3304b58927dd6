/* SPDX-License-Identifier: Apache-2.0 */
/* Writes nodes and properties in their order; the first error voids all that follows. */
#include <libfdt.h>

#include "config/gtree_int.h"
#include "lib/string.h"

void gtree_note(struct gtree *g, int ret)
{
	if (ret < 0 && !g->error)
		g->error = ret;
}

void gtree_begin(struct gtree *g, const char *name)
{
	if (!g->error)
		gtree_note(g, fdt_begin_node(g->fdt, name));
}

void gtree_end(struct gtree *g)
{
	if (!g->error)
		gtree_note(g, fdt_end_node(g->fdt));
}

void gtree_prop(struct gtree *g, const char *name, const void *data, u32 len)
{
	if (!g->error)
		gtree_note(g, fdt_property(g->fdt, name, data, (int)len));
}

void gtree_string(struct gtree *g, const char *name, const char *s)
{
	gtree_prop(g, name, s, (u32)strlen(s) + 1);
}

void gtree_cells(struct gtree *g, const char *name, const u32 *cells, u32 n)
{
	void *p;

	if (g->error)
		return;
	gtree_note(g, fdt_property_placeholder(g->fdt, name, (int)(n * sizeof(*cells)), &p));
	for (u32 i = 0; !g->error && i < n; i++)
		fdt32_st((u8 *)p + i * sizeof(*cells), cells[i]);
}

void gtree_cell(struct gtree *g, const char *name, u32 cell)
{
	gtree_cells(g, name, &cell, 1);
}

void gtree_u64(struct gtree *g, const char *name, u64 value)
{
	u32 cells[] = {(u32)(value >> 32), (u32)value};

	gtree_cells(g, name, cells, ARRAY_SIZE(cells));
}

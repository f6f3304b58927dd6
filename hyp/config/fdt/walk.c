// SPDX-License-Identifier: Apache-2.0
/* The walk through a board's tree: addresses, status, what nodes inherit; interrupts are in irq.c. */
#include "config/fdt/walk.h"
#include "lib/string.h"

/* Text, not pointers: cfg_board_console() runs where those would not be right. */
static const char picked[DTW_NR][20] = {
	[DTW_COMPATIBLE] = "compatible",
	[DTW_REG] = "reg",
	[DTW_RANGES] = "ranges",
	[DTW_ADDRESS_CELLS] = "#address-cells",
	[DTW_SIZE_CELLS] = "#size-cells",
	[DTW_INTERRUPT_PARENT] = "interrupt-parent",
	[DTW_INTERRUPTS] = "interrupts",
	[DTW_INTERRUPTS_EXT] = "interrupts-extended",
	[DTW_STATUS] = "status",
	[DTW_DEVICE_TYPE] = "device_type",
	[DTW_INTERRUPT_MAP] = "interrupt-map",
};

/* A cell, or what the specification says for a node without that property. */
static u32 cell_or(const struct dt_prop *p, u32 otherwise)
{
	return p->data && p->len == 4 ? dt_cell(p, 0) : otherwise;
}

static bool is_okay(const struct dt_prop *status)
{
	const char *s = dt_string(status);

	return !status->data || (s && (!strcmp(s, "okay") || !strcmp(s, "ok")));
}

/* Which of the DTW_NR a name is, or DTW_NR. */
static u32 which_prop(const char *name)
{
	u32 i;

	for (i = 0; i < DTW_NR && strcmp(picked[i], name); i++)
		;
	return i;
}

static void pick_props(struct dtw *w)
{
	struct dt_cursor c;

	memset(w->p, 0, sizeof(w->p));
	dt_props_of(&c, w->fdt, w->node);
	while (dt_next_prop(&c)) {
		u32 i = which_prop(c.name);

		if (i < DTW_NR && !w->p[i].data)
			w->p[i] = c.p;
	}
}

static void enter_node(struct dtw *w)
{
	struct dtw_bus *b = &w->bus[w->depth];
	const struct dtw_bus *parent = w->depth ? b - 1 : NULL;

	pick_props(w);
	b->node = w->node;
	b->address_cells = cell_or(&w->p[DTW_ADDRESS_CELLS], 2);
	b->size_cells = cell_or(&w->p[DTW_SIZE_CELLS], 1);
	b->ranges = w->p[DTW_RANGES];
	b->interrupt_parent =
		cell_or(&w->p[DTW_INTERRUPT_PARENT], parent ? parent->interrupt_parent : 0);
	b->nexus = parent && !w->p[DTW_INTERRUPT_PARENT].data ? parent->nexus : -1;
	if (w->p[DTW_INTERRUPT_MAP].data)
		b->nexus = w->node;
	b->enabled = (!parent || parent->enabled) && is_okay(&w->p[DTW_STATUS]);
}

void dtw_start(struct dtw *w, const void *fdt)
{
	w->fdt = fdt;
	w->node = DT_ROOT;
	w->depth = 0;
	enter_node(w);
}

bool dtw_next(struct dtw *w)
{
	int node = fdt_next_node(w->fdt, w->node, &w->depth);

	if (node < 0 || w->depth < 0)
		return false;
	w->node = node;
	enter_node(w);
	return true;
}

/* Moves an address one bus up, from the children of bus[depth] to those of bus[depth - 1]. */
static enum dtw_result translate_range(const struct dtw *w, int depth, struct range *range)
{
	const struct dtw_bus *bus = &w->bus[depth];
	u32 up = bus[-1].address_cells;
	u32 stride = bus->address_cells + up + bus->size_cells;
	u32 i;

	if (!bus->ranges.data || up < 1 || up > 2)
		return DTW_NONE;
	if (!bus->ranges.len)
		return DTW_OK;
	if (bus->ranges.len % (4 * stride))
		return DTW_BAD;
	for (i = 0; i < bus->ranges.len / 4; i += stride) {
		u64 child = dt_cells(&bus->ranges, i, bus->address_cells);
		u64 parent = dt_cells(&bus->ranges, i + bus->address_cells, up);
		u64 size = dt_cells(&bus->ranges, i + bus->address_cells + up, bus->size_cells);

		if (range->base >= child && range->size <= size &&
		    range->base - child <= size - range->size) {
			range->base += parent - child;
			return DTW_OK;
		}
	}
	return DTW_BAD;
}

enum dtw_result dtw_reg(const struct dtw *w, u32 index, struct range *range)
{
	const struct dt_prop *reg = &w->p[DTW_REG];
	int depth = w->depth - 1;
	u32 ac, sc, stride;

	if (depth < 0 || !reg->data)
		return DTW_NONE;
	ac = w->bus[depth].address_cells;
	sc = w->bus[depth].size_cells;
	stride = ac + sc;
	if (ac < 1 || ac > 2 || sc < 1 || sc > 2)
		return DTW_NONE;
	if (reg->len % (4 * stride))
		return DTW_BAD;
	if (index >= reg->len / (4 * stride))
		return DTW_NONE;
	range->base = dt_cells(reg, index * stride, ac);
	range->size = dt_cells(reg, index * stride + ac, sc);
	for (; depth > 0; depth--) {
		enum dtw_result ret;

		if (w->bus[depth].address_cells < 1 || w->bus[depth].address_cells > 2 ||
		    w->bus[depth].size_cells < 1 || w->bus[depth].size_cells > 2)
			return DTW_NONE;
		ret = translate_range(w, depth, range);
		if (ret != DTW_OK)
			return ret;
	}
	return range->base + range->size < range->base ? DTW_BAD : DTW_OK;
}

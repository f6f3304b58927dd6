// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a guest's tree front to back, by libfdt. What fails first is kept until gtree_finish(). No
 * name in the strings block is shared: looking it up costs more than the bytes are worth.
 */
#include "config/guest/priv.h"
#include "lib/printf.h"
#include "lib/string.h"

#define NAME_SIZE 32 /* of a generated node */
#define VALUE_SIZE 96 /* of a generated property */

#define ROOM KIB(64) /* at first, and for each step more: libfdt wipes and moves it in one piece */

/* Gives libfdt more of the buffer. Returns whether there was some. */
static bool grow_tree(struct gtree *g)
{
	u64 room = MIN(g->room + ROOM, g->size);

	if (g->ret || room == g->room || fdt_resize(g->out, g->out, (int)room))
		return false;
	g->room = room;
	return true;
}

static void keep_error(struct gtree *g, int ret)
{
	if (ret < 0 && !g->ret)
		g->ret = ret;
}

/* Calls libfdt, again while there is more room to give it. */
#define WRITE(g, call)                                                                             \
	do {                                                                                       \
		int ret_ = (call);                                                                 \
		while (ret_ == -FDT_ERR_NOSPACE && grow_tree(g))                                   \
			ret_ = (call);                                                             \
		keep_error(g, ret_);                                                               \
	} while (0)

void gtree_start(struct gtree *g)
{
	g->room = MIN(g->size, ROOM);
	keep_error(g, fdt_create_with_flags(g->out, (int)g->room, FDT_CREATE_FLAG_NO_NAME_DEDUP));
}

void gtree_reserve(struct gtree *g, u64 base, u64 size)
{
	WRITE(g, fdt_add_reservemap_entry(g->out, base, size));
}

void gtree_reserved(struct gtree *g)
{
	WRITE(g, fdt_finish_reservemap(g->out));
}

void gtree_begin(struct gtree *g, const char *name)
{
	WRITE(g, fdt_begin_node(g->out, name));
}

void gtree_begin_at(struct gtree *g, const char *name, u64 address)
{
	char full[NAME_SIZE];

	fmt_snprintf(full, sizeof(full), "%s@%lx", name, (unsigned long)address);
	gtree_begin(g, full);
}

void gtree_end(struct gtree *g)
{
	WRITE(g, fdt_end_node(g->out));
}

void gtree_prop(struct gtree *g, const char *name, const void *data, u64 len)
{
	WRITE(g, fdt_property(g->out, name, data, (int)len));
	gtree_between(g);
}

void gtree_string(struct gtree *g, const char *name, const char *s)
{
	gtree_prop(g, name, s, strlen(s) + 1);
}

void gtree_strings(struct gtree *g, const char *name, const char *first, const char *second)
{
	char value[VALUE_SIZE];
	size_t n = strlen(first) + 1, m = strlen(second) + 1;

	memcpy(value, first, n);
	memcpy(value + n, second, m);
	gtree_prop(g, name, value, n + m);
}

void gtree_cells(struct gtree *g, const char *name, const u32 *cells, u32 n)
{
	fdt32_t value[VALUE_SIZE / 4];

	for (u32 i = 0; i < n; i++)
		value[i] = cpu_to_fdt32(cells[i]);
	gtree_prop(g, name, value, n * sizeof(value[0]));
}

void gtree_cell(struct gtree *g, const char *name, u32 cell)
{
	gtree_cells(g, name, &cell, 1);
}

static u32 add_number(u32 *cells, u32 at, u64 number, u32 n)
{
	if (n == 2)
		cells[at++] = (u32)(number >> 32);
	cells[at++] = (u32)number;
	return at;
}

void gtree_number(struct gtree *g, const char *name, u64 number)
{
	u32 cells[2];

	gtree_cells(g, name, cells, add_number(cells, 0, number, 2));
}

void gtree_ranges(struct gtree *g, const char *name, const struct range *r, u32 n,
		  u32 address_cells, u32 size_cells)
{
	u32 cells[4 * GTREE_RANGES_MAX];
	u32 at = 0;

	for (; n--; r++) {
		at = add_number(cells, at, r->base, address_cells);
		at = add_number(cells, at, r->size, size_cells);
	}
	gtree_cells(g, name, cells, at);
}

/* A guest finds nothing but zeroes beside its tree. */
static void wipe_behind(struct gtree *g, u64 total)
{
	for (u64 at = total; at < g->room; at += ROOM) {
		memset(g->out + at, 0, MIN(g->room - at, ROOM));
		gtree_between(g);
	}
}

int gtree_finish(struct gtree *g)
{
	if (!g->ret)
		WRITE(g, fdt_finish(g->out));
	if (g->ret)
		return dt_fail_at(g->err, g->s->fdt, g->vm->node.at,
				  g->vm->has_dtb_offset ? "dtb-offset" : "dtb, devices, vplatform",
				  "the guest's device tree cannot be made in 0x%lx bytes: %s",
				  (unsigned long)g->size, fdt_strerror(g->ret));
	gtree_between(g);
	wipe_behind(g, fdt_totalsize(g->out));
	return (int)fdt_totalsize(g->out);
}

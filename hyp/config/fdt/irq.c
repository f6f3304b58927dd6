// SPDX-License-Identifier: Apache-2.0
/* Interrupts in a board's tree: those of the GIC, directly or through one interrupt-map (Devicetree Specification 2.4). */
#include "config/fdt/walk.h"
#include "lib/string.h"

#define SPI_FIRST 32
#define SPI_LAST 1019
#define PPI_FIRST 16
#define PPI_LAST 31
#define MAPPED_CELLS_MAX 8 /* unit address and interrupt of a map's child */

struct dtw_irqs dtw_irqs_of(const struct dtw *w)
{
	bool own_parent = w->p[DTW_INTERRUPT_PARENT].data;

	return (struct dtw_irqs){
		.interrupts = w->p[DTW_INTERRUPTS],
		.extended = w->p[DTW_INTERRUPTS_EXT],
		.parent = w->bus[w->depth].interrupt_parent,
		.fdt = w->fdt,
		.nexus = w->depth && !own_parent ? w->bus[w->depth - 1].nexus : -1,
		.reg = w->p[DTW_REG],
	};
}

/* Three cells of the GIC's binding: type, number, flags. */
static enum dtw_result decode_irq(const struct dt_prop *p, u32 cell, struct cfg_irq *irq)
{
	u32 number = dt_cell(p, cell + 1);
	u32 flags = dt_cell(p, cell + 2) & 0xf;

	irq->trigger = flags & 3 ? CFG_TRIGGER_EDGE : CFG_TRIGGER_LEVEL;
	switch (dt_cell(p, cell)) {
	case 0:
		irq->intid = SPI_FIRST + number;
		return number <= SPI_LAST - SPI_FIRST ? DTW_OK : DTW_BAD;
	case 1:
		irq->intid = PPI_FIRST + number;
		return number <= PPI_LAST - PPI_FIRST ? DTW_OK : DTW_BAD;
	default:
		return DTW_BAD;
	}
}

static u32 cells_of(const struct dtw_irqs *i, const char *name)
{
	struct dt_prop p = dt_get(i->fdt, i->nexus, name);

	return p.len == 4 ? dt_cell(&p, 0) : 0;
}

/* What is looked for in the map: the device's address on its bus, and its interrupt. */
static void child_cells(const struct dtw_irqs *i, u32 address, u32 interrupt, u32 index, u32 *cells)
{
	for (u32 n = 0; n < address; n++)
		cells[n] = i->reg.len >= 4 * address ? dt_cell(&i->reg, n) : 0;
	for (u32 n = 0; n < interrupt; n++)
		cells[address + n] = dt_cell(&i->interrupts, index * interrupt + n);
}

static bool entry_matches(const struct dt_prop *map, u32 at, const struct dt_prop *mask,
			  const u32 *cells, u32 n)
{
	for (u32 k = 0; k < n; k++) {
		u32 m = mask->len == 4 * n ? dt_cell(mask, k) : ~0U;

		if ((dt_cell(map, at + k) ^ cells[k]) & m)
			return false;
	}
	return true;
}

/* A map all of whose entries go to the GIC; others are read as wrong. */
static enum dtw_result mapped_irq(const struct dtw_irqs *i, const struct dtw_gic *gic, u32 index,
				  struct cfg_irq *irq)
{
	u32 address = cells_of(i, "#address-cells"), interrupt = cells_of(i, "#interrupt-cells");
	struct dt_prop map = dt_get(i->fdt, i->nexus, "interrupt-map");
	struct dt_prop mask = dt_get(i->fdt, i->nexus, "interrupt-map-mask");
	u32 n = address + interrupt, stride = n + 1 + gic->address_cells + gic->cells;
	u32 cells[MAPPED_CELLS_MAX];

	if (!interrupt || address > 3 || interrupt > MAPPED_CELLS_MAX - 3 ||
	    i->interrupts.len % (4 * interrupt) || map.len % (4 * stride))
		return DTW_BAD;
	if (index >= i->interrupts.len / (4 * interrupt))
		return DTW_NONE;
	child_cells(i, address, interrupt, index, cells);
	for (u32 at = 0; at < map.len / 4; at += stride) {
		if (dt_cell(&map, at + n) != gic->phandle)
			return DTW_BAD;
		if (entry_matches(&map, at, &mask, cells, n))
			return decode_irq(&map, at + n + 1 + gic->address_cells, irq);
	}
	return DTW_BAD;
}

static bool is_gic(const struct dtw_gic *gic, u32 phandle)
{
	return phandle == gic->phandle || (gic->front && phandle == gic->front);
}

enum dtw_result dtw_irq(const struct dtw_irqs *i, const struct dtw_gic *gic, u32 index,
			struct cfg_irq *irq)
{
	/* interrupts-extended wins, and has the controller's phandle in front of each. */
	bool extended = i->extended.data;
	const struct dt_prop *p = extended ? &i->extended : &i->interrupts;
	u32 stride = gic->cells + (extended ? 1 : 0);
	u32 cell = index * stride;

	if (!p->data || !p->len)
		return DTW_NONE;
	if (!extended && i->nexus >= 0)
		return mapped_irq(i, gic, index, irq);
	if (p->len < 4)
		return DTW_BAD;
	/* Another controller's are of another length perhaps. */
	if (!is_gic(gic, extended ? dt_cell(p, 0) : i->parent))
		return DTW_OTHER;
	if (p->len % (4 * stride))
		return DTW_BAD;
	if (index >= p->len / (4 * stride))
		return DTW_NONE;
	if (extended && !is_gic(gic, dt_cell(p, cell)))
		return DTW_OTHER;
	return decode_irq(p, cell + (extended ? 1 : 0), irq);
}

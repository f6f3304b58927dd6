/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a board's device tree node by node and keeps what a node inherits: its buses' address
 * translation, its interrupt parent, whether an ancestor is disabled.
 * Source: Devicetree Specification v0.4, 2.3 (standard properties) and 2.4 (interrupts).
 */
#ifndef CONFIG_FDT_WALK_H
#define CONFIG_FDT_WALK_H

#include "config/fdt/dt.h"

enum {
	DTW_COMPATIBLE,
	DTW_REG,
	DTW_RANGES,
	DTW_ADDRESS_CELLS,
	DTW_SIZE_CELLS,
	DTW_INTERRUPT_PARENT,
	DTW_INTERRUPTS,
	DTW_INTERRUPTS_EXT,
	DTW_STATUS,
	DTW_DEVICE_TYPE,
	DTW_INTERRUPT_MAP,
	DTW_NR
};

/* A node on the path to the current one, as its children see it. */
struct dtw_bus {
	int node;
	u32 address_cells;
	u32 size_cells;
	struct dt_prop ranges;
	u32 interrupt_parent; /* phandle, 0: none */
	int nexus; /* whose interrupt-map its children's interrupts go through; -1: none */
	bool enabled;
};

struct dtw {
	const void *fdt;
	int node; /* the current one */
	int depth; /* 0: the root */
	struct dt_prop p[DTW_NR]; /* its properties */
	struct dtw_bus bus[DT_DEPTH_MAX]; /* by depth, the current one included */
};

/* Where a device's interrupts are written, and whom they go to. */
struct dtw_irqs {
	struct dt_prop interrupts;
	struct dt_prop extended;
	u32 parent; /* phandle that `interrupts` goes to, where there is no nexus */
	const void *fdt;
	int nexus; /* node whose interrupt-map `interrupts` goes through; -1: none */
	struct dt_prop reg; /* of the device: an interrupt-map may ask for its address */
};

/* How a GIC's interrupts are written. */
struct dtw_gic {
	u32 phandle;
	u32 cells; /* #interrupt-cells: 3, or 4 with PPI partitions */
	u32 address_cells; /* #address-cells: of what stands before an interrupt in an interrupt-map */
	u32 front; /* phandle of another controller whose interrupts are its own, written alike; 0: none */
};

/* Starts at the root of a checked tree; dtw_next() steps to the next node, false behind the last. */
void dtw_start(struct dtw *w, const void *fdt);
bool dtw_next(struct dtw *w);

/* Whether the node and all above it are in use (`status` "okay" or none). */
static inline bool dtw_enabled(const struct dtw *w)
{
	return w->bus[w->depth].enabled;
}

/* Whether the node's list of `compatible` has s. */
static inline bool dtw_compatible(const struct dtw *w, const char *s)
{
	return dt_strings_have(&w->p[DTW_COMPATIBLE], s);
}

/* Bits of a range's kind: what dtw_reg() and dtw_irq() give. */
enum dtw_result { DTW_OK, DTW_NONE, DTW_BAD, DTW_OTHER };

/*
 * The index-th entry of the node's reg as the CPU sees it. DTW_NONE: no such entry, or the bus
 * is none that the CPU can address. DTW_BAD: wrong length, or outside the parents' ranges.
 */
enum dtw_result dtw_reg(const struct dtw *w, u32 index, struct range *range);

struct dtw_irqs dtw_irqs_of(const struct dtw *w);

/* How the board's GIC is meant in its tree. */
static inline struct dtw_gic board_dtw_gic(const struct cfg_gic *gic)
{
	return (struct dtw_gic){gic->phandle, gic->irq_cells, gic->address_cells, gic->front};
}

/*
 * The index-th interrupt. DTW_NONE: no such. DTW_OTHER: another controller's. DTW_BAD: wrong length, a map that leads to
 * another controller, or no INTID that devices have.
 */
enum dtw_result dtw_irq(const struct dtw_irqs *i, const struct dtw_gic *gic, u32 index,
			struct cfg_irq *irq);

#endif

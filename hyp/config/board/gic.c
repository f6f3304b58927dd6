// SPDX-License-Identifier: Apache-2.0
/* The interrupt controller in the board's device tree. */
#include "config/board/board.h"
#include "lib/string.h"

#define GICD_SIZE KIB(4)
#define GICV2_MAINTENANCE 25

/* A CPU interface may have been taken for larger than the tree says: then it must not be another frame's second page. */
static bool v2_frames_overlap(const struct cfg_gic *gic)
{
	const struct range *frames[] = {&gic->dist, &gic->cpu, &gic->hyp, &gic->vcpu};

	for (u32 i = 0; i < ARRAY_SIZE(frames); i++)
		for (u32 j = 0; j < i; j++)
			if (ranges_overlap(frames[i], frames[j]))
				return true;
	return false;
}

static int scan_gicv2(struct board_scan *s)
{
	struct cfg_gic *gic = &s->b->gic;

	gic->version = 2;
	if (dtw_reg(&s->w, 0, &gic->dist) || dtw_reg(&s->w, 1, &gic->cpu) ||
	    dtw_reg(&s->w, 2, &gic->hyp) || dtw_reg(&s->w, 3, &gic->vcpu) ||
	    gic->dist.size < GICD_SIZE || gic->cpu.size < KIB(4) || gic->hyp.size < KIB(4) ||
	    gic->vcpu.size < KIB(4))
		return board_fail_reg(
			s, "four regions: distributor, CPU, hypervisor and virtual CPU interface",
			0);
	/* GICC_DIR and GICV_DIR are in second pages (IHI 0048 4.1.2), also where a tree says 4 KiB. */
	gic->cpu.size = MAX(gic->cpu.size, (u64)KIB(8));
	gic->vcpu.size = MAX(gic->vcpu.size, (u64)KIB(8));
	if (v2_frames_overlap(gic))
		return board_fail_reg(
			s, "frames that do not overlap, with 8 KiB for each CPU interface", 0);
	return 0;
}

static int scan_gicv3(struct board_scan *s)
{
	struct cfg_gic *gic = &s->b->gic;
	struct dt_prop regions = dt_get(s->w.fdt, s->w.node, "#redistributor-regions");
	struct dt_prop stride = dt_get(s->w.fdt, s->w.node, "redistributor-stride");
	u32 i;

	gic->version = 3;
	gic->nr_redist = regions.len == 4 ? dt_cell(&regions, 0) : 1;
	if (!gic->nr_redist || gic->nr_redist > CFG_REDIST_MAX) {
		gic->nr_redist = 0;
		return dt_fail(s->err, s->w.fdt, s->w.node, "#redistributor-regions", &regions,
			       "1 to %d", CFG_REDIST_MAX);
	}
	if (stride.len == 4 || stride.len == 8)
		gic->redist_stride = dt_number(&stride);
	if (dtw_reg(&s->w, 0, &gic->dist) || gic->dist.size < KIB(64))
		return board_fail_reg(s, "the distributor's 64 KiB first", 0);
	for (i = 0; i < gic->nr_redist; i++)
		if (dtw_reg(&s->w, i + 1, &gic->redist[i]) || gic->redist[i].size < GICR_FRAMES)
			return board_fail_reg(
				s, "the distributor, then each region of redistributors", 0);
	return 0;
}

/*
 * i.MX 8MQ's power controller stands before the GIC in the tree: it only wakes CPUs for interrupts, and their numbers are
 * the GIC's (Linux: drivers/irqchip/irq-imx-gpcv2.c). Trees of i.MX 8MM, which has the same, name the GIC itself. So does
 * Tegra's legacy interrupt controller (irq-tegra.c).
 */
static void scan_front(struct board_scan *s)
{
	struct dt_prop phandle;

	if (!dtw_compatible(&s->w, "fsl,imx8mq-gpc") &&
	    !dtw_compatible(&s->w, "nvidia,tegra210-ictlr"))
		return;
	phandle = dt_get(s->w.fdt, s->w.node, "phandle");
	if (phandle.len == 4)
		s->b->gic.front = dt_cell(&phandle, 0);
}

int board_scan_gic(struct board_scan *s)
{
	/* Of the GICv2 kinds, those with the virtualization extensions, on some boards at least. */
	static const char *const v2[] = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic",
					 "qcom,msm-qgic2"};
	struct cfg_gic *gic = &s->b->gic;
	struct dt_prop phandle, cells, address;
	u32 i;

	scan_front(s);
	if (s->gic_node >= 0 || !s->w.p[DTW_COMPATIBLE].data)
		return 0;
	for (i = 0; i < ARRAY_SIZE(v2) && !dtw_compatible(&s->w, v2[i]); i++)
		;
	if (i == ARRAY_SIZE(v2) && !dtw_compatible(&s->w, "arm,gic-v3"))
		return 0;
	s->gic_node = gic->node = s->w.node;
	s->gic_irqs = dtw_irqs_of(&s->w);
	phandle = dt_get(s->w.fdt, s->w.node, "phandle");
	if (phandle.len != 4)
		return dt_fail(s->err, s->w.fdt, s->w.node, "phandle", &phandle,
			       "one cell, for interrupts to name it");
	gic->phandle = dt_cell(&phandle, 0);
	cells = dt_get(s->w.fdt, s->w.node, "#interrupt-cells");
	if (cells.len != 4 || dt_cell(&cells, 0) < 3 || dt_cell(&cells, 0) > 4)
		return dt_fail(s->err, s->w.fdt, s->w.node, "#interrupt-cells", &cells, "<3>");
	gic->irq_cells = dt_cell(&cells, 0);
	address = dt_get(s->w.fdt, s->w.node, "#address-cells");
	gic->address_cells = address.len == 4 ? MIN(dt_cell(&address, 0), 2U) : 0;
	return i < ARRAY_SIZE(v2) ? scan_gicv2(s) : scan_gicv3(s);
}

/* Which entry of `interrupts` has the given name; otherwise the binding's fixed place. */
static u32 timer_index(const struct board_scan *s, const char *name, u32 otherwise)
{
	struct dt_prop names = dt_get(s->b->fdt, s->timer_node, "interrupt-names");
	const char *list = names.data;
	u32 at = 0, i;

	if (!dt_is_strings(&names))
		return otherwise;
	for (i = 0; at < names.len; i++) {
		if (!strcmp(list + at, name))
			return i;
		at += (u32)strlen(list + at) + 1;
	}
	return ~0u >> 8; /* named, but not this one: an index no list has */
}

static int read_ppi(struct board_scan *s, int node, const struct dtw_irqs *irqs, u32 index,
		    const char *name, struct cfg_irq *irq)
{
	const struct dtw_gic gic = board_dtw_gic(&s->b->gic);
	const struct dt_prop *p = irqs->extended.data ? &irqs->extended : &irqs->interrupts;

	if (dtw_irq(irqs, &gic, index, irq) != DTW_OK || irq->intid >= 32)
		return dt_fail(s->err, s->b->fdt, node, "interrupts", p,
			       "the %s interrupt at index %u, a PPI of the GIC", name, index);
	return 0;
}

/* Trees of GICv2 may leave it out: INTID 25 in all that Arm made (DDI 0471 2.3.2). */
static int read_maintenance(struct board_scan *s)
{
	struct cfg_gic *gic = &s->b->gic;

	if (gic->version == 2 && !s->gic_irqs.interrupts.data && !s->gic_irqs.extended.data) {
		gic->maintenance =
			(struct cfg_irq){.intid = GICV2_MAINTENANCE, .trigger = CFG_TRIGGER_LEVEL};
		return 0;
	}
	return read_ppi(s, s->gic_node, &s->gic_irqs, 0, "maintenance", &gic->maintenance);
}

int board_read_irqs(struct board_scan *s)
{
	struct cfg_board *b = s->b;

	if (s->gic_node < 0)
		return cfg_fail(
			s->err,
			"/: interrupt-controller: missing: a node with arm,gic-v3, or arm,gic-400");
	if (s->timer_node < 0)
		return cfg_fail(s->err, "/timer: compatible: missing: a node with arm,armv8-timer");
	/* A GIC is its own interrupt parent where the tree names no other. */
	if (!s->gic_irqs.parent)
		s->gic_irqs.parent = b->gic.phandle;
	if (read_maintenance(s) ||
	    read_ppi(s, s->timer_node, &s->timer_irqs, timer_index(s, "phys", 1), "physical timer",
		     &b->timer_phys) ||
	    read_ppi(s, s->timer_node, &s->timer_irqs, timer_index(s, "virt", 2), "virtual timer",
		     &b->timer_virt) ||
	    read_ppi(s, s->timer_node, &s->timer_irqs, timer_index(s, "hyp-phys", 3),
		     "hypervisor timer", &b->timer_hyp))
		return -1;
	return 0;
}

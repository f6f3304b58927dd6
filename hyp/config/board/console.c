// SPDX-License-Identifier: Apache-2.0
/* The console in the board's device tree: which UART it is, of which kind, and its interrupts. */
#include "config/board/board.h"

/*
 * A kind of UART. Nothing here is a pointer: boot_refuse() reads it at another address than linked for.
 * Sources: the kernel's bindings in Documentation/devicetree/bindings/serial, and its drivers for what they leave out.
 */
struct kind {
	char compatible[27];
	u8 type;
	u8 shift, width; /* where the tree says nothing else */
	u8 offset;
	u8 irqs; /* at most so many of its interrupts are its own */
};

static const struct kind kinds[] = {
	{"arm,pl011", CFG_UART_PL011, .width = 4, .irqs = 1},
	{"ns16550a", CFG_UART_16550, .width = 1, .irqs = 1},
	{"ns16550", CFG_UART_16550, .width = 1, .irqs = 1},
	{"fsl,ns16550", CFG_UART_16550, .width = 1, .irqs = 1},
	{"snps,dw-apb-uart", CFG_UART_DW_APB, .width = 1, .irqs = 1},
	{"mediatek,mt6577-uart", CFG_UART_16550, .shift = 2, .width = 4, .irqs = 1},
	{"ti,am654-uart", CFG_UART_TI, .shift = 2, .width = 4, .irqs = 1},
	{"nvidia,tegra20-uart", CFG_UART_TEGRA, .shift = 2, .width = 4, .irqs = 1},
	{"cdns,uart-r1p8", CFG_UART_CADENCE, .width = 4, .irqs = 1},
	{"cdns,uart-r1p12", CFG_UART_CADENCE, .width = 4, .irqs = 1},
	{"qcom,geni-debug-uart", CFG_UART_GENI, .width = 4, .irqs = 1},
	{"qcom,geni-uart", CFG_UART_GENI, .width = 4, .irqs = 1},
	{"qcom,msm-uartdm-v1.4", CFG_UART_MSM_DM, .width = 4, .irqs = 1},
	{"fsl,imx6q-uart", CFG_UART_IMX, .width = 4, .irqs = 1},
	{"fsl,imx21-uart", CFG_UART_IMX, .width = 4, .irqs = 1},
	{"fsl,imx7ulp-lpuart", CFG_UART_LPUART, .width = 4, .offset = 0x10, .irqs = 1},
	{"fsl,imx8ulp-lpuart", CFG_UART_LPUART, .width = 4, .offset = 0x10, .irqs = 1},
	{"fsl,imx8qxp-lpuart", CFG_UART_LPUART, .width = 4, .offset = 0x10, .irqs = 1},
	{"fsl,ls1028a-lpuart", CFG_UART_LPUART, .width = 4, .irqs = 1},
	{"marvell,armada-3700-uart", CFG_UART_MVEBU, .width = 4, .irqs = 1},
	{"amlogic,meson-gx-uart", CFG_UART_MESON, .width = 4, .irqs = 1},
	{"amlogic,meson-a1-uart", CFG_UART_MESON, .width = 4, .irqs = 1},
	{"amlogic,meson-s4-uart", CFG_UART_MESON, .width = 4, .irqs = 1},
	{"amlogic,meson-uart", CFG_UART_MESON, .width = 4, .irqs = 1},
	{"renesas,scif", CFG_UART_SCIF, .shift = 2, .width = 4, .irqs = 1},
	{"renesas,scif-r9a07g044", CFG_UART_SCIF, .shift = 1, .width = 4, .irqs = 6},
	{"renesas,scif-r9a09g057", CFG_UART_SCIF, .shift = 1, .width = 4, .irqs = 6},
	{"samsung,exynos4210-uart", CFG_UART_EXYNOS, .width = 4, .irqs = 1},
	{"samsung,exynos5433-uart", CFG_UART_EXYNOS, .width = 4, .irqs = 1},
	{"samsung,exynos850-uart", CFG_UART_EXYNOS, .width = 4, .irqs = 1},
	{"samsung,exynos8895-uart", CFG_UART_EXYNOS, .width = 4, .irqs = 1},
	{"google,gs101-uart", CFG_UART_EXYNOS, .width = 4, .irqs = 1},
};

static const struct kind *kind_of(const struct dtw *w)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (dtw_compatible(w, kinds[i].compatible))
			return &kinds[i];
	return NULL;
}

/* One cell, or otherwise what is usual. */
static u32 number(const struct dtw *w, const char *name, u32 otherwise)
{
	struct dt_prop p = dt_get(w->fdt, w->node, name);

	return p.len == 4 ? dt_cell(&p, 0) : otherwise;
}

/* Registers of 16 bits or with their bytes swapped are in no driver here; nor may they be outside of what is mapped. */
static bool has_driver(const struct cfg_console *c, const struct dtw *w)
{
	return (c->width == 1 || c->width == 4) && c->shift <= 3 && c->offset < c->reg.size &&
	       IS_ALIGNED(c->reg.base + c->offset, c->width) &&
	       !dt_get(w->fdt, w->node, "big-endian").data;
}

static void read_kind(struct cfg_console *c, const struct dtw *w, const struct kind *kind)
{
	c->shift = number(w, "reg-shift", kind->shift);
	c->width = number(w, "reg-io-width", kind->width);
	c->offset = number(w, "reg-offset", kind->offset);
	if (!has_driver(c, w))
		return;
	c->nr_irqs = kind->irqs;
	c->type = kind->type;
}

bool board_scan_console(struct board_scan *s, int wanted)
{
	const struct kind *kind = kind_of(&s->w);
	struct cfg_console *c = &s->b->console;
	struct range reg;

	if (wanted >= 0)
		kind = s->w.node == wanted ? kind : NULL;
	else if (!kind || kind->type != CFG_UART_PL011 || !dtw_enabled(&s->w))
		return false;
	if (wanted >= 0 && s->w.node != wanted)
		return false;
	if (dtw_reg(&s->w, 0, &reg) == DTW_OK && reg.size) {
		c->node = s->w.node;
		c->reg = reg;
		if (kind)
			read_kind(c, &s->w, kind);
	}
	return true;
}

static bool has_irq(const struct cfg_console *c, u32 n, u32 intid)
{
	while (n--)
		if (c->irqs[n].intid == intid)
			return true;
	return false;
}

int board_read_console_irqs(struct board_scan *s)
{
	struct cfg_console *c = &s->b->console;
	const struct dtw_gic gic = board_dtw_gic(&s->b->gic);
	u32 i, n = 0, max = c->nr_irqs;

	/* A UART that nk has no driver for is none of its business. */
	for (i = 0; i < max; i++) {
		enum dtw_result ret = dtw_irq(&s->console_irqs, &gic, i, &c->irqs[n]);

		if (ret == DTW_OTHER &&
		    board_inverted_irq(s, &s->console_irqs, i, &c->irqs[n], &c->inverter))
			ret = DTW_OK;
		/* Nor one whose interrupt takes a driver of something else in between. */
		if (ret == DTW_OTHER) {
			c->type = CFG_UART_NONE;
			break;
		}
		if (ret == DTW_BAD)
			return dt_fail(s->err, s->b->fdt, c->node, "interrupts",
				       &s->console_irqs.interrupts, "an interrupt of the GIC");
		if (ret == DTW_NONE)
			break;
		/* One line may be in the list for several reasons. */
		n += !has_irq(c, n, c->irqs[n].intid);
	}
	c->nr_irqs = n;
	return 0;
}

bool cfg_console_has_irq(const struct cfg_console *c, u32 intid)
{
	return has_irq(c, c->nr_irqs, intid);
}

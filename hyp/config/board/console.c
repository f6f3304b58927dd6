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
	u16 size; /* of the registers that the driver uses, a byte apart where shift counts */
	u8 shift, width; /* where the tree says nothing else; width 0: 4 */
	u8 offset;
	u8 irqs; /* at most so many of its interrupts are its own; 0: one */
};

static const struct kind kinds[] = {
	{"arm,pl011", CFG_UART_PL011, .size = 0x48},
	{"ns16550a", CFG_UART_16550, .size = 8, .width = 1},
	{"ns16550", CFG_UART_16550, .size = 8, .width = 1},
	{"fsl,ns16550", CFG_UART_16550, .size = 8, .width = 1},
	{"snps,dw-apb-uart", CFG_UART_DW_APB, .size = 0x20, .width = 1},
	{"mediatek,mt6577-uart", CFG_UART_16550, .size = 8, .shift = 2},
	{"ti,am654-uart", CFG_UART_TI, .size = 0x11, .shift = 2},
	{"nvidia,tegra20-uart", CFG_UART_TEGRA, .size = 8, .shift = 2},
	{"cdns,uart-r1p8", CFG_UART_CADENCE, .size = 0x34},
	{"cdns,uart-r1p12", CFG_UART_CADENCE, .size = 0x34},
	{"qcom,geni-debug-uart", CFG_UART_GENI, .size = 0xe20},
	{"qcom,geni-uart", CFG_UART_GENI, .size = 0xe20},
	{"qcom,msm-uartdm-v1.4", CFG_UART_MSM_DM, .size = 0x144},
	{"fsl,imx6q-uart", CFG_UART_IMX, .size = 0xb8},
	{"fsl,imx21-uart", CFG_UART_IMX, .size = 0xb8},
	{"fsl,imx7ulp-lpuart", CFG_UART_LPUART, .size = 0x20, .offset = 0x10},
	{"fsl,imx8ulp-lpuart", CFG_UART_LPUART, .size = 0x20, .offset = 0x10},
	{"fsl,imx8qxp-lpuart", CFG_UART_LPUART, .size = 0x20, .offset = 0x10},
	{"fsl,ls1028a-lpuart", CFG_UART_LPUART, .size = 0x20},
	{"marvell,armada-3700-uart", CFG_UART_MVEBU, .size = 0x10},
	{"amlogic,meson-gx-uart", CFG_UART_MESON, .size = 0x14},
	{"amlogic,meson-a1-uart", CFG_UART_MESON, .size = 0x14},
	{"amlogic,meson-s4-uart", CFG_UART_MESON, .size = 0x14},
	{"amlogic,meson-uart", CFG_UART_MESON, .size = 0x14},
	{"renesas,scif", CFG_UART_SCIF, .size = 10, .shift = 2},
	{"renesas,scif-r9a07g044", CFG_UART_SCIF, .size = 10, .shift = 1, .irqs = 6},
	{"renesas,scif-r9a09g057", CFG_UART_SCIF, .size = 10, .shift = 1, .irqs = 6},
	{"samsung,exynos4210-uart", CFG_UART_EXYNOS, .size = 0x3c},
	{"samsung,exynos5433-uart", CFG_UART_EXYNOS, .size = 0x3c},
	{"samsung,exynos850-uart", CFG_UART_EXYNOS, .size = 0x3c},
	{"samsung,exynos8895-uart", CFG_UART_EXYNOS, .size = 0x3c},
	{"google,gs101-uart", CFG_UART_EXYNOS, .size = 0x3c},
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

/* Whether the registers are in the pages that are mapped for it. */
static bool is_mapped(const struct cfg_console *c, const struct kind *kind)
{
	u64 end = c->reg.base + c->offset + ((u64)kind->size << c->shift);

	return c->offset < c->reg.size && end <= ALIGN_UP(range_end(&c->reg), PAGE_SIZE);
}

/* Registers of 16 bits or with their bytes swapped are in no driver here. */
static bool has_driver(const struct cfg_console *c, const struct dtw *w)
{
	return (c->width == 1 || c->width == 4) && c->shift <= 3 &&
	       IS_ALIGNED(c->reg.base + c->offset, c->width) &&
	       !dt_get(w->fdt, w->node, "big-endian").data;
}

static void read_kind(struct cfg_console *c, const struct dtw *w, const struct kind *kind)
{
	c->shift = number(w, "reg-shift", kind->shift);
	c->width = number(w, "reg-io-width", kind->width ?: 4);
	c->offset = number(w, "reg-offset", kind->offset);
	if (!has_driver(c, w) || !is_mapped(c, kind))
		return;
	c->nr_irqs = kind->irqs ?: 1;
	c->type = kind->type;
}

/* What would be the console without anything that says which one is. */
static bool is_first_pl011(const struct board_scan *s)
{
	return dtw_compatible(&s->w, "arm,pl011") && dtw_enabled(&s->w);
}

bool board_scan_console(struct board_scan *s, int wanted)
{
	struct cfg_console *c = &s->b->console;
	const struct kind *kind;
	struct range reg;

	if (wanted >= 0 ? s->w.node != wanted : !is_first_pl011(s))
		return false;
	if (dtw_reg(&s->w, 0, &reg) != DTW_OK || !reg.size)
		return true;
	c->node = s->w.node;
	c->reg = reg;
	kind = kind_of(&s->w);
	if (kind)
		read_kind(c, &s->w, kind);
	return true;
}

static bool has_irq(const struct cfg_console *c, u32 n, u32 intid)
{
	while (n--)
		if (c->irqs[n].intid == intid)
			return true;
	return false;
}

/* The index-th interrupt, straight or by way of an inverter. */
static enum dtw_result read_irq(struct board_scan *s, u32 index, struct cfg_irq *irq)
{
	const struct dtw_gic gic = board_dtw_gic(&s->b->gic);
	enum dtw_result ret = dtw_irq(&s->console_irqs, &gic, index, irq);

	if (ret != DTW_OTHER)
		return ret;
	return board_inverted_irq(s, &s->console_irqs, index, irq, &s->b->console.inverter)
		       ? DTW_OK
		       : DTW_OTHER;
}

int board_read_console_irqs(struct board_scan *s)
{
	struct cfg_console *c = &s->b->console;
	enum dtw_result ret = DTW_OK;
	u32 i, n = 0;

	for (i = 0; i < c->nr_irqs && ret == DTW_OK; i++) {
		ret = read_irq(s, i, &c->irqs[n]);
		/* One line may be in the list for several reasons. */
		n += ret == DTW_OK && !has_irq(c, n, c->irqs[n].intid);
	}
	if (ret == DTW_BAD)
		return dt_fail(s->err, s->b->fdt, c->node, "interrupts",
			       &s->console_irqs.interrupts, "an interrupt of the GIC");
	c->nr_irqs = n;
	/* Without an interrupt, or with one that takes a driver of something in between, it is no console. */
	if (!n || ret == DTW_OTHER)
		c->type = CFG_UART_NONE;
	return 0;
}

bool cfg_console_has_irq(const struct cfg_console *c, u32 intid)
{
	return has_irq(c, c->nr_irqs, intid);
}

// SPDX-License-Identifier: Apache-2.0
/* MediaTek's inverter between devices and the GIC, which takes only what is high or rises. */
#include "config/board/board.h"

#define CELLS 3 /* type, number, flags: as the GIC's */
#define SPI_FIRST 32
#define FLAG_FALLING BIT(1)
#define FLAG_LOW BIT(3)

void board_scan_inverter(struct board_scan *s)
{
	struct dt_prop phandle = dt_get(s->w.fdt, s->w.node, "phandle");
	struct range r;

	if (!dtw_compatible(&s->w, "mediatek,mt6577-sysirq") || phandle.len != 4)
		return;
	s->inverter.phandle = dt_cell(&phandle, 0);
	s->inverter.nr_regs = 0;
	while (s->inverter.nr_regs < BOARD_INVERTER_REGS &&
	       dtw_reg(&s->w, s->inverter.nr_regs, &r) == DTW_OK)
		s->inverter.regs[s->inverter.nr_regs++] = r;
}

/* The register that has the bit of this SPI, or 0. */
static paddr_t register_of(const struct board_scan *s, u32 spi)
{
	u64 offset = spi / 32 * 4;
	u32 i;

	for (i = 0; i < s->inverter.nr_regs; i++) {
		const struct range *r = &s->inverter.regs[i];

		if (offset + 4 <= r->size)
			return IS_ALIGNED(r->base, 4) ? r->base + offset : 0;
		offset -= MIN(offset, ALIGN_DOWN(r->size, 4));
	}
	return 0;
}

bool board_inverted_irq(const struct board_scan *s, const struct dtw_irqs *irqs, u32 index,
			struct cfg_irq *irq, struct cfg_inverter *inverter)
{
	const struct dtw_gic like_gic = {.phandle = s->inverter.phandle, .cells = CELLS};
	u32 spi, flags;

	if (!s->inverter.phandle || irqs->extended.data || irqs->nexus >= 0 ||
	    dtw_irq(irqs, &like_gic, index, irq) != DTW_OK || irq->intid < SPI_FIRST)
		return false;
	spi = irq->intid - SPI_FIRST;
	flags = dt_cell(&irqs->interrupts, CELLS * index + 2);
	inverter->reg = register_of(s, spi);
	if (!inverter->reg)
		return false;
	inverter->mask = 1U << spi % 32;
	inverter->value = flags & (FLAG_FALLING | FLAG_LOW) ? inverter->mask : 0;
	return true;
}

// SPDX-License-Identifier: Apache-2.0
/* The table of UARTs: a driver is a file beside this one, and a row here. */
#include "drivers/uart/uart.h"

#define SAY_POLLS 1000000 /* of a FIFO that is full: at 1200 baud it takes 0.3 s */

static const struct uart_ops *const drivers[] = {
	[CFG_UART_NONE] = NULL,
	[CFG_UART_PL011] = &pl011_ops,
	[CFG_UART_16550] = &ns16550_ops,
	[CFG_UART_DW_APB] = &dw_apb_ops,
	[CFG_UART_TEGRA] = &tegra_ops,
	[CFG_UART_TI] = &ti_ops,
	[CFG_UART_CADENCE] = &cadence_ops,
	[CFG_UART_GENI] = &geni_ops,
	[CFG_UART_MSM_DM] = &msm_dm_ops,
	[CFG_UART_IMX] = &imx_ops,
	[CFG_UART_LPUART] = &lpuart_ops,
	[CFG_UART_MVEBU] = &mvebu_ops,
	[CFG_UART_MESON] = &meson_ops,
	[CFG_UART_SCIF] = &scif_ops,
	[CFG_UART_EXYNOS] = &exynos_ops,
};

static const struct uart_ops *find_driver(enum cfg_uart type)
{
	return (u32)type < ARRAY_SIZE(drivers) ? drivers[type] : NULL;
}

void uart_init(struct uart *u, volatile void *base, const struct cfg_console *c)
{
	u->base = (volatile char *)base + c->offset;
	u->shift = c->shift;
	u->width = c->width;
	u->ops = find_driver(c->type);
	if (u->ops)
		u->ops->init(u);
}

/* How far the code is from where it was linked for: 0, but for a CPU that nk cannot run on. */
static u64 way_from_link(void)
{
	static const void *const linked = &linked;

	return (u64)(uintptr_t)&linked - (u64)(uintptr_t) * (const void *const volatile *)&linked;
}

static const void *moved(const void *pointer, u64 way)
{
	return (const void *)((uintptr_t)pointer + way);
}

void uart_say(const struct cfg_console *c, const char *text, u32 len)
{
	u64 way = way_from_link();
	const struct uart_ops *ops = find_driver(c->type);
	struct uart u = {.base = (volatile char *)(uintptr_t)c->reg.base + c->offset,
			 .shift = c->shift,
			 .width = c->width};

	if (!ops)
		return;
	ops = moved(ops, way);
	((typeof(ops->init))moved(ops->init, way))(&u);
	for (u32 n = 0; len && n < SAY_POLLS; n++) {
		u32 sent = ((typeof(ops->send))moved(ops->send, way))(&u, (const u8 *)text, len);

		text += sent;
		len -= sent;
	}
}

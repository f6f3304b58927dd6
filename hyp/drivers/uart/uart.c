// SPDX-License-Identifier: Apache-2.0
/* The table of UARTs: a driver is a file beside this one, and a row here. */
#include "drivers/uart/uart.h"

static const struct uart_ops *const drivers[] = {
	[CFG_UART_NONE] = NULL,
	[CFG_UART_PL011] = &pl011_ops,
};

void uart_init(struct uart *u, volatile void *base, enum cfg_uart type)
{
	u->base = base;
	u->ops = (u32)type < ARRAY_SIZE(drivers) ? drivers[type] : NULL;
	if (u->ops)
		u->ops->init(u);
}

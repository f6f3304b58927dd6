/* SPDX-License-Identifier: Apache-2.0 */
/* The physical UART: a table of operations, picked by what the board's tree says it is. */
#ifndef DRIVERS_UART_UART_H
#define DRIVERS_UART_UART_H

#include "config/model.h"
#include "lib/types.h"

#define UART_IRQ_RX BIT(0) /* a character came, or waits with no other following */
#define UART_IRQ_TX BIT(1) /* the transmitter has room again */

struct uart;

/*
 * None of these waits, except init, for a bounded time. The caller serialises them.
 * Context: any, EL2, before or after the GIC is there.
 */
struct uart_ops {
	/* Makes it send and receive with FIFOs; keeps the speed that the firmware chose. */
	void (*init)(struct uart *u);
	/* Sends what there is room for, in order; returns how many of the len characters that is. */
	u32 (*send)(const struct uart *u, const u8 *text, u32 len);
	/* The next character received, or -1. Characters with a break are skipped. */
	int (*getc)(const struct uart *u);
	/* Unmasks exactly the UART_IRQ_* in mask. */
	void (*irq_enable)(struct uart *u, u32 mask);
};

struct uart {
	const struct uart_ops *ops; /* NULL: no UART, output goes nowhere */
	volatile void *base; /* mapped, device memory */
};

/* Picks the driver for type and makes the UART ready. CFG_UART_NONE leaves ops NULL. */
void uart_init(struct uart *u, volatile void *base, enum cfg_uart type);

extern const struct uart_ops pl011_ops;

/* A line on a PL011, polled. Context: also the MMU off, code at another address than linked for. */
void pl011_say(volatile void *base, const char *text);

#endif

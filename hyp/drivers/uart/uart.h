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
 * None of these waits, except init, for a bounded time. The caller serialises init, send and irq_enable; getc and
 * irq_ack come one at a time, but beside those, so no register may be read, changed and written on both sides.
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
	/*
	 * Takes back what the UART remembers of its interrupts, before the caller looks for characters and for room: what
	 * comes later interrupts again. NULL: the interrupt is only there while its cause is.
	 */
	void (*irq_ack)(struct uart *u);
};

struct uart {
	const struct uart_ops *ops; /* NULL: no UART, output goes nowhere */
	volatile void *base; /* of the registers: mapped, device memory */
	u32 shift, width; /* of struct cfg_console */
	u32 fifo; /* for the driver: how many characters it may send at once */
};

/* Picks the driver for the console and makes the UART, mapped at base, ready. CFG_UART_NONE leaves ops NULL. */
void uart_init(struct uart *u, volatile void *base, const struct cfg_console *c);

/* Has the console's line inverted, or not, by that register, mapped. Context: boot, before the interrupt is on. */
void uart_set_inverter(volatile void *reg, const struct cfg_inverter *inverter);

/* Makes the console ready and sends len characters, polled. Context: also the MMU off, code at another address than linked for. */
void uart_say(const struct cfg_console *c, const char *text, u32 len);

extern const struct uart_ops pl011_ops;
extern const struct uart_ops ns16550_ops;
extern const struct uart_ops dw_apb_ops;
extern const struct uart_ops tegra_ops;
extern const struct uart_ops ti_ops;
extern const struct uart_ops cadence_ops;
extern const struct uart_ops geni_ops;
extern const struct uart_ops msm_dm_ops;
extern const struct uart_ops imx_ops;
extern const struct uart_ops lpuart_ops;
extern const struct uart_ops mvebu_ops;
extern const struct uart_ops meson_ops;
extern const struct uart_ops scif_ops;
extern const struct uart_ops exynos_ops;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models of UARTs, small ones: the registers that a console needs, as their documents say, in a file each. What all have
 * is here: two FIFOs and a wire. A row of models[] in test_uart.c has a model tested.
 */
#ifndef UNIT_UART_MODEL_H
#define UNIT_UART_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/model.h"

#define WIRE_BREAK 0x100 /* a character that is a break */
#define WIRE_FIFO_MAX 256

struct uart_model {
	const char *name;
	struct cfg_console console; /* type, offset, shift, width */
	u32 tx_fifo, rx_fifo; /* characters */
	bool edge; /* its interrupt is told to the GIC as an edge, as in its boards' trees */
	bool has_breaks; /* and they can be told from characters */
	/* As after a reset; as_used: as firmware leaves it that has printed, with interrupts on. */
	void (*reset)(bool as_used);
	/* size: 1, 2 or 4; offset is from the registers' begin. Asserts what hardware would not take. */
	u32 (*read)(u32 offset, u32 size);
	void (*write)(u32 offset, u32 size, u32 value);
	/* The level of the interrupt line, of all lines together. */
	bool (*irq)(void);
	/* A character has left the transmit FIFO, or one has come: what the UART remembers of that. NULL: nothing. */
	void (*event)(bool left);
	/* A character has come that there was no room for. NULL: nothing comes of that. */
	void (*lost)(void);
};

/* The FIFOs of the model under test. */
struct wire {
	u32 tx_depth, rx_depth; /* as set up by the driver; wire_reset() gives the model's */
	u8 tx[WIRE_FIFO_MAX];
	u32 tx_len;
	u16 rx[WIRE_FIFO_MAX];
	u32 rx_len;
	bool deaf; /* for the model: what comes is lost */
	char *sent; /* what has left the UART, as a string */
	u32 sent_len;
};

extern struct wire wire;

void wire_tx_push(u32 c); /* fails when the FIFO is full */
u16 wire_rx_pop(void); /* fails when it is empty */

extern const struct uart_model pl011_model;
extern const struct uart_model ns16550_model;
extern const struct uart_model dw_apb_model;
extern const struct uart_model tegra_model;
extern const struct uart_model ti_model;
extern const struct uart_model cadence_model;
extern const struct uart_model geni_model;
extern const struct uart_model geni_stuck_model;
extern const struct uart_model msm_dm_model;
extern const struct uart_model imx_model;
extern const struct uart_model lpuart_model;
extern const struct uart_model lpuart_small_model;
extern const struct uart_model lpuart_ls_model;
extern const struct uart_model mvebu_model;
extern const struct uart_model meson_model;
extern const struct uart_model scif_model;
extern const struct uart_model scif_rz_model;
extern const struct uart_model exynos_model;

#endif

// SPDX-License-Identifier: Apache-2.0
/*
 * Arm PrimeCell UART (PL011), DDI 0183. Registers are accessed as 32 bits, which every
 * integration allows; the SBSA subset (no CR, LCR_H) ignores the writes of init.
 */
#include "drivers/uart/reg32.h"
#include "nk/pl011.h"

#define BUSY_POLLS 1000000 /* a FIFO at 1200 baud empties in 0.3 s */

static void pl011_init(struct uart *u)
{
	u32 lcr = PL011_LCR_H_FEN | PL011_LCR_H_8BIT;
	u32 cr = PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;

	wr(u, PL011_IMSC, 0);
	/* LCR_H may only change while the UART is disabled and has sent what it holds (3.3.8). */
	if ((rd(u, PL011_LCR_H) & lcr) != lcr) {
		for (u32 n = 0; n < BUSY_POLLS && (rd(u, PL011_FR) & PL011_FR_BUSY); n++)
			;
		wr(u, PL011_CR, rd(u, PL011_CR) & ~PL011_CR_UARTEN);
		wr(u, PL011_LCR_H, lcr);
	}
	if ((rd(u, PL011_CR) & cr) != cr)
		wr(u, PL011_CR, rd(u, PL011_CR) | cr);
	wr(u, PL011_IFLS, 2 << 3); /* receive: half full; send: one eighth is left */
	wr(u, PL011_ICR, PL011_INT_ALL);
}

static u32 pl011_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, PL011_FR) & PL011_FR_TXFF))
		wr(u, PL011_DR, text[n++]);
	return n;
}

static int pl011_getc(const struct uart *u)
{
	u32 dr;

	/* A FIFO of 32 holds no more breaks than that. */
	for (u32 n = 0; n < 32; n++) {
		if (rd(u, PL011_FR) & PL011_FR_RXFE)
			return -1;
		dr = rd(u, PL011_DR);
		if (!(dr & PL011_DR_BE))
			return dr & 0xff;
	}
	return -1;
}

static void pl011_irq_enable(struct uart *u, u32 mask)
{
	u32 imsc = 0;

	if (mask & UART_IRQ_RX)
		imsc |= PL011_INT_RX | PL011_INT_RT;
	if (mask & UART_IRQ_TX)
		imsc |= PL011_INT_TX;
	wr(u, PL011_IMSC, imsc);
}

const struct uart_ops pl011_ops = {
	.init = pl011_init,
	.send = pl011_send,
	.getc = pl011_getc,
	.irq_enable = pl011_irq_enable,
};

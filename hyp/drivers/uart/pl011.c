// SPDX-License-Identifier: Apache-2.0
/*
 * Arm PrimeCell UART (PL011), DDI 0183. Registers are accessed as 32 bits, which every
 * integration allows; the SBSA subset (no CR, LCR_H) ignores the writes of init.
 */
#include "drivers/uart/uart.h"

#define DR 0x000
#define FR 0x018
#define LCR_H 0x02c
#define CR 0x030
#define IFLS 0x034
#define IMSC 0x038
#define ICR 0x044

#define DR_BE BIT(10)
#define FR_BUSY BIT(3)
#define FR_RXFE BIT(4)
#define FR_TXFF BIT(5)
#define LCR_H_FEN BIT(4)
#define LCR_H_8BIT (3 << 5)
#define CR_UARTEN BIT(0)
#define CR_TXE BIT(8)
#define CR_RXE BIT(9)
#define INT_RX BIT(4)
#define INT_TX BIT(5)
#define INT_RT BIT(6)
#define INT_ALL 0x7ff

#define BUSY_POLLS 1000000 /* a FIFO at 1200 baud empties in 0.3 s */

static u32 rd(const struct uart *u, u32 reg)
{
	return *(volatile u32 *)((volatile char *)u->base + reg);
}

static void wr(const struct uart *u, u32 reg, u32 value)
{
	*(volatile u32 *)((volatile char *)u->base + reg) = value;
}

static void pl011_init(struct uart *u)
{
	u32 lcr = LCR_H_FEN | LCR_H_8BIT;
	u32 cr = CR_UARTEN | CR_TXE | CR_RXE;

	wr(u, IMSC, 0);
	/* LCR_H may only change while the UART is disabled and has sent what it holds (3.3.8). */
	if ((rd(u, LCR_H) & lcr) != lcr) {
		for (u32 n = 0; n < BUSY_POLLS && (rd(u, FR) & FR_BUSY); n++)
			;
		wr(u, CR, rd(u, CR) & ~CR_UARTEN);
		wr(u, LCR_H, lcr);
	}
	if ((rd(u, CR) & cr) != cr)
		wr(u, CR, rd(u, CR) | cr);
	wr(u, IFLS, 2 << 3); /* receive: half full; send: one eighth is left */
	wr(u, ICR, INT_ALL);
}

static u32 pl011_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, FR) & FR_TXFF))
		wr(u, DR, text[n++]);
	return n;
}

static int pl011_getc(const struct uart *u)
{
	u32 dr;

	/* A FIFO of 32 holds no more breaks than that. */
	for (u32 n = 0; n < 32; n++) {
		if (rd(u, FR) & FR_RXFE)
			return -1;
		dr = rd(u, DR);
		if (!(dr & DR_BE))
			return dr & 0xff;
	}
	return -1;
}

static void pl011_irq_enable(struct uart *u, u32 mask)
{
	u32 imsc = 0;

	if (mask & UART_IRQ_RX)
		imsc |= INT_RX | INT_RT;
	if (mask & UART_IRQ_TX)
		imsc |= INT_TX;
	wr(u, IMSC, imsc);
}

void pl011_say(volatile void *base, const char *text)
{
	struct uart u = {.base = base};

	pl011_init(&u);
	while (*text) {
		for (u32 n = 0; n < BUSY_POLLS && (rd(&u, FR) & FR_TXFF); n++)
			;
		wr(&u, DR, (u8)*text++);
	}
}

const struct uart_ops pl011_ops = {
	.init = pl011_init,
	.send = pl011_send,
	.getc = pl011_getc,
	.irq_enable = pl011_irq_enable,
};

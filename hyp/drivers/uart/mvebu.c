// SPDX-License-Identifier: Apache-2.0
/*
 * Marvell's first UART of Armada 3700. Its first interrupt is the sum of all. Source: Linux:
 * drivers/tty/serial/mvebu-uart.c; FreeBSD: sys/dev/uart/uart_dev_mvebu.c.
 */
#include "drivers/uart/reg32.h"

#define RBR 0x00
#define TSH 0x04
#define CTRL 0x08 /* 0: 8n1, all interrupts masked */
#define STAT 0x0c

#define CTRL_RX_RDY BIT(4)
#define CTRL_TX_RDY BIT(5)
#define STAT_BREAK BIT(3) /* until RBR is read */
#define STAT_RX_RDY BIT(4)
#define STAT_TX_EMPTY BIT(6)
#define STAT_TX_FULL BIT(11)

#define RX_FIFO 64
#define BUSY_POLLS 1000000 /* a FIFO of 32 at 1200 baud empties in 0.3 s */

static void mvebu_init(struct uart *u)
{
	for (u32 n = 0; n < BUSY_POLLS && !(rd(u, STAT) & STAT_TX_EMPTY); n++)
		;
	wr(u, CTRL, 0);
}

static u32 mvebu_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, STAT) & STAT_TX_FULL))
		wr(u, TSH, text[n++]);
	return n;
}

/* A break is a 0; should its bit come before the FIFO has come to it, no other character is taken for one. */
static int mvebu_getc(const struct uart *u)
{
	u32 stat, c;

	for (u32 n = 0; n < RX_FIFO; n++) {
		stat = rd(u, STAT);
		if (!(stat & STAT_RX_RDY))
			return -1;
		c = rd(u, RBR) & 0xff;
		if (c || !(stat & STAT_BREAK))
			return (int)c;
	}
	return -1;
}

static void mvebu_irq_enable(struct uart *u, u32 mask)
{
	wr(u, CTRL,
	   (mask & UART_IRQ_RX ? CTRL_RX_RDY : 0) | (mask & UART_IRQ_TX ? CTRL_TX_RDY : 0));
}

const struct uart_ops mvebu_ops = {
	.init = mvebu_init,
	.send = mvebu_send,
	.getc = mvebu_getc,
	.irq_enable = mvebu_irq_enable,
};

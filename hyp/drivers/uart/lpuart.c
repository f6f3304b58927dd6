// SPDX-License-Identifier: Apache-2.0
/*
 * NXP's LPUART with registers of 32 bits, as in i.MX 7ULP to i.MX 95 and LS1028A. Source: NXP's S32K3xx Reference Manual,
 * chapter LPUART, the same block; Linux: drivers/tty/serial/fsl_lpuart.c.
 */
#include "drivers/uart/reg32.h"

#define BAUD 0x00
#define STAT 0x04
#define CTRL 0x08
#define DATA 0x0c
#define MODIR 0x14
#define FIFO 0x18
#define WATER 0x1c

#define BAUD_SPEED 0x1f031fffU /* all else are interrupts, DMA, and other forms than 8n1 */
#define STAT_TC BIT(22)
#define STAT_FLAGS 0xc01fc000U /* cleared by writing 1 */
#define CTRL_RE BIT(18)
#define CTRL_TE BIT(19)
#define CTRL_RIE BIT(21)
#define CTRL_TIE BIT(23)
#define DATA_FRAME_ERROR BIT(13)
#define FIFO_ON 0x88U
#define FIFO_FLUSH 0xc000U
#define FIFO_SIZE(fifo) (((fifo) >> 4) & 7)
#define WATER_SENDING(water) (((water) >> 8) & 0xff)
#define WATER_RECEIVED(water) ((water) >> 24)

#define FIFO_USED 16 /* LS1028A has no more, and says 64 (Linux: lpuart32_startup) */
#define FIFO_MAX 256
#define BUSY_POLLS 1000000 /* a FIFO of 64 at 1200 baud empties in 0.6 s */

/* The bits stay for as long as a character is on its way. */
static void turn_off(const struct uart *u)
{
	for (u32 n = 0; n < BUSY_POLLS && !(rd(u, STAT) & STAT_TC); n++)
		;
	wr(u, CTRL, rd(u, CTRL) & ~(u32)(CTRL_RE | CTRL_TE));
	for (u32 n = 0; n < BUSY_POLLS && (rd(u, CTRL) & (CTRL_RE | CTRL_TE)); n++)
		;
}

/* Nothing of this may change while it is on. Characters from before, and an overrun, are forgotten. */
static void lpuart_init(struct uart *u)
{
	u32 size = FIFO_SIZE(rd(u, FIFO));

	turn_off(u);
	wr(u, BAUD, rd(u, BAUD) & BAUD_SPEED);
	wr(u, MODIR, 0);
	wr(u, FIFO, FIFO_ON | FIFO_FLUSH);
	wr(u, WATER, 0); /* to send: the FIFO is empty; received: more than none */
	wr(u, STAT, STAT_FLAGS);
	wr(u, CTRL, CTRL_RE | CTRL_TE);
	u->fifo = size ? MIN(2U << size, (u32)FIFO_USED) : 1;
}

static u32 lpuart_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && WATER_SENDING(rd(u, WATER)) < u->fifo)
		wr(u, DATA, text[n++]);
	return n;
}

/* After an overrun nothing is received until its flag is cleared, and with the FIFO empty nothing interrupts until then. */
static u32 take(const struct uart *u)
{
	u32 c = rd(u, DATA);

	if (!WATER_RECEIVED(rd(u, WATER)))
		wr(u, STAT, STAT_FLAGS);
	return c;
}

static int lpuart_getc(const struct uart *u)
{
	u32 c;

	for (u32 n = 0; n < FIFO_MAX && WATER_RECEIVED(rd(u, WATER)); n++) {
		c = take(u);
		if ((c & 0xff) || !(c & DATA_FRAME_ERROR))
			return (int)(c & 0xff);
	}
	return -1;
}

static void lpuart_irq_enable(struct uart *u, u32 mask)
{
	wr(u, CTRL,
	   CTRL_RE | CTRL_TE | (mask & UART_IRQ_RX ? CTRL_RIE : 0) |
		   (mask & UART_IRQ_TX ? CTRL_TIE : 0));
}

const struct uart_ops lpuart_ops = {
	.init = lpuart_init,
	.send = lpuart_send,
	.getc = lpuart_getc,
	.irq_enable = lpuart_irq_enable,
};

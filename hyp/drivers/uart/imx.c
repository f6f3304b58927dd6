// SPDX-License-Identifier: Apache-2.0
/*
 * NXP's UART, as in i.MX 6 to i.MX 8M. Source: the chips' reference manuals, chapter UART; Linux:
 * drivers/tty/serial/imx.c for what may not be done.
 */
#include "drivers/uart/reg32.h"

#define URXD 0x00
#define UTXD 0x40
#define UCR1 0x80
#define UCR2 0x84
#define UCR3 0x88
#define UCR4 0x8c
#define UFCR 0x90
#define USR2 0x98
#define UTS 0xb4

#define URXD_READY BIT(15)
#define URXD_BREAK BIT(11)
#define UCR1_UARTEN BIT(0)
#define UCR1_RRDYEN BIT(9)
#define UCR1_TRDYEN BIT(13)
#define UCR2_PIN 0x3000U /* the CTS pin, which the other end may look at */
#define UCR2_ON 0x4027U /* 8n1, the RTS pin ignored, both ways on, and not in reset */
#define UCR3_INTS 0x3879U
#define UCR3_RXDMUXSEL BIT(2) /* the way from the pin; must be set */
#define UCR4_INTS 0x1cfU /* and one of DMA */
#define UFCR_KEEP 0x3c0U /* the clock's divisor, and which of both ends it is */
#define UFCR_RXTL_1 0x1U /* RRDY: one character */
#define UFCR_TXTL_2 (2U << 10) /* TRDY: two or fewer are left; less is not allowed */
#define USR2_TXDC BIT(3)
#define UTS_TXFULL BIT(4)

#define FIFO 32
#define BUSY_POLLS 1000000 /* a FIFO at 1200 baud empties in 0.3 s */

static void set_form(const struct uart *u)
{
	u32 cr2 = rd(u, UCR2);

	if ((cr2 & ~UCR2_PIN) == UCR2_ON)
		return;
	for (u32 n = 0; n < BUSY_POLLS && !(rd(u, USR2) & USR2_TXDC); n++)
		;
	wr(u, UCR2, (cr2 & UCR2_PIN) | UCR2_ON);
}

/* Bits of all four registers enable interrupts. */
static void imx_init(struct uart *u)
{
	wr(u, UCR1, UCR1_UARTEN);
	wr(u, UCR3, (rd(u, UCR3) & ~UCR3_INTS) | UCR3_RXDMUXSEL);
	wr(u, UCR4, rd(u, UCR4) & ~UCR4_INTS);
	set_form(u);
	wr(u, UFCR, (rd(u, UFCR) & UFCR_KEEP) | UFCR_RXTL_1 | UFCR_TXTL_2);
}

static u32 imx_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, UTS) & UTS_TXFULL))
		wr(u, UTXD, text[n++]);
	return n;
}

static int imx_getc(const struct uart *u)
{
	u32 c;

	for (u32 n = 0; n < FIFO; n++) {
		c = rd(u, URXD);
		if (!(c & URXD_READY))
			return -1;
		if (!(c & URXD_BREAK))
			return (int)(c & 0xff);
	}
	return -1;
}

static void imx_irq_enable(struct uart *u, u32 mask)
{
	wr(u, UCR1,
	   UCR1_UARTEN | (mask & UART_IRQ_RX ? UCR1_RRDYEN : 0) |
		   (mask & UART_IRQ_TX ? UCR1_TRDYEN : 0));
}

const struct uart_ops imx_ops = {
	.init = imx_init,
	.send = imx_send,
	.getc = imx_getc,
	.irq_enable = imx_irq_enable,
};

// SPDX-License-Identifier: Apache-2.0
/* Cadence's UART, as Xilinx' Zynq chips have it. Source: UG585 (Zynq-7000 TRM), chapter 19 and appendix B.33. */
#include "drivers/uart/reg32.h"

#define CR 0x00
#define MR 0x04
#define IER 0x08
#define IDR 0x0c
#define ISR 0x14 /* bits are cleared by writing 1 */
#define RXTOUT 0x1c
#define RXWM 0x20
#define SR 0x2c
#define FIFO 0x30

#define CR_RXEN BIT(2)
#define CR_RXDIS BIT(3)
#define CR_TXEN BIT(4)
#define CR_TXDIS BIT(5)
#define MR_FORM 0x3feU /* all but the clock: how characters look, and which way they go */
#define MR_8N1 0x20U
#define INT_RX_TRIGGER BIT(0)
#define INT_TX_EMPTY BIT(3)
#define INT_ALL 0x3fffU
#define SR_RX_EMPTY BIT(1)
#define SR_TX_EMPTY BIT(3)
#define SR_TX_FULL BIT(4)

#define BUSY_POLLS 1000000 /* a FIFO of 64 at 1200 baud empties in 0.6 s */

static void cadence_init(struct uart *u)
{
	u32 cr = rd(u, CR), mr = rd(u, MR);

	wr(u, IDR, INT_ALL);
	if ((mr & MR_FORM) != MR_8N1) {
		for (u32 n = 0; n < BUSY_POLLS && !(rd(u, SR) & SR_TX_EMPTY); n++)
			;
		wr(u, MR, (mr & ~MR_FORM) | MR_8N1);
	}
	if ((cr & (CR_RXEN | CR_RXDIS | CR_TXEN | CR_TXDIS)) != (CR_RXEN | CR_TXEN))
		wr(u, CR, (cr & ~(CR_RXDIS | CR_TXDIS)) | CR_RXEN | CR_TXEN);
	wr(u, RXTOUT, 0);
	wr(u, RXWM, 1);
	wr(u, ISR, INT_ALL);
}

static u32 cadence_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, SR) & SR_TX_FULL))
		wr(u, FIFO, text[n++]);
	return n;
}

/* A break comes as a 0 here. */
static int cadence_getc(const struct uart *u)
{
	return rd(u, SR) & SR_RX_EMPTY ? -1 : (int)(rd(u, FIFO) & 0xff);
}

static void cadence_irq_enable(struct uart *u, u32 mask)
{
	u32 on =
		(mask & UART_IRQ_RX ? INT_RX_TRIGGER : 0) | (mask & UART_IRQ_TX ? INT_TX_EMPTY : 0);

	wr(u, IDR, INT_ALL & ~on);
	wr(u, IER, on);
}

static void cadence_irq_ack(struct uart *u)
{
	wr(u, ISR, INT_ALL);
}

const struct uart_ops cadence_ops = {
	.init = cadence_init,
	.send = cadence_send,
	.getc = cadence_getc,
	.irq_enable = cadence_irq_enable,
	.irq_ack = cadence_irq_ack,
};

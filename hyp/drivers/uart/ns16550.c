// SPDX-License-Identifier: Apache-2.0
/*
 * The 16550A and those that have its registers: DesignWare's, MediaTek's, TI's, Nvidia's. Source: National
 * Semiconductor's PC16550D, 8.0 (registers); Synopsys' DW_apb_uart for USR; Linux's 8250 driver for what they do
 * differently.
 */
#include "drivers/uart/io.h"
#include "drivers/uart/uart.h"

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR };

#define TI_SCR 0x10
#define DW_USR 0x1f

#define IER_RX BIT(0)
#define IER_TX BIT(1)
#define IER_RX_TIMEOUT BIT(4) /* Tegra: the interrupt for a few characters that stay alone */
#define IIR_WHY 0x0fU
#define IIR_TIMEOUT 0x0cU
#define IIR_FIFOS 0xc0U /* both set: they are on */
#define FCR_ON BIT(0)
#define LCR_8N1 0x03U
#define LSR_DR BIT(0)
#define LSR_BI BIT(4)
#define LSR_THRE BIT(5)
#define LSR_TEMT BIT(6)

#define TI_SCR_TX_EMPTY BIT(3)

#define FIFO 16
#define TEGRA_FIFO 8 /* its THRE comes with so much room (Linux's tx_loadsz) */
#define BUSY_POLLS 1000000 /* a FIFO at 1200 baud empties in 0.2 s */

static u32 rd(const struct uart *u, u32 reg)
{
	u32 offset = reg << u->shift;

	return u->width == 4 ? io_read32(u->base, offset) & 0xff : io_read8(u->base, offset);
}

static void wr(const struct uart *u, u32 reg, u32 value)
{
	u32 offset = reg << u->shift;

	if (u->width == 4)
		io_write32(u->base, offset, value);
	else
		io_write8(u->base, offset, value);
}

/* Where firmware has left it as it should be nothing is written: some of its kin lose characters by it. */
static void ns16550_init(struct uart *u)
{
	if (rd(u, LCR) != LCR_8N1) {
		/* DW_apb_uart takes no LCR while it sends. */
		for (u32 n = 0; n < BUSY_POLLS && !(rd(u, LSR) & LSR_TEMT); n++)
			;
		wr(u, LCR, LCR_8N1);
	}
	wr(u, IER, 0);
	if ((rd(u, IIR_FCR) & IIR_FIFOS) != IIR_FIFOS)
		wr(u, IIR_FCR, FCR_ON);
	u->fifo = (rd(u, IIR_FCR) & IIR_FIFOS) == IIR_FIFOS ? FIFO : 1;
}

/* That LCR was written while it was busy interrupts without a mask, until USR is read. */
static void dw_apb_init(struct uart *u)
{
	ns16550_init(u);
	rd(u, DW_USR);
}

static void tegra_init(struct uart *u)
{
	ns16550_init(u);
	u->fifo = MIN(u->fifo, (u32)TEGRA_FIFO);
}

/* Else its transmit interrupt is there while some of the FIFO is free, of which LSR says nothing (AM65x TRM, UART_SCR). */
static void ti_init(struct uart *u)
{
	ns16550_init(u);
	wr(u, TI_SCR, rd(u, TI_SCR) | TI_SCR_TX_EMPTY);
}

/* Room is known of an empty FIFO only. */
static u32 ns16550_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n;

	if (!(rd(u, LSR) & LSR_THRE))
		return 0;
	len = MIN(len, u->fifo);
	for (n = 0; n < len; n++)
		wr(u, RBR_THR, text[n]);
	return n;
}

static int ns16550_getc(const struct uart *u)
{
	u32 lsr, c;

	for (u32 n = 0; n < FIFO; n++) {
		lsr = rd(u, LSR);
		if (!(lsr & LSR_DR))
			return -1;
		c = rd(u, RBR_THR);
		if (!(lsr & LSR_BI))
			return (int)c;
	}
	return -1;
}

static void ns16550_irq_enable(struct uart *u, u32 mask)
{
	wr(u, IER, (mask & UART_IRQ_RX ? IER_RX : 0) | (mask & UART_IRQ_TX ? IER_TX : 0));
}

static void tegra_irq_enable(struct uart *u, u32 mask)
{
	wr(u, IER,
	   (mask & UART_IRQ_RX ? IER_RX | IER_RX_TIMEOUT : 0) | (mask & UART_IRQ_TX ? IER_TX : 0));
}

/* It says that a character waits when none does, which only a read of RBR ends (Linux: dw8250_handle_irq). */
static void dw_apb_irq_ack(struct uart *u)
{
	if ((rd(u, IIR_FCR) & IIR_WHY) == IIR_TIMEOUT && !(rd(u, LSR) & (LSR_DR | LSR_BI)))
		rd(u, RBR_THR);
}

const struct uart_ops ns16550_ops = {
	.init = ns16550_init,
	.send = ns16550_send,
	.getc = ns16550_getc,
	.irq_enable = ns16550_irq_enable,
};

const struct uart_ops dw_apb_ops = {
	.init = dw_apb_init,
	.send = ns16550_send,
	.getc = ns16550_getc,
	.irq_enable = ns16550_irq_enable,
	.irq_ack = dw_apb_irq_ack,
};

const struct uart_ops tegra_ops = {
	.init = tegra_init,
	.send = ns16550_send,
	.getc = ns16550_getc,
	.irq_enable = tegra_irq_enable,
};

const struct uart_ops ti_ops = {
	.init = ti_init,
	.send = ns16550_send,
	.getc = ns16550_getc,
	.irq_enable = ns16550_irq_enable,
};

// SPDX-License-Identifier: Apache-2.0
/*
 * Samsung's UART, as the Exynos chips have it. Source: Linux: drivers/tty/serial/samsung_tty.c,
 * include/linux/serial_s3c.h. Registers are accessed as 32 bits: Google's GS101 takes nothing else.
 */
#include "drivers/uart/reg32.h"

#define ULCON 0x00
#define UCON 0x04
#define UFCON 0x08
#define UTRSTAT 0x10
#define UERSTAT 0x14
#define UFSTAT 0x18
#define UTXH 0x20
#define URXH 0x24
#define UINTP 0x30 /* bits are cleared by writing 1 */
#define UINTM 0x38

#define ULCON_FORM 0x7fU
#define ULCON_8N1 0x03U
#define UCON_CPU 0x0005U /* sender and receiver are on, without DMA */
#define UCON_RX_TIMEOUT 0x3080U /* what stays alone for the time of 32 characters too */
#define UCON_LEVELS 0x0300U /* interrupts last as long as their reason */
#define UFCON_ON BIT(0) /* the rest 0: interrupts at few received, and when all is sent */
#define UTRSTAT_TX_EMPTY BIT(2)
#define UERSTAT_BREAK BIT(3)
#define UFSTAT_RX 0x1ffU /* a count, or that it is full */
#define UFSTAT_TX_FULL BIT(24)
#define INT_RX BIT(0)
#define INT_TX BIT(2)
#define INT_ALL 0x0fU

#define FIFO_MAX 256
#define BUSY_POLLS 1000000 /* a FIFO of 256 at 9600 baud empties in 0.3 s */

static void exynos_init(struct uart *u)
{
	u32 lcon = rd(u, ULCON), fcon = rd(u, UFCON);

	wr(u, UINTM, INT_ALL);
	if ((lcon & ULCON_FORM) != ULCON_8N1 || !(fcon & UFCON_ON)) {
		for (u32 n = 0; n < BUSY_POLLS && !(rd(u, UTRSTAT) & UTRSTAT_TX_EMPTY); n++)
			;
		wr(u, ULCON, ULCON_8N1);
	}
	wr(u, UFCON, UFCON_ON);
	wr(u, UCON, UCON_CPU | UCON_RX_TIMEOUT | UCON_LEVELS);
}

static u32 exynos_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, UFSTAT) & UFSTAT_TX_FULL))
		wr(u, UTXH, text[n++]);
	return n;
}

/* UERSTAT is of the character that is read next. */
static int exynos_getc(const struct uart *u)
{
	u32 error, c;

	/* A FIFO holds no more breaks than that. */
	for (u32 n = 0; n < FIFO_MAX; n++) {
		if (!(rd(u, UFSTAT) & UFSTAT_RX))
			return -1;
		error = rd(u, UERSTAT);
		c = rd(u, URXH);
		if (!(error & UERSTAT_BREAK))
			return (int)(c & 0xff);
	}
	return -1;
}

static void exynos_irq_enable(struct uart *u, u32 mask)
{
	u32 on = (mask & UART_IRQ_RX ? INT_RX : 0) | (mask & UART_IRQ_TX ? INT_TX : 0);

	wr(u, UINTM, INT_ALL & ~on);
}

static void exynos_irq_ack(struct uart *u)
{
	wr(u, UINTP, INT_ALL);
}

const struct uart_ops exynos_ops = {
	.init = exynos_init,
	.send = exynos_send,
	.getc = exynos_getc,
	.irq_enable = exynos_irq_enable,
	.irq_ack = exynos_irq_ack,
};

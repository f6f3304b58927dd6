// SPDX-License-Identifier: Apache-2.0
/* Amlogic's UART. Source: Linux: drivers/tty/serial/meson_uart.c. */
#include "drivers/uart/reg32.h"

#define WFIFO 0x00
#define RFIFO 0x04
#define CONTROL 0x08
#define STATUS 0x0c
#define MISC 0x10

#define CONTROL_ON 0x00003000U /* sender and receiver */
#define CONTROL_FORM 0x003f0000U /* stop bits, parity, length; all 0: 8n1 */
#define CONTROL_RESET 0x01c00000U /* of FIFOs and errors, while they are set */
#define CONTROL_INT_RX BIT(27)
#define CONTROL_INT_TX BIT(28)
#define CONTROL_INT (CONTROL_INT_RX | CONTROL_INT_TX)
#define STATUS_RX_EMPTY BIT(20)
#define STATUS_TX_FULL BIT(21)
#define STATUS_TX_EMPTY BIT(22)
#define STATUS_TX_BUSY BIT(25)
#define MISC_RX(chars) (chars) /* with so many waiting it interrupts */
#define MISC_TX(chars) ((chars) << 8) /* with fewer to be sent it interrupts */

#define HALF_FIFO 32 /* of the smallest one, of 64 */
#define BUSY_POLLS 1000000 /* a FIFO of 128 at 1200 baud empties in 1.1 s */

static void wait_until_sent(const struct uart *u)
{
	for (u32 n = 0; n < BUSY_POLLS; n++)
		if ((rd(u, STATUS) & (STATUS_TX_EMPTY | STATUS_TX_BUSY)) == STATUS_TX_EMPTY)
			return;
}

static void meson_init(struct uart *u)
{
	u32 control = rd(u, CONTROL);

	if (control & CONTROL_FORM)
		wait_until_sent(u);
	wr(u, CONTROL, (control & ~(CONTROL_FORM | CONTROL_RESET | CONTROL_INT)) | CONTROL_ON);
	wr(u, MISC, MISC_RX(1) | MISC_TX(HALF_FIFO));
}

static u32 meson_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && !(rd(u, STATUS) & STATUS_TX_FULL))
		wr(u, WFIFO, text[n++]);
	return n;
}

/* A break comes as a 0 here: the flag is of no certain character, and to take it back CONTROL would be written. */
static int meson_getc(const struct uart *u)
{
	return rd(u, STATUS) & STATUS_RX_EMPTY ? -1 : (int)(rd(u, RFIFO) & 0xff);
}

static void meson_irq_enable(struct uart *u, u32 mask)
{
	wr(u, CONTROL,
	   (rd(u, CONTROL) & ~CONTROL_INT) | (mask & UART_IRQ_RX ? CONTROL_INT_RX : 0) |
		   (mask & UART_IRQ_TX ? CONTROL_INT_TX : 0));
}

const struct uart_ops meson_ops = {
	.init = meson_init,
	.send = meson_send,
	.getc = meson_getc,
	.irq_enable = meson_irq_enable,
};

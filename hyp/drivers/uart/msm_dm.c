// SPDX-License-Identifier: Apache-2.0
/*
 * Qualcomm's UART with Data Mover, version 1.4, with a character in each word of its FIFOs and nothing moved. Sources:
 * U-Boot: drivers/serial/serial_msm.c (this mode, after the APQ8016E TRM, 6.2.5); Linux: drivers/tty/serial/msm_serial.c
 * (registers); FreeBSD: sys/dev/uart/uart_dev_msm.h (levels of the watermarks); Android's kernel:
 * drivers/tty/serial/msm_serial_hs_lite.c (MR2).
 */
#include "drivers/uart/reg32.h"

#define MR2 0x04
#define TFWR 0x1c
#define RFWR 0x20
#define DMEN 0x3c
#define SR 0xa4
#define CR 0xa8
#define IMR 0xb0
#define TF 0x100
#define RF 0x140

#define MR2_8N1 0x34U
#define MR2_NO_BREAKS BIT(8) /* the 0 that a break looks like is dropped */
#define DMEN_TX_SINGLE BIT(4)
#define DMEN_RX_SINGLE BIT(5)
#define SR_RX_READY BIT(0)
#define SR_TX_READY BIT(2) /* there is room */
#define SR_TX_EMPTY BIT(3)
#define CR_RX_ENABLE BIT(0)
#define CR_TX_ENABLE BIT(2)
#define CR_RESET_RX 0x10U
#define CR_RESET_TX 0x20U
#define CR_PROTECT 0x100U /* a command waits for the one before it */
#define IMR_TX_LEVEL BIT(0)
#define IMR_RX_LEVEL BIT(4)

#define BUSY_POLLS 1000000 /* reads of 50 ns or more: 500 characters at 115200 baud */

static void wait_sent(const struct uart *u)
{
	for (u32 n = 0; n < BUSY_POLLS && !(rd(u, SR) & SR_TX_EMPTY); n++)
		;
}

/* The mode comes with the resets. How deep the FIFOs are differs, so room is told of when all is sent. */
static void msm_dm_init(struct uart *u)
{
	wr(u, IMR, 0);
	wait_sent(u);
	wr(u, MR2, MR2_8N1 | MR2_NO_BREAKS);
	wr(u, DMEN, DMEN_TX_SINGLE | DMEN_RX_SINGLE);
	wr(u, TFWR, 0);
	wr(u, RFWR, 0);
	wr(u, CR, CR_PROTECT);
	wr(u, CR, CR_RESET_RX);
	wr(u, CR, CR_RESET_TX);
	wr(u, CR, CR_RX_ENABLE | CR_TX_ENABLE);
}

static u32 msm_dm_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0;

	while (n < len && (rd(u, SR) & SR_TX_READY))
		wr(u, TF, text[n++]);
	return n;
}

/* The upper bits are of errors. */
static int msm_dm_getc(const struct uart *u)
{
	return rd(u, SR) & SR_RX_READY ? (int)(rd(u, RF) & 0xff) : -1;
}

static void msm_dm_irq_enable(struct uart *u, u32 mask)
{
	wr(u, IMR,
	   (mask & UART_IRQ_RX ? IMR_RX_LEVEL : 0) | (mask & UART_IRQ_TX ? IMR_TX_LEVEL : 0));
}

const struct uart_ops msm_dm_ops = {
	.init = msm_dm_init,
	.send = msm_dm_send,
	.getc = msm_dm_getc,
	.irq_enable = msm_dm_irq_enable,
};

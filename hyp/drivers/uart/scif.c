// SPDX-License-Identifier: Apache-2.0
/* Renesas' SCIF. Source: Linux: drivers/tty/serial/sh-sci.c and sh-sci.h, also for where its kin have the registers. */
#include "drivers/uart/io.h"
#include "drivers/uart/uart.h"

enum {
	SMR,
	BRR,
	SCR,
	FTDR,
	FSR,
	FRDR,
	FCR,
	FDR,
	SPTR,
	LSR
}; /* FTDR and FRDR have 8 bits, others 16 */

#define SMR_FORM 0xf8U /* how characters look; all 0: 8n1 */
#define SCR_CLOCK 0x03U
#define SCR_ON 0x30U /* receiver and sender */
#define SCR_INT_RX BIT(6)
#define SCR_INT_TX BIT(7)
#define FSR_FER BIT(3) /* of the character that is read next */
#define FSR_TX_ROOM BIT(5)
#define FSR_TX_END BIT(6)
#define FSR_RX 0x93U /* characters came, or wait with no other following; a wrong one, a break */
#define FSR_FLAGS 0xf3U /* each is taken back by writing 0 after it was read as 1 */
#define FCR_SET 0xf7U /* all but RTS; all 0: interrupts at 1 received, 8 to send */
#define FDR_RX 0x1fU
#define FDR_TX(fdr) ((fdr) >> 8 & 0x1f)
#define LSR_OVERRUN BIT(0)

#define FIFO 16
#define BUSY_POLLS 1000000 /* a FIFO at 1200 baud empties in 0.2 s */

static u32 rd(const struct uart *u, u32 reg)
{
	return io_read16(u->base, reg << u->shift);
}

static void wr(const struct uart *u, u32 reg, u32 value)
{
	io_write16(u->base, reg << u->shift, value);
}

static void wait_until_sent(const struct uart *u)
{
	for (u32 n = 0; n < BUSY_POLLS; n++)
		if (!FDR_TX(rd(u, FDR)) && (rd(u, FSR) & FSR_TX_END))
			return;
}

static void scif_init(struct uart *u)
{
	u32 smr = rd(u, SMR), scr = rd(u, SCR), fcr = rd(u, FCR);

	if (smr & SMR_FORM) {
		wait_until_sent(u);
		wr(u, SCR, scr & SCR_CLOCK);
		wr(u, SMR, smr & ~SMR_FORM);
	}
	wr(u, FCR, fcr & ~FCR_SET);
	wr(u, SCR, (scr & SCR_CLOCK) | SCR_ON);
}

/* That there is room is taken back even if nothing was sent: while there is none it would go on interrupting. */
static u32 scif_send(const struct uart *u, const u8 *text, u32 len)
{
	u32 n = 0, used = FDR_TX(rd(u, FDR));

	for (; n < len && used + n < FIFO; n++)
		io_write8(u->base, FTDR << u->shift, text[n]);
	if (rd(u, FSR) & FSR_TX_ROOM)
		wr(u, FSR, FSR_FLAGS & ~FSR_TX_ROOM);
	return n;
}

static bool has_char(const struct uart *u)
{
	return rd(u, FDR) & FDR_RX;
}

/* Only with an empty FIFO do the flags stay down. After an overrun no character comes until that is taken back. */
static void take_back(const struct uart *u)
{
	wr(u, FSR, FSR_FLAGS & ~(rd(u, FSR) & FSR_RX));
	if (rd(u, LSR) & LSR_OVERRUN)
		wr(u, LSR, 0);
}

static int scif_getc(const struct uart *u)
{
	u32 fsr, c;

	/* A FIFO holds no more breaks than that. */
	for (u32 n = 0; n < FIFO; n++) {
		if (!has_char(u)) {
			take_back(u);
			/* Of one that came in between the flag may be gone. */
			if (!has_char(u))
				return -1;
		}
		fsr = rd(u, FSR);
		c = io_read8(u->base, FRDR << u->shift);
		if (c || !(fsr & FSR_FER))
			return (int)c;
	}
	return -1;
}

static void scif_irq_enable(struct uart *u, u32 mask)
{
	wr(u, SCR,
	   (rd(u, SCR) & (SCR_CLOCK | SCR_ON)) | (mask & UART_IRQ_RX ? SCR_INT_RX : 0) |
		   (mask & UART_IRQ_TX ? SCR_INT_TX : 0));
}

const struct uart_ops scif_ops = {
	.init = scif_init,
	.send = scif_send,
	.getc = scif_getc,
	.irq_enable = scif_irq_enable,
};

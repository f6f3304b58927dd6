// SPDX-License-Identifier: Apache-2.0
/*
 * Qualcomm's GENI, a serial engine that its firmware makes a UART: commands send so many characters, one that never ends
 * receives. Sources: Linux: drivers/tty/serial/qcom_geni_serial.c, drivers/soc/qcom/qcom-geni-se.c (registers, packing,
 * what is latched); coreboot: src/soc/qualcomm/common/qupv3_uart.c; Fuchsia: lib/uart/geni.h (which watermark is when).
 */
#include "drivers/uart/reg32.h"

#define FORCE_DEFAULT 0x20
#define STATUS 0x40
#define TX_TRANS_CFG 0x25c
#define TX_PACKING0 0x260
#define TX_PACKING1 0x264
#define TX_WORD_LEN 0x268
#define TX_STOP_LEN 0x26c
#define TX_TRANS_LEN 0x270
#define RX_TRANS_CFG 0x280
#define RX_PACKING0 0x284
#define RX_PACKING1 0x288
#define RX_WORD_LEN 0x28c
#define RX_STALE 0x294
#define TX_PARITY 0x2a4
#define RX_PARITY 0x2a8
#define M_CMD 0x600 /* M: the main sequencer, which sends */
#define M_CTRL 0x604
#define M_IRQ_EN 0x614
#define M_IRQ_CLEAR 0x618
#define S_CMD 0x630 /* S: the secondary one, which receives */
#define S_CTRL 0x634
#define S_IRQ_EN 0x644
#define S_IRQ_CLEAR 0x648
#define TX_FIFO 0x700
#define RX_FIFO 0x780
#define RX_STATUS 0x804
#define RX_WATERMARK 0x810
#define RX_READY_WATERMARK 0x814
#define IRQ_EN 0xe1c

#define STATUS_M_ACTIVE BIT(0)
#define STATUS_S_ACTIVE BIT(12)
#define TRANS_NO_CTS BIT(1)
#define PACKING_BYTE 0x0fU /* bits 0 to 7 are a character, and the only one of the word */
#define CMD_START BIT(27)
#define CTRL_ABORT BIT(1)
#define M_IRQ_DONE BIT(0)
#define S_IRQ_WATERMARK BIT(26)
#define S_IRQ_LAST BIT(27)
#define RX_STATUS_WORDS 0x1ffffffU
#define IRQ_EN_M BIT(2)
#define IRQ_EN_S BIT(3)

#define FIFO 16 /* words, or more */
#define BUSY_POLLS 1000000 /* reads of 50 ns or more: 500 characters at 115200 baud */

/*
 * Both interrupts to receive are needed: the watermark's is for more characters than one, or for one too, as that is not
 * said clearly; the other comes when none followed for RX_STALE bits. 0 as the watermark might be reached always.
 */
static const struct {
	u16 reg, value;
} settings[] = {
	{TX_TRANS_CFG, TRANS_NO_CTS},
	{TX_PARITY, 0},
	{TX_WORD_LEN, 8},
	{TX_STOP_LEN, 0},
	{TX_PACKING0, PACKING_BYTE},
	{TX_PACKING1, 0},
	{RX_TRANS_CFG, 0},
	{RX_PARITY, 0},
	{RX_WORD_LEN, 8},
	{RX_PACKING0, PACKING_BYTE},
	{RX_PACKING1, 0},
	{RX_STALE, 160},
	{RX_WATERMARK, 1},
	{RX_READY_WATERMARK, FIFO - 4},
	{IRQ_EN, IRQ_EN_M | IRQ_EN_S},
};

static bool ends(const struct uart *u, u32 active)
{
	for (u32 n = 0; n < BUSY_POLLS; n++)
		if (!(rd(u, STATUS) & active))
			return true;
	return false;
}

static void stop(const struct uart *u, u32 ctrl, u32 active)
{
	wr(u, ctrl, CTRL_ABORT);
	ends(u, active);
}

static void geni_irq_enable(struct uart *u, u32 mask)
{
	wr(u, M_IRQ_EN, mask & UART_IRQ_TX ? M_IRQ_DONE : 0);
	wr(u, S_IRQ_EN, mask & UART_IRQ_RX ? S_IRQ_WATERMARK | S_IRQ_LAST : 0);
}

/* The watermark's is there again at once while its cause is. */
static void geni_irq_ack(struct uart *u)
{
	wr(u, M_IRQ_CLEAR, M_IRQ_DONE);
	wr(u, S_IRQ_CLEAR, S_IRQ_WATERMARK | S_IRQ_LAST);
}

/* A command may be left that waits for characters which nobody will write. */
static void geni_init(struct uart *u)
{
	geni_irq_enable(u, 0);
	if (!ends(u, STATUS_M_ACTIVE))
		stop(u, M_CTRL, STATUS_M_ACTIVE);
	if (rd(u, STATUS) & STATUS_S_ACTIVE)
		stop(u, S_CTRL, STATUS_S_ACTIVE);
	wr(u, FORCE_DEFAULT, 1);
	for (u32 i = 0; i < ARRAY_SIZE(settings); i++)
		wr(u, settings[i].reg, settings[i].value);
	wr(u, S_CMD, CMD_START);
}

/* A command for each: what its length promises has to follow, so there is room for none before it has ended. */
static u32 geni_send(const struct uart *u, const u8 *text, u32 len)
{
	len = MIN(len, (u32)FIFO);
	if (!len || rd(u, STATUS) & STATUS_M_ACTIVE)
		return 0;
	wr(u, TX_TRANS_LEN, len);
	wr(u, M_CMD, CMD_START);
	for (u32 n = 0; n < len; n++)
		wr(u, TX_FIFO, text[n]);
	return len;
}

/* A break comes as a 0 here. */
static int geni_getc(const struct uart *u)
{
	return rd(u, RX_STATUS) & RX_STATUS_WORDS ? (int)(rd(u, RX_FIFO) & 0xff) : -1;
}

const struct uart_ops geni_ops = {
	.init = geni_init,
	.send = geni_send,
	.getc = geni_getc,
	.irq_enable = geni_irq_enable,
	.irq_ack = geni_irq_ack,
};

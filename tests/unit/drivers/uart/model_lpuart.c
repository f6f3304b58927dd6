// SPDX-License-Identifier: Apache-2.0
/*
 * NXP's LPUART (S32K3xx Reference Manual, chapter LPUART). Of interrupts that a console has no use for the reason is taken
 * to be there.
 */
#include "model.h"

#define FORM 0x300308ffU /* of CTRL, inversion and loops with it */
#define OVERRUN BIT(19)
#define ON (BIT(19) | BIT(18)) /* of CTRL */
#define CHARACTER 5 /* reads of CTRL that the end of one is away */

static struct {
	u32 baud, stat, ctrl, modir, fifo, water;
	u32 receiving, sending;
} m;

/* Of which kind the one under test is. */
static const struct uart_model *of;

static void set_depth(void)
{
	wire.tx_depth = m.fifo & 0x80 ? of->tx_fifo : 1;
	wire.rx_depth = m.fifo & 0x08 ? of->rx_fifo : 1;
}

/* U-Boot's (serial_lpuart.c), which writes all other bits of FIFO, with other thresholds, parity, two stop bits, and keys. */
static void reset_as(const struct uart_model *model, u32 size, bool as_used)
{
	of = model;
	memset(&m, 0, sizeof(m));
	m.baud = 0x0f000004;
	m.fifo = size << 4 | size;
	if (as_used) {
		m.baud = 0x042af00d;
		m.fifo |= 0x1f00;
		m.ctrl = ON | 0x0ff0c012;
		m.modir = 1;
		m.water = of->tx_fifo / 2 * 0x10001;
		m.stat = OVERRUN;
		wire.rx[0] = 'k';
	}
	wire.rx_len = as_used;
	wire.deaf = as_used;
	set_depth();
}

/* The bits of CTRL stay until the characters on their way, one each, are through. */
static u32 on(void)
{
	return (m.ctrl & ON) | (m.sending ? BIT(19) : 0) | (m.receiving ? BIT(18) : 0);
}

static u32 stat(void)
{
	u32 tx = m.fifo & 0x80 ? m.water & 0xff : 0, rx = m.fifo & 0x08 ? m.water >> 16 & 0xff : 0;

	return m.stat | (wire.tx_len <= tx ? BIT(23) : 0) | (wire.tx_len ? 0 : BIT(22)) |
	       (wire.rx_len > rx || (wire.rx_len && (m.fifo & 0x1c00)) ? BIT(21) : 0);
}

static u32 read_ctrl(void)
{
	u32 value = (m.ctrl & ~ON) | on();

	m.receiving -= m.receiving > 0;
	m.sending -= m.sending > 0;
	return value;
}

/* To read an empty one is an underflow, behind which pointers may be wrong. */
static u32 read_data(void)
{
	u16 c = wire_rx_pop();

	assert_int_equal(m.ctrl & (BIT(18) | FORM), BIT(18));
	assert_int_equal(m.baud & ~0x1f031fffU, 0);
	return c & WIRE_BREAK ? BIT(13) : c;
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x00:
		return m.baud;
	case 0x04:
		return stat();
	case 0x08:
		return read_ctrl();
	case 0x0c:
		return read_data();
	case 0x18:
		return m.fifo | (wire.tx_len ? 0 : BIT(23)) | (wire.rx_len ? 0 : BIT(22));
	case 0x1c:
		return m.water | wire.rx_len << 24 | wire.tx_len << 8;
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

/* Nobody drives the CTS pin. */
static void write_data(u32 value)
{
	assert_int_equal(m.ctrl & (BIT(19) | FORM), BIT(19));
	assert_int_equal(m.baud & ~0x1f031fffU, 0);
	assert_int_equal(m.modir, 0);
	wire_tx_push(value);
}

static void write_stat(u32 value)
{
	if ((value ^ m.stat) & 0x3e000003)
		assert_int_equal(on(), 0);
	m.stat = (value & 0x3e000003) | (m.stat & OVERRUN & ~value);
	wire.deaf = m.stat & OVERRUN;
}

static void write_ctrl(u32 value)
{
	if ((value ^ m.ctrl) & FORM)
		assert_int_equal(on(), 0);
	if (m.ctrl & ~value & BIT(18))
		m.receiving = CHARACTER;
	if (m.ctrl & ~value & BIT(19)) {
		assert_int_equal(wire.tx_len, 0);
		m.sending = 2 * CHARACTER;
	}
	m.ctrl = value;
}

static void write_fifo(u32 value)
{
	assert_int_equal(on(), 0);
	assert_int_equal(wire.tx_len, 0);
	if (value & BIT(14))
		wire.rx_len = 0;
	assert_int_equal(wire.rx_len, 0);
	m.fifo = (m.fifo & 0x77) | (value & 0x1f88);
	set_depth();
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x00:
		assert_int_equal(on(), 0);
		assert_int_equal((value ^ m.baud) & 0x1f031fff, 0);
		m.baud = value;
		return;
	case 0x04:
		return write_stat(value);
	case 0x08:
		return write_ctrl(value);
	case 0x0c:
		return write_data(value);
	case 0x14:
		assert_int_equal(on(), 0);
		m.modir = value;
		return;
	case 0x18:
		return write_fifo(value);
	case 0x1c:
		assert_int_equal(on() & BIT(19), 0);
		m.water = value & 0x00ff00ff;
		return;
	}
	fail_msg("write of 0x%x", offset);
}

static bool irq(void)
{
	return (m.baud & 0xc000) || (m.ctrl & 0x0f10c000) || (m.fifo & 0x300) ||
	       (stat() & m.ctrl & (BIT(23) | BIT(22) | BIT(21)));
}

/* Nothing is received from then on. */
static void lost(void)
{
	m.stat |= OVERRUN;
	wire.deaf = true;
}

#define MODEL(what, offset_, depth, size)                                                          \
	static void what##_reset(bool as_used);                                                    \
	const struct uart_model what##_model = {                                                   \
		.name = #what,                                                                     \
		.console = {.type = CFG_UART_LPUART, .offset = offset_, .width = 4},               \
		.tx_fifo = depth,                                                                  \
		.rx_fifo = depth,                                                                  \
		.has_breaks = true,                                                                \
		.reset = what##_reset,                                                             \
		.read = read,                                                                      \
		.write = write,                                                                    \
		.irq = irq,                                                                        \
		.lost = lost,                                                                      \
	};                                                                                         \
	static void what##_reset(bool as_used)                                                     \
	{                                                                                          \
		reset_as(&what##_model, size, as_used);                                            \
	}

MODEL(lpuart, 0x10, 64, 5)
MODEL(lpuart_small, 0x10, 8, 2)
MODEL(lpuart_ls, 0, 16, 5)

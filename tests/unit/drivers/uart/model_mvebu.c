// SPDX-License-Identifier: Apache-2.0
/* Marvell's first UART of Armada 3700, as its drivers in Linux and FreeBSD have it: there is no public manual. */
#include "model.h"

#define FORM 0x600U /* of CTRL: parity, two stop bits */
#define OTHER 0x8000f800U /* resets, mirror, loop, break */

static struct {
	u32 ctrl;
	bool overrun;
} m;

/* U-Boot's (serial_mvebu_a3700.c) has all bits clear: so do other forms come from other firmware. */
static void reset(bool as_used)
{
	m.ctrl = as_used ? 0x3ff : 0;
	m.overrun = as_used;
}

/* Errors are those of the next character. */
static u32 stat(void)
{
	u32 value = m.overrun;

	value |= wire.tx_len ? 0 : BIT(13) | BIT(6);
	value |= wire.tx_len == wire.tx_depth ? BIT(11) : BIT(5);
	value |= wire.tx_len >= wire.tx_depth / 2 ? BIT(10) : 0;
	value |= wire.rx_len ? BIT(4) : BIT(12);
	value |= wire.rx_len == wire.rx_depth ? BIT(8) : 0;
	value |= wire.rx_len >= wire.rx_depth / 2 ? BIT(7) : 0;
	if (wire.rx_len && (wire.rx[0] & WIRE_BREAK))
		value |= BIT(3) | BIT(2);
	return value;
}

static u32 read_rbr(void)
{
	assert_int_equal(m.ctrl & (FORM | OTHER), 0);
	m.overrun = false;
	return wire_rx_pop() & 0xff;
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x00:
		return read_rbr();
	case 0x0c:
		return stat();
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x04:
		assert_int_equal(m.ctrl & (FORM | OTHER), 0);
		return wire_tx_push(value);
	case 0x08:
		if ((value ^ m.ctrl) & FORM)
			assert_int_equal(wire.tx_len, 0);
		m.ctrl = value;
		return;
	}
	fail_msg("write of 0x%x", offset);
}

/* The bits of CTRL that enable interrupts stand where their reasons are in STAT, but for those of half a FIFO. */
static bool irq(void)
{
	u32 s = stat(), why = s & 0x7f;

	why |= s & BIT(7) ? BIT(7) : 0;
	why |= s & BIT(10) ? BIT(8) : 0;
	return why & m.ctrl & 0x1ff;
}

static void lost(void)
{
	m.overrun = true;
}

const struct uart_model mvebu_model = {
	.name = "mvebu",
	.console = {.type = CFG_UART_MVEBU, .width = 4},
	.tx_fifo = 32,
	.rx_fifo = 64,
	.has_breaks = true,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
	.lost = lost,
};

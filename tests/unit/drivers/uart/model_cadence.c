// SPDX-License-Identifier: Apache-2.0
/* Cadence's UART (UG585, chapter 19 and appendix B.33). */
#include "model.h"

static struct {
	u32 cr, mr, imr, isr, rxwm;
} m;

static void reset(bool as_used)
{
	m.cr = 0x128;
	m.mr = 0;
	m.imr = 0;
	m.isr = 0;
	m.rxwm = 0x20;
	if (!as_used)
		return;
	m.cr = 0x14;
	m.mr = 0x20;
	m.imr = 0x1fff;
}

static u32 sr(void)
{
	return (wire.rx_len >= m.rxwm) | (wire.rx_len ? 0 : BIT(1)) |
	       (wire.rx_len == wire.rx_depth ? BIT(2) : 0) | (wire.tx_len ? 0 : BIT(3)) |
	       (wire.tx_len == wire.tx_depth ? BIT(4) : 0);
}

/* It stays until it is taken back, and is there again while what it tells of is. */
static u32 isr(void)
{
	m.isr |= sr() & 0x1f;
	return m.isr;
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	isr();
	switch (offset) {
	case 0x00:
		return m.cr;
	case 0x04:
		return m.mr;
	case 0x2c:
		return sr();
	case 0x30:
		return wire_rx_pop() & 0xff;
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write_fifo(u32 value)
{
	assert_int_equal(m.cr & 0x30, 0x10);
	assert_int_equal(m.mr & 0x3fe, 0x20);
	wire_tx_push(value);
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	isr();
	switch (offset) {
	case 0x00:
		m.cr = value;
		return;
	case 0x04:
		assert_int_equal(wire.tx_len, 0);
		m.mr = value;
		return;
	case 0x08:
		m.imr |= value;
		return;
	case 0x0c:
		m.imr &= ~value;
		return;
	case 0x14:
		m.isr &= ~value;
		return;
	case 0x1c:
		return;
	case 0x20:
		m.rxwm = value;
		return;
	case 0x30:
		return write_fifo(value);
	}
	fail_msg("write of 0x%x", offset);
}

static bool irq(void)
{
	return isr() & m.imr;
}

const struct uart_model cadence_model = {
	.name = "cadence",
	.console = {.type = CFG_UART_CADENCE, .width = 4},
	.tx_fifo = 64,
	.rx_fifo = 64,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
};

// SPDX-License-Identifier: Apache-2.0
/* A PL011 (DDI 0183). The receive interrupt is modelled with its timeout already over. */
#include "model.h"
#include "nk/pl011.h"

static struct {
	u32 cr, lcr_h, imsc, ifls, ris;
} m;

static void reset(bool as_used)
{
	memset(&m, 0, sizeof(m));
	m.cr = PL011_CR_TXE | PL011_CR_RXE;
	if (!as_used)
		return;
	m.cr |= PL011_CR_UARTEN;
	m.lcr_h = PL011_LCR_H_FEN | PL011_LCR_H_8BIT;
	m.imsc = PL011_INT_ALL;
}

static u32 flags(void)
{
	return (wire.tx_len ? PL011_FR_BUSY : PL011_FR_TXFE) |
	       (wire.tx_len == wire.tx_depth ? PL011_FR_TXFF : 0) |
	       (wire.rx_len ? 0 : PL011_FR_RXFE);
}

/* The transmit one is there from when the FIFO falls to its level until it is fuller, the other until nothing waits. */
static void event(bool left)
{
	if (!left)
		m.ris |= PL011_INT_RT;
	else if (wire.tx_len == wire.tx_depth / 8)
		m.ris |= PL011_INT_TX;
}

static u32 read_dr(void)
{
	u16 c = wire_rx_pop();

	if (!wire.rx_len)
		m.ris &= ~(PL011_INT_RT | PL011_INT_RX);
	return c & WIRE_BREAK ? PL011_DR_BE : c;
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case PL011_DR:
		return read_dr();
	case PL011_FR:
		return flags();
	case PL011_LCR_H:
		return m.lcr_h;
	case PL011_CR:
		return m.cr;
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write_dr(u32 value)
{
	u32 on = PL011_CR_UARTEN | PL011_CR_TXE;

	assert_int_equal(m.cr & on, on);
	wire_tx_push(value);
	if (wire.tx_len > wire.tx_depth / 8)
		m.ris &= ~PL011_INT_TX;
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case PL011_DR:
		return write_dr(value);
	case PL011_LCR_H:
		assert_false(m.cr & PL011_CR_UARTEN);
		m.lcr_h = value;
		return;
	case PL011_CR:
		m.cr = value;
		return;
	case PL011_IFLS:
		m.ifls = value;
		return;
	case PL011_IMSC:
		m.imsc = value;
		return;
	case PL011_ICR:
		m.ris &= ~value;
		return;
	}
	fail_msg("write of 0x%x", offset);
}

static bool irq(void)
{
	return (m.cr & PL011_CR_UARTEN) && (m.ris & m.imsc);
}

const struct uart_model pl011_model = {
	.name = "pl011",
	.console = {.type = CFG_UART_PL011, .width = 4},
	.tx_fifo = 32,
	.rx_fifo = 32,
	.has_breaks = true,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
	.event = event,
};

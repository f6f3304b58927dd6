// SPDX-License-Identifier: Apache-2.0
/*
 * Samsung's UART (Exynos 4210 User's Manual), the one of a chip's with FIFOs of 64. The receiver's timeout is modelled with
 * its time already over.
 */
#include "model.h"

#define RXD 1U
#define TXD 4U

static struct {
	u32 lcon, con, fcon, intm;
	u32 intsp; /* what interrupts, were it not for the mask: until it is taken back */
} m;

static bool fifos(void)
{
	return m.fcon & 1;
}

static void set_depths(void)
{
	wire.tx_depth = wire.rx_depth = fifos() ? 64 : 1;
}

static void reset(bool as_used)
{
	memset(&m, 0, sizeof(m));
	m.con = 0x3000;
	if (as_used) {
		/* With two stop bits, and DMA for what is received. */
		m.lcon = 0x07;
		m.con = 0x2c6;
		m.fcon = 0x111;
		m.intsp = 0x0f;
	}
	set_depths();
}

static bool tx_reason(void)
{
	u32 trigger = fifos() ? 8 * (m.fcon >> 8 & 7) : 0;

	return (m.con & 0x0c) == 0x04 && wire.tx_len <= trigger;
}

/* Bit 11 has the timeout come for an empty FIFO too, again and again. */
static bool rx_reason(void)
{
	u32 trigger = fifos() ? 8 * ((m.fcon >> 4 & 7) + 1) : 1;
	bool timeout = m.con & BIT(7) && (wire.rx_len || m.con & BIT(11));

	return (m.con & 0x03) == 0x01 && (wire.rx_len >= trigger || timeout);
}

/* What is no level is told in event() only. */
static u32 pending(void)
{
	if (m.con & BIT(9) && tx_reason())
		m.intsp |= TXD;
	if (m.con & BIT(8) && rx_reason())
		m.intsp |= RXD;
	return m.intsp & ~m.intm;
}

/* A full FIFO's count is 0; and all is, without FIFOs. */
static u32 ufstat(void)
{
	u32 rx = wire.rx_len == wire.rx_depth ? BIT(8) : wire.rx_len;

	if (!fifos())
		return 0;
	return rx | (wire.tx_len == wire.tx_depth ? BIT(24) : wire.tx_len << 16);
}

static u32 read_urxh(void)
{
	assert_int_equal(m.con & 3, 1);
	return wire_rx_pop() & 0xff;
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	pending();
	switch (offset) {
	case 0x00:
		return m.lcon;
	case 0x04:
		return m.con;
	case 0x08:
		return m.fcon;
	case 0x10:
		return (wire.rx_len ? 1 : 0) | (wire.tx_len ? 0 : 6);
	case 0x14:
		return wire.rx_len && (wire.rx[0] & WIRE_BREAK) ? 0x0c : 0;
	case 0x18:
		return ufstat();
	case 0x24:
		return read_urxh();
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write_fcon(u32 value)
{
	assert_int_equal(value & 6, 0);
	if (wire.tx_len)
		assert_int_equal((value ^ m.fcon) & 1, 0);
	m.fcon = value;
	set_depths();
}

static void write_utxh(u32 value)
{
	assert_int_equal(m.lcon, 0x03);
	assert_int_equal(m.con & 0x0c, 0x04);
	wire_tx_push(value);
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	pending();
	switch (offset) {
	case 0x00:
		assert_int_equal(wire.tx_len, 0);
		m.lcon = value;
		return;
	case 0x04:
		m.con = value;
		return;
	case 0x08:
		return write_fcon(value);
	case 0x20:
		return write_utxh(value);
	case 0x30:
		m.intsp &= ~value;
		return;
	case 0x38:
		m.intm = value;
		return;
	}
	fail_msg("write of 0x%x", offset);
}

static bool irq(void)
{
	return pending();
}

static void event(bool left)
{
	if (left && tx_reason())
		m.intsp |= TXD;
	if (!left && rx_reason())
		m.intsp |= RXD;
}

const struct uart_model exynos_model = {
	.name = "exynos",
	.console = {.type = CFG_UART_EXYNOS, .width = 4},
	.tx_fifo = 64,
	.rx_fifo = 64,
	.has_breaks = true,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
	.event = event,
};

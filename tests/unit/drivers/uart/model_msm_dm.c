// SPDX-License-Identifier: Apache-2.0
/*
 * Qualcomm's UART with Data Mover, version 1.4, of which only the single-character mode sends and receives here (U-Boot:
 * drivers/serial/serial_msm.c, FreeBSD: sys/dev/uart/uart_dev_msm.h).
 */
#include "model.h"

#define SINGLE 0x30U /* in DMEN: both ways */
#define ON 5U /* in CR: both ways */

static struct {
	u32 mr2, tfwr, rfwr, dmen, imr;
	u32 rx_mode, tx_mode; /* DMEN, as it was at the reset */
	u32 on;
	bool protected;
} m;

/* No document gives the watermarks after a reset. These are higher than the FIFOs are deep. */
static void reset(bool as_used)
{
	memset(&m, 0, sizeof(m));
	m.tfwr = m.rfwr = 48;
	if (!as_used)
		return;
	m.mr2 = 0x34;
	m.imr = 0x1ffff;
	m.on = ON;
	m.tfwr = 10;
}

static u32 sr(void)
{
	return (wire.rx_len ? BIT(0) : 0) | (wire.rx_len == wire.rx_depth ? BIT(1) : 0) |
	       (wire.tx_len == wire.tx_depth ? 0 : BIT(2)) | (wire.tx_len ? 0 : BIT(3));
}

/* What the upper bits have is not documented. */
static u32 read_fifo(void)
{
	assert_true((m.on & 1) && (m.rx_mode & 0x20));
	return wire_rx_pop() | 0xa5a5a500;
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x0a4:
		return sr();
	case 0x140:
		return read_fifo();
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write_fifo(u32 value)
{
	assert_true((m.on & 4) && (m.tx_mode & 0x10));
	assert_int_equal(m.mr2 & 0xff, 0x34);
	wire_tx_push(value);
}

static void write_cr(u32 value)
{
	switch (value) {
	case 0x100:
		m.protected = true;
		return;
	case 0x10:
		assert_true(m.protected);
		m.on &= ~1U;
		m.rx_mode = m.dmen;
		wire.rx_len = 0;
		return;
	case 0x20:
		assert_true(m.protected);
		/* What firmware has sent would be lost. */
		assert_int_equal(wire.tx_len, 0);
		m.on &= ~4U;
		m.tx_mode = m.dmen;
		return;
	case 1:
	case 4:
	case 5:
		assert_true(m.protected);
		m.on |= value;
		return;
	}
	fail_msg("command 0x%x", value);
}

static void write_setting(u32 *setting, u32 value)
{
	assert_int_equal(wire.tx_len, 0);
	*setting = value;
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x004:
		return write_setting(&m.mr2, value);
	case 0x01c:
		return write_setting(&m.tfwr, value);
	case 0x020:
		return write_setting(&m.rfwr, value);
	case 0x03c:
		return write_setting(&m.dmen, value);
	case 0x0a8:
		return write_cr(value);
	case 0x0b0:
		m.imr = value;
		return;
	case 0x100:
		return write_fifo(value);
	}
	fail_msg("write of 0x%x", offset);
}

/* Levels: at the watermark or below it, and above it. */
static bool irq(void)
{
	return ((m.imr & BIT(0)) && wire.tx_len <= m.tfwr) ||
	       ((m.imr & BIT(4)) && wire.rx_len > m.rfwr);
}

/* The character that a break is it may keep to itself. */
static void event(bool left)
{
	if (!left && (m.mr2 & 0x100) && (wire.rx[wire.rx_len - 1] & WIRE_BREAK))
		wire.rx_len--;
}

const struct uart_model msm_dm_model = {
	.name = "msm_dm",
	.console = {.type = CFG_UART_MSM_DM, .width = 4},
	.tx_fifo = 16,
	.rx_fifo = 16,
	.has_breaks = true,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
	.event = event,
};

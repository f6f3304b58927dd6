// SPDX-License-Identifier: Apache-2.0
/*
 * NXP's UART of i.MX 6 to i.MX 8M (their reference manuals, chapter UART). The ageing timer is modelled with its time
 * already over. Of interrupts that a console has no use for, such as a pin's, the reason is taken to be there.
 */
#include "model.h"

#define FORM 0x1e0U /* of UCR2: parity, stop bits, word size */

static struct {
	u32 ucr1, ucr2, ucr3, ucr4, ufcr;
	bool aged;
} m;

/* U-Boot's (serial_mxc.c), which has thresholds of 0, and two stop bits. */
static void reset(bool as_used)
{
	memset(&m, 0, sizeof(m));
	m.ucr2 = 0x0001;
	m.ucr3 = 0x0700;
	m.ucr4 = 0x8000;
	m.ufcr = 0x0801;
	if (!as_used)
		return;
	m.ucr1 = 0xb36d;
	m.ucr2 = 0xc07f;
	m.ucr3 = 0x3ffd;
	m.ucr4 = 0x81cf;
	m.ufcr = 0x0200;
	m.aged = true;
}

/* So many or fewer are left. Less than 2 is reserved: of what is then nothing is known, nor does it come. */
static bool trdy(void)
{
	u32 txtl = m.ufcr >> 10;

	return txtl >= 2 && wire.tx_len <= txtl;
}

static bool rrdy(void)
{
	return wire.rx_len >= (m.ufcr & 0x3f);
}

static u32 usr2(void)
{
	return (wire.tx_len ? 0 : BIT(14) | BIT(3)) | (wire.rx_len ? BIT(0) : 0);
}

static u32 uts(void)
{
	return (wire.tx_len ? 0 : BIT(6)) | (wire.rx_len ? 0 : BIT(5)) |
	       (wire.tx_len == wire.tx_depth ? BIT(4) : 0) |
	       (wire.rx_len == wire.rx_depth ? BIT(3) : 0);
}

/* Not while the receiver is off, which ends in an abort, or while DMA has the characters. */
static u32 read_data(void)
{
	u16 c;

	assert_int_equal(m.ucr1 & 0x105, 1);
	assert_int_equal(m.ucr2 & 3, 3);
	assert_false(m.ucr4 & 0x40);
	assert_true(m.ucr3 & 4);
	if (!wire.rx_len)
		return 0;
	c = wire_rx_pop();
	return 0x8000 | (c & WIRE_BREAK ? 0x5800 : c);
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x00:
		return read_data();
	case 0x80:
		return m.ucr1;
	case 0x84:
		return m.ucr2;
	case 0x88:
		return m.ucr3;
	case 0x8c:
		return m.ucr4;
	case 0x90:
		return m.ufcr;
	case 0x98:
		return usr2();
	case 0xb4:
		return uts();
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

/* Nobody drives the RTS pin. */
static void write_data(u32 value)
{
	assert_int_equal(m.ucr1 & 0x9, 1);
	assert_int_equal(m.ucr2 & (0x4005 | FORM), 0x4025);
	wire_tx_push(value);
}

static void write_ucr2(u32 value)
{
	assert_true(value & 1);
	if ((value ^ m.ucr2) & (FORM | 4))
		assert_int_equal(wire.tx_len, 0);
	m.ucr2 = value;
}

static void write_ufcr(u32 value)
{
	assert_int_equal((value ^ m.ufcr) & 0x3c0, 0);
	assert_in_range(value & 0x3f, 1, 32);
	assert_in_range(value >> 10, 2, 32);
	m.ufcr = value;
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x40:
		return write_data(value);
	case 0x80:
		m.ucr1 = value;
		return;
	case 0x84:
		return write_ucr2(value);
	case 0x88:
		m.ucr3 = value;
		return;
	case 0x8c:
		m.ucr4 = value;
		return;
	case 0x90:
		return write_ufcr(value);
	}
	fail_msg("write of 0x%x", offset);
}

static bool other(void)
{
	return (m.ucr1 & 0x9020) || (m.ucr2 & 0x8010) || (m.ucr3 & 0x3879) || (m.ucr4 & 0x186);
}

static bool irq(void)
{
	return other() || ((m.ucr1 & BIT(13)) && trdy()) || ((m.ucr1 & BIT(9)) && rrdy()) ||
	       ((m.ucr1 & BIT(6)) && !wire.tx_len) || ((m.ucr2 & BIT(3)) && m.aged) ||
	       (usr2() & m.ucr4 & (BIT(3) | BIT(0)));
}

static void event(bool left)
{
	if (!left && !rrdy())
		m.aged = true;
}

const struct uart_model imx_model = {
	.name = "imx",
	.console = {.type = CFG_UART_IMX, .width = 4},
	.tx_fifo = 32,
	.rx_fifo = 32,
	.has_breaks = true,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
	.event = event,
};

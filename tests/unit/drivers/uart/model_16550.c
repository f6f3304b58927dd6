// SPDX-License-Identifier: Apache-2.0
/*
 * A 16550A (National Semiconductor's PC16550D), and what its kin does that it does not. The FIFO's timeout is modelled
 * with its time already over, so that one character interrupts.
 */
#include "model.h"

enum { DATA, IER, IIR_FCR, LCR, MCR, LSR, SCR = 0x10, USR = 0x1f };

static struct {
	u32 ier, fcr, lcr, scr;
	bool room; /* the THRE interrupt is to be told */
	bool busy; /* DesignWare's own interrupt */
	bool ghost; /* its timeout without a character */
} m;

/* Of which kind the one under test is. */
static const struct uart_model *of;

static bool is(enum cfg_uart type)
{
	return of->console.type == type;
}

static void reset_as(const struct uart_model *model, bool as_used)
{
	of = model;
	memset(&m, 0, sizeof(m));
	wire.tx_depth = wire.rx_depth = 1;
	if (!as_used)
		return;
	m.ier = 0x0f;
	m.fcr = 1;
	m.lcr = 3;
	m.busy = is(CFG_UART_DW_APB);
	wire.tx_depth = model->tx_fifo;
	wire.rx_depth = model->rx_fifo;
}

/* TI's is there while so much is free, unless SCR says that it is to be all. */
static bool room_irq(void)
{
	if (is(CFG_UART_TI) && !(m.scr & 8))
		return wire.tx_len <= wire.tx_depth - 8;
	return m.room;
}

static u32 iir(void)
{
	u32 fifos = m.fcr & 1 ? 0xc0 : 0;

	if ((m.ier & 1) && (wire.rx_len || m.ghost) && (!is(CFG_UART_TEGRA) || (m.ier & 0x10)))
		return fifos | 0x0c;
	if ((m.ier & 2) && room_irq())
		return fifos | 2;
	return fifos | (m.busy ? 7 : 1);
}

static u32 lsr(void)
{
	u32 value = wire.tx_len ? 0 : 0x60;

	if (wire.rx_len)
		value |= wire.rx[0] & WIRE_BREAK ? 0x11 : 1;
	return value;
}

static u32 read_data(void)
{
	m.ghost = false;
	return wire.rx_len ? wire_rx_pop() & 0xff : 0;
}

/* Where it is the reason, reading it takes back that there is room. */
static u32 read_iir(void)
{
	u32 value = iir();

	if ((value & 0xf) == 2)
		m.room = false;
	return value;
}

static u32 read_reg(u32 reg)
{
	switch (reg) {
	case DATA:
		assert_false(m.lcr & 0x80);
		return read_data();
	case IIR_FCR:
		return read_iir();
	case LCR:
		return m.lcr;
	case LSR:
		return lsr();
	case SCR:
		assert_true(is(CFG_UART_TI));
		return m.scr;
	case USR:
		assert_true(is(CFG_UART_DW_APB));
		m.busy = false;
		return 0;
	}
	fail_msg("read of register %u", reg);
	return 0;
}

static void write_ier(u32 value)
{
	assert_false(m.lcr & 0x80);
	if ((value & 2) && !(m.ier & 2) && !wire.tx_len)
		m.room = true;
	m.ier = value;
}

static void write_fcr(u32 value)
{
	m.fcr = value;
	wire.tx_depth = value & 1 ? of->tx_fifo : 1;
	wire.rx_depth = value & 1 ? of->rx_fifo : 1;
}

static void write_data(u32 value)
{
	assert_false(m.lcr & 0x80);
	wire_tx_push(value);
	m.room = false;
}

static void write_lcr(u32 value)
{
	if (is(CFG_UART_DW_APB) && wire.tx_len)
		m.busy = true;
	else
		m.lcr = value;
}

static void write_reg(u32 reg, u32 value)
{
	switch (reg) {
	case DATA:
		return write_data(value);
	case IER:
		return write_ier(value);
	case IIR_FCR:
		return write_fcr(value);
	case LCR:
		return write_lcr(value);
	case SCR:
		assert_true(is(CFG_UART_TI));
		m.scr = value;
		return;
	}
	fail_msg("write of register %u", reg);
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, of->console.width);
	assert_int_equal(offset & ((1U << of->console.shift) - 1), 0);
	return read_reg(offset >> of->console.shift);
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, of->console.width);
	assert_int_equal(offset & ((1U << of->console.shift) - 1), 0);
	write_reg(offset >> of->console.shift, value);
}

static bool irq(void)
{
	return (iir() & 0xf) != 1;
}

/* DesignWare's says now and then that a character waits when the last one was just read. */
static void event(bool left)
{
	if (left && !wire.tx_len)
		m.room = true;
	if (left && is(CFG_UART_DW_APB) && !wire.rx_len)
		m.ghost = true;
}

#define MODEL(what, type_, shift_, width_, depth)                                                  \
	static void what##_reset(bool as_used);                                                    \
	const struct uart_model what##_model = {                                                   \
		.name = #what,                                                                     \
		.console = {.type = type_, .shift = shift_, .width = width_},                      \
		.tx_fifo = depth,                                                                  \
		.rx_fifo = depth,                                                                  \
		.has_breaks = true,                                                                \
		.reset = what##_reset,                                                             \
		.read = read,                                                                      \
		.write = write,                                                                    \
		.irq = irq,                                                                        \
		.event = event,                                                                    \
	};                                                                                         \
	static void what##_reset(bool as_used)                                                     \
	{                                                                                          \
		reset_as(&what##_model, as_used);                                                  \
	}

MODEL(ns16550, CFG_UART_16550, 0, 1, 16)
MODEL(dw_apb, CFG_UART_DW_APB, 2, 4, 32)
MODEL(tegra, CFG_UART_TEGRA, 2, 4, 32)
MODEL(ti, CFG_UART_TI, 2, 4, 64)

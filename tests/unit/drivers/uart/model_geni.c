// SPDX-License-Identifier: Apache-2.0
/*
 * Qualcomm's GENI as a UART (Linux: drivers/tty/serial/qcom_geni_serial.c; Fuchsia: lib/uart/geni.h). What is not said of
 * it for certain is there both ways: the second model is the one that interrupts more. The time until a character is
 * stale is modelled as already over.
 */
#include "model.h"

#define ABORT_READS 3 /* of STATUS, until an abort has come through */
#define FIRST 0x200 /* of the settings */

enum {
	TX_TRANS_CFG = 0x25c,
	TX_PACKING0 = 0x260,
	TX_PACKING1 = 0x264,
	TX_WORD_LEN = 0x268,
	TX_STOP_LEN = 0x26c,
	RX_TRANS_CFG = 0x280,
	RX_PACKING0 = 0x284,
	RX_PACKING1 = 0x288,
	RX_WORD_LEN = 0x28c,
	RX_STALE = 0x294,
	TX_PARITY = 0x2a4,
	RX_PARITY = 0x2a8,
};

static struct {
	u32 settings[0x40];
	u32 watermark, ready_watermark, irq_en;
	u32 m_en, m_status, s_en, s_status;
	u32 len; /* of the next command */
	u32 owed; /* characters that the command has yet to be given */
	bool reading; /* the secondary command runs */
	u32 aborting; /* it does, for so many reads */
	bool pads; /* are the UART's */
	bool stuck; /* the second model */
} m;

static u32 *setting(u32 offset)
{
	return &m.settings[(offset - FIRST) / 4];
}

static u32 get(u32 offset)
{
	return *setting(offset);
}

/* Four characters a word, as Linux has it. */
static void reset_used(void)
{
	m.irq_en = 0xf;
	m.m_en = m.m_status = 0xffffffff;
	m.s_en = m.s_status = 0x0fffffff;
	m.watermark = 8;
	m.ready_watermark = 14;
	m.reading = m.pads = true;
	*setting(TX_TRANS_CFG) = 2;
	*setting(TX_WORD_LEN) = *setting(RX_WORD_LEN) = 8;
	*setting(TX_PACKING0) = *setting(RX_PACKING0) = 0x4380e;
	*setting(TX_PACKING1) = *setting(RX_PACKING1) = 0xc3e0e;
	*setting(RX_STALE) = 160;
}

/* 7e2, and a command for one character more than came. */
static void reset_stuck(void)
{
	m.owed = 1;
	*setting(TX_TRANS_CFG) = 1;
	*setting(RX_TRANS_CFG) = 8;
	*setting(TX_PARITY) = *setting(RX_PARITY) = 1;
	*setting(TX_WORD_LEN) = *setting(RX_WORD_LEN) = 7;
	*setting(TX_STOP_LEN) = 2;
}

static void reset(bool as_used)
{
	memset(&m, 0, sizeof(m));
	if (as_used)
		reset_used();
}

static void reset_as_stuck(bool as_used)
{
	reset(as_used);
	m.stuck = true;
	if (as_used)
		reset_stuck();
}

static bool sending(void)
{
	return m.owed || wire.tx_len;
}

static bool receiving(void)
{
	return m.reading || m.aborting;
}

static u32 status(void)
{
	if (m.aborting)
		m.aborting--;
	return (sending() ? BIT(0) : 0) | (receiving() ? BIT(12) : 0);
}

/* Latched, and again at once: these are states. */
static u32 s_status(void)
{
	if (m.stuck ? wire.rx_len >= m.watermark : wire.rx_len > m.watermark)
		m.s_status |= BIT(26);
	if (m.stuck && wire.rx_len)
		m.s_status |= BIT(27);
	return m.s_status;
}

/* Latched, and told once. */
static void event(bool left)
{
	if (!left && get(RX_STALE))
		m.s_status |= BIT(27);
	if (left && !sending())
		m.m_status |= BIT(0);
	s_status();
}

static void assert_8n1(void)
{
	assert_int_equal(get(TX_TRANS_CFG), 2);
	assert_int_equal(get(RX_TRANS_CFG), 0);
	assert_int_equal(get(TX_WORD_LEN), 8);
	assert_int_equal(get(RX_WORD_LEN), 8);
	assert_int_equal(get(TX_STOP_LEN), 0);
	assert_int_equal(get(TX_PARITY) | get(RX_PARITY), 0);
}

static u32 read_fifo(void)
{
	assert_true(m.reading);
	assert_int_equal(get(RX_PACKING0), 0xf);
	assert_int_equal(get(RX_PACKING1), 0);
	return wire_rx_pop() & 0xff;
}

/* That it holds the last one before the line was idle is in the status, too; perhaps until another one comes. */
static u32 rx_status(void)
{
	return wire.rx_len | (wire.rx_len || m.stuck ? BIT(31) | BIT(28) : 0);
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x040:
		return status();
	case 0x780:
		return read_fifo();
	case 0x804:
		return rx_status();
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write_m_cmd(u32 value)
{
	assert_int_equal(value, BIT(27));
	assert_true(m.pads && m.len);
	assert_false(sending());
	assert_8n1();
	m.owed = m.len;
	m.len = 0;
}

/* It loses what is in the FIFO. */
static void write_m_ctrl(u32 value)
{
	assert_int_equal(value, BIT(1));
	assert_int_equal(wire.tx_len, 0);
	m.owed = 0;
	m.pads = false;
}

static void write_s_cmd(u32 value)
{
	assert_int_equal(value, BIT(27));
	assert_true(m.pads && m.ready_watermark);
	assert_false(receiving());
	assert_8n1();
	m.reading = true;
}

static void write_s_ctrl(u32 value)
{
	assert_int_equal(value, BIT(1));
	assert_true(m.reading);
	m.reading = m.pads = false;
	m.aborting = ABORT_READS;
}

static void write_fifo(u32 value)
{
	assert_int_equal(get(TX_PACKING0), 0xf);
	assert_int_equal(get(TX_PACKING1), 0);
	assert_true(m.owed);
	wire_tx_push(value);
	m.owed--;
}

/* What comes of it while a command runs nobody says. */
static void write_setting(u32 offset, u32 value)
{
	assert_false(sending());
	assert_false(receiving());
	*setting(offset) = value;
}

static bool write_common(u32 offset, u32 value)
{
	switch (offset) {
	case 0x020:
		m.pads = value & 1;
		return true;
	case 0x810:
		m.watermark = value;
		return true;
	case 0x814:
		m.ready_watermark = value;
		return true;
	case 0xe1c:
		m.irq_en = value;
		return true;
	}
	return false;
}

static bool write_m(u32 offset, u32 value)
{
	switch (offset) {
	case 0x270:
		m.len = value;
		return true;
	case 0x600:
		write_m_cmd(value);
		return true;
	case 0x604:
		write_m_ctrl(value);
		return true;
	case 0x614:
		m.m_en = value;
		return true;
	case 0x618:
		m.m_status &= ~value;
		return true;
	case 0x700:
		write_fifo(value);
		return true;
	}
	return false;
}

static bool write_s(u32 offset, u32 value)
{
	switch (offset) {
	case 0x630:
		write_s_cmd(value);
		return true;
	case 0x634:
		write_s_ctrl(value);
		return true;
	case 0x644:
		m.s_en = value;
		return true;
	case 0x648:
		m.s_status &= ~value;
		return true;
	}
	return false;
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	if (write_common(offset, value) || write_m(offset, value) || write_s(offset, value))
		return;
	switch (offset) {
	case TX_TRANS_CFG:
	case TX_PACKING0:
	case TX_PACKING1:
	case TX_WORD_LEN:
	case TX_STOP_LEN:
	case RX_TRANS_CFG:
	case RX_PACKING0:
	case RX_PACKING1:
	case RX_WORD_LEN:
	case RX_STALE:
	case TX_PARITY:
	case RX_PARITY:
		return write_setting(offset, value);
	}
	fail_msg("write of 0x%x", offset);
}

static bool irq(void)
{
	return ((m.irq_en & BIT(2)) && (m.m_status & m.m_en)) ||
	       ((m.irq_en & BIT(3)) && (s_status() & m.s_en));
}

#define MODEL(what, reset_)                                                                        \
	const struct uart_model what##_model = {                                                   \
		.name = #what,                                                                     \
		.console = {.type = CFG_UART_GENI, .width = 4},                                    \
		.tx_fifo = 16,                                                                     \
		.rx_fifo = 16,                                                                     \
		.reset = reset_,                                                                   \
		.read = read,                                                                      \
		.write = write,                                                                    \
		.irq = irq,                                                                        \
		.event = event,                                                                    \
	};

MODEL(geni, reset)
MODEL(geni_stuck, reset_as_stuck)

// SPDX-License-Identifier: Apache-2.0
/*
 * Amlogic's UART (S905 Datasheet, UART). Its interrupt is modelled as a line, of which the GIC sees only that it rises: who
 * leaves a reason behind gets no other one.
 */
#include "model.h"

#define ON 0x3000U
#define FORM 0x3f0000U
#define RESET 0x1c00000U

static struct {
	u32 control, misc;
} m;

/* What the registers are then no document says: nothing that a console could use. Firmware may have two stop bits. */
static void reset(bool as_used)
{
	m.control = as_used ? 0x1801b000 : RESET;
	m.misc = 0x003f;
}

static u32 status(void)
{
	return (wire.rx_len ? 0 : BIT(20)) | (wire.tx_len == wire.tx_depth ? BIT(21) : 0) |
	       (wire.tx_len ? BIT(25) : BIT(22));
}

static u32 read(u32 offset, u32 size)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x04:
		assert_true(m.control & BIT(13));
		return wire_rx_pop() & 0xff;
	case 0x08:
		return m.control;
	case 0x0c:
		return status();
	}
	fail_msg("read of 0x%x", offset);
	return 0;
}

static void write_fifo(u32 value)
{
	assert_int_equal(m.control & (ON | FORM | RESET), ON);
	wire_tx_push(value);
}

/* While it sends it is to stay on, and what characters look like. */
static void write_control(u32 value)
{
	if (wire.tx_len)
		assert_int_equal((value ^ m.control) & (ON | FORM), 0);
	m.control = value;
}

static void write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(size, 4);
	switch (offset) {
	case 0x00:
		return write_fifo(value);
	case 0x08:
		return write_control(value);
	case 0x10:
		m.misc = value;
		return;
	}
	fail_msg("write of 0x%x", offset);
}

static bool irq(void)
{
	return ((m.control & BIT(27)) && wire.rx_len >= (m.misc & 0xff)) ||
	       ((m.control & BIT(28)) && wire.tx_len < (m.misc >> 8 & 0xff));
}

const struct uart_model meson_model = {
	.name = "meson",
	.console = {.type = CFG_UART_MESON, .width = 4},
	.tx_fifo = 64,
	.rx_fifo = 64,
	.edge = true,
	.reset = reset,
	.read = read,
	.write = write,
	.irq = irq,
};

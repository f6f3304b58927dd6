// SPDX-License-Identifier: Apache-2.0
/*
 * Renesas' SCIF (R-Car Gen3 and RZ/G2L User's Manuals: Hardware), all its interrupts as one line. That a few characters stay
 * alone is modelled with its time already over.
 */
#include "model.h"

enum { SMR, BRR, SCR, FTDR, FSR, FRDR, FCR, FDR, SPTR, LSR };

#define DR 0x01U
#define RDF 0x02U
#define FER 0x08U
#define BRK 0x10U
#define TDFE 0x20U
#define TEND 0x40U
#define ER 0x80U
#define FLAGS (DR | RDF | BRK | TDFE | TEND | ER)
#define ORER 1U

static struct {
	u32 smr, scr, fcr;
	u32 flags, lsr; /* what is set stays so until it is taken back */
	u32 seen, lsr_seen; /* the bits that were read as 1, and so may be */
} m;

static const struct uart_model *of;

static void reset_as(const struct uart_model *model, bool as_used)
{
	of = model;
	memset(&m, 0, sizeof(m));
	m.flags = TDFE | TEND;
	if (!as_used)
		return;
	/* From an external clock, with two stop bits. An OS was there before, and left what it had seen of its receiver. */
	m.flags |= DR | ER | BRK;
	m.smr = 0x08;
	m.scr = 0xfe;
	m.fcr = 0x41;
}

static u32 trigger_rx(void)
{
	return (const u32[]){1, 4, 8, 14}[m.fcr >> 6 & 3];
}

static u32 trigger_tx(void)
{
	return (const u32[]){8, 4, 2, 0}[m.fcr >> 4 & 3];
}

static u32 flags(void)
{
	if (wire.tx_len <= trigger_tx())
		m.flags |= TDFE;
	if (!wire.tx_len)
		m.flags |= TEND;
	else
		m.flags &= ~TEND;
	return m.flags;
}

static u32 read_fsr(void)
{
	m.seen = flags();
	return m.seen | (wire.rx_len && (wire.rx[0] & WIRE_BREAK) ? FER : 0);
}

/* Without room for what came, none comes any more, whatever room there is. */
static void lost(void)
{
	m.lsr |= ORER;
	wire.rx_depth = wire.rx_len;
}

static u32 read_frdr(void)
{
	u16 c = wire_rx_pop();

	if (m.lsr & ORER)
		wire.rx_depth = wire.rx_len;
	return c & 0xff;
}

static void check(u32 reg, u32 size)
{
	assert_int_equal(size, reg == FTDR || reg == FRDR || reg == BRR ? 1 : 2);
}

static u32 read_reg(u32 reg)
{
	switch (reg) {
	case SMR:
		return m.smr;
	case SCR:
		return m.scr;
	case FSR:
		return read_fsr();
	case FRDR:
		assert_true(m.scr & 0x10);
		return read_frdr();
	case FCR:
		return m.fcr;
	case FDR:
		return wire.tx_len << 8 | wire.rx_len;
	case LSR:
		m.lsr_seen = m.lsr;
		return m.lsr;
	}
	fail_msg("read of register %u", reg);
	return 0;
}

/* Who sends goes on: else the rest is lost. */
static void write_scr(u32 value)
{
	if (wire.tx_len)
		assert_true(value & 0x20);
	assert_int_equal(value & 3, m.scr & 3);
	m.scr = value;
}

static void write_fcr(u32 value)
{
	assert_int_equal(value & 6, 0);
	m.fcr = value;
}

static void write_ftdr(u32 value)
{
	assert_int_equal(m.scr & 0x30, 0x30);
	assert_int_equal(m.smr & 0xf8, 0);
	assert_int_equal(m.fcr & 7, 0);
	wire_tx_push(value);
}

static void write_fsr(u32 value)
{
	flags();
	assert_int_equal(value & ~FLAGS, 0);
	m.flags &= value | ~m.seen;
	m.seen &= value;
	flags();
}

static void write_lsr(u32 value)
{
	if ((value & ORER) || !(m.lsr_seen & ORER))
		return;
	m.lsr = 0;
	wire.rx_depth = of->rx_fifo;
}

static void write_reg(u32 reg, u32 value)
{
	switch (reg) {
	case SMR:
		assert_int_equal(m.scr & 0x30, 0);
		m.smr = value;
		return;
	case SCR:
		return write_scr(value);
	case FTDR:
		return write_ftdr(value);
	case FSR:
		return write_fsr(value);
	case FCR:
		return write_fcr(value);
	case LSR:
		return write_lsr(value);
	}
	fail_msg("write of register %u", reg);
}

static u32 reg_of(u32 offset, u32 size)
{
	u32 reg = offset >> of->console.shift;

	assert_int_equal(offset & ((1U << of->console.shift) - 1), 0);
	check(reg, size);
	return reg;
}

static u32 read(u32 offset, u32 size)
{
	return read_reg(reg_of(offset, size));
}

static void write(u32 offset, u32 size, u32 value)
{
	write_reg(reg_of(offset, size), value);
}

static bool irq(void)
{
	return ((m.scr & 0x80) && (flags() & TDFE)) || ((m.scr & 0x04) && (flags() & TEND)) ||
	       ((m.scr & 0x40) && ((flags() & (RDF | DR | ER | BRK)) || m.lsr)) ||
	       ((m.scr & 0x08) && ((flags() & (ER | BRK)) || m.lsr));
}

/*
 * That characters wait is told when they come, and not again when it was taken back too early: what the manuals say of
 * that can be read in both ways.
 */
static void event(bool left)
{
	flags();
	if (left)
		return;
	m.flags |= wire.rx_len >= trigger_rx() ? RDF : DR;
	if (wire.rx[wire.rx_len - 1] & WIRE_BREAK)
		m.flags |= ER | BRK;
}

#define MODEL(what, shift_)                                                                        \
	static void what##_reset(bool as_used);                                                    \
	const struct uart_model what##_model = {                                                   \
		.name = #what,                                                                     \
		.console = {.type = CFG_UART_SCIF, .shift = shift_, .width = 4},                   \
		.tx_fifo = 16,                                                                     \
		.rx_fifo = 16,                                                                     \
		.has_breaks = true,                                                                \
		.reset = what##_reset,                                                             \
		.read = read,                                                                      \
		.write = write,                                                                    \
		.irq = irq,                                                                        \
		.event = event,                                                                    \
		.lost = lost,                                                                      \
	};                                                                                         \
	static void what##_reset(bool as_used)                                                     \
	{                                                                                          \
		reset_as(&what##_model, as_used);                                                  \
	}

MODEL(scif, 2)
MODEL(scif_rz, 1)

// SPDX-License-Identifier: Apache-2.0
/*
 * The drivers of UARTs, each on a model of its UART: what they send and take is whole and in order, from any state that
 * firmware leaves, by polling and as the console does it by interrupts; and no interrupt comes for nothing.
 */
#include <stdio.h>

#include "drivers/uart/io.h"
#include "drivers/uart/uart.h"
#include "model.h"

#define STEPS 20000
#define KEYS 8 /* that an interrupt takes: there has to be another one for the rest */
#define TEXT_MAX (1U << 20)
#define BUSY_SHIFT                                                                                 \
	64 /* reads of registers in which a character is sent, while nothing else happens */

static const struct uart_model *const models[] = {
	&pl011_model,	&ns16550_model,	     &dw_apb_model,	&tegra_model,  &ti_model,
	&cadence_model, &geni_model,	     &geni_stuck_model, &msm_dm_model, &imx_model,
	&lpuart_model,	&lpuart_small_model, &lpuart_ls_model,	&mvebu_model,  &meson_model,
	&scif_model,	&scif_rz_model,	     &exynos_model,
};

static const struct uart_model *model;
static struct uart uart;
static u8 frame[64]; /* whose address the registers have */
static u32 busy;
static u32 flood_in; /* accesses to registers until more comes than there is room for; 0: never */
static u32 meanwhile; /* one comes with so many accesses from now; 0: none */
struct wire wire;

/* ---- the wire ---- */

void wire_tx_push(u32 c)
{
	assert_in_range(c, 0, 255);
	assert_true(wire.tx_len < wire.tx_depth);
	wire.tx[wire.tx_len++] = (u8)c;
}

u16 wire_rx_pop(void)
{
	u16 c = wire.rx[0];

	assert_true(wire.rx_len);
	memmove(wire.rx, wire.rx + 1, --wire.rx_len * sizeof(wire.rx[0]));
	return c;
}

static void tell(bool left)
{
	if (model->event)
		model->event(left);
}

/* One character leaves. */
static void shift(void)
{
	if (!wire.tx_len)
		return;
	assert_true(wire.sent_len + 1 < TEXT_MAX);
	wire.sent[wire.sent_len++] = (char)wire.tx[0];
	wire.sent[wire.sent_len] = '\0';
	memmove(wire.tx, wire.tx + 1, --wire.tx_len);
	tell(true);
}

/* One comes. Returns whether it was taken. */
static bool come(u16 c)
{
	if (wire.rx_len == wire.rx_depth && model->lost)
		model->lost();
	if (wire.rx_len == wire.rx_depth || wire.deaf)
		return false;
	wire.rx[wire.rx_len++] = c;
	tell(false);
	return true;
}

/* ---- registers ---- */

static void flood(void);
static void type(u16 c);

static u32 offset_of(volatile void *base, u32 offset)
{
	if (flood_in && !--flood_in)
		flood();
	assert_ptr_equal(base, frame + model->console.offset);
	if (meanwhile && !--meanwhile)
		type('m');
	/* Who waits for the UART sees it go on. */
	if (++busy % BUSY_SHIFT == 0)
		shift();
	return offset;
}

u32 io_read8(volatile void *base, u32 offset)
{
	return model->read(offset_of(base, offset), 1);
}

u32 io_read16(volatile void *base, u32 offset)
{
	return model->read(offset_of(base, offset), 2);
}

u32 io_read32(volatile void *base, u32 offset)
{
	return model->read(offset_of(base, offset), 4);
}

void io_write8(volatile void *base, u32 offset, u32 value)
{
	model->write(offset_of(base, offset), 1, value);
}

void io_write16(volatile void *base, u32 offset, u32 value)
{
	model->write(offset_of(base, offset), 2, value);
}

void io_write32(volatile void *base, u32 offset, u32 value)
{
	model->write(offset_of(base, offset), 4, value);
}

/* ---- a console ---- */

static struct {
	char *out; /* what is to be sent */
	u32 out_len, out_pos;
	char *in; /* what came, and what was taken of it */
	u32 in_len, taken;
	u32 mask;
	u32 idle; /* interrupts that found nothing, one behind the other */
} con;

static void start(const struct uart_model *m, bool as_used)
{
	char *sent = wire.sent ?: malloc(TEXT_MAX), *in = con.in ?: malloc(TEXT_MAX),
	     *out = con.out ?: malloc(TEXT_MAX);

	model = m;
	wire = (struct wire){.sent = sent, .tx_depth = m->tx_fifo, .rx_depth = m->rx_fifo};
	wire.sent[0] = '\0';
	memset(&con, 0, sizeof(con));
	con.in = in;
	con.out = out;
	busy = flood_in = 0;
	m->reset(as_used);
	if (as_used)
		wire_tx_push('#'); /* still on its way */
	uart_init(&uart, frame, &m->console);
	assert_non_null(uart.ops);
	assert_false(model->irq());
	while (wire.tx_len)
		shift();
	wire.sent_len = 0;
	assert_false(model->irq());
}

static void set_mask(u32 mask)
{
	if (con.mask == mask)
		return;
	con.mask = mask;
	uart.ops->irq_enable(&uart, mask);
}

/* Returns how many were sent. */
static u32 drain(void)
{
	u32 n = 0, sent;

	while ((sent = uart.ops->send(&uart, (u8 *)con.out + con.out_pos,
				      con.out_len - con.out_pos))) {
		con.out_pos += sent;
		n += sent;
	}
	set_mask(UART_IRQ_RX | (con.out_pos < con.out_len ? UART_IRQ_TX : 0));
	return n;
}

static void put(const char *text)
{
	u32 len = (u32)strlen(text);

	assert_true(con.out_len + len < TEXT_MAX);
	memcpy(con.out + con.out_len, text, len + 1);
	con.out_len += len;
	drain();
}

static u32 take_all(void)
{
	u32 n = 0;
	int c;

	for (; n < KEYS && (c = uart.ops->getc(&uart)) >= 0; n++)
		assert_int_equal(c, (u8)con.in[con.taken++]);
	assert_true(con.taken <= con.in_len);
	return n;
}

/* As the console does it. */
static void handle(void)
{
	u32 done;

	if (uart.ops->irq_ack)
		uart.ops->irq_ack(&uart);
	done = take_all();
	done += drain();
	if (model->edge) {
		uart.ops->irq_enable(&uart, 0);
		assert_false(model->irq());
		uart.ops->irq_enable(&uart, con.mask);
	}
	con.idle = done ? 0 : con.idle + 1;
	/* One may tell of what another one, or who wrote something, has already seen to. */
	assert_true(con.idle < 3);
}

static void type(u16 c)
{
	if (!come(c))
		return;
	con.idle = 0;
	if (!(c & WIRE_BREAK))
		con.in[con.in_len++] = (char)c;
}

static void flood(void)
{
	for (u32 n = 0; n <= wire.rx_depth; n++)
		type((u16)('a' + n % 26));
}

/* The GIC: a level again and again, and an edge too, as handle() lets the line rise anew. */
static void interrupts(void)
{
	for (u32 n = 0; model->irq(); n++) {
		assert_in_range(n, 0, 10 + WIRE_FIFO_MAX / KEYS);
		handle();
	}
}

/* ---- tests ---- */

static void each(void (*test)(bool as_used))
{
	for (u32 i = 0; i < ARRAY_SIZE(models); i++)
		for (u32 as_used = 0; as_used < 2; as_used++) {
			printf("%s%s\n", models[i]->name, as_used ? ", as firmware leaves it" : "");
			start(models[i], as_used);
			test(as_used);
		}
}

/* Every character there is, more than any FIFO has room for; then none is lost when there is no room. */
static void polled(bool as_used)
{
	u8 text[512];
	u32 at = 0;

	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = (u8)i;
	while (at < sizeof(text)) {
		u32 n = uart.ops->send(&uart, text + at, (u32)sizeof(text) - at);

		assert_true(n <= sizeof(text) - at);
		at += n;
		shift();
	}
	while (wire.tx_len)
		shift();
	assert_int_equal(wire.sent_len, sizeof(text));
	assert_memory_equal(wire.sent, text, sizeof(text));
	assert_int_equal(uart.ops->send(&uart, text, 0), 0);
	assert_int_equal(wire.tx_len, 0);
	assert_int_equal(uart.ops->getc(&uart), -1);
}

static void test_polled(void **state)
{
	each(polled);
}

/* All that the FIFO holds, every value. */
static void received(bool as_used)
{
	for (u32 c = 0; c < 256;) {
		u32 first = c;

		while (c < 256 && come((u16)c))
			c++;
		assert_true(c > first);
		for (; first < c; first++)
			assert_int_equal(uart.ops->getc(&uart), first);
		assert_int_equal(uart.ops->getc(&uart), -1);
	}
}

static void test_received(void **state)
{
	each(received);
}

static void breaks(bool as_used)
{
	if (!model->has_breaks)
		return;
	come(WIRE_BREAK);
	come('a');
	if (wire.rx_depth > 2)
		come(WIRE_BREAK);
	if (wire.rx_depth < 2)
		wire.rx_len = 0; /* there is no room for the case */
	else
		assert_int_equal(uart.ops->getc(&uart), 'a');
	assert_int_equal(uart.ops->getc(&uart), -1);
	assert_int_equal(wire.rx_len, 0);
}

static void test_breaks(void **state)
{
	each(breaks);
}

/* It may have been told of what is no longer so, but has nothing to say. */
static void assert_quiet(void)
{
	if (uart.ops->irq_ack)
		uart.ops->irq_ack(&uart);
	assert_false(model->irq());
}

/* Only what is asked for interrupts, and only while it is so. */
static void masks(bool as_used)
{
	uart.ops->irq_enable(&uart, 0);
	assert_int_equal(uart.ops->send(&uart, (const u8 *)"w", 1), 1);
	while (wire.tx_len)
		shift();
	assert_false(model->irq());
	come('x');
	assert_false(model->irq());
	con.in[con.in_len++] = 'x';
	set_mask(UART_IRQ_RX);
	assert_true(model->irq());
	interrupts();
	assert_int_equal(con.taken, 1);
	assert_false(model->irq());
	while (uart.ops->send(&uart, (const u8 *)"y", 1))
		;
	assert_quiet();
	while (wire.tx_len)
		shift();
	assert_quiet();
}

static void test_masks(void **state)
{
	each(masks);
}

/* More comes than there is room for, whatever the driver is about: what had room is taken, and what comes later too. */
static void overruns(bool as_used)
{
	set_mask(UART_IRQ_RX);
	for (u32 at = 1; at < 4 * WIRE_FIFO_MAX; at++) {
		flood_in = at;
		type('!');
		interrupts();
		flood_in = 0;
		flood();
		interrupts();
		con.in[con.in_len++] = '?';
		assert_true(come('?'));
		interrupts();
		assert_int_equal(con.taken, con.in_len);
		con.taken = con.in_len = 0;
	}
}

static void test_overruns(void **state)
{
	each(overruns);
}

/* One more comes while the interrupt of the first is seen to, after any number of accesses. */
static void comes_meanwhile(bool as_used)
{
	set_mask(UART_IRQ_RX);
	for (u32 accesses = 1; !meanwhile; accesses++) {
		type('x');
		meanwhile = accesses;
		interrupts();
		assert_int_equal(con.taken, con.in_len);
	}
	meanwhile = 0;
}

static void test_meanwhile(void **state)
{
	each(comes_meanwhile);
}

static void random_text(char *text, u32 max)
{
	u32 len = (u32)random() % max;

	for (u32 i = 0; i < len; i++)
		text[i] = (char)('a' + random() % 26);
	text[len] = '\0';
}

/* Whatever comes when: all is sent, all is taken, in order, and nothing is left without an interrupt. */
static void chance(bool as_used)
{
	char text[200];

	set_mask(UART_IRQ_RX);
	interrupts();
	for (u32 step = 0; step < STEPS; step++) {
		switch (random() % 8) {
		case 0:
			type((u16)(random() % 16 || !model->has_breaks ? random() % 256
								       : WIRE_BREAK));
			break;
		case 1:
			if (con.out_len - con.out_pos < sizeof(text)) {
				random_text(text, random() % 4 ? 8 : sizeof(text));
				put(text);
			}
			break;
		case 2:
			break; /* others have the CPU */
		default:
			con.idle = 0;
			shift();
		}
		if (random() % 2)
			interrupts();
	}
	for (u32 n = 0; n < 2 * WIRE_FIFO_MAX + sizeof(text); n++) {
		interrupts();
		con.idle = 0;
		shift();
	}
	interrupts();
	assert_int_equal(wire.sent_len, con.out_len);
	assert_memory_equal(wire.sent, con.out, con.out_len);
	assert_int_equal(con.taken, con.in_len);
	assert_int_equal(con.mask, UART_IRQ_RX);
	assert_false(model->irq());
}

static void test_chance(void **state)
{
	each(chance);
}

/* What a CPU says that nk cannot run on: no other driver of this UART was there before. */
static void said(bool as_used)
{
	struct cfg_console c = model->console;
	const char line[] = "nk: error: a line that is longer than some of the FIFOs are deep\r\n";

	model->reset(as_used);
	c.reg.base = (u64)(uintptr_t)frame;
	uart_say(&c, line, sizeof(line) - 1);
	while (wire.tx_len)
		shift();
	assert_string_equal(wire.sent, line);
}

static void test_said(void **state)
{
	each(said);
}

static void test_none(void **state)
{
	const struct cfg_console none = {.type = CFG_UART_NONE}, other = {.type = 1000};

	uart_init(&uart, frame, &none);
	assert_null(uart.ops);
	uart_init(&uart, frame, &other);
	assert_null(uart.ops);
	uart_say(&none, "x", 1);
}

static u32 memory;

static u32 memory_read(u32 offset, u32 size)
{
	assert_int_equal(offset, 0);
	assert_int_equal(size, 4);
	return memory;
}

static void memory_write(u32 offset, u32 size, u32 value)
{
	assert_int_equal(offset, 0);
	assert_int_equal(size, 4);
	memory = value;
}

/* Only the bit of the console changes: others are of others. */
static void test_inverter(void **state)
{
	const struct uart_model one_register = {.read = memory_read, .write = memory_write};
	const struct cfg_inverter on = {.mask = 0x100, .value = 0x100}, off = {.mask = 0x100};

	model = &one_register;
	flood_in = meanwhile = busy = 0;
	memory = 0x80000001;
	uart_set_inverter(frame, &on);
	assert_int_equal(memory, 0x80000101);
	uart_set_inverter(frame, &off);
	assert_int_equal(memory, 0x80000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_polled),	 cmocka_unit_test(test_received),
		cmocka_unit_test(test_breaks),	 cmocka_unit_test(test_masks),
		cmocka_unit_test(test_overruns), cmocka_unit_test(test_meanwhile),
		cmocka_unit_test(test_chance),	 cmocka_unit_test(test_said),
		cmocka_unit_test(test_none),	 cmocka_unit_test(test_inverter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

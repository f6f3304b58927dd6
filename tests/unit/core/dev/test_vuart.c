// SPDX-License-Identifier: Apache-2.0
/* The emulated PL011, register by register, and as Linux's driver and a QEMU guest use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/vgic.h"
#include "core/console/console.h"
#include "core/dev/vuart.h"
#include "fake/fake.h"

#define DR 0x000
#define RSR 0x004
#define FR 0x018
#define LCR_H 0x02c
#define CR 0x030
#define IMSC 0x038
#define RIS 0x03c
#define MIS 0x040
#define ICR 0x044

#define TXFE 0x80
#define RXFF 0x40
#define TXFF 0x20
#define RXFE 0x10
#define BUSY 0x08
#define INT_RX 0x10
#define INT_TX 0x20
#define INT_RT 0x40

#define BASE 0x09000000
#define INTID 33

static struct vuart u;
static struct arch_vm vm;
static bool level;
static u32 level_changes;
static bool full;
static u32 polls;
static char sent[4096];
static size_t nr_sent;

void vgic_set_level(struct arch_vm *of, struct arch_vcpu *v, u32 intid, bool to)
{
	assert_int_equal(intid, INTID);
	assert_ptr_equal(of, &vm);
	assert_null(v);
	assert_true(to != level);
	assert_true(fake_holds(&u.lock));
	level = to;
	level_changes++;
}

void console_vm_putc(u32 id, u8 c)
{
	assert_int_equal(id, 3);
	assert_false(fake_holds(&u.lock));
	sent[nr_sent++ % sizeof(sent)] = (char)c;
}

bool console_vm_full(u32 id)
{
	assert_int_equal(id, 3);
	return full;
}

void console_poll(void)
{
	polls++;
}

static u64 rd_sized(u64 offset, u8 size)
{
	return fake_mmio_read(&vm, NULL, BASE + offset, size);
}

static u32 rd(u64 offset)
{
	return (u32)rd_sized(offset, 4);
}

static void wr(u64 offset, u32 value)
{
	fake_mmio_write(&vm, NULL, BASE + offset, 4, value);
}

static int start(void **state)
{
	memset(&u, 0xa5, sizeof(u));
	level = false;
	level_changes = 0;
	full = false;
	polls = 0;
	nr_sent = 0;
	memset(&vm, 0, sizeof(vm));
	assert_int_equal(vuart_init(&u, 3, &vm, BASE, INTID), 0);
	assert_int_equal(vm.nr_mmio, 1);
	assert_int_equal(vm.mmio[0].base, BASE);
	assert_int_equal(vm.mmio[0].size, 0x1000);
	assert_ptr_equal(vm.mmio[0].opaque, &u);
	return 0;
}

static void test_reset_values(void **state)
{
	static const u32 id[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (u32 reg = 0; reg < 0x1000; reg += 4) {
		u32 want = reg == FR ? TXFE | RXFE : reg == CR ? 0x300 : reg == 0x34 ? 0x12 : 0;

		if (reg >= 0xfe0)
			want = id[(reg - 0xfe0) / 4];
		assert_int_equal(rd(reg), want);
	}
}

/* Each register keeps what is architected in it; all else is RAZ/WI. */
static void test_widths(void **state)
{
	for (u32 reg = 4; reg < 0x1000; reg += 4)
		wr(reg, 0xffffffff);
	for (u32 reg = 0; reg < 0xfe0; reg += 4) {
		u32 want = 0;

		switch (reg) {
		case FR:
			want = TXFE | RXFE;
			break;
		case 0x20:
		case LCR_H:
			want = 0xff;
			break;
		case 0x24:
			want = 0xffff;
			break;
		case 0x28:
		case 0x34:
			want = 0x3f;
			break;
		case CR:
			want = 0xff87;
			break;
		case IMSC:
			want = 0x7ff;
			break;
		case 0x48:
			want = 7;
			break;
		}
		assert_int_equal(rd(reg), want);
	}
	vuart_reset(&u);
	test_reset_values(state);
}

static void test_access_sizes(void **state)
{
	wr(IMSC, 0x7ab);
	assert_int_equal(rd_sized(IMSC, 2), 0x7ab);
	assert_int_equal(rd_sized(IMSC + 1, 1) & 0xff, 7);
	assert_int_equal(rd_sized(0xfe0, 8), 0x11);
	wr(IMSC + 1, 0);
	assert_int_equal(rd(IMSC), 0x7ab);
	wr(DR + 2, 'x');
	assert_int_equal(nr_sent, 0);
	wr(DR, 0xffffff00 | 'x');
	assert_int_equal(sent[0], 'x');
}

static void test_receive(void **state)
{
	wr(LCR_H, 0x70);
	wr(IMSC, INT_RX | INT_RT);
	assert_true(vuart_rx(&u, 'a'));
	assert_true(level);
	assert_int_equal(rd(FR), TXFE);
	assert_int_equal(rd(MIS), INT_RX | INT_RT);
	for (u32 i = 1; i < 31; i++)
		vuart_rx(&u, 'b');
	assert_int_equal(rd(FR), TXFE);
	vuart_rx(&u, 'c');
	assert_int_equal(rd(FR), TXFE | RXFF);
	vuart_rx(&u, 'd'); /* waits behind the FIFO */
	assert_int_equal(rd(DR), 'a');
	assert_int_equal(rd(FR), TXFE | RXFF);
	for (u32 i = 1; i < 31; i++)
		assert_int_equal(rd(DR), 'b');
	assert_int_equal(rd(DR), 'c');
	assert_true(level);
	assert_int_equal(rd(DR), 'd');
	assert_false(level);
	assert_int_equal(rd(FR), TXFE | RXFE);
	assert_int_equal(rd(RIS), 0);
	assert_int_equal(rd(DR), 0);
	assert_int_equal(level_changes, 2);
}

/* Without FIFOs there is one place. */
static void test_one_place(void **state)
{
	vuart_rx(&u, 'a');
	assert_int_equal(rd(FR), TXFE | RXFF);
	vuart_rx(&u, 'b');
	assert_int_equal(rd(DR), 'a');
	assert_int_equal(rd(FR), TXFE | RXFF);
	wr(LCR_H, 0x10);
	assert_int_equal(rd(FR), TXFE);
	assert_int_equal(rd(DR), 'b');
	assert_false(level);
}

/* What the call takes is what DR would have given. */
static void test_take(void **state)
{
	assert_int_equal(vuart_take(&u), -1);
	wr(IMSC, INT_RX);
	vuart_rx(&u, 'a');
	vuart_rx(&u, 0xff);
	vuart_rx(&u, 'c');
	assert_int_equal(vuart_take(&u), 'a');
	assert_int_equal(rd(DR), 0xff);
	assert_true(level);
	assert_int_equal(vuart_take(&u), 'c');
	assert_false(level);
	assert_int_equal(rd(FR) & RXFE, RXFE);
	assert_int_equal(vuart_take(&u), -1);
}

static void test_typed_ahead(void **state)
{
	for (u32 i = 0; i < VUART_RXQ; i++)
		assert_true(vuart_rx(&u, (u8)i));
	assert_false(vuart_rx(&u, 'x'));
	for (u32 i = 0; i < VUART_RXQ; i++)
		assert_int_equal(rd(DR), i & 0xff);
	assert_int_equal(rd(FR) & RXFE, RXFE);
	for (u32 i = 0; i < 100000; i++) {
		assert_true(vuart_rx(&u, (u8)i));
		assert_int_equal(rd(DR), i & 0xff);
	}
}

/* A driver that clears the interrupt with characters unread hears of the next one. */
static void test_clear_unread(void **state)
{
	wr(IMSC, INT_RX | INT_RT);
	vuart_rx(&u, 'a');
	wr(ICR, 0x7ff);
	assert_false(level);
	assert_int_equal(rd(FR) & RXFE, 0);
	vuart_rx(&u, 'b');
	assert_true(level);
}

static void test_transmit(void **state)
{
	wr(IMSC, INT_TX);
	assert_false(level); /* nothing was sent, so nothing became empty */
	wr(DR, 'a');
	assert_true(level);
	assert_int_equal(rd(RIS), INT_TX);
	wr(IMSC, 0);
	assert_false(level);
	assert_int_equal(rd(MIS), 0);
	wr(IMSC, INT_TX);
	assert_true(level);
	wr(ICR, INT_TX);
	assert_false(level);
	wr(DR, 'b');
	assert_true(level);
	assert_int_equal(nr_sent, 2);
}

static void test_throttle(void **state)
{
	wr(IMSC, INT_TX);
	wr(DR, 'a');
	full = true;
	assert_true(level);
	wr(DR, 'b');
	assert_false(level);
	assert_int_equal(polls, 0);
	assert_int_equal(rd(FR), RXFE | TXFF | BUSY);
	assert_int_equal(polls, 1);
	vuart_tx_wake(&u); /* of an earlier time, late */
	assert_false(level);
	full = false;
	vuart_tx_wake(&u);
	assert_true(level);
	assert_int_equal(rd(FR), RXFE | TXFE);
	assert_int_equal(polls, 1);
}

static void test_reset_drops(void **state)
{
	wr(IMSC, INT_RX);
	vuart_rx(&u, 'a');
	assert_true(level);
	vuart_reset(&u);
	assert_false(level);
	assert_int_equal(level_changes, 2);
	test_reset_values(state);
}

/* Starts as Linux's amba-pl011 does, with a key typed before. */
static void test_linux(void **state)
{
	vuart_rx(&u, 'k');
	wr(ICR, 0x7ff & ~0x00f); /* errors, receive, timeout */
	wr(0x34, 0x12);
	wr(CR, 0);
	wr(LCR_H, 0x70);
	wr(CR, 0x301);
	wr(ICR, INT_RT | INT_RX);
	for (u32 i = 0; i < 64 && !(rd(FR) & RXFE); i++)
		rd(DR);
	wr(IMSC, INT_RT | INT_RX);
	assert_false(level);
	vuart_rx(&u, 'l');
	assert_true(level);
	assert_int_equal(rd(DR), 'l');
	assert_false(level);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reset_values, start),
		cmocka_unit_test_setup(test_widths, start),
		cmocka_unit_test_setup(test_access_sizes, start),
		cmocka_unit_test_setup(test_receive, start),
		cmocka_unit_test_setup(test_one_place, start),
		cmocka_unit_test_setup(test_take, start),
		cmocka_unit_test_setup(test_typed_ahead, start),
		cmocka_unit_test_setup(test_clear_unread, start),
		cmocka_unit_test_setup(test_transmit, start),
		cmocka_unit_test_setup(test_throttle, start),
		cmocka_unit_test_setup(test_reset_drops, start),
		cmocka_unit_test_setup(test_linux, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

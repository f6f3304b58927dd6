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
#include "nk/pl011.h"

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
	vuart_init(&u, 3, &vm, INTID);
	assert_int_equal(vuart_map(&u, BASE), 0);
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
		u32 want = reg == PL011_FR     ? PL011_FR_TXFE | PL011_FR_RXFE
			   : reg == PL011_CR   ? 0x300
			   : reg == PL011_IFLS ? 0x12
					       : 0;

		if (reg >= PL011_ID)
			want = id[(reg - PL011_ID) / 4];
		assert_int_equal(rd(reg), want);
	}
}

/* Each register keeps what is architected in it; all else is RAZ/WI. */
static void test_widths(void **state)
{
	for (u32 reg = 4; reg < 0x1000; reg += 4)
		wr(reg, 0xffffffff);
	for (u32 reg = 0; reg < PL011_ID; reg += 4) {
		u32 want = 0;

		switch (reg) {
		case PL011_FR:
			want = PL011_FR_TXFE | PL011_FR_RXFE;
			break;
		case PL011_ILPR:
		case PL011_LCR_H:
			want = 0xff;
			break;
		case PL011_IBRD:
			want = 0xffff;
			break;
		case PL011_FBRD:
		case PL011_IFLS:
			want = 0x3f;
			break;
		case PL011_CR:
			want = 0xff87;
			break;
		case PL011_IMSC:
			want = 0x7ff;
			break;
		case PL011_DMACR:
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
	wr(PL011_IMSC, 0x7ab);
	assert_int_equal(rd_sized(PL011_IMSC, 2), 0x7ab);
	assert_int_equal(rd_sized(PL011_IMSC + 1, 1) & 0xff, 7);
	assert_int_equal(rd_sized(PL011_ID, 8), 0x11);
	wr(PL011_IMSC + 1, 0);
	assert_int_equal(rd(PL011_IMSC), 0x7ab);
	wr(PL011_DR + 2, 'x');
	assert_int_equal(nr_sent, 0);
	wr(PL011_DR, 0xffffff00 | 'x');
	assert_int_equal(sent[0], 'x');
}

static void test_receive(void **state)
{
	wr(PL011_LCR_H, 0x70);
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	assert_true(vuart_rx(&u, 'a'));
	assert_true(level);
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX | PL011_INT_RT);
	for (u32 i = 1; i < 31; i++)
		vuart_rx(&u, 'b');
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE);
	vuart_rx(&u, 'c');
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFF);
	vuart_rx(&u, 'd'); /* waits behind the FIFO */
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFF);
	for (u32 i = 1; i < 31; i++)
		assert_int_equal(rd(PL011_DR), 'b');
	assert_int_equal(rd(PL011_DR), 'c');
	assert_true(level);
	assert_int_equal(rd(PL011_DR), 'd');
	assert_false(level);
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFE);
	assert_int_equal(rd(PL011_RIS), 0);
	assert_int_equal(rd(PL011_DR), 0);
	assert_int_equal(level_changes, 2);
}

/* Without FIFOs there is one place. */
static void test_one_place(void **state)
{
	vuart_rx(&u, 'a');
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFF);
	vuart_rx(&u, 'b');
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFF);
	wr(PL011_LCR_H, 0x10);
	assert_int_equal(rd(PL011_FR), PL011_FR_TXFE);
	assert_int_equal(rd(PL011_DR), 'b');
	assert_false(level);
}

/* What the call takes is what DR would have given. */
/* The keys of a VM that has no registers. */
static void test_without_registers(void **state)
{
	vuart_init(&u, 3, &vm, 0);
	assert_true(vuart_rx(&u, 'a'));
	vuart_tx_wake(&u);
	assert_int_equal(vuart_take(&u, false), 'a');
	assert_int_equal(vuart_take(&u, false), -1);
	vuart_reset(&u);
	assert_int_equal(level_changes, 0);
}

static void test_take(void **state)
{
	assert_int_equal(vuart_take(&u, false), -1);
	wr(PL011_IMSC, PL011_INT_RX);
	vuart_rx(&u, 'a');
	vuart_rx(&u, 0xff);
	vuart_rx(&u, 'c');
	assert_int_equal(vuart_take(&u, false), 'a');
	assert_int_equal(rd(PL011_DR), 0xff);
	assert_true(level);
	assert_int_equal(vuart_take(&u, false), 'c');
	assert_false(level);
	assert_int_equal(rd(PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
	assert_int_equal(vuart_take(&u, false), -1);
}

/* A hypercall that found no key is told of the next one, once, unless the UART's interrupt does that. */
static void test_awaited(void **state)
{
	vuart_rx(&u, 'a');
	assert_false(vuart_awaited(&u)); /* nobody has asked */
	assert_int_equal(vuart_take(&u, true), 'a');
	vuart_rx(&u, 'b');
	assert_false(vuart_awaited(&u)); /* it was given one, and asks again */
	assert_int_equal(vuart_take(&u, true), 'b');
	assert_int_equal(vuart_take(&u, true), -1);
	vuart_rx(&u, 'c');
	assert_true(vuart_awaited(&u));
	assert_false(vuart_awaited(&u));
	for (u32 irq = PL011_INT_RX; irq <= PL011_INT_RT; irq <<= 1) {
		while (vuart_take(&u, true) >= 0)
			;
		wr(PL011_IMSC, irq);
		assert_int_equal(vuart_awaited(&u), irq == PL011_INT_TX);
	}
	wr(PL011_IMSC, 0);
	while (vuart_take(&u, true) >= 0)
		;
	vuart_reset(&u);
	assert_false(vuart_awaited(&u));
}

static void test_typed_ahead(void **state)
{
	for (u32 i = 0; i < VUART_RXQ; i++)
		assert_true(vuart_rx(&u, (u8)i));
	assert_false(vuart_rx(&u, 'x'));
	for (u32 i = 0; i < VUART_RXQ; i++)
		assert_int_equal(rd(PL011_DR), i & 0xff);
	assert_int_equal(rd(PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
	for (u32 i = 0; i < 100000; i++) {
		assert_true(vuart_rx(&u, (u8)i));
		assert_int_equal(rd(PL011_DR), i & 0xff);
	}
}

/* A driver that clears the interrupt with characters unread hears of the next one. */
static void test_clear_unread(void **state)
{
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	vuart_rx(&u, 'a');
	wr(PL011_ICR, 0x7ff);
	assert_false(level);
	assert_int_equal(rd(PL011_FR) & PL011_FR_RXFE, 0);
	vuart_rx(&u, 'b');
	assert_true(level);
}

static void test_transmit(void **state)
{
	wr(PL011_IMSC, PL011_INT_TX);
	assert_false(level); /* nothing was sent, so nothing became empty */
	wr(PL011_DR, 'a');
	assert_true(level);
	assert_int_equal(rd(PL011_RIS), PL011_INT_TX);
	wr(PL011_IMSC, 0);
	assert_false(level);
	assert_int_equal(rd(PL011_MIS), 0);
	wr(PL011_IMSC, PL011_INT_TX);
	assert_true(level);
	wr(PL011_ICR, PL011_INT_TX);
	assert_false(level);
	wr(PL011_DR, 'b');
	assert_true(level);
	assert_int_equal(nr_sent, 2);
}

static void test_throttle(void **state)
{
	wr(PL011_IMSC, PL011_INT_TX);
	wr(PL011_DR, 'a');
	full = true;
	assert_true(level);
	wr(PL011_DR, 'b');
	assert_false(level);
	assert_int_equal(polls, 0);
	assert_int_equal(rd(PL011_FR), PL011_FR_RXFE | PL011_FR_TXFF | PL011_FR_BUSY);
	assert_int_equal(polls, 1);
	vuart_tx_wake(&u); /* of an earlier time, late */
	assert_false(level);
	full = false;
	vuart_tx_wake(&u);
	assert_true(level);
	assert_int_equal(rd(PL011_FR), PL011_FR_RXFE | PL011_FR_TXFE);
	assert_int_equal(polls, 1);
}

static void test_reset_drops(void **state)
{
	wr(PL011_IMSC, PL011_INT_RX);
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
	wr(PL011_ICR, 0x7ff & ~0x00f); /* errors, receive, timeout */
	wr(0x34, 0x12);
	wr(PL011_CR, 0);
	wr(PL011_LCR_H, 0x70);
	wr(PL011_CR, 0x301);
	wr(PL011_ICR, PL011_INT_RT | PL011_INT_RX);
	for (u32 i = 0; i < 64 && !(rd(PL011_FR) & PL011_FR_RXFE); i++)
		rd(PL011_DR);
	wr(PL011_IMSC, PL011_INT_RT | PL011_INT_RX);
	assert_false(level);
	vuart_rx(&u, 'l');
	assert_true(level);
	assert_int_equal(rd(PL011_DR), 'l');
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
		cmocka_unit_test_setup(test_awaited, start),
		cmocka_unit_test_setup(test_without_registers, start),
		cmocka_unit_test_setup(test_typed_ahead, start),
		cmocka_unit_test_setup(test_clear_unread, start),
		cmocka_unit_test_setup(test_transmit, start),
		cmocka_unit_test_setup(test_throttle, start),
		cmocka_unit_test_setup(test_reset_drops, start),
		cmocka_unit_test_setup(test_linux, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

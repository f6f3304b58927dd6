// SPDX-License-Identifier: Apache-2.0
/* The vGIC's contract for interrupts that physical ones stand behind: the timer's, and those of given devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_vgic_cases.h"

#define MANY 20 /* more than there are list registers */

static void physical(void **state)
{
	(void)state;
	set_prio(1, PPI_HW, 0x40);
	assert_false(phys[1][PPI_HW].enabled);
	phys_line(1, PPI_HW, true);
	assert_true(get_bit(1, ISPENDR, PPI_HW));
	takes(1, SPURIOUS);
	set_bit(1, ISENABLER, PPI_HW);
	assert_true(phys[1][PPI_HW].enabled && !phys[0][PPI_HW].enabled);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(ack(1), PPI_HW);
		assert_true(phys[1][PPI_HW].active);
		eoi(1, PPI_HW); /* the line is up: it comes again */
	}
	assert_int_equal(ack(1), PPI_HW);
	phys_line(1, PPI_HW, false);
	eoi(1, PPI_HW);
	assert_false(phys[1][PPI_HW].active);
	takes(1, SPURIOUS);

	set_target(0, SPI_HW, 2);
	set_prio(0, SPI_HW, 0x40);
	set_bit(0, ISENABLER, SPI_HW);
	assert_int_equal(phys[0][SPI_HW].cpu, 2);
	phys_line(0, SPI_HW, true);
	assert_int_equal(ack(2), SPI_HW);
	phys_line(0, SPI_HW, false);
	set_target(0, SPI_HW, 3);
	assert_int_equal(phys[0][SPI_HW].cpu, 3);
	eoi(2, SPI_HW);
	assert_false(phys[0][SPI_HW].active);
	phys_line(0, SPI_HW, true);
	takes(2, SPURIOUS);
	assert_int_equal(ack(3), SPI_HW);
	phys_line(0, SPI_HW, false);
	eoi(3, SPI_HW);
	/* By software. */
	set_bit(0, ISPENDR, SPI_HW);
	takes(3, SPI_HW);
	takes(3, SPURIOUS);
	set_bit(0, ISPENDR, SPI_HW);
	set_bit(0, ICPENDR, SPI_HW);
	takes(3, SPURIOUS);
	assert_false(phys[0][SPI_HW].active);
	set_bit(0, ISACTIVER, SPI_HW);
	assert_true(phys[0][SPI_HW].active);
	set_bit(0, ICACTIVER, SPI_HW);
	assert_false(phys[0][SPI_HW].active);
	set_bit(0, ICENABLER, SPI_HW);
	assert_false(phys[0][SPI_HW].enabled);
}

static u32 chance(u32 n)
{
	static u64 seed = 1;

	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (u32)(seed >> 33) % n;
}

/* n others pend at a CPU, behind it; and are taken, all of them. */
static void pend_others(u32 cpu, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		set_target(0, 40 + i, cpu);
		arm(40 + i, 0xa0 + i % 4 * 8);
		set_bit(0, ISPENDR, 40 + i);
	}
}

static void take_others(u32 cpu, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		u32 id = ack(cpu);

		assert_in_range(id, 40, 40 + n - 1);
		eoi(cpu, id);
	}
	takes(cpu, SPURIOUS);
}

/*
 * A given device's, again and again: with nothing changed since the last one, and with each thing that may be: target,
 * priority, enable, what pends beside it, what the software made of it.
 */
static void physical_again(void **state)
{
	u32 at = 0, others, prio = 0x40;

	(void)state;
	set_prio(0, SPI_HW, prio);
	set_bit(0, ISENABLER, SPI_HW);
	for (u32 n = 0; n < 4000; n++) {
		if (!chance(4))
			set_target(0, SPI_HW, at = chance(CPUS));
		if (!chance(8))
			set_prio(0, SPI_HW, prio = chance(8) * 8);
		if (!chance(8)) {
			set_bit(0, ISACTIVER, SPI_HW);
			set_bit(0, ICACTIVER, SPI_HW);
		}
		others = chance(3) ? 0 : chance(MANY);
		if (chance(2))
			pend_others(at, others);
		if (!chance(6)) {
			set_bit(0, ICENABLER, SPI_HW);
			phys_line(0, SPI_HW, true);
			assert_true(best_in_lrs(at) != prio);
			set_bit(0, ISENABLER, SPI_HW);
		}
		phys_line(0, SPI_HW, true);
		pend_others(at, others);
		assert_int_equal(ack(at), SPI_HW);
		assert_true(phys[0][SPI_HW].active && get_bit(0, ISACTIVER, SPI_HW));
		phys_line(0, SPI_HW, false);
		eoi(at, SPI_HW);
		assert_false(phys[0][SPI_HW].active || get_bit(0, ISACTIVER, SPI_HW));
		take_others(at, others);
	}
}

/* Active at a CPU that has more active than list registers: EOI must reach the physical GIC. */
static void physical_spilled(void **state)
{
	(void)state;
	set_prio(0, SPI_HW, 0xf0);
	set_bit(0, ISENABLER, SPI_HW);
	phys_line(0, SPI_HW, true);
	assert_int_equal(ack(0), SPI_HW);
	phys_line(0, SPI_HW, false);
	for (u32 i = 0; i < MANY; i++) {
		arm(40 + i, 0xe0 - i * 8);
		set_bit(0, ISPENDR, 40 + i);
		assert_int_equal(ack(0), 40 + i);
	}
	for (u32 i = MANY; i--;)
		eoi(0, 40 + i);
	eoi(0, SPI_HW);
	assert_false(phys[0][SPI_HW].active);
	assert_false(get_bit(0, ISACTIVER, SPI_HW));
}

static struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(physical, vgic_setup),
	cmocka_unit_test_setup(physical_again, vgic_setup),
	cmocka_unit_test_setup(physical_spilled, vgic_setup),
};

int main(void)
{
	return vgic_cases(tests, ARRAY_SIZE(tests));
}

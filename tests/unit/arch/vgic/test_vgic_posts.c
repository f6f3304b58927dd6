// SPDX-License-Identifier: Apache-2.0
/* Contracts of what other VMs' CPUs post, and of the numbers and physical interrupts of a guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_vgic_cases.h"

/* A guest may change the trigger of a physical interrupt that is enabled; nk does not. */
static void physical_trigger(void **state)
{
	(void)state;
	set_bit(0, ISENABLER, SPI_HW);
	assert_true(phys[0][SPI_HW].enabled);
	set_edge(0, SPI_HW, true);
	assert_true(phys[0][SPI_HW].enabled);
	set_edge(0, SPI_HW, false);
	assert_true(phys[0][SPI_HW].enabled);
}

/* With as many SPIs as there can be, 1020 to 1023 are none of them. */
static void no_interrupts(void **state)
{
	static struct vgic_bank banks[31];

	(void)state;
	memset(banks, 0, sizeof(banks));
	memcpy(banks, vm.vgic.spi, vm.vgic.nr_banks * sizeof(banks[0]));
	vm.vgic.spi = banks;
	vm.vgic.nr_banks = 31;
	for (u32 reg = IGROUPR; reg < IPRIORITYR; reg += 0x80)
		wr(0, GICD + reg + 31 * 4, 4, ~0U);
	wr(0, GICD + ICFGR + 63 * 4, 4, ~0U);
	for (u32 i = 0; i < 4; i++)
		wr(0, GICD + IPRIORITYR + 1020 + i, 1, 0x80);
	assert_int_equal(banks[30].group >> 28, 0);
	assert_int_equal((banks[30].enabled | banks[30].latch | banks[30].active) >> 28, 0);
	assert_int_equal(banks[30].edge, 0x0fff0000);
	assert_int_equal(banks[30].irq[28].prio | banks[30].irq[31].prio, 0);
	takes(0, SPURIOUS);
}

/* Another VM's CPU posts for `by`: no vCPU is there. */
static u64 post(u32 intid, const struct arch_vm *by)
{
	unload(3);
	return pulse_by(3, intid, by);
}

/* What is posted while the last one is not taken costs its receiver one look, and then nothing. */
static void self_clocked(void **state)
{
	u32 calls = maintenance_calls, iar;

	(void)state;
	post(A, NULL);
	assert_int_equal(fake_kicks[0], 1);
	for (u32 i = 0; i < 100; i++)
		post(A, NULL);
	assert_int_equal(fake_kicks[0], 2);
	iar = ack(0);
	assert_int_equal(INTID(iar), A);
	for (u32 i = 0; i < 100; i++)
		post(A, NULL);
	assert_int_equal(fake_kicks[0], 2);
	assert_int_equal(maintenance_calls, calls);
	eoi(0, iar); /* nk hears of that, and pends what came since */
	assert_int_equal(maintenance_calls, calls + 1);
	takes(0, A);
	assert_int_equal(maintenance_calls, calls + 2);
	takes(0, SPURIOUS);
	assert_int_equal(fake_kicks[0], 2);
	/* It has caught up: a post costs what it did at first, and its end nothing. */
	post(A, NULL);
	assert_int_equal(fake_kicks[0], 3);
	takes(0, A);
	takes(0, SPURIOUS);
	assert_int_equal(maintenance_calls, calls + 2);
}

/* What changes while posts are not told of is heard of all the same. */
static void quiet_and_changed(void **state)
{
	(void)state;
	for (u32 i = 0; i < 4; i++)
		post(A, NULL);
	set_bit(0, ICENABLER, A);
	takes(0, SPURIOUS);
	post(A, NULL);
	set_bit(0, ISENABLER, A);
	takes(0, A);
	takes(0, SPURIOUS);
	for (u32 i = 0; i < 4; i++)
		post(A, NULL);
	set_target(1, A, 2);
	takes(0, SPURIOUS);
	takes(2, A);
	post(A, NULL);
	takes(2, A);
	for (u32 i = 0; i < 4; i++)
		post(A, NULL);
	set_bit(1, ICPENDR, A);
	takes(2, SPURIOUS);
	post(A, NULL);
	takes(2, A);
	takes(2, SPURIOUS);
}

/* What a CPU of another VM has to do is paid for by who wants it; what costs nothing is free. */
static void paid_for(void **state)
{
	struct arch_vm by = {.id = 5, .kick_gap = 100, .kick_burst = 1000};
	struct arch_vm nobody = {.id = 6, .kick_gap = 100, .kick_burst = 1000};

	(void)state;
	for (u32 i = 0; i < 10; i++) {
		assert_int_equal(post(A, &by), 0);
		takes(0, A);
	}
	assert_int_equal(post(A, &by), fake_counter + 100);
	assert_int_equal(post(B, &nobody), 0);
	takes(0, A);
	takes(0, B);
	fake_counter += 450;
	for (u32 i = 0; i < 8; i++) /* the first, one more look, one at the end; and no more */
		assert_int_equal(post(A, &by), 0);
	assert_int_equal(post(C, &by), fake_counter + 50);
	assert_int_equal(post(C, NULL), 0);
	assert_int_equal(post(C, &vm), 0);
	fake_counter += 1000000;
	for (u32 iar = ack(0), n = 0; INTID(iar) != SPURIOUS; iar = ack(0)) {
		eoi(0, iar);
		assert_true(++n <= 4);
	}
	assert_int_equal(post(A, &by), 0);
}

static struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(physical_trigger, vgic_setup),
	cmocka_unit_test_setup(no_interrupts, vgic_setup),
	cmocka_unit_test_setup(self_clocked, vgic_setup),
	cmocka_unit_test_setup(quiet_and_changed, vgic_setup),
	cmocka_unit_test_setup(paid_for, vgic_setup),
};

int main(void)
{
	return vgic_cases(tests, ARRAY_SIZE(tests));
}

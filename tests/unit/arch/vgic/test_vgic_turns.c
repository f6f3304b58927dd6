// SPDX-License-Identifier: Apache-2.0
/* The vGIC of a vCPU that takes turns on its CPU with others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_vgic_cases.h"

#define MANY 20

/* Another vCPU has the CPU for a while: what comes meanwhile waits, and nobody waits for this one. */
static void others_turn(void **state)
{
	(void)state;
	set_bit(1, ISENABLER, PPI_HW);
	set_prio(1, PPI_HW, 0x10);
	phys_line(1, PPI_HW, true);
	assert_int_equal(ack(1), PPI_HW);
	set_target(0, A, 1);
	set_bit(0, ISPENDR, A);
	set_target(0, B, 1);
	phys_line(1, PPI_HW, false);
	suspend(1);
	assert_false(phys[1][PPI_HW].active); /* it is the next one's too */
	vm.vcpu[1]->requests = 0;
	pulse(0, B);
	assert_int_equal(vm.vcpu[1]->requests, VCPU_REQ_VGIC);
	assert_true(get_bit(0, ISPENDR, A) && get_bit(0, ISPENDR, B));
	set_bit(0, ICPENDR, A);
	resume(1);
	assert_true(phys[1][PPI_HW].active);
	eoi(1, PPI_HW);
	assert_false(phys[1][PPI_HW].active);
	takes(1, B);
	takes(1, SPURIOUS);
}

/* More wait than there are list registers, over two turns. */
static void crowd_over_turns(void **state)
{
	(void)state;
	for (u32 i = 0; i < MANY; i++) {
		arm(40 + i, 0xe0 - i * 8);
		set_target(0, 40 + i, 1);
		set_bit(0, ISPENDR, 40 + i);
	}
	suspend(1);
	resume(1);
	takes(1, 40 + MANY - 1);
	suspend(1);
	resume(1);
	for (u32 i = MANY - 1; i--;)
		takes(1, 40 + i);
	takes(1, SPURIOUS);
}

/* A physical interrupt that comes while its vCPU is not there: an SPI waits in memory, a PPI is enabled again later. */
static void physical_in_others_turn(void **state)
{
	(void)state;
	set_bit(0, ISENABLER, SPI_HW);
	set_prio(0, SPI_HW, 0x80);
	set_bit(0, ISENABLER, PPI_HW);
	set_prio(0, PPI_HW, 0x40);
	suspend(0);
	phys_line(0, SPI_HW, true);
	assert_true(phys[0][SPI_HW].active && phys[0][SPI_HW].enabled);
	phys_line(0, PPI_HW, true);
	assert_false(phys[0][PPI_HW].active || phys[0][PPI_HW].enabled);
	resume(0);
	assert_true(phys[0][PPI_HW].enabled);
	phys_line(0, SPI_HW, false);
	takes(0, PPI_HW);
	phys_line(0, PPI_HW, false);
	takes(0, PPI_HW); /* it was up still */
	takes(0, SPI_HW);
	assert_false(phys[0][SPI_HW].active);
	takes(0, SPURIOUS);
}

/* A sleeper is woken for an interrupt that will come, not for one that it has already and does not take. */
static void fires(void **state)
{
	(void)state;
	fake_here = 0;
	assert_false(vgic_ppi_fires(vm.vcpu[0], PPI_HW));
	set_bit(0, ISENABLER, PPI_HW);
	fake_here = 0;
	assert_true(vgic_ppi_fires(vm.vcpu[0], PPI_HW));
	phys_line(0, PPI_HW, true);
	assert_false(vgic_ppi_fires(vm.vcpu[0], PPI_HW));
	assert_int_equal(ack(0), PPI_HW);
	assert_false(vgic_ppi_fires(vm.vcpu[0], PPI_HW));
	phys_line(0, PPI_HW, false);
	suspend(0);
	resume(0);
	fake_here = 0;
	assert_false(vgic_ppi_fires(vm.vcpu[0], PPI_HW));
	eoi(0, PPI_HW);
	assert_true(vgic_ppi_fires(vm.vcpu[0], PPI_HW));
}

/* A VM that has something done by the CPU that it shares with another pays as for one elsewhere. */
static void paid_for_here(void **state)
{
	struct arch_vm by = {.id = 5, .kick_gap = 100, .kick_burst = 150};

	(void)state;
	suspend(0);
	vm.vcpu[0]->requests = 0;
	assert_int_equal(pulse_by(0, A, &by), 0);
	vm.vcpu[0]->requests = 0;
	assert_int_equal(pulse_by(0, B, &by), fake_counter + 50);
	vm.vcpu[0]->requests = VCPU_REQ_VGIC;
	assert_int_equal(pulse_by(0, C, &by), 0); /* it has been told already */
}

static struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(fires, vgic_setup),
	cmocka_unit_test_setup(paid_for_here, vgic_setup),
	cmocka_unit_test_setup(others_turn, vgic_setup),
	cmocka_unit_test_setup(crowd_over_turns, vgic_setup),
	cmocka_unit_test_setup(physical_in_others_turn, vgic_setup),
};

int main(void)
{
	return vgic_cases(tests, ARRAY_SIZE(tests));
}

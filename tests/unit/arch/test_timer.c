// SPDX-License-Identifier: Apache-2.0
/* EL2's timer, for a guest's emulated one and for alarms; and a vCPU's timers while another has its CPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cpu.h"
#include "arch/gic_hw.h"
#include "arch/sysreg.h"
#include "arch/timer.h"
#include "arch/upcall.h"
#include "arch/vgic.h"

#define NEVER (~0UL)
#define CVAL 2 /* op2 of CNTP_CVAL_EL0 */
#define CTL 1

struct gic_hw gic_hw;
static struct arch_vm vm;
static struct arch_vcpu v;
static bool line, ppi_fires;

void vgic_set_level(struct arch_vm *m, struct arch_vcpu *vcpu, u32 intid, bool level)
{
	assert_int_equal(intid, 30);
	line = level;
}

bool vgic_ppi_fires(const struct arch_vcpu *vcpu, u32 intid)
{
	assert_int_equal(intid, 27);
	return ppi_fires;
}

static u64 cpu_next; /* what core_cpu_alarm() returns */
static u32 cpu_alarms;

u64 core_cpu_alarm(void)
{
	assert_true(this_cpu()->in_irq);
	cpu_alarms++;
	return cpu_next;
}

static void now(u64 ticks)
{
	fake_sysreg_write("cntpct_el0", ticks);
}

/* When EL2's timer is to fire. */
static u64 armed(void)
{
	return fake_sysreg_read("cnthp_ctl_el2") ? fake_sysreg_read("cnthp_cval_el2") : NEVER;
}

static int setup(void **state)
{
	static struct cfg_board board = {.timer_phys = {.intid = 30}, .timer_virt = {.intid = 27}};

	memset(&v, 0, sizeof(v));
	v.vm = &vm;
	vm.cntvoff = 0;
	line = false;
	this_cpu()->alarm = cpu_next = NEVER;
	cpu_alarms = 0;
	ppi_fires = true;
	fake_sysreg_write("cntfrq_el0", 1000000);
	timer_init(&board);
	now(100);
	timer_vcpu_reset(&v);
	assert_true(armed() == NEVER);
	return 0;
}

static void test_alarm(void **state)
{
	timer_alarm(&v, 500);
	assert_int_equal(armed(), 500);
	now(500);
	timer_hyp_irq(&v);
	assert_true(armed() == NEVER);
	timer_alarm(&v, 500); /* once more, though it is the same */
	assert_int_equal(armed(), 500);
	timer_alarm(&v, NEVER);
	assert_true(armed() == NEVER);
}

/* EL2's timer is another one's by then: it is set also for one that has no alarm. */
static void test_alarm_of_one_that_comes_back(void **state)
{
	timer_alarm(&v, NEVER);
	timer_vcpu_save(&v);
	fake_sysreg_write("cnthp_cval_el2", 700);
	fake_sysreg_write("cnthp_ctl_el2", 1);
	timer_vcpu_load(&v);
	timer_alarm(&v, NEVER);
	assert_true(armed() == NEVER);
}

static void test_microseconds(void **state)
{
	const struct cfg_board board = {.timer_phys = {.intid = 30}, .timer_virt = {.intid = 27}};

	fake_sysreg_write("cntfrq_el0", 62500000);
	timer_init(&board);
	assert_int_equal(arch_ticks_us(124), 1);
	assert_int_equal(arch_ticks_us(125), 2);
	assert_true(arch_ticks_us(1UL << 62) == 73786976294838206UL);
	now(62500000);
	assert_int_equal(arch_time_us(), 1000000);
}

/* It may be past when the CPU comes to set it: then it has to fire all the same. */
static void test_alarm_past(void **state)
{
	timer_alarm(&v, 60);
	assert_int_equal(armed(), 60);
	timer_hyp_irq(&v);
	assert_true(armed() == NEVER);
	timer_alarm(NULL, 70);
	assert_int_equal(armed(), 70);
	timer_hyp_irq(NULL);
	assert_true(armed() == NEVER);
}

/* The CPU's own comes with any vCPU and without one, and beside theirs. */
static void test_cpu_alarm(void **state)
{
	cpu_next = 400;
	timer_cpu_alarm(NULL);
	assert_int_equal(armed(), 400);
	timer_alarm(&v, 500);
	assert_int_equal(armed(), 400);
	timer_vcpu_reset(&v);
	assert_int_equal(armed(), 400);
	timer_alarm(&v, 300);
	assert_int_equal(armed(), 300);
	now(300);
	timer_hyp_irq(&v);
	assert_int_equal(cpu_alarms, 1);
	assert_int_equal(armed(), 400);
	now(400);
	cpu_next = NEVER;
	timer_hyp_irq(NULL);
	assert_int_equal(cpu_alarms, 2);
	assert_true(armed() == NEVER);
	assert_false(this_cpu()->in_irq);
	cpu_next = 900;
	timer_cpu_alarm(&v);
	assert_int_equal(armed(), 900);
}

static void test_both(void **state)
{
	timer_alarm(&v, 500);
	timer_ptimer_write(&v, CVAL, 300);
	timer_ptimer_write(&v, CTL, CNT_CTL_ENABLE);
	assert_int_equal(armed(), 300);
	now(310);
	timer_hyp_irq(&v);
	assert_true(line);
	assert_int_equal(armed(), 500);
	timer_ptimer_write(&v, CVAL, 900);
	assert_false(line);
	now(510);
	timer_hyp_irq(&v);
	assert_int_equal(armed(), 900);
}

static void test_away(void **state)
{
	timer_alarm(&v, 500);
	fake_sysreg_write("cntv_ctl_el0", CNT_CTL_ENABLE | CNT_CTL_ISTATUS);
	fake_sysreg_write("cntv_cval_el0", 77);
	timer_vcpu_save(&v);
	assert_int_equal(fake_sysreg_read("cntv_ctl_el0"), 0);
	fake_sysreg_write("cntv_cval_el0", 0);
	vm.cntvoff = 5;
	timer_vcpu_load(&v);
	assert_int_equal(fake_sysreg_read("cntv_ctl_el0"), CNT_CTL_ENABLE);
	assert_int_equal(fake_sysreg_read("cntv_cval_el0"), 77);
	assert_int_equal(fake_sysreg_read("cntvoff_el2"), 5);
	timer_alarm(&v, 500); /* which another vCPU had meanwhile */
	assert_int_equal(armed(), 500);
}

static void test_next(void **state)
{
	assert_true(timer_vcpu_next(&v) == NEVER);
	vm.cntvoff = 10;
	fake_sysreg_write("cntv_cval_el0", 400);
	fake_sysreg_write("cntv_ctl_el0", CNT_CTL_ENABLE);
	assert_int_equal(timer_vcpu_next(&v), 410);
	fake_sysreg_write("cntv_cval_el0",
			  NEVER - 5); /* as who has it off, in a VM that was paused */
	assert_true(timer_vcpu_next(&v) == NEVER);
	fake_sysreg_write("cntv_cval_el0", 400);
	ppi_fires = false;
	assert_true(timer_vcpu_next(&v) == NEVER);
	ppi_fires = true;
	fake_sysreg_write("cntv_ctl_el0", CNT_CTL_ENABLE | CNT_CTL_IMASK);
	assert_true(timer_vcpu_next(&v) == NEVER);
	timer_ptimer_write(&v, CVAL, 300);
	timer_ptimer_write(&v, CTL, CNT_CTL_ENABLE);
	assert_int_equal(timer_vcpu_next(&v), 300);
	fake_sysreg_write("cntv_ctl_el0", CNT_CTL_ENABLE);
	fake_sysreg_write("cntv_cval_el0", 200);
	assert_int_equal(timer_vcpu_next(&v), 210);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_microseconds, setup),
		cmocka_unit_test_setup(test_alarm, setup),
		cmocka_unit_test_setup(test_alarm_of_one_that_comes_back, setup),
		cmocka_unit_test_setup(test_alarm_past, setup),
		cmocka_unit_test_setup(test_cpu_alarm, setup),
		cmocka_unit_test_setup(test_both, setup),
		cmocka_unit_test_setup(test_away, setup),
		cmocka_unit_test_setup(test_next, setup),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}

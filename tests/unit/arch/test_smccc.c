// SPDX-License-Identifier: Apache-2.0
/* PSCI and SMCCC calls of a guest: each answer, and the power states against a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/run.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "fake/fake.h"
#include "nk/hypercall.h"
#include "nk/smccc.h"

#define CPUS 4
#define RAM_BASE 0x40000000UL
#define RAM_END 0x50000000UL
#define ROUNDS 20000

static struct arch_vm vm;
static struct arch_vcpu vcpus[CPUS];
static jmp_buf parked;
static u32 pending_after;
static int ended; /* 0: no, 1: off, 2: restart */
static bool stopping;
static struct arch_vcpu *started;

bool run_wfi(struct arch_vcpu *v)
{
	if (v->requests || fake_waits >= pending_after)
		return false;
	arch_cpu_wait();
	return true;
}

void core_vm_end(struct arch_vm *m, enum vm_end end)
{
	assert_ptr_equal(m, &vm);
	ended = end == VM_END_RESTART ? 2 : 1;
}

static bool others_sleep; /* for another VM */
static u32 suspends;

bool core_system_suspend(struct arch_vm *m)
{
	assert_ptr_equal(m, &vm);
	suspends++;
	return !others_sleep;
}

bool core_vcpu_on(struct arch_vcpu *v)
{
	if (stopping)
		return false;
	started = v;
	return true;
}

__noreturn void run_park(struct arch_vcpu *v)
{
	v->power.state = PSCI_OFF;
	longjmp(parked, 1);
}

static s64 call(u32 from, u64 fid, u64 a1, u64 a2, u64 a3)
{
	struct frame f = {.x = {fid, a1, a2, a3}};

	return smccc_call(&vcpus[from], &f);
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	vm.nr_vcpus = CPUS;
	for (u32 i = 0; i < CPUS; i++) {
		vm.vcpu[i] = &vcpus[i];
		vcpus[i].vm = &vm;
		vcpus[i].id = i;
		vcpus[i].mpidr = BIT(31) | i;
	}
	vcpus[0].power.state = PSCI_ON;
	fake_waits = pending_after = 0;
	fake_stage2[0] = (struct fake_stage2){
		.vm = &vm, .base = RAM_BASE, .pages = (RAM_END - RAM_BASE) / PAGE_SIZE};
	ended = 0;
	stopping = false;
	started = NULL;
	return 0;
}

static void test_versions(void **state)
{
	(void)state;
	assert_int_equal(call(0, PSCI_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(call(0, SMCCC_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(call(0, PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
	assert_int_equal(call(0, SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), 0);
	assert_int_equal(call(0, SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), 0);
	assert_int_equal(call(0, SMCCC_ARCH_FEATURES, 0x80008000, 0, 0), -1);
}

static void test_uid(void **state)
{
	struct frame f = {.x = {SMCCC_VENDOR_HYP_UID}};

	(void)state;
	assert_int_equal(smccc_call(&vcpus[0], &f), NK_UID_0);
	assert_int_equal(f.x[1], NK_UID_1);
	assert_int_equal(f.x[2], NK_UID_2);
	assert_int_equal(f.x[3], NK_UID_3);
}

static void test_features(void **state)
{
	static const u32 there[] = {
		PSCI_VERSION,	       PSCI_CPU_SUSPEND_32,   PSCI_CPU_SUSPEND_64,
		PSCI_CPU_OFF,	       PSCI_CPU_ON_32,	      PSCI_CPU_ON_64,
		PSCI_AFFINITY_INFO_32, PSCI_AFFINITY_INFO_64, PSCI_MIGRATE_INFO_TYPE,
		PSCI_SYSTEM_OFF,       PSCI_SYSTEM_RESET,     PSCI_FEATURES,
		PSCI_SYSTEM_RESET2_32, PSCI_SYSTEM_RESET2_64, SMCCC_VERSION,
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(there); i++)
		assert_int_equal(call(0, PSCI_FEATURES, there[i], 0, 0), 0);
	assert_int_equal(call(0, PSCI_FEATURES, 0x84000005, 0, 0), -1);
	assert_int_equal(call(0, PSCI_FEATURES, 0xc4000000, 0, 0), -1);
}

/* nk's own calls too do not come here. An unknown number is answered so whatever its upper half, owner or width. */
static void test_unknown(void **state)
{
	static const u64 ids[] = {0,	      0x84000005, 0x84000014, 0xc4000002,
				  0xc6000005, 0xc6000080, 0xc5ffffff, 0x86000009,
				  0xffffffff, 0xbf00ff01, 0x12345678};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(ids); i++)
		assert_int_equal(call(0, ids[i], 1, 2, 3), -1);
	assert_int_equal(ended, 0);
	assert_null(started);
}

static void test_system_suspend(void **state)
{
	(void)state;
	assert_int_equal(call(0, PSCI_SYSTEM_SUSPEND_64, RAM_BASE, 42, 0), PSCI_RET_NOT_SUPPORTED);
	assert_int_equal(call(0, PSCI_FEATURES, PSCI_SYSTEM_SUSPEND_32, 0, 0), -1);
	vm.may_sleep = true;
	assert_int_equal(call(0, PSCI_FEATURES, PSCI_SYSTEM_SUSPEND_32, 0, 0), 0);
	assert_int_equal(call(0, PSCI_FEATURES, PSCI_SYSTEM_SUSPEND_64, 0, 0), 0);
	assert_int_equal(call(0, PSCI_SYSTEM_SUSPEND_64, RAM_END, 42, 0), PSCI_RET_INVALID_ADDRESS);
	assert_int_equal(call(0, PSCI_SYSTEM_SUSPEND_64, RAM_BASE + 2, 42, 0),
			 PSCI_RET_INVALID_ADDRESS);
	vcpus[CPUS - 1].power.state = PSCI_ON_PENDING;
	assert_int_equal(call(0, PSCI_SYSTEM_SUSPEND_64, RAM_BASE, 42, 0), PSCI_RET_DENIED);
	vcpus[CPUS - 1].power.state = PSCI_OFF;
	assert_int_equal(suspends, 0);
	others_sleep = true;
	assert_int_equal(call(0, PSCI_SYSTEM_SUSPEND_64, RAM_BASE, 42, 0), PSCI_RET_DENIED);
	assert_false(vcpus[0].power.sleeps);
	others_sleep = false;
	assert_int_equal(call(0, PSCI_SYSTEM_SUSPEND_32, RAM_BASE | 1UL << 32, 42, 0), 0);
	assert_int_equal(suspends, 2);
	assert_true(vcpus[0].power.sleeps);
	assert_int_equal(vcpus[0].power.entry, RAM_BASE);
	assert_int_equal(vcpus[0].power.context, 42);
	assert_true(vcpus[0].requests & VCPU_REQ_WOKEN); /* the tail of the exit looks */
}

static void test_cpu_on(void **state)
{
	(void)state;
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, RAM_BASE, 42), 0);
	assert_ptr_equal(started, &vcpus[1]);
	assert_int_equal(vcpus[1].power.state, PSCI_ON_PENDING);
	assert_int_equal(vcpus[1].power.entry, RAM_BASE);
	assert_int_equal(vcpus[1].power.context, 42);
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, RAM_BASE, 0), PSCI_RET_ON_PENDING);
	assert_int_equal(vcpus[1].power.context, 42);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 1, 0, 0), PSCI_AFFINITY_ON_PENDING);
	vcpus[1].power.state = PSCI_ON;
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, RAM_BASE, 0), PSCI_RET_ALREADY_ON);
	assert_int_equal(call(0, PSCI_CPU_ON_64, 0, RAM_BASE, 0), PSCI_RET_ALREADY_ON);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 1, 0, 0), PSCI_AFFINITY_ON);
}

static void test_cpu_on_refused(void **state)
{
	(void)state;
	assert_int_equal(call(0, PSCI_CPU_ON_64, CPUS, RAM_BASE, 0), PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_CPU_ON_64, BIT(31) | 1, RAM_BASE, 0),
			 PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_CPU_ON_64, BIT(32) | 1, RAM_BASE, 0),
			 PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, RAM_END, 0), PSCI_RET_INVALID_ADDRESS);
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, ~0UL, 0), PSCI_RET_INVALID_ADDRESS);
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, RAM_BASE + 2, 0), PSCI_RET_INVALID_ADDRESS);
	assert_null(started);
	stopping = true;
	assert_int_equal(call(0, PSCI_CPU_ON_64, 1, RAM_BASE, 0), PSCI_RET_DENIED);
	assert_int_equal(vcpus[1].power.state, PSCI_OFF);
}

/* The 32-bit calls take the lower halves of their arguments only. */
static void test_cpu_on_32(void **state)
{
	u64 junk = 0xdeadbeefUL << 32;

	(void)state;
	assert_int_equal(call(0, junk | PSCI_CPU_ON_32, junk | 2, junk | RAM_BASE, junk | 7), 0);
	assert_int_equal(vcpus[2].power.entry, RAM_BASE);
	assert_int_equal(vcpus[2].power.context, 7);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_32, junk | 2, junk, 0),
			 PSCI_AFFINITY_ON_PENDING);
}

/* Two clusters of two CPUs. */
static void test_affinity_levels(void **state)
{
	(void)state;
	vcpus[2].mpidr = BIT(31) | 0x100;
	vcpus[3].mpidr = BIT(31) | 0x101;
	/* The fields below the level are nothing, those above it count. */
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x07, 1, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x1ff, 1, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x200, 1, 0), PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x10100, 1, 0),
			 PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0xffff, 2, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x10000, 2, 0),
			 PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0xffffff, 3, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 1UL << 32, 3, 0),
			 PSCI_RET_INVALID_PARAMETERS);
	vcpus[3].power.state = PSCI_ON_PENDING;
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x100, 1, 0), PSCI_AFFINITY_ON_PENDING);
	vcpus[2].power.state = PSCI_ON;
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0x100, 1, 0), PSCI_AFFINITY_ON);
}

static void test_affinity_info(void **state)
{
	(void)state;
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0, 0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 3, 0, 0), PSCI_AFFINITY_OFF);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 9, 0, 0), PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, 0, 4, 0), PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(call(0, PSCI_AFFINITY_INFO_64, BIT(31), 0, 0),
			 PSCI_RET_INVALID_PARAMETERS);
}

static void test_suspend(void **state)
{
	(void)state;
	pending_after = 5;
	assert_int_equal(call(0, PSCI_CPU_SUSPEND_64, 0, RAM_BASE, 0), 0);
	assert_int_equal(fake_waits, 5);
	/* A request of nk ends it too: the VM may be stopping. */
	fake_waits = 0;
	pending_after = 1000;
	vcpus[0].requests = VCPU_REQ_STOP;
	assert_int_equal(call(0, PSCI_CPU_SUSPEND_32, 0x10000, RAM_BASE, 0), 0);
	assert_int_equal(fake_waits, 0);
	assert_int_equal(call(0, PSCI_CPU_SUSPEND_64, 0x80000000, 0, 0),
			 PSCI_RET_INVALID_PARAMETERS);
}

static void test_system(void **state)
{
	(void)state;
	call(0, PSCI_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(ended, 1);
	ended = 0;
	call(1, PSCI_SYSTEM_RESET, 0, 0, 0);
	assert_int_equal(ended, 2);
	ended = 0;
	assert_int_equal(call(0, PSCI_SYSTEM_RESET2_64, BIT(31), 0, 0),
			 PSCI_RET_INVALID_PARAMETERS);
	assert_int_equal(ended, 0);
	call(0, PSCI_SYSTEM_RESET2_32, 0, 0, 0);
	assert_int_equal(ended, 2);
}

static void cpu_off(u32 cpu)
{
	if (!setjmp(parked))
		call(cpu, PSCI_CPU_OFF, 0, 0, 0);
}

/* Any order of CPU_ON, CPU_OFF and arrivals: answers and states as a model says. */
static void test_random(void **state)
{
	static enum psci_state model[CPUS];

	(void)state;
	srandom(7);
	model[0] = PSCI_ON;
	for (u32 i = 0; i < ROUNDS; i++) {
		u32 cpu = (u32)random() % CPUS;
		s64 ret;

		switch (random() % 4) {
		case 0:
			ret = call(0, PSCI_CPU_ON_64, cpu, RAM_BASE + 4 * i, i);
			assert_int_equal(ret, model[cpu] == PSCI_ON	      ? PSCI_RET_ALREADY_ON
					      : model[cpu] == PSCI_ON_PENDING ? PSCI_RET_ON_PENDING
									      : 0);
			if (!ret)
				model[cpu] = PSCI_ON_PENDING;
			break;
		case 1:
			if (model[cpu] == PSCI_ON_PENDING)
				vcpus[cpu].power.state = model[cpu] = PSCI_ON;
			break;
		case 2:
			if (cpu && model[cpu] == PSCI_ON) {
				cpu_off(cpu);
				model[cpu] = PSCI_OFF;
			}
			break;
		default:
			ret = call(0, PSCI_AFFINITY_INFO_64, cpu, 0, 0);
			assert_int_equal(ret, model[cpu] == PSCI_ON ? PSCI_AFFINITY_ON
					      : model[cpu] == PSCI_ON_PENDING
						      ? PSCI_AFFINITY_ON_PENDING
						      : PSCI_AFFINITY_OFF);
		}
		assert_int_equal(vcpus[cpu].power.state, model[cpu]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_versions, setup),
		cmocka_unit_test_setup(test_uid, setup),
		cmocka_unit_test_setup(test_features, setup),
		cmocka_unit_test_setup(test_unknown, setup),
		cmocka_unit_test_setup(test_system_suspend, setup),
		cmocka_unit_test_setup(test_cpu_on, setup),
		cmocka_unit_test_setup(test_cpu_on_refused, setup),
		cmocka_unit_test_setup(test_cpu_on_32, setup),
		cmocka_unit_test_setup(test_affinity_info, setup),
		cmocka_unit_test_setup(test_affinity_levels, setup),
		cmocka_unit_test_setup(test_suspend, setup),
		cmocka_unit_test_setup(test_system, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests_name("smccc", tests, NULL, NULL);
}

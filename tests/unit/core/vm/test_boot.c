// SPDX-License-Identifier: Apache-2.0
/* Which VMs the boot loads when, which run before all are loaded, and what follows when one cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/main.h"
#include "core/debug/bench.h"
#include "core/system.h"
#include "core/vm/boot.h"
#include "core/vm/vm.h"
#include "fake/core.h"
#include "fake/fake.h"

#define VMS 4 /* 2 to 5 */

static struct vm vms[VMS];
static struct arch_vcpu vcpus[VMS];
static char trace
	[256]; /* "p2 ": posted; "e2 ": entered; "r2 ", "d2 ": released to run, or dropped; "end " */
static const char
	*script; /* whose loads end while the boot's thread waits, as "23"; '!' before one: wrong */
static u32 gone;

static void note(const char *what, u32 id)
{
	size_t at = strlen(trace);

	snprintf(trace + at, sizeof(trace) - at, id ? "%s%u " : "%s ", what, id);
}

/* As vm_load_and_run() has it. Returns what boot_loaded() does. */
static bool load_ends(u32 id, bool loaded)
{
	struct vm *vm = &vms[id - 2];
	bool runs;

	assert_int_equal(vm->state, VM_LOADING);
	vm->failed = !loaded;
	vm->state = loaded ? VM_READY : VM_STOPPED;
	runs = loaded && !boot_holds(vm);
	if (runs)
		vm->state = VM_RUNNING;
	if (runs)
		note("e", id);
	return boot_loaded(vm, runs);
}

static void loads_end(const char *whose)
{
	for (; *whose; whose++) {
		bool loaded = *whose != '!';

		whose += !loaded;
		assert_true(load_ends((u32)(*whose - '0'), loaded));
	}
}

/* ---- what boot.c asks for ---- */

void sched_post(struct vm *vm, u32 vcpu, u32 job)
{
	assert_int_equal(vcpu, 0);
	assert_int_equal(job, SCHED_LOAD);
	note("p", vm->arch.id);
}

void sched_run(void)
{
	const char *rest = script + (*script == '!') + 1;
	char one[3] = "";

	assert_true(*script); /* it would wait for ever */
	memcpy(one, script, (size_t)(rest - script));
	script = rest;
	loads_end(one);
}

void vm_release(struct vm *vm, bool runs)
{
	assert_false(boot_holds(vm));
	if (vm->state != VM_READY)
		return;
	vm->state = runs ? VM_RUNNING : VM_STOPPED;
	note(runs ? "r" : "d", vm->arch.id);
}

void core_vm_gone(void)
{
	gone++;
}

void bench_boot_done(void)
{
	note("end", 0);
}

int cfg_fail_at(struct cfg_error *err, const struct cfg_node *node, const char *prop,
		const char *fmt, ...)
{
	strcpy(err->text, prop);
	return -1;
}

/* ---- the tests' own ---- */

static int setup(void **state)
{
	memset(vms, 0, sizeof(vms));
	memset(&fake_log, 0, sizeof(fake_log));
	memset(&sys_config, 0, sizeof(sys_config));
	trace[0] = '\0';
	script = "";
	gone = 0;
	fake_boot_ticks = 77;
	percpus[3].online = true;
	return 0;
}

/* Each VM's boot-order ('0': none, '-': not at boot) and its vCPU's CPU. */
static void system_of(const char *orders, const char *on)
{
	for (u32 i = 0; orders[i]; i++) {
		struct cfg_vm *cfg = &sys_config.vm[i];

		*cfg = (struct cfg_vm){
			.id = 2 + i,
			.nr_vcpus = 1,
			.autostart = orders[i] != '-',
			.boot_order = orders[i] == '-' ? 0 : (u32)(orders[i] - '0'),
			.vcpu_cpu = {(u32)(on[i] - '0')},
		};
		vcpus[i] = (struct arch_vcpu){.cpu = cfg->vcpu_cpu[0], .vm = &vms[i].arch};
		vms[i].cfg = cfg;
		vms[i].arch.id = cfg->id;
		vms[i].arch.vcpu[0] = &vcpus[i];
		snprintf(vms[i].error.text, sizeof(vms[i].error.text), "vm%u is wrong", cfg->id);
		fake_vms.by_id[cfg->id] = &vms[i];
		sys_config.nr_vms = i + 1;
	}
}

static int boot(struct cfg_error *err, const char *whose)
{
	err->text[0] = '\0';
	script = whose;
	return vms_boot(err);
}

static void test_together(void **state)
{
	struct cfg_error err;

	system_of("00-0", "0100");
	assert_int_equal(boot(&err, "532"), 0);
	assert_string_equal(trace, "p2 p5 p3 end r2 r3 r5 ");
	assert_int_equal(vms[0].times.asked, 77);
	assert_int_equal(vms[2].state, VM_STOPPED);
	assert_int_equal(gone, 0);
	/* What somebody starts later is not the boot's. */
	vms[2].state = VM_LOADING;
	assert_false(load_ends(4, true));
	assert_int_equal(vms[2].state, VM_RUNNING);
}

static void test_together_fails(void **state)
{
	struct cfg_error err;

	system_of("0000", "0100");
	assert_int_equal(boot(&err, "2!3"), -1); /* 4 and 5 still load */
	assert_string_equal(err.text, "vm3 is wrong");
	assert_string_equal(trace, "p2 p4 p5 p3 ");
	assert_int_equal(fake_log.lines, 0);
}

static void test_order_on_a_cpu(void **state)
{
	struct cfg_error err;

	system_of("0211", "0000");
	/* The first that runs is the end of the waiting; until then all of the same number load. */
	assert_int_equal(boot(&err, "5"), 0);
	assert_string_equal(trace, "p4 p5 e5 ");
	assert_int_equal(vms[0].state, VM_LOADING);
	loads_end("4");
	assert_string_equal(trace, "p4 p5 e5 e4 p3 ");
	loads_end("3");
	assert_string_equal(trace, "p4 p5 e5 e4 p3 e3 p2 ");
	loads_end("2");
	assert_string_equal(trace, "p4 p5 e5 e4 p3 e3 p2 end r2 ");
	assert_int_equal(gone, 1);
	assert_int_equal(fake_log.lines, 0);
}

/* On CPUs of their own nobody waits for another's load; those without a number wait for all. */
static void test_order_elsewhere(void **state)
{
	struct cfg_error err;

	system_of("0210", "0123");
	assert_int_equal(boot(&err, "253"), 0);
	assert_string_equal(trace, "p2 p3 p4 p5 e3 ");
	assert_int_equal(vms[0].state, VM_READY);
	loads_end("4");
	assert_string_equal(trace, "p2 p3 p4 p5 e3 e4 end r2 r5 ");
}

static void test_later_fails(void **state)
{
	struct cfg_error err;

	system_of("1002", "0000");
	assert_int_equal(boot(&err, "2"), 0);
	loads_end("!5");
	assert_string_equal(fake_log.text, "error: vm5 is wrong\n");
	assert_string_equal(trace, "p2 e2 p5 p3 p4 ");
	loads_end("3!4");
	assert_string_equal(fake_log.text, "error: vm5 is wrong\nerror: vm4 is wrong\n");
	assert_string_equal(trace, "p2 e2 p5 p3 p4 end d3 ");
	assert_int_equal(vms[0].state, VM_RUNNING);
	assert_int_equal(gone, 1);
}

/* It is not known yet whether the machine ends with this line: it comes when one runs. */
static void test_earlier_fails(void **state)
{
	struct cfg_error err;

	system_of("102", "000");
	assert_int_equal(boot(&err, "!24"), 0);
	assert_string_equal(trace, "p2 p4 e4 p3 ");
	assert_string_equal(fake_log.text, "error: vm2 is wrong\n");
	loads_end("3");
	assert_string_equal(trace, "p2 p4 e4 p3 end d3 ");
}

static void test_none_runs(void **state)
{
	struct cfg_error err;

	system_of("102", "001");
	assert_int_equal(boot(&err, "!4!23"), -1);
	assert_string_equal(err.text, "vm2 is wrong");
	assert_string_equal(trace, "p2 p4 p3 ");
	assert_int_equal(fake_log.lines, 0);
	assert_int_equal(gone, 0);
}

static void test_stopped_before(void **state)
{
	struct cfg_error err;

	system_of("10", "00");
	assert_int_equal(boot(&err, "2"), 0);
	vms[1].state = VM_STOPPED; /* its load has ended so */
	assert_true(boot_loaded(&vms[1], false));
	assert_string_equal(trace, "p2 e2 p3 end ");
	assert_int_equal(fake_log.lines, 0);
}

static void test_no_cpu(void **state)
{
	struct cfg_error err;

	percpus[3].online = false;
	system_of("10", "03");
	assert_int_equal(boot(&err, ""), -1);
	assert_string_equal(err.text, "vcpus");
	assert_string_equal(trace, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_together, setup),
		cmocka_unit_test_setup(test_together_fails, setup),
		cmocka_unit_test_setup(test_order_on_a_cpu, setup),
		cmocka_unit_test_setup(test_order_elsewhere, setup),
		cmocka_unit_test_setup(test_later_fails, setup),
		cmocka_unit_test_setup(test_earlier_fails, setup),
		cmocka_unit_test_setup(test_none_runs, setup),
		cmocka_unit_test_setup(test_stopped_before, setup),
		cmocka_unit_test_setup(test_no_cpu, setup),
	};

	return cmocka_run_group_tests_name("the VMs' start at boot", tests, NULL, NULL);
}

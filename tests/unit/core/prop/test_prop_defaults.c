// SPDX-License-Identifier: Apache-2.0
/* What a VM may do with nk's own properties where the system tree says nothing: each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prop_rig.h"

/* As /proc/nk/props shows it: r may get, w may set, n is told. */
static const struct {
	const char *name; /* behind "nk." or, from the empty one on, "nk.vm.N." */
	const char *own, *other; /* whose VM it is; strangers. The machine's: all are strangers */
} expected[] = {
	{"error.ignore-alloc-after-boot", "", "r--"},
	{"error.ignore-non-allowed-io-sharing", "", "r--"},
	{"build-id", "", "r--"},
	{"version.api", "", "r--"},
	{"version.hypervisor", "", "r--"},
	{"version.compiler", "", "r--"},
	{"version.build-date", "", "r--"},
	{"version.bsp", "", "r--"},
	{"version.bsp-compiler", "", "r--"},
	{"version.bsp-build-date", "", "r--"},
	{"cpus.online", "", "r--"},
	{"features.all", "", "r--"},
	{"features.on", "", "r--"},
	{"features.off", "", "r--"},
	{"features.all-str", "", "r--"},
	{"features.on-str", "", "r--"},
	{"features.off-str", "", "r--"},
	{"memory.heap.free", "", "---"},
	{"memory.heap.used", "", "---"},
	{"memory.pmem.free", "", "---"},
	{"memory.pmem.used", "", "---"},
	{"monitoring.enable", "", "---"},
	{"monitoring", "", "---"},
	{"monitoring.user", "", "---"},
	{"event-log.filter", "", "---"},
	{"focus", "", "---"},
	{"history", "", "---"},
	{"vlm-dtb", "", "---"},
	{"system.reset", "", "---"},
	{"cpus.handover", "", "---"},
	{"cpus.give", "", "---"},
	{"cpus", "r-n", "---"},
	{"vcpus", "r-n", "---"},
	{"vcpus.online", "r--", "---"},
	{"handover-affinity", "r--", "---"},
	{"vcpus-target", "r-n", "---"},
	{"state.running", "rw-", "---"},
	{"state.paused", "rw-", "---"},
	{"state.crashed", "r--", "---"},
	{"crash", "r--", "---"},
	{"dump", "---", "---"},
	{"bootcomplete", "rw-", "---"},
	{"boot-us", "r--", "---"},
	{"vplatform-dtb", "r--", "---"},
	{"kernel.region", "r--", "---"},
	{"initrd.region", "r--", "---"},
};

#define NR_MACHINE 31
#define NR_VM (ARRAY_SIZE(expected) - NR_MACHINE)

/* What VM `who` should have of the pid-th property, and that property's name. */
static const char *expect(u32 pid, u32 who, char *name)
{
	u32 vm = pid < NR_MACHINE ? 0 : 2 + (pid - NR_MACHINE) / NR_VM;
	u32 at = pid < NR_MACHINE ? pid : NR_MACHINE + (pid - NR_MACHINE) % NR_VM;

	if (vm)
		sprintf(name, "nk.vm.%u.%s", vm, expected[at].name);
	else
		sprintf(name, "nk.%s", expected[at].name);
	return vm == who ? expected[at].own : expected[at].other;
}

static void check(struct rig_vm *r, u32 pid)
{
	char want_name[64], found[4];
	const char *want = expect(pid, r->vm.arch.id, want_name);
	NkPropAttr attr;

	assert_true(rig_enum(r, pid, RIG_VALUE, 64, RIG_BASE) >= 0);
	assert_string_equal(rig_ptr(r, RIG_VALUE), want_name);
	memcpy(&attr, rig_ptr(r, RIG_BASE), sizeof(attr));
	sprintf(found, "%c%c%c", attr & NK_PROP_ATTR_GET ? 'r' : '-',
		attr & NK_PROP_ATTR_SET ? 'w' : '-', attr & NK_PROP_ATTR_NOTIFY ? 'n' : '-');
	if (strcmp(found, want))
		fail_msg("VM %u, %s: %s, not %s", r->vm.arch.id, want_name, found, want);
	/* The calls agree with what is shown. */
	if (want[0] == '-')
		assert_int_equal(rig_get(r, want_name, RIG_VALUE, 8), NK_PROP_PERMISSION);
	else
		assert_true(rig_get(r, want_name, RIG_VALUE, 8) >= 0);
	if (want[1] == '-')
		assert_int_equal(rig_put(r, want_name, "1", 1), NK_PROP_PERMISSION);
	else
		assert_int_equal(rig_put(r, want_name, "1", 1), 1);
}

static void test_matrix(void **state)
{
	u32 nr = NR_MACHINE + 2 * NR_VM;

	for (u32 i = 0; i < 2; i++) {
		for (u32 pid = 0; pid < nr; pid++)
			check(&rig[i], pid);
		assert_int_equal(rig_enum(&rig[i], nr, RIG_VALUE, 64, RIG_BASE), NK_PROP_UNKNOWN);
	}
}

/* Whatever a VM may set, and whatever happens to it: nobody is interrupted. */
static void test_quiet(void **state)
{
	struct vm_images images = {{0x40080000, 0x1000}, {0x48000000, 0x1000}, "tree", 4};

	rig[0].sysconfs = rig[1].sysconfs = 0;
	rig_put(&rig[1], "nk.vm.3.bootcomplete", "1", 1);
	for (int event = VM_EVENT_RUNNING; event <= VM_EVENT_VCPUS; event++)
		props_vm_event(&rig[1].vm, (enum vm_event)event);
	rig[1].vm.images = images;
	props_vm_load(&rig[1].vm);
	fake_vms.running = BIT(2);
	props_vm_event(&rig[1].vm, VM_EVENT_RUNNING);
	fake_vms.running = BIT(2) | BIT(3);
	assert_int_equal(rig[0].sysconfs + rig[0].events, 0);
	assert_int_equal(rig[1].sysconfs + rig[1].events, 0);
}

static void test_others(void **state)
{
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(props_states_seen_by(2 + i), BIT(2 + i));
		assert_false(prop_may_get(2 + i, "nk.history"));
	}
}

static int setup(void **state)
{
	rig_init("closed");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("default permissions", tests, setup, NULL);
}

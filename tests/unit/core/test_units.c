// SPDX-License-Identifier: Apache-2.0
/* The table of units: who is called, in which order, and how far when one of them cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/unit.h"

struct vm {
	int unused;
};

static char calls[1024]; /* "name name ", as they came */
static const char *failing; /* the one that fails, or NULL */

static int came(const char *name)
{
	strcat(strcat(calls, name), " ");
	return failing && !strcmp(failing, name) ? -1 : 0;
}

#define INIT(name)                                                                                 \
	int name(struct cfg_error *err)                                                            \
	{                                                                                          \
		return came(#name);                                                                \
	}
#define CREATE(name)                                                                               \
	int name(struct vm *vm, struct cfg_error *err)                                             \
	{                                                                                          \
		return came(#name);                                                                \
	}
#define DESCRIBE(name)                                                                             \
	void name(const struct vm *vm, struct gtree_params *p)                                     \
	{                                                                                          \
		came(#name);                                                                       \
	}
#define LOAD(name)                                                                                 \
	int name(struct vm *vm)                                                                    \
	{                                                                                          \
		return came(#name);                                                                \
	}
#define STOP(name)                                                                                 \
	void name(struct vm *vm)                                                                   \
	{                                                                                          \
		came(#name);                                                                       \
	}

INIT(sched_ready)
INIT(handover_ready)
INIT(vms_memory_claim)
INIT(vlogs_create)
INIT(vlinks_create)
INIT(virtio_init)
INIT(virtio_ready)
INIT(balloon_create)
INIT(grants_create)
INIT(props_init)
INIT(wdt_create)
CREATE(crash_vm_create)
CREATE(vm_memory_create)
CREATE(vcpus_create)
CREATE(sched_vm_create)
CREATE(handover_create)
CREATE(platform_vgic_create)
CREATE(platform_timer_create)
CREATE(platform_console_create)
CREATE(platform_devices_create)
CREATE(virtio_vm_create)
CREATE(balloon_vm_create)
CREATE(vlinks_vm_create)
CREATE(grants_vm_create)
DESCRIBE(vm_memory_describe)
DESCRIBE(vcpus_describe)
DESCRIBE(platform_vgic_describe)
DESCRIBE(platform_console_describe)
DESCRIBE(vlinks_vm_describe)
DESCRIBE(balloon_vm_describe)
LOAD(crash_vm_load)
LOAD(images_load)
LOAD(balloon_vm_load)
LOAD(props_vm_load)
LOAD(wdt_vm_load)
STOP(handover_start)
STOP(crash_vm_start)
STOP(crash_vm_stop)
STOP(platform_timer_start)
STOP(sleep_vm_start)
STOP(sleep_vm_stop)
STOP(virtio_vm_start)
STOP(virtio_vm_stop)
STOP(platform_vgic_stop)
STOP(platform_console_stop)
STOP(balloon_vm_stop)
STOP(vlinks_vm_stop)
STOP(grants_vm_stop)
STOP(wdt_vm_start)
STOP(wdt_vm_stop)

void props_vm_event(struct vm *vm, enum vm_event event)
{
	came(event == VM_EVENT_PAUSED ? "paused" : "event");
}

void wdt_vm_event(struct vm *vm, enum vm_event event)
{
	came(event == VM_EVENT_PAUSED ? "wdt_paused" : "wdt_event");
}

void virtio_vm_event(struct vm *vm, enum vm_event event)
{
	came(event == VM_EVENT_PAUSED ? "virtio_paused" : "virtio_event");
}

bool handover_vcpu_on(struct arch_vcpu *v)
{
	return !came("handover_vcpu_on");
}

void handover_vcpu_off(struct arch_vcpu *v)
{
	came("handover_vcpu_off");
}

static struct vm vm;
static struct cfg_error err;

static int setup(void **state)
{
	calls[0] = 0;
	failing = NULL;
	return 0;
}

static void at_boot(void **state)
{
	assert_int_equal(units_init(&err), 0);
	assert_int_equal(units_create(&vm, &err), 0);
	assert_int_equal(units_ready(&err), 0);
	assert_string_equal(
		calls,
		"vms_memory_claim vlogs_create virtio_init vlinks_create balloon_create "
		"grants_create "
		"crash_vm_create vm_memory_create vcpus_create sched_vm_create handover_create "
		"platform_vgic_create "
		"platform_timer_create platform_console_create "
		"platform_devices_create virtio_vm_create balloon_vm_create vlinks_vm_create "
		"grants_vm_create sched_ready handover_ready virtio_ready props_init "
		"wdt_create ");
}

static void life(void **state)
{
	struct gtree_params p;

	assert_int_equal(units_load(&vm), 0);
	units_describe(&vm, &p);
	units_start(&vm);
	units_event(&vm, VM_EVENT_PAUSED);
	assert_string_equal(
		calls,
		"crash_vm_load images_load balloon_vm_load props_vm_load "
		"wdt_vm_load vm_memory_describe "
		"vcpus_describe platform_vgic_describe "
		"platform_console_describe vlinks_vm_describe "
		"balloon_vm_describe crash_vm_start handover_start "
		"platform_timer_start "
		"sleep_vm_start virtio_vm_start wdt_vm_start virtio_paused paused wdt_paused ");
}

/* What comes first goes last. */
static void reversed(void **state)
{
	units_stop(&vm);
	assert_string_equal(calls,
			    "wdt_vm_stop grants_vm_stop vlinks_vm_stop balloon_vm_stop "
			    "virtio_vm_stop platform_console_stop sleep_vm_stop platform_vgic_stop "
			    "crash_vm_stop ");
}

static void fails(void **state)
{
	failing = "vlinks_create";
	assert_int_equal(units_init(&err), -1);
	failing = "vcpus_create";
	assert_int_equal(units_create(&vm, &err), -1);
	failing = "props_init";
	assert_int_equal(units_ready(&err), -1);
	failing = "images_load";
	assert_int_equal(units_load(&vm), -1);
	assert_string_equal(
		calls, "vms_memory_claim vlogs_create virtio_init vlinks_create crash_vm_create "
		       "vm_memory_create vcpus_create "
		       "sched_ready handover_ready virtio_ready props_init crash_vm_load "
		       "images_load ");
}

/* Who refuses is the last that is asked. */
static void vcpus(void **state)
{
	assert_true(units_vcpu_on(NULL));
	failing = "handover_vcpu_on";
	assert_false(units_vcpu_on(NULL));
	units_vcpu_off(NULL);
	assert_string_equal(calls, "handover_vcpu_on handover_vcpu_on handover_vcpu_off ");
}

static void each_has_a_name(void **state)
{
	for (u32 i = 0; i < nr_units; i++) {
		assert_non_null(units[i].name);
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(units[i].name, units[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(at_boot, setup),	 cmocka_unit_test_setup(life, setup),
		cmocka_unit_test_setup(reversed, setup), cmocka_unit_test_setup(fails, setup),
		cmocka_unit_test_setup(vcpus, setup),	 cmocka_unit_test(each_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

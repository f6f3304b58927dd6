// SPDX-License-Identifier: Apache-2.0
/* The table of all that takes part in the lives of VMs; see unit.h. */
#include "arch/cpu.h"
#include "core/crash/crash.h"
#include "core/dev/platform.h"
#include "core/handover/handover.h"
#include "core/link/grant.h"
#include "core/link/vlink.h"
#include "core/monitor/monitor.h"
#include "core/prop/prop.h"
#include "core/sched/cpu.h"
#include "core/unit.h"
#include "core/vm/balloon.h"
#include "core/vm/load.h"
#include "core/vm/parts.h"
#include "core/vm/sleep.h"
#include "core/virtio/virtio.h"
#include "core/vlog/vlog.h"
#include "core/wdt/wdt.h"

/* clang-format off */
const struct unit units[] = {
	/* First: what is recorded of a life is around all else of it. */
	{"monitoring", .init = monitor_init, .load = monitor_vm_loading, .stop = monitor_vm_stop},
	/* What is in the VM's memory is kept before anything is put there. */
	{"crash", .create = crash_vm_create, .load = crash_vm_load, .start = crash_vm_start,
		.stop = crash_vm_stop},
	/* RAM that a VM has in a certain place is taken before any that may be anywhere. */
	{"memory", .init = vms_memory_claim, .create = vm_memory_create,
		.describe = vm_memory_describe},
	{"logs", .init = vlogs_create},
	{"vcpus", .create = vcpus_create, .describe = vcpus_describe},
	{"scheduler", .create = sched_vm_create, .ready = sched_ready},
	{"handover", .create = handover_create, .ready = handover_ready, .start = handover_start,
		.vcpu_on = handover_vcpu_on, .vcpu_off = handover_vcpu_off},
	{"vgic", .create = platform_vgic_create, .describe = platform_vgic_describe,
		.stop = platform_vgic_stop},
	{"timer", .create = platform_timer_create, .start = platform_timer_start},
	{"sleep", .start = sleep_vm_start, .stop = sleep_vm_stop},
	{"console", .create = platform_console_create, .describe = platform_console_describe,
		.stop = platform_console_stop},
	{"devices", .create = platform_devices_create},
	{"images", .load = images_load},
	/* What it has of interrupts of others is taken before the links divide what is left; what others see of it goes. */
	{"virtio", .init = virtio_init, .create = virtio_vm_create, .ready = virtio_ready,
		.start = virtio_vm_start, .stop = virtio_vm_stop, .event = virtio_vm_event},
	/* The window has to be below 4 GiB, so it is taken before the balloon's pool. */
	{"window", .init = vlinks_create, .describe = vlinks_vm_describe},
	/* The links' spare tables are for them alone, so the balloon's are made before. */
	{"balloon", .init = balloon_create, .create = balloon_vm_create,
		.describe = balloon_vm_describe, .load = balloon_vm_load, .stop = balloon_vm_stop},
	{"vlinks", .create = vlinks_vm_create, .stop = vlinks_vm_stop},
	/* Before the links' stop tells peers, they have lost the VM's pages. */
	{"grants", .init = grants_create, .create = grants_vm_create, .stop = grants_vm_stop},
	{"properties", .ready = props_init, .load = props_vm_load, .event = props_vm_event},
	/* Its properties are there. */
	{"watchdogs", .ready = wdt_create, .load = wdt_vm_load, .start = wdt_vm_start,
		.stop = wdt_vm_stop, .event = wdt_vm_event},
	{"events", .ready = monitor_ready, .load = monitor_vm_loaded, .start = monitor_vm_start,
		.event = monitor_vm_event},
};
/* clang-format on */

const u32 nr_units = ARRAY_SIZE(units);

int units_init(struct cfg_error *err)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->init && u->init(err))
			return -1;
	return 0;
}

int units_create(struct vm *vm, struct cfg_error *err)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->create && u->create(vm, err))
			return -1;
	return 0;
}

int units_ready(struct cfg_error *err)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->ready && u->ready(err))
			return -1;
	return 0;
}

void units_describe(const struct vm *vm, struct gtree_params *p)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->describe)
			u->describe(vm, p);
}

int units_load(struct vm *vm)
{
	for (const struct unit *u = units; u < units + nr_units; u++) {
		if (!u->load)
			continue;
		if (u->load(vm))
			return -1;
		arch_cpu_poll();
	}
	return 0;
}

void units_start(struct vm *vm) __must_hold(&vm->lock)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->start)
			u->start(vm);
}

bool units_vcpu_on(struct arch_vcpu *v)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->vcpu_on && !u->vcpu_on(v))
			return false;
	return true;
}

void units_vcpu_off(struct arch_vcpu *v)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->vcpu_off)
			u->vcpu_off(v);
}

void units_stop(struct vm *vm)
{
	for (const struct unit *u = units + nr_units; u-- > units;) {
		if (!u->stop)
			continue;
		u->stop(vm);
		arch_cpu_poll();
	}
}

void units_event(struct vm *vm, enum vm_event event)
{
	for (const struct unit *u = units; u < units + nr_units; u++)
		if (u->event)
			u->event(vm, event);
}

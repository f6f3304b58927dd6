// SPDX-License-Identifier: Apache-2.0
/* VMs that have been started five times, and paused seven times. */
#include "core/vm/vm.h"
#include "arch/cpu.h"
#include "fake/core.h"

struct fake_vms fake_vms;

static const char *call(const struct vm *vm, const char *what)
{
	fake_vms.called[vm->arch.id] = what;
	return NULL;
}

struct vm *vm_by_id(u32 id)
{
	return id < NK_VM_IDS ? fake_vms.by_id[id] : NULL;
}

u32 vm_running_mask(void)
{
	return fake_vms.running;
}

u32 vm_running_value(const struct vm *vm)
{
	return 5 << 1 | (fake_vms.running >> vm->arch.id & 1);
}

u32 vm_paused_value(const struct vm *vm)
{
	return 7 << 1;
}

u64 vm_time_locked(const struct vm *vm)
{
	return (vm->pause.value & 1 ? vm->pause.frozen_at : arch_ticks()) - vm->arch.cntvoff;
}

u32 vm_vcpus_online(const struct vm *vm)
{
	return 2;
}

const char *vm_start(struct vm *vm)
{
	return call(vm, "start");
}

const char *vm_stop(struct vm *vm, bool restart)
{
	return call(vm, restart ? "restart" : "stop");
}

void vm_restart(struct vm *vm)
{
	call(vm, "stop and start");
}

const char *vm_suspend(struct vm *vm)
{
	return call(vm, "suspend");
}

const char *vm_resume(struct vm *vm)
{
	call(vm, "resume");
	return fake_vms.no_resume;
}

u64 times_boot_us(const struct vm *vm)
{
	return vm->times.boot_us;
}

u32 crash_value(const struct vm *vm)
{
	return vm->crash.count << 1;
}

void vm_crashed(struct vm *vm, enum crash_reason reason, u32 vcpu, const char *why)
{
	call(vm, "crash");
}

void crash_waits_no_more(struct vm *vm)
{
	call(vm, "dumped");
}

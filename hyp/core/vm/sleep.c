// SPDX-License-Identifier: Apache-2.0
/*
 * PSCI SYSTEM_SUSPEND (DEN0022, 5.20): one VM, to which the tree gives that, has all VMs stand still, and their time
 * with them. The CPUs wait in WFI at EL2. An interrupt that the VM would take wakes it, and it wakes those that it put to
 * sleep: not those that were paused before.
 */
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/monitor/monitor.h"
#include "core/system.h"
#include "core/vm/sleep.h"
#include "lib/log.h"

static struct {
	spinlock_t lock;
	const struct vm *by; /* who sleeps, and all others for it; NULL: the system is awake */
	u32 paused; /* bit N: VM N pauses because of that, and would not otherwise */
} asleep = {.lock = SPINLOCK(LOCK_SLEEP)};

static bool begin(const struct vm *vm)
{
	bool first;

	spin_lock(&asleep.lock);
	first = !asleep.by;
	if (first)
		asleep.by = vm;
	spin_unlock(&asleep.lock);
	return first;
}

static void note_paused(u32 id)
{
	spin_lock(&asleep.lock);
	asleep.paused |= 1U << id;
	spin_unlock(&asleep.lock);
}

/* It ends with itself: until then nobody wakes the others. */
bool core_system_suspend(struct arch_vm *arch)
{
	struct vm *vm = to_vm(arch);

	if (!begin(vm))
		return false;
	vm_warn(arch->id, "suspends the system");
	monitor_sleep(vm, true);
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		struct vm *other = vm_by_id(sys_config.vm[i].id);

		if (other != vm && !vm_suspend(other))
			note_paused(other->arch.id);
		arch_cpu_poll();
	}
	note_paused(arch->id);
	vm_suspend(vm);
	return true;
}

void core_system_wake(struct arch_vm *arch)
{
	u32 paused = 0;

	spin_lock(&asleep.lock);
	if (asleep.by == to_vm(arch)) {
		asleep.by = NULL;
		paused = asleep.paused;
		asleep.paused = 0;
	}
	spin_unlock(&asleep.lock);
	if (!paused)
		return;
	monitor_sleep(to_vm(arch), false);
	for (; paused; paused &= paused - 1) {
		vm_resume(vm_by_id((u32)__builtin_ctz(paused)));
		arch_cpu_poll();
	}
	vm_warn(arch->id, "the system goes on");
}

void sleep_vm_start(struct vm *vm) __must_hold(&vm->lock)
{
	spin_lock(&asleep.lock);
	if (asleep.by) {
		asleep.paused |= 1U << vm->arch.id;
		vm_pause_locked(vm);
	}
	spin_unlock(&asleep.lock);
}

void sleep_vm_stop(struct vm *vm)
{
	core_system_wake(&vm->arch);
}

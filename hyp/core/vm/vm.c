// SPDX-License-Identifier: Apache-2.0
/* The life of a VM; see vm.h for the states and the locking. */
#include "core/vm/vm.h"
#include "arch/cpu.h"
#include "arch/run.h"
#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "core/boot/main.h"
#include "core/sched/cpu.h"
#include "core/system.h"
#include "core/unit.h"
#include "core/vm/boot.h"
#include "lib/log.h"

const char *vm_state_name(const struct vm *vm)
{
	static const char *const names[] = {"stopped", "loading", "ready", "running", "stopping"};
	enum vm_state state = READ_ONCE(vm->state);

	if (state == VM_LOADING && crash_waits(vm))
		return "crashed";
	if (state == VM_RUNNING && READ_ONCE(vm->pause.wanted))
		return READ_ONCE(vm->pause.value) & 1 ? "paused" : "pausing";
	return names[state];
}

u32 vm_running_mask(void)
{
	u32 mask = 0;

	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		u32 id = sys_config.vm[i].id;

		mask |= (vm_running_value(vm_by_id(id)) & 1) << id;
	}
	return mask;
}

u32 vm_running_value(const struct vm *vm)
{
	return READ_ONCE(vm->running);
}

u32 vm_vcpus_online(const struct vm *vm)
{
	u32 mask = 0;

	for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
		mask |= (READ_ONCE(vm->arch.vcpu[i]->power.state) == PSCI_ON) << i;
	return mask;
}

const char *core_vm_name(const struct arch_vm *arch)
{
	return container_of(arch, const struct vm, arch)->cfg->name;
}

/* Gives vCPU 0 to its CPU. */
static void run_locked(struct vm *vm) __must_hold(&vm->lock)
{
	struct arch_vcpu *v = vm->arch.vcpu[0];

	vm->state = VM_RUNNING;
	WRITE_ONCE(vm->running, vm->running + 3); /* 0, 3, 2, 5, 4, ... */
	vm->nr_active = 1;
	units_start(vm);
	v->power.entry = vm->entry;
	v->power.context = vm->tree;
	v->power.state = PSCI_ON_PENDING;
	sched_begin();
	sched_post(vm, 0, SCHED_START);
}

void vm_load_and_run(struct vm *vm)
{
	bool loaded, runs;

	vm->error.text[0] = '\0';
	loaded = !units_load(vm);
	arch_cpu_poll(); /* the last piece of the load, and a line that may follow, are work each */
	spin_lock(&vm->lock);
	vm->failed = !loaded;
	loaded = loaded && !vm->cancel;
	vm->state = loaded ? VM_READY : VM_STOPPED;
	runs = loaded && !boot_holds(vm);
	if (runs)
		run_locked(vm);
	spin_unlock(&vm->lock);
	if (runs)
		units_event(vm, VM_EVENT_RUNNING);
	if (boot_loaded(vm, runs) || loaded)
		return;
	vm_warn(vm->arch.id, "not started: %s",
		vm->error.text[0] ? vm->error.text : "stopped before");
	core_vm_gone();
}

/* The start that is asked for counts from here on. */
static void asked_locked(struct vm *vm) __must_hold(&vm->lock)
{
	vm->times.asked = arch_ticks();
}

/* In state stopped. */
static void load_locked(struct vm *vm) __must_hold(&vm->lock)
{
	vm->state = VM_LOADING;
	vm->failed = false;
	vm->cancel = false;
	sched_post(vm, 0, SCHED_LOAD);
}

const char *vm_start(struct vm *vm)
{
	const char *why = NULL;

	spin_lock(&vm->lock);
	if (vm->state == VM_STOPPED || (vm->state == VM_STOPPING && !vm->restart && !vm->start))
		asked_locked(vm);
	if (vm->state == VM_STOPPED)
		load_locked(vm);
	else if (vm->state == VM_STOPPING)
		vm->start = true;
	else if (vm->state == VM_LOADING && vm->cancel)
		vm->cancel = false;
	else if (vm->state == VM_LOADING && crash_waits(vm))
		crash_waits_no_more(vm);
	else
		why = vm_state_name(vm);
	spin_unlock(&vm->lock);
	return why;
}

/* Whoever reads the line may count on it: a stop from here on is one of a VM that waits, or is being loaded. */
static void restart_locked(struct vm *vm) __must_hold(&vm->lock)
{
	u32 seconds = crash_restart_waits(vm);

	if (seconds)
		vm_warn(vm->arch.id, "restarts in %u s, or when its memory was dumped", seconds);
	else
		vm_warn(vm->arch.id, "restarts");
	load_locked(vm);
}

/* The last vCPU is off its CPU: all that took part ends, then the VM starts again or not. */
static void finish_stop(struct vm *vm)
{
	bool restart;

	units_stop(vm);
	spin_lock(&vm->lock);
	vm->state = VM_STOPPED;
	WRITE_ONCE(vm->running, vm->running - 1);
	restart = vm->restart || vm->start;
	if (restart)
		restart_locked(vm);
	else
		vm_warn(vm->arch.id, "stopped");
	spin_unlock(&vm->lock);
	units_event(vm, VM_EVENT_RUNNING);
	if (!restart)
		core_vm_gone();
}

static void stop_locked(struct vm *vm, bool restart) __must_hold(&vm->lock)
{
	vm->state = VM_STOPPING;
	vm->restart = restart;
	vm->start = false;
	if (restart)
		asked_locked(vm);
	for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
		arch_vcpu_request(vm->arch.vcpu[i], VCPU_REQ_STOP);
}

/* by_itself: the VM stops itself, and does not know whether others have asked for a start since. */
static const char *request_stop(struct vm *vm, bool restart, bool by_itself)
{
	const char *why = NULL;
	bool idle = false, unpaused = false;

	spin_lock(&vm->lock);
	switch (vm->state) {
	case VM_RUNNING:
		unpaused = vm_unpause_locked(vm, false);
		stop_locked(vm, restart);
		idle = vm->nr_active == 0;
		break;
	case VM_STOPPING:
		/* A stop from outside is not overruled by a restart that is under way already. */
		vm->restart = vm->restart && restart;
		vm->start = vm->start && (restart || by_itself);
		break;
	case VM_LOADING:
		vm->cancel = vm->cancel || !restart;
		if (vm->cancel && crash_waits(vm))
			arch_vcpu_release(vm->arch.vcpu[0], 0);
		break;
	case VM_READY:
		if (!restart)
			vm->state = VM_STOPPED;
		break;
	default:
		why = vm_state_name(vm);
	}
	spin_unlock(&vm->lock);
	if (unpaused)
		units_event(vm, VM_EVENT_PAUSED);
	if (idle)
		finish_stop(vm);
	return why;
}

const char *vm_stop(struct vm *vm, bool restart)
{
	return request_stop(vm, restart, false);
}

void vm_restart(struct vm *vm)
{
	vm_stop(vm, true);
	vm_start(vm); /* it was not running, or is being stopped */
}

void core_vm_end(struct arch_vm *arch, enum vm_end end)
{
	vm_end(to_vm(arch), end == VM_END_RESTART);
}

void vm_end(struct vm *vm, bool restart)
{
	request_stop(vm, restart, true);
}

bool core_vcpu_on(struct arch_vcpu *v)
{
	struct vm *vm = to_vm(v->vm);
	bool ok;

	spin_lock(&vm->lock);
	ok = vm->state == VM_RUNNING && units_vcpu_on(v);
	if (ok) {
		vm->nr_active++;
		sched_post(vm, v->id, SCHED_START);
	}
	spin_unlock(&vm->lock);
	return ok;
}

void vm_vcpu_gone(struct arch_vcpu *v)
{
	struct vm *vm = to_vm(v->vm);
	bool last, frozen;

	units_vcpu_off(v); /* before it can be turned on again */
	spin_lock(&vm->lock);
	if (vm->state == VM_STOPPING && v->power.state == PSCI_ON)
		crash_vcpu_left(vm, v->id);
	__atomic_store_n(&v->power.state, PSCI_OFF, __ATOMIC_RELEASE);
	vm->nr_active--;
	last = vm->state == VM_STOPPING && vm->nr_active == 0;
	frozen = vm_freeze_locked(vm);
	spin_unlock(&vm->lock);
	units_event(vm, VM_EVENT_VCPUS);
	if (frozen)
		units_event(vm, VM_EVENT_PAUSED);
	if (last)
		finish_stop(vm);
}

void vm_start_vcpu(struct arch_vcpu *v)
{
	struct vm *vm = to_vm(v->vm);
	u64 requests = percpus[v->cpu].shared ? VCPU_REQ_LOOK : 0;
	bool ok;

	spin_lock(&vm->lock);
	ok = vm->state == VM_RUNNING;
	if (ok)
		__atomic_store_n(&v->requests, requests | (vm->pause.wanted ? VCPU_REQ_PAUSE : 0),
				 __ATOMIC_RELEASE);
	spin_unlock(&vm->lock);
	if (ok) {
		__atomic_store_n(&v->power.state, PSCI_ON, __ATOMIC_RELEASE);
		units_event(vm, VM_EVENT_VCPUS);
		sched_starts(v);
		if (v->id == 0)
			times_enter(vm);
		run_start(v);
	}
	vm_vcpu_gone(v);
}

void vm_release(struct vm *vm, bool runs)
{
	bool ready;

	spin_lock(&vm->lock);
	ready = vm->state == VM_READY;
	if (ready && runs)
		run_locked(vm);
	else if (ready)
		vm->state = VM_STOPPED;
	spin_unlock(&vm->lock);
	if (ready && runs)
		units_event(vm, VM_EVENT_RUNNING);
	else if (ready)
		vm_warn(vm->arch.id, "not started: another VM could not be loaded");
}

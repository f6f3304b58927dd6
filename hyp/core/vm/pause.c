// SPDX-License-Identifier: Apache-2.0
/*
 * A VM that stands still. Each of its vCPUs waits in EL2, on its CPU, at the tail of an exit; the
 * last one that gets there stops the VM's time. All go on with one and the same CNTVOFF, which has
 * grown by as long as nobody ran. So no vCPU ever sees virtual time go back.
 *
 * vm->lock guards it all. A pause has a number, since a vCPU may sleep through a resume and the
 * next suspend, and has to be counted again.
 */
#include "arch/cpu.h"
#include "arch/run.h"
#include "arch/upcall.h"
#include "core/monitor/monitor.h"
#include "core/unit.h"
#include "core/vm/vm.h"

bool vm_freeze_locked(struct vm *vm) __must_hold(&vm->lock)
{
	struct vm_pause *p = &vm->pause;

	if (!p->wanted || p->value & 1 || p->nr_paused != vm->nr_active)
		return false;
	p->frozen_at = arch_ticks();
	WRITE_ONCE(p->value, p->value + 1);
	return true;
}

bool vm_unpause_locked(struct vm *vm, bool goes_on) __must_hold(&vm->lock)
{
	struct vm_pause *p = &vm->pause;
	u32 frozen = p->value & 1;

	p->wanted = false;
	WRITE_ONCE(p->value, goes_on ? p->value + frozen : p->value - frozen);
	return frozen;
}

bool core_vcpu_paused(struct arch_vcpu *v)
{
	struct vm *vm = to_vm(v->vm);
	struct vm_pause *p = &vm->pause;
	bool paused, frozen = false;

	spin_lock(&vm->lock);
	paused = vm->state == VM_RUNNING && p->wanted;
	if (paused && v->pause != p->number) {
		v->pause = p->number;
		p->nr_paused++;
		frozen = vm_freeze_locked(vm);
	}
	spin_unlock(&vm->lock);
	if (frozen)
		units_event(vm, VM_EVENT_PAUSED);
	return paused;
}

void vm_pause_locked(struct vm *vm) __must_hold(&vm->lock)
{
	struct vm_pause *p = &vm->pause;

	p->wanted = true;
	p->number++;
	p->nr_paused = 0;
	monitor_vm_requested(vm, true);
	for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
		arch_vcpu_request(vm->arch.vcpu[i], VCPU_REQ_PAUSE);
}

const char *vm_suspend(struct vm *vm)
{
	const char *why = NULL;
	bool frozen = false;

	spin_lock(&vm->lock);
	if (vm->state != VM_RUNNING || vm->pause.wanted) {
		why = vm_state_name(vm);
	} else {
		vm_pause_locked(vm);
		frozen = vm_freeze_locked(vm);
	}
	spin_unlock(&vm->lock);
	if (frozen)
		units_event(vm, VM_EVENT_PAUSED);
	return why;
}

const char *vm_resume(struct vm *vm)
{
	const char *why = NULL;
	bool frozen = false;

	spin_lock(&vm->lock);
	if (vm->state != VM_RUNNING || !vm->pause.wanted) {
		why = vm_state_name(vm);
	} else {
		monitor_vm_requested(vm, false);
		frozen = vm_unpause_locked(vm, true);
		if (frozen)
			vm->arch.cntvoff += arch_ticks() - vm->pause.frozen_at;
		for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
			arch_vcpu_release(vm->arch.vcpu[i], VCPU_REQ_PAUSE);
	}
	spin_unlock(&vm->lock);
	if (frozen)
		units_event(vm, VM_EVENT_PAUSED);
	return why;
}

u64 vm_time_locked(const struct vm *vm) __must_hold(&vm->lock)
{
	const struct vm_pause *p = &vm->pause;

	return (p->value & 1 ? p->frozen_at : arch_ticks()) - vm->arch.cntvoff;
}

u32 vm_paused_value(const struct vm *vm)
{
	return READ_ONCE(vm->pause.value);
}

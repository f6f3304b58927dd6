/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes part in the lives of VMs. Each subject is one row of the table in units.c, and a new one
 * is a row more: nothing else calls it by name when a VM is made, is loaded, starts or stops.
 *
 * Rows are gone through in the table's order, and in the reverse order when a VM stops, so that a row
 * finds all that stands above it. A hook that a row has no use for is NULL. Between two hooks that may
 * take long the CPU looks at other work (arch_cpu_poll()).
 */
#ifndef CORE_UNIT_H
#define CORE_UNIT_H

#include "config/error.h"
#include "config/guest/gtree.h"

struct arch_vcpu;
struct vm;

/* What happened to a VM that others may see. */
enum vm_event {
	VM_EVENT_RUNNING, /* vm_running_value() changed */
	VM_EVENT_PAUSED, /* vm_paused_value() changed */
	VM_EVENT_VCPUS, /* vm_vcpus_online() changed */
	VM_EVENT_CRASHED, /* crash_value() changed, and there is a report */
};

struct unit {
	const char *name;
	/* What all VMs share, before the first one is made. 0, or -1 with *err filled. Context: boot. */
	int (*init)(struct cfg_error *err);
	/* The part of one VM. 0, or -1 with *err filled: the boot ends there. Context: boot. */
	int (*create)(struct vm *vm, struct cfg_error *err);
	/* All VMs are made. As init. */
	int (*ready)(struct cfg_error *err);
	/* What the guest's tree has to say of it. Context: the VM's load. */
	void (*describe)(const struct vm *vm, struct gtree_params *p);
	/*
	 * Before each of the VM's lives: 0, or -1 with vm->error filled, and the VM stays stopped. What was
	 * loaded above it stays until the next load, which begins anew. Context: an idle CPU, no lock
	 * held; the VM has no vCPU on.
	 */
	int (*load)(struct vm *vm);
	/* The life begins: short, cannot fail. Context: any CPU. */
	void (*start)(struct vm *vm) __must_hold(&vm->lock);
	/*
	 * Another vCPU than the first is about to be turned on, of a VM that runs, whose lock is held: false: not now.
	 * Context: any CPU.
	 */
	bool (*vcpu_on)(struct arch_vcpu *v);
	/* One that was turned on, or was about to be, has left its CPU. Context: any CPU, no lock held. */
	void (*vcpu_off)(struct arch_vcpu *v);
	/* It is over: no vCPU is on. Context: any CPU, no lock held. */
	void (*stop)(struct vm *vm);
	/* Context: any CPU, no lock held; not twice for what happened once, but perhaps late. */
	void (*event)(struct vm *vm, enum vm_event event);
};

/* The rows, in their order. */
extern const struct unit units[];
extern const u32 nr_units;

/* Each calls that hook of all rows; those that may fail end with the first that does. */
int units_init(struct cfg_error *err);
int units_create(struct vm *vm, struct cfg_error *err);
int units_ready(struct cfg_error *err);
void units_describe(const struct vm *vm, struct gtree_params *p);
int units_load(struct vm *vm);
void units_start(struct vm *vm) __must_hold(&vm->lock);
bool units_vcpu_on(struct arch_vcpu *v);
void units_vcpu_off(struct arch_vcpu *v);
void units_stop(struct vm *vm);
void units_event(struct vm *vm, enum vm_event event);

#endif

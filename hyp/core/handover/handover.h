/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handover: CPUs that several VMs name in `handover-affinity` belong to one of them at a time, and to another one
 * when somebody with the permission asks for it (nk.cpus.give) and its owner has let go of it.
 *
 *   request -> the owner is told what it is to have -> it turns a vCPU off -> the CPU is the other one's, which is told
 *
 * Nothing is taken: a VM whose vCPUs stay on their CPUs has let go when the vCPU there is off, and nk refuses to turn it
 * on again. One whose vCPUs move has when no more of them are on than it has CPUs left; then nk moves the one that is
 * still there, to where there is room. Who does not let go within its `handover-timeout` keeps the CPU, which nk reports.
 *
 * Whether a VM runs does not matter: it stays the owner when it stops, and lets go by that. Nothing moves by itself.
 * Manual: VLX-CPU-HANDOVER(4D).
 */
#ifndef CORE_HANDOVER_HANDOVER_H
#define CORE_HANDOVER_HANDOVER_H

#include "config/model.h"
#include "nk/handover.h"

struct arch_vcpu;
struct vm;

/* A VM's part of it, in struct vm. */
struct handover_vm {
	u32 cpus; /* of its affinity, those that it is to have; atomic */
	u32 owned; /* and those that it has not let go of yet; atomic */
	u32 active; /* vCPUs that are on or about to be, of a VM whose vCPUs move; guarded by the lock of handover.c */
};

/* Whether the VM has CPUs that may be taken, and no vCPU that is bound to one. */
static inline bool handover_floats(const struct cfg_vm *cfg)
{
	return cfg->migration && cfg->handover_affinity;
}

/* Hooks of the table of units. */
int handover_create(struct vm *vm, struct cfg_error *err);
int handover_ready(struct cfg_error *err);
void handover_start(struct vm *vm) __must_hold(&vm->lock);
bool handover_vcpu_on(struct arch_vcpu *v);
void handover_vcpu_off(struct arch_vcpu *v);

/*
 * VM `by` asks for a CPU to be given to another VM. Returns 0, also when that is so or under way already; or -1:
 * there is no such CPU or VM, the VM has it not in its `handover-affinity`, or it is on its way to a third one.
 * Asked for its owner, what is under way is withdrawn. Context: any, no lock held.
 */
int handover_give(u32 cpu, u32 vm, struct vm *by);

/*
 * For the scheduler: a VM that could move has left the CPU; the time that was asked for by sched_watch() has come.
 * Context: any, no lock held.
 */
void handover_left(u32 cpu);
void handover_due(u32 cpu);

/* What properties show: masks of physical CPUs, of vCPUs, and of vCPUs that are to be on. Context: any, no lock held. */
u32 handover_cpus(const struct vm *vm);
u32 handover_vcpus(const struct vm *vm);
u32 handover_target(const struct vm *vm);

/*
 * For the scheduler: the physical CPUs that are the VM's, also those that it is to let go of. There are never fewer than
 * it has vCPUs on: one that is on finds a place on one of them. Context: any, no lock held.
 */
u32 handover_owned(const struct vm *vm);

/* The CPU's line of nk.cpus.handover. Context: as above. */
NkHandover handover_state(u32 cpu);

#endif

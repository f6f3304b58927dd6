/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler of each physical CPU: threads, and who of them runs (sched.h decides).
 *
 * Each vCPU has a thread of EL2, with a stack of its own: it loads the vCPU's VM, starts the vCPU, is where its
 * exits are handled, and ends what has to be ended when it stops. A CPU's own thread runs when no other wants
 * to: it sleeps. Threads change where they wait, at the tail of an exit, and in arch_cpu_poll(), so never with
 * a lock held.
 *
 * Only the CPU itself touches its queue. Others leave it something to look at (sched_post(), requests to a
 * vCPU) and send it a kick. Where one vCPU has a CPU for itself nobody looks: VCPU_REQ_LOOK is what makes the
 * exits of vCPUs that share a CPU do so.
 */
#ifndef CORE_SCHED_CPU_H
#define CORE_SCHED_CPU_H

#include "config/model.h"
#include "core/sched/sched.h"

struct arch_vcpu;
struct vm;

/* What a vCPU's thread is to do; bits of sched_vcpu.jobs. */
#define SCHED_LOAD BIT(0) /* load the VM, whose vCPU 0 this is, and have it run */
#define SCHED_START BIT(1) /* start the vCPU */

/* The scheduler's part of a vCPU. */
struct sched_vcpu {
	struct sched_entity e;
	struct arch_vcpu *v;
	u32 jobs; /* SCHED_*, atomic */
	u32 may_move; /* CPUs that it may move to; 0: it stays */
	bool roams; /* of a VM that has to give CPUs away: it has a CPU while it has something to do */
	bool placed; /* it has one; if it roams guarded by the VM's lock */
	bool alive; /* its thread has begun and not ended */
	bool fresh; /* and has not run yet: it may move */
	bool in_guest; /* or its vCPU has started: it works for nk no more, and may move */
	u64 ignore; /* while it sleeps: requests that do not wake it */
	u64 wake_at; /* while it sleeps: physical counter */
};

/* The vCPU of this thread starts. Context: its thread. */
void sched_starts(struct arch_vcpu *v);

/* Puts the VM's vCPUs on their CPUs, with what the tree says of each. 0, or -1 with *err. Context: boot. */
int sched_vm_create(struct vm *vm, struct cfg_error *err);

/* All VMs are made: which CPUs are shared, and time tables. 0, or -1 with *err. Context: boot. */
int sched_ready(struct cfg_error *err);

/* A VM runs: budgets and time tables hold, on each CPU from its next decision on. Context: any. */
void sched_begin(void);

/*
 * Leaves a job to a vCPU's thread, and wakes its CPU. One that roams gets a CPU of its VM's, or waits until there is
 * one that no other vCPU of the VM has. Context: any.
 */
void sched_post(struct vm *vm, u32 vcpu, u32 job) __must_hold(&vm->lock);

/*
 * The vCPUs of these VMs, which all roam, run on this CPU no more, and go where there is room; those of all others may.
 * Context: any.
 */
void sched_bar(u32 cpu, u32 vms);

/* Whether a vCPU of the VM has this CPU, or is on its way to there. Context: any. */
bool sched_is_member(u32 cpu, u32 vm);

/* handover_due() is called on this CPU when the physical counter is there; SCHED_NEVER: no more. Context: any. */
void sched_watch(u32 cpu, u64 at);

/* Runs the threads of this CPU until none wants to run. Context: the CPU's own thread. */
void sched_run(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the scheduler: a CPU's queue, and who comes to it from other CPUs and goes there (move.c). */
#ifndef CORE_SCHED_PRIV_H
#define CORE_SCHED_PRIV_H

#include "core/sched/cpu.h"

/* Touched by its own CPU alone once the boot is over, but for what is atomic, and arrival[]. */
struct sched_cpu {
	struct sched s;
	u32 posted; /* VMs whose vCPU here has jobs; atomic */
	u32 arriving; /* VMs whose vCPU comes from another CPU, see arrival[]; atomic */
	u32 members; /* VMs that have a vCPU here, or one that is on its way to here; atomic */
	u32 asleep; /* their threads wait */
	u32 current; /* the VM whose thread this CPU is in; 0: its own */
	u32 left_for; /* the VM that went to sleep, and pays for the way to another; 0: none */
	bool open; /* vCPUs may come from other CPUs: it is known here who sleeps */
	u64 look_at; /* when time alone may change who runs */
	const struct sched_table *table; /* in force once `started` */
	struct sched_vcpu *vcpu[NK_VM_IDS];
	/* Written by the CPU that it comes from, before `arriving`. */
	struct sched_vcpu *arrival[NK_VM_IDS];
	/* Who has gone from here lately: a kick for it may still come here. */
	struct sched_vcpu *left[NK_VM_IDS];
	u32 nr_left; /* mask of those */
	u64 left_until;
} __aligned(64);

extern struct sched_cpu sched_cpus[NK_CPUS_MAX];

/* CPUs that a vCPU may come to from another one, by the tree. Context: boot. */
u32 sched_reachable_cpus(void);

/* All below: context of the CPU that c is; the first two if it is open. */

/* Whether anybody wants to run here (next is not 0), for CPUs whose vCPUs may move. */
void sched_note_idle(const struct sched_cpu *c, u32 next);

/* One that is ready and does not run goes where it need not wait, if it may. */
void sched_spread(struct sched_cpu *c);

/* Takes in those that came from other CPUs, all ready. */
void sched_take_arrivals(struct sched_cpu *c, u64 now);

/* A kick that was meant for one that has gone, sent just before it went: its CPU now gets another one. */
void sched_forward_kicks(struct sched_cpu *c, u64 now);

#endif

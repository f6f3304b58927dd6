/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the scheduler: a CPU's queue, who comes to it from other CPUs and goes there (move.c), who has to (roam.c). */
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
	bool begun; /* budgets and the table hold: somewhere a VM has run */
	u32 left_for; /* the VM that went to sleep, and pays for the way to another; 0: none */
	u32 barred; /* VMs whose vCPUs have to leave; written by others */
	bool recheck; /* by others: barred or due was written; atomic */
	u64 due; /* handover_due() is to be called then; atomic */
	struct sched_vcpu *gone; /* its thread has just ended here, and it roams */
	bool open; /* vCPUs may come from other CPUs: it is known here who sleeps */
	u32 level; /* what runs here, for other CPUs: sched_level(), 0 or SCHED_CLOSED; they raise it for who comes */
	u64 look_at; /* when time alone may change who runs */
	const struct sched_table *table; /* in force once `begun` */
	struct sched_vcpu *vcpu[NK_VM_IDS];
	/* Written by the CPU that it comes from, before `arriving`. */
	struct sched_vcpu *arrival[NK_VM_IDS];
	/* Who has gone from here lately: a kick for it may still come here. */
	struct sched_vcpu *left[NK_VM_IDS];
	u32 forwarded[NK_VM_IDS]; /* those of its requests that had their kick from here */
	u32 nr_left; /* mask of those */
	u64 left_until;
} __aligned(64);

#define SCHED_CLOSED (~0U) /* not on, or with a time table */

extern struct sched_cpu sched_cpus[NK_CPUS_MAX];

/* CPUs that a vCPU may come to from another one, by the tree. Context: boot. */
u32 sched_reachable_cpus(void);

/* Of these CPUs, one at least, that where the least wants to run; of such ones, that which the fewest VMs have. Context: any. */
u32 sched_least_busy(u32 cpus);

/* A vCPU whose place on the CPU is reserved, in members, comes to it. Context: any. */
void sched_send(struct sched_vcpu *t, u32 cpu);

/* Each vCPU of the VM that roams, has a job and no CPU gets one, as long as there are any. Context: any. */
void sched_place(struct vm *vm) __must_hold(&vm->lock);

/* The same after a place has become free, if one had found none. Context: any, no lock held. */
void sched_place_missed(struct vm *vm);

/* All below: context of the CPU that c is; the first two if it is open. */

/* What is to run here (a VM id, or 0), for CPUs whose vCPUs may move. */
void sched_note_level(struct sched_cpu *c, u32 next);

/* One that is ready and does not run goes where it is better off, if it may: sched_gains(). */
void sched_spread(struct sched_cpu *c);

/*
 * Moves a vCPU whose thread waits for its turn here to another CPU, where no other vCPU of the VM is. Returns whether
 * it has gone. No lock held: of one that roams, handover is told.
 */
bool sched_move(struct sched_cpu *c, u32 vm, u32 cpu);

/* One that roams and has ended has this CPU no more. */
void sched_release(struct sched_cpu *c);

/* The VMs whose vCPU here is barred, and awake for that. */
u32 sched_barred_here(struct sched_cpu *c);

/* Those that are barred go where there is room; with none, there is another look soon. */
void sched_evict(struct sched_cpu *c);

/* The thread of a vCPU begins when it is its turn. */
void sched_begin_thread(struct sched_vcpu *t);

/* Takes in those that came from other CPUs, all ready. */
void sched_take_arrivals(struct sched_cpu *c, u64 now);

/*
 * A kick that was meant for one that has gone, sent just before it went: its CPU now gets another one. One for each request,
 * however often this CPU looks: the one that left may wait there for long, and who runs there did not ask for them.
 */
void sched_forward_kicks(struct sched_cpu *c, u64 now);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs next on one physical CPU: the decisions, and the accounts they stand on. Nothing here touches
 * hardware or another CPU; cpu.h does what is decided.
 *
 * A CPU has at most one vCPU of each VM, so a VM's id names its vCPU here, and a mask of VMs is a mask of
 * vCPUs. Rules, in this order:
 *   0. who is barred does not run;
 *   1. a time table, if there is one, says who may run now;
 *   2. who has used up its budget may not, until its next period;
 *   3. the highest priority runs;
 *   4. equals take turns of a slice each. Who is preempted keeps its place and the rest of its slice;
 *      who wakes up goes to the end of the line.
 *
 * All times are ticks of the physical counter. Context of all functions: the CPU that it is about, no lock.
 */
#ifndef CORE_SCHED_SCHED_H
#define CORE_SCHED_SCHED_H

#include "config/model.h"

#define SCHED_NEVER (~0UL)

/* What one vCPU may have of the CPU, and what it has had. */
struct sched_entity {
	u32 priority; /* higher runs first */
	u64 slice; /* of a turn */
	u64 left; /* of this turn */
	u64 waits_since; /* while it is ready and does not run */
	u64 place; /* in the line of equals: the lowest is next */
	u64 budget; /* in each period; 0: no limit */
	u64 period;
	u64 refill_at; /* when the next period begins */
	s64 budget_left; /* below 0: it ran over, and has less the next time */
};

/* A window of a time table: [start, end) of each frame. */
struct sched_window {
	u64 start;
	u64 end;
	u32 vms;
	bool others; /* those that are not in vms may use what these leave */
};

struct sched_table {
	u64 frame; /* ticks; frames begin at multiples of it */
	u32 nr_windows;
	struct sched_window window[CFG_WINDOWS_MAX]; /* by rising start */
};

struct sched {
	u32 ready; /* may run, and want to */
	u32 limited; /* have a budget */
	u32 spent; /* have used it up */
	u32 barred; /* have to leave this CPU */
	u32 running; /* VM id; 0: none */
	bool turns; /* an equal of it waits for its turn */
	u64 since; /* the accounts are true for then */
	u64 places; /* given out so far */
	const struct sched_table *table; /* NULL: none */
	u64 frame_start;
	struct sched_entity *entity[NK_VM_IDS];
};

/*
 * Puts a VM's vCPU on this CPU, or takes it off. It is not ready at first; what it had of its budget on
 * another CPU it has had.
 */
void sched_add(struct sched *s, u32 vm, struct sched_entity *e, u64 now);
void sched_remove(struct sched *s, u32 vm);

/* It wants to run from now on, at the end of the line of its equals; or wants to no longer. */
void sched_wake(struct sched *s, u32 vm);
void sched_sleep(struct sched *s, u32 vm);

/* It lets its equals go first. */
void sched_yield_turn(struct sched *s, u32 vm);

/* Charges who runs for the time since the last call; begins periods that are due. */
void sched_account(struct sched *s, u64 now);

/* The time since the last call was for this VM, whoever runs now. */
void sched_charge(struct sched *s, u32 vm, u64 now);

/* Who is to run now: a VM id, or 0. The accounts are those of now. Notes it as running. */
u32 sched_pick(struct sched *s, u64 now);

/*
 * When the answer of sched_pick() may be another one though nobody wakes or sleeps; SCHED_NEVER: not by
 * itself. Context: behind sched_pick() of the same now.
 */
u64 sched_next(const struct sched *s, u64 now);

/* What runs on a CPU, as a number: 0 is left for nobody. */
static inline u32 sched_level(const struct sched_entity *e)
{
	return e->priority + 1;
}

/*
 * Whether one that waits on a CPU of level `here` is better off on one of level `there`: it runs there at once, or it
 * has waited behind a higher priority for as long as a turn takes, and would have turns there.
 */
bool sched_gains(const struct sched_entity *e, u32 here, u32 there, u64 now);

/* Whether somebody else would run if the one that runs slept. Context: as sched_next(). */
static inline bool sched_contended(const struct sched *s)
{
	return s->ready & ~s->barred & ~(1U << s->running);
}

#endif

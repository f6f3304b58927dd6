/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching exits: counters, times at EL2, events. While nothing is watched, exits take the same way as if there were
 * none of this: a watched CPU has other vectors (vectors.S). What is not an exit looks at watch_mode.
 * docs/tracing.md says what is measured from where to where.
 */
#ifndef ARCH_WATCH_H
#define ARCH_WATCH_H

#include "arch/sysreg.h"
#include "arch/vgic.h"
#include "lib/types.h"
#include "nk/monitor.h"

struct arch_vcpu;
struct arch_vm;

/* Exits of these kinds have columns of their own. */
enum watch_kind {
	WATCH_HWIRQ, /* id: physical INTID */
	WATCH_HCALL, /* number of the hypercall, or NK_STAT_PSCI */
	WATCH_TRAP, /* exception class */
	WATCH_VDEV, /* index of the emulated frame * 2, 1 more for stores */
	WATCH_KINDS
};

struct watch_cell {
	u64 sum; /* ticks */
	u64 bucket[NK_STAT_BUCKETS];
};

/* Of one column: what an exit took on the CPU, and how long it waited meanwhile. */
struct watch_pair {
	struct watch_cell exec, wait;
};

/* Columns of a vCPU: id i has the one at map[i]. */
struct watch_columns {
	const u8 *map;
	struct watch_pair *pairs;
};

#define WATCH_IN_IRQ BIT(0) /* it is an interrupt's */
#define WATCH_ASSERTED BIT(1)
#define WATCH_AWAY BIT(2)
#define WATCH_EVENTS BIT(3) /* its end is recorded, too */
#define WATCH_OFF BIT(4) /* nobody counts any more */

struct watch_vcpu {
	struct watch_columns columns[WATCH_KINDS];
	struct watch_cell *latency, *vswitch; /* of virtual interrupts, by virq_map */
	const u16 *virq_map;
	u64 *virqs; /* counts, by virq_map */
	u64 *ops; /* counts, by NK_VCPU_OP_* */
	struct watch_pair *pair; /* of the exit that it is in */
	struct watch_pair *sysregs; /* of trapped system registers: for the vectors */
	u64 before; /* ticks of it on the CPU before it waited last */
	u64 away; /* and those that it waited; 0: it did not */
	u64 out; /* since when it does not run */
	u64 ran; /* ticks at EL1, but for those since it came to its CPU */
	u64 irq_since; /* when an interrupt for it was taken while another vCPU was here; 0: none was */
	u32 asserted; /* column of a virtual interrupt that this exit has asserted: WATCH_ASSERTED */
	u32 more; /* WATCH_*: the exit is none of the usual ones */
	u32 function; /* of NK_EVT_ID_HYP_CALL */
	u32 nr_untaken; /* virtual interrupts that were asserted, and not taken, when it left its CPU last: */
	u16 untaken[VGIC_LRS_MAX];
};

struct watch_cpu {
	u64 mark; /* in nk, or idle, since; 0: in a guest */
	u64 nk; /* ticks before that */
	u64 idle;
	u64 since; /* this mode */
	u32 is_idle;
	u32 mode; /* what this CPU has been set up for */
	u64 *hwirqs; /* counts, by watch_hwirq_map */
	u64 *ops; /* by NK_CPU_OP_* */
	void *ring; /* core's: of its events */
	u64 last; /* ticks of its last event */
};

/* What is wanted: NK_MONITOR_* bits. */
extern u32 watch_mode;

/* The bucket of so many ticks, by the zeroes that they begin with. */
extern u8 watch_buckets[65];

#define WATCH_INTIDS 1024 /* physical ones; LPIs are the last of them */

extern u8 watch_hwirq_map[WATCH_INTIDS];

static inline bool watch_counts(void)
{
	return READ_ONCE(watch_mode) & NK_MONITOR_COUNTERS;
}

static inline bool watch_events(void)
{
	return READ_ONCE(watch_mode) & NK_MONITOR_EVENTS;
}

static inline void watch_add(struct watch_cell *cell, u64 ticks)
{
	cell->bucket[watch_buckets[clz64(ticks)]]++;
	cell->sum += ticks;
}

/* This CPU does as watch_mode says from here on. Context: any of a CPU. */
void watch_apply(void);

/* Records an event about the guest here, if there is one. Context: any. */
void watch_event(u32 type);

/* arch_cpu_wait() while something is watched. */
void watch_wait(void);

/* irq_handle() in nk, for arch_cpu_poll() and waits. */
void watch_el2_irq(void);

/* An interrupt was acknowledged. */
void watch_irq(u32 intid);

/* An interrupt is about to be in a list register of v, the vCPU here. pirq: ~0: no physical one. */
void watch_virq(struct arch_vcpu *v, u32 pirq, u32 virq);

/* The same, unless it is only back there from memory, where it was while v was away. */
void watch_virq_filled(struct arch_vcpu *v, u32 pirq, u32 virq);

/* One was taken here for vCPU t, which does not run here now. */
void watch_irq_away(struct arch_vcpu *t, u32 intid);

/* v's state leaves this CPU, or has come to it. */
void watch_out(struct arch_vcpu *v);
void watch_in(struct arch_vcpu *v);

/* v waits for an interrupt, or does no more. */
void watch_vcpu_idle(struct arch_vcpu *v, bool idle);

/* The same, and counts it, where it is of a CPU: NK_CPU_OP_*. */
void watch_cpu_event(u32 type, u32 op);

/* v goes to another CPU; v is to wait, as it interrupted others too often. Context: any. */
void watch_moved(struct arch_vcpu *v);
void watch_held(const struct arch_vcpu *v);

/* An interrupt of that INTID was posted to a vCPU. Context: any, watch_events(). */
void watch_post(const struct arch_vm *vm, u32 vcpu, u32 irq);

/* v is about to run its first instruction; has left for good. */
void watch_start(struct arch_vcpu *v);
void watch_stop(struct arch_vcpu *v);

#endif

// SPDX-License-Identifier: Apache-2.0
/*
 * vCPUs that move. The CPU where one waits gives it to a CPU where nobody wants to run: it reserves the place, puts it
 * into arrival[], and sets its bit; from then on it is the other CPU's.
 */
#include "arch/cpu.h"
#include "arch/thread.h"
#include "core/sched/priv.h"
#include "core/sched/table.h"
#include "core/system.h"
#include "core/vm/vm.h"

#define LEFT_US 1000 /* for so long a kick may be on its way to where a vCPU was */

static u32 idle_cpus; /* those where nobody wants to run; atomic */

u32 sched_reachable_cpus(void)
{
	u32 reachable = 0;

	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		const struct cfg_vm *cfg = &sys_config.vm[i];

		if (handover_floats(cfg) ||
		    (cfg->migration && cfg->nr_vcpus < popcount32(cfg->affinity)))
			reachable |= cfg->affinity;
	}
	return reachable;
}

/* A CPU with a time table is never idle to others: it says itself who may run. */
void sched_note_idle(const struct sched_cpu *c, u32 next)
{
	u32 bit = 1U << this_cpu()->id;

	if (!next && !c->table)
		__atomic_or_fetch(&idle_cpus, bit, __ATOMIC_ACQ_REL);
	else if (READ_ONCE(idle_cpus) & bit)
		__atomic_and_fetch(&idle_cpus, ~bit, __ATOMIC_ACQ_REL);
}

void sched_send(struct sched_vcpu *t, u32 cpu)
{
	struct sched_cpu *to = &sched_cpus[cpu];
	u32 vm = t->v->vm->id;

	to->arrival[vm] = t;
	__atomic_or_fetch(&to->arriving, 1U << vm, __ATOMIC_ACQ_REL);
	__atomic_and_fetch(&idle_cpus, ~(1U << cpu), __ATOMIC_ACQ_REL);
	arch_cpu_kick(cpu);
}

/* Its place there is reserved first: two vCPUs of a VM are never on one CPU. */
bool sched_move(struct sched_cpu *c, u32 vm, u32 cpu)
{
	struct sched_vcpu *t = c->vcpu[vm];
	u32 bit = 1U << vm;

	if (c->nr_left & bit)
		return false;
	if (__atomic_fetch_or(&sched_cpus[cpu].members, bit, __ATOMIC_ACQ_REL) & bit)
		return false;
	arch_vcpu_move(t->v, cpu);
	sched_remove(&c->s, vm);
	c->vcpu[vm] = NULL;
	c->left[vm] = t;
	c->nr_left |= bit;
	c->left_until = arch_ticks() + sched_ticks(LEFT_US);
	__atomic_and_fetch(&c->members, ~bit, __ATOMIC_SEQ_CST);
	sched_send(t, cpu);
	/* Where it went by itself as well: this CPU may be asked for just now, and others may want its place. */
	if (t->roams) {
		sched_place_missed(to_vm(t->v->vm));
		handover_left(this_cpu()->id);
	}
	return true;
}

void sched_spread(struct sched_cpu *c)
{
	u32 idle = READ_ONCE(idle_cpus);

	if (!idle || c->table)
		return;
	for (u32 m = c->s.ready & ~(1U << c->current); m; m &= m - 1) {
		u32 vm = (u32)__builtin_ctz(m);
		const struct sched_vcpu *t = c->vcpu[vm];
		u32 to = t->may_move & idle & handover_cpus(to_vm(t->v->vm));

		if (t->in_guest && to && sched_move(c, vm, (u32)__builtin_ctz(to)))
			return;
	}
}

void sched_take_arrivals(struct sched_cpu *c, u64 now)
{
	u32 arriving = __atomic_exchange_n(&c->arriving, 0, __ATOMIC_ACQ_REL);

	for (; arriving; arriving &= arriving - 1) {
		u32 vm = (u32)__builtin_ctz(arriving);

		c->vcpu[vm] = c->arrival[vm];
		sched_add(&c->s, vm, &c->vcpu[vm]->e, now);
		if (!c->vcpu[vm]->alive)
			sched_begin_thread(c->vcpu[vm]);
		sched_wake(&c->s, vm);
	}
}

void sched_forward_kicks(struct sched_cpu *c, u64 now)
{
	for (u32 m = c->nr_left; m; m &= m - 1) {
		const struct arch_vcpu *v = c->left[__builtin_ctz(m)]->v;

		if (READ_ONCE(v->requests) & ~VCPU_REQ_LOOK && v->cpu != this_cpu()->id)
			arch_cpu_kick(v->cpu);
	}
	if (now >= c->left_until)
		c->nr_left = 0;
}

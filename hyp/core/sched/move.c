// SPDX-License-Identifier: Apache-2.0
/*
 * vCPUs that move. The CPU where one waits gives it to a CPU where it need not, or not for ever: it reserves the place,
 * puts it into arrival[], and sets its bit; from then on it is the other CPU's.
 */
#include "arch/cpu.h"
#include "arch/thread.h"
#include "core/sched/priv.h"
#include "core/sched/table.h"
#include "core/system.h"
#include "core/vm/vm.h"

#define LEFT_US 1000 /* for so long a kick may be on its way to where a vCPU was */
#define LOOK_US 1000 /* who waits looks around no more often: who runs above pays for that */

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

/* A CPU with a time table is for nobody from elsewhere: it says itself who may run. */
void sched_note_level(struct sched_cpu *c, u32 next)
{
	u32 level = next ? sched_level(c->s.entity[next]) : 0;

	if (!c->table && READ_ONCE(c->level) != level)
		WRITE_ONCE(c->level, level);
}

void sched_send(struct sched_vcpu *t, u32 cpu)
{
	struct sched_cpu *to = &sched_cpus[cpu];
	u32 vm = t->v->vm->id;

	to->arrival[vm] = t;
	/* Until it has looked itself, so that others do not send theirs as well. */
	if (READ_ONCE(to->level) < sched_level(&t->e))
		WRITE_ONCE(to->level, sched_level(&t->e));
	__atomic_or_fetch(&to->arriving, 1U << vm, __ATOMIC_ACQ_REL);
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
	c->forwarded[vm] = 0;
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

u32 sched_least_busy(u32 cpus)
{
	u32 best = (u32)__builtin_ctz(cpus), lowest = ~0U, fewest = ~0U;

	for (; cpus; cpus &= cpus - 1) {
		const struct sched_cpu *c = &sched_cpus[__builtin_ctz(cpus)];
		u32 level = READ_ONCE(c->level), members = popcount32(READ_ONCE(c->members));

		if (level > lowest || (level == lowest && members >= fewest))
			continue;
		best = (u32)__builtin_ctz(cpus);
		lowest = level;
		fewest = members;
	}
	return best;
}

/* Those that wait here and may move now. */
static u32 waiting_movers(const struct sched_cpu *c)
{
	u32 movers = 0;

	for (u32 m = c->s.ready & ~c->s.spent & ~c->s.barred & ~(1U << c->current); m; m &= m - 1) {
		const struct sched_vcpu *t = c->vcpu[__builtin_ctz(m)];

		if (t->may_move && (t->in_guest || t->fresh))
			movers |= m & -m;
	}
	return movers;
}

/* No other CPU is better for anybody who waits behind that level. */
static u32 cpus_below(u32 level)
{
	u32 below = 0;

	for (u32 i = 0; i < NK_CPUS_MAX; i++)
		below |= (READ_ONCE(sched_cpus[i].level) < level) << i;
	return below;
}

/* Has it go to the best of these CPUs, if it gains by that. Returns whether it has gone. */
static bool leave(struct sched_cpu *c, u32 vm, u32 cpus, u64 now)
{
	const struct sched_vcpu *t = c->vcpu[vm];
	u32 to;

	cpus &= t->may_move & handover_cpus(to_vm(t->v->vm));
	if (!cpus)
		return false;
	to = sched_least_busy(cpus);
	return sched_gains(&t->e, c->level, READ_ONCE(sched_cpus[to].level), now) &&
	       sched_move(c, vm, to);
}

void sched_spread(struct sched_cpu *c)
{
	u32 movers = c->table ? 0 : waiting_movers(c), below;
	u64 now;

	if (!movers)
		return;
	below = cpus_below(c->level);
	now = arch_ticks();
	for (u32 m = movers; m; m &= m - 1) {
		u32 vm = (u32)__builtin_ctz(m);
		const struct sched_entity *e = &c->vcpu[vm]->e;

		if (below && leave(c, vm, below, now))
			return;
		/* Nobody tells this CPU that another one has room; among equals the end of the turn does. */
		if (sched_level(e) < c->level)
			c->look_at = MIN(c->look_at, now + MAX(e->slice, sched_ticks(LOOK_US)));
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
		u32 vm = (u32)__builtin_ctz(m);
		const struct arch_vcpu *v = c->left[vm]->v;
		u32 asked = (u32)(READ_ONCE(v->requests) & ~VCPU_REQ_LOOK);

		if (asked & ~c->forwarded[vm] && v->cpu != this_cpu()->id)
			arch_cpu_kick(v->cpu);
		c->forwarded[vm] = asked;
	}
	if (now >= c->left_until)
		c->nr_left = 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Times of CPUs. The architecture adds up what a CPU spends in nk and asleep (arch/watch.h); of the time that
 * passes, all the rest is of the guest that is there, and is given to it when it leaves. So nothing is lost between them.
 */
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/monitor/priv.h"
#include "core/system.h"
#include "core/vm/vm.h"

#define TRIES 4

static struct cpu_times {
	u64 before; /* ticks of earlier periods */
	u64 start; /* of this one; 0: nothing is counted */
	u64 given; /* to VMs */
	u64 vm[NK_OS_LIMIT];
} times[NK_CPUS_MAX];

void core_watch_left(struct arch_vcpu *v, u64 now)
{
	const struct percpu *cpu = this_cpu_now();
	struct cpu_times *t = &times[cpu->id];
	u64 left = t->before + now - t->start - cpu->watch.nk - cpu->watch.idle - t->given;

	t->vm[v ? v->vm->id : NK_OS_NKERNEL] += left;
	if (v)
		WRITE_ONCE(v->watch.ran, v->watch.ran + left);
	t->given += left;
}

void core_watch_period(struct arch_vcpu *v, u64 now, bool on)
{
	struct cpu_times *t = &times[this_cpu_now()->id];

	if (on) {
		WRITE_ONCE(t->start, now);
		return;
	}
	core_watch_left(v, now);
	WRITE_ONCE(t->before, t->before + now - t->start);
	WRITE_ONCE(t->start, 0);
}

/* As they are at `now`, by a CPU that goes on meanwhile. Returns whether it did not. */
static bool look(u32 nr, u64 now, struct nk_cpu_times *to)
{
	const struct percpu *cpu = &percpus[nr];
	const struct cpu_times *t = &times[nr];
	u64 mark = READ_ONCE(cpu->watch.mark), start = READ_ONCE(t->start), passed;

	to->idle = READ_ONCE(cpu->watch.idle);
	to->vm[NK_OS_NKERNEL] = READ_ONCE(cpu->watch.nk);
	to->period = READ_ONCE(t->before);
	for (u32 i = NK_VM_ID_FIRST; i <= NK_VM_ID_MAX; i++)
		to->vm[i] = READ_ONCE(t->vm[i]);
	to->vm[NK_OS_NKERNEL] += READ_ONCE(t->vm[NK_OS_NKERNEL]);
	if (start && now > start)
		to->period += now - start;
	passed = start && mark && now > mark ? now - mark : 0;
	if (READ_ONCE(cpu->watch.is_idle))
		to->idle += passed;
	else
		to->vm[NK_OS_NKERNEL] += passed;
	return READ_ONCE(cpu->watch.mark) == mark && READ_ONCE(t->start) == start;
}

/* What is left of the period is who's there. One that came or went meanwhile may make that less than nothing. */
static s64 rest_of(const struct nk_cpu_times *t)
{
	u64 sum = t->idle;

	for (u32 i = 0; i < NK_OS_LIMIT; i++)
		sum += t->vm[i];
	return (s64)(t->period - sum);
}

static void give_rest(u32 nr, struct nk_cpu_times *to)
{
	const struct arch_vcpu *v = READ_ONCE(percpus[nr].vcpu);
	s64 rest = rest_of(to);

	if (rest > 0)
		to->vm[v ? v->vm->id : NK_OS_NKERNEL] += (u64)rest;
	else
		to->period -= (u64)rest;
}

/* Of the vCPU that is on a CPU: since it came there. */
static u64 ran_here(u32 nr)
{
	struct nk_cpu_times now = {0};
	s64 rest;

	look(nr, arch_ticks(), &now);
	rest = rest_of(&now);
	return rest > 0 ? (u64)rest : 0;
}

u64 monitor_vcpu_ran(const struct arch_vcpu *v)
{
	u64 ran = 0, more;
	u32 cpu;

	for (u32 i = 0; i < TRIES; i++) {
		ran = READ_ONCE(v->watch.ran);
		cpu = READ_ONCE(v->cpu);
		more = READ_ONCE(percpus[cpu].vcpu) == v ? ran_here(cpu) : 0;
		if (READ_ONCE(v->watch.ran) == ran)
			return ran + more;
	}
	return ran;
}

int monitor_cpu(u32 cpu, struct nk_cpu_times *to)
{
	if (cpu >= board.nr_cpus)
		return -1;
	*to = (struct nk_cpu_times){0};
	for (u32 i = 0; i < TRIES && !look(cpu, arch_ticks(), to); i++)
		;
	give_rest(cpu, to);
	return 0;
}

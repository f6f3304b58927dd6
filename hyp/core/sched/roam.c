// SPDX-License-Identifier: Apache-2.0
/*
 * vCPUs that roam: those of VMs that move, and have to give CPUs away (core/handover). One has a CPU while it has
 * something to do, and no other vCPU of its VM has that one; when its thread has ended it has none, so that there is room
 * for another one that must leave its CPU. Where the VM must not run is said to the CPU (sched_bar()): whatever is there,
 * or comes there late, runs no instruction of the guest there, and goes on.
 */
#include "arch/cpu.h"
#include "arch/thread.h"
#include "core/sched/priv.h"
#include "core/sched/table.h"
#include "core/vm/vm.h"

#define RETRY_US 200

/* Has the CPU look, now. */
static void recheck(u32 cpu)
{
	__atomic_store_n(&sched_cpus[cpu].recheck, true, __ATOMIC_SEQ_CST);
	arch_cpu_kick(cpu);
}

void sched_bar(u32 cpu, u32 vms)
{
	if (__atomic_exchange_n(&sched_cpus[cpu].barred, vms, __ATOMIC_SEQ_CST) != vms)
		recheck(cpu);
}

bool sched_is_member(u32 cpu, u32 vm)
{
	return __atomic_load_n(&sched_cpus[cpu].members, __ATOMIC_SEQ_CST) >> vm & 1;
}

void sched_watch(u32 cpu, u64 at)
{
	__atomic_store_n(&sched_cpus[cpu].due, at, __ATOMIC_RELEASE);
	if (at != SCHED_NEVER)
		recheck(cpu);
}

/* Reserves a place on one of the CPUs. Returns the CPU, or NK_CPUS_MAX where the VM has a vCPU on each. */
static u32 take_place_on(const struct vm *vm, u32 cpus)
{
	u32 bit = 1U << vm->arch.id, cpu;

	for (; cpus; cpus &= ~(1U << cpu)) {
		cpu = sched_least_busy(cpus);
		if (!(__atomic_fetch_or(&sched_cpus[cpu].members, bit, __ATOMIC_SEQ_CST) & bit))
			return cpu;
	}
	return NK_CPUS_MAX;
}

/*
 * What was turned on just before a CPU was asked for may find no other place than there: it has to run to be turned off,
 * and the CPU is the VM's until then.
 */
static u32 take_place(const struct vm *vm)
{
	u32 cpu = take_place_on(vm, handover_cpus(vm));

	return cpu == NK_CPUS_MAX ? take_place_on(vm, handover_owned(vm)) : cpu;
}

static bool wants_place(const struct sched_vcpu *t)
{
	return !READ_ONCE(t->placed) && __atomic_load_n(&t->jobs, __ATOMIC_SEQ_CST);
}

void sched_place_missed(struct vm *vm)
{
	bool any = false;

	for (u32 i = 0; i < vm->cfg->nr_vcpus; i++)
		any |= wants_place(&vm->sched[i]);
	if (!any)
		return;
	spin_lock(&vm->lock);
	sched_place(vm);
	spin_unlock(&vm->lock);
}

void sched_place(struct vm *vm) __must_hold(&vm->lock)
{
	for (u32 i = 0; i < vm->cfg->nr_vcpus; i++) {
		struct sched_vcpu *t = &vm->sched[i];
		u32 cpu;

		if (!wants_place(t))
			continue;
		cpu = take_place(vm);
		if (cpu == NK_CPUS_MAX)
			return; /* until one is released, or has moved: meanwhile it has two */
		t->placed = true;
		arch_vcpu_place(t->v, cpu);
		sched_send(t, cpu);
	}
}

void sched_release(struct sched_cpu *c)
{
	struct sched_vcpu *t = c->gone;
	struct vm *vm = to_vm(t->v->vm);
	u32 id = vm->arch.id;

	c->gone = NULL;
	spin_lock(&vm->lock);
	sched_remove(&c->s, id);
	c->vcpu[id] = NULL;
	t->placed = false;
	__atomic_and_fetch(&c->members, ~(1U << id), __ATOMIC_SEQ_CST);
	sched_place(vm);
	spin_unlock(&vm->lock);
	handover_left(this_cpu()->id);
}

/* One that has not started yet works for nk, and looks here before its first instruction. */
u32 sched_barred_here(struct sched_cpu *c)
{
	u32 here = 0;

	for (u32 m = READ_ONCE(c->barred); m; m &= m - 1) {
		u32 vm = (u32)__builtin_ctz(m);

		if (!c->vcpu[vm] || !c->vcpu[vm]->in_guest)
			continue;
		here |= 1U << vm;
		if (c->asleep >> vm & 1) {
			c->asleep &= ~(1U << vm);
			sched_wake(&c->s, vm);
		}
	}
	return here;
}

static bool evict(struct sched_cpu *c, u32 vm)
{
	u32 to = handover_cpus(to_vm(c->vcpu[vm]->v->vm)) & ~(1U << this_cpu()->id);

	for (; to; to &= to - 1)
		if (sched_move(c, vm, (u32)__builtin_ctz(to)))
			return true;
	return false;
}

void sched_evict(struct sched_cpu *c)
{
	bool left = false;

	/* Where one does not go, another was there a moment ago, or one that ends has not gone yet. */
	for (u32 m = c->s.ready & c->s.barred & ~(1U << c->current); m; m &= m - 1)
		left |= !evict(c, (u32)__builtin_ctz(m));
	if (left)
		c->look_at = MIN(c->look_at, arch_ticks() + sched_ticks(RETRY_US));
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Who has which CPU; see handover.h.
 *
 * The lock guards all of cpus[] and the VMs' counts. Masks of CPUs are read without it, by the scheduler: it may find
 * an old one, so where a VM must not run is also said to the CPU itself (sched_bar()), which holds whatever comes there.
 */
#include "core/handover/handover.h"
#include "arch/cpu.h"
#include "core/prop/prop.h"
#include "core/sched/cpu.h"
#include "core/sched/table.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/log.h"

#define MS 1000 /* microseconds */

static struct handed_cpu {
	u32 vms; /* that name it in handover-affinity */
	u32 moving; /* those of them whose vCPUs move */
	u32 owner; /* 0: there are no such VMs */
	u32 from, to; /* of the last request */
	u32 state; /* NK_HANDOVER_* */
	u32 number;
	bool used; /* the owner's vCPU that is bound to it is on, or about to be */
	u64 until; /* while it waits: physical counter */
} cpus[NK_CPUS_MAX];

static spinlock_t lock = SPINLOCK(LOCK_HANDOVER);

static bool waits(const struct handed_cpu *c)
{
	return c->state == NK_HANDOVER_WAITING;
}

/* One whose vCPUs move is to do with less from the request on, as it reads in nk.vm.N.cpus what it is to have. */
static void count_cpus(struct vm *vm) __must_hold(&lock)
{
	const struct cfg_vm *cfg = vm->cfg;
	u32 mask = cfg->affinity, owned = mask;

	for (u32 m = cfg->handover_affinity; m; m &= m - 1) {
		u32 cpu = (u32)__builtin_ctz(m);
		const struct handed_cpu *c = &cpus[cpu];

		if (c->owner != cfg->id)
			owned &= ~(1U << cpu);
		if (c->owner != cfg->id || (waits(c) && cfg->migration))
			mask &= ~(1U << cpu);
	}
	__atomic_store_n(&vm->handover.owned, owned, __ATOMIC_RELEASE);
	__atomic_store_n(&vm->handover.cpus, mask, __ATOMIC_RELEASE);
}

static void begin_wait(u32 cpu, u32 to) __must_hold(&lock)
{
	struct handed_cpu *c = &cpus[cpu];
	struct vm *from = vm_by_id(c->owner);

	c->state = NK_HANDOVER_WAITING;
	c->from = c->owner;
	c->to = to;
	c->number++;
	c->until = arch_ticks() + sched_ticks((u64)from->cfg->handover_ms * MS);
	count_cpus(from);
	sched_watch(cpu, c->until);
}

static void end_wait(u32 cpu, u32 owner, u32 state) __must_hold(&lock)
{
	struct handed_cpu *c = &cpus[cpu];

	if (c->owner != owner)
		c->used = false;
	c->owner = owner;
	c->state = state;
	count_cpus(vm_by_id(c->from));
	count_cpus(vm_by_id(c->to));
	sched_bar(cpu, c->moving & ~(1U << owner));
	sched_watch(cpu, SCHED_NEVER);
}

/* Whether the owner has let go. One that moves and needs the CPU no more leaves it from now on. */
static bool has_left(u32 cpu) __must_hold(&lock)
{
	const struct handed_cpu *c = &cpus[cpu];
	const struct vm *vm = vm_by_id(c->from);

	if (!vm->cfg->migration)
		return !c->used;
	if (vm->handover.active > popcount32(vm->handover.cpus))
		return false;
	sched_bar(cpu, c->moving);
	return !sched_is_member(cpu, c->from);
}

/* Returns the VMs whose CPUs have changed. */
static u32 finish(u32 cpu) __must_hold(&lock)
{
	struct handed_cpu *c = &cpus[cpu];

	if (!waits(c) || !has_left(cpu))
		return 0;
	end_wait(cpu, c->to, NK_HANDOVER_DONE);
	return 1U << c->from | 1U << c->to;
}

static void tell(u32 vms, struct vm *by)
{
	if (vms)
		props_cpus_changed(vms, by);
}

/* Returns the VMs whose CPUs have changed. */
static u32 give(u32 cpu, u32 to) __must_hold(&lock)
{
	struct handed_cpu *c = &cpus[cpu];

	if (to == c->owner) {
		if (!waits(c))
			return 0;
		end_wait(cpu, to, NK_HANDOVER_WITHDRAWN);
		return 1U << to;
	}
	if (waits(c))
		return 0; /* the same again */
	begin_wait(cpu, to);
	return 1U << c->from | finish(cpu);
}

int handover_give(u32 cpu, u32 vm, struct vm *by)
{
	const struct handed_cpu *c;
	u32 told = 0;
	int ret = -1;

	if (cpu >= board.nr_cpus || vm >= NK_VM_IDS || !(cpus[cpu].vms >> vm & 1))
		return ret;
	c = &cpus[cpu];
	spin_lock(&lock);
	if (!waits(c) || vm == c->owner || vm == c->to) {
		told = give(cpu, vm);
		ret = 0;
	}
	spin_unlock(&lock);
	tell(told, by);
	return ret;
}

void handover_left(u32 cpu)
{
	u32 told;

	spin_lock(&lock);
	told = finish(cpu);
	spin_unlock(&lock);
	tell(told, NULL);
}

void handover_due(u32 cpu)
{
	struct handed_cpu *c = &cpus[cpu];
	u32 told, from, to;
	bool late;

	spin_lock(&lock);
	told = finish(cpu);
	from = c->from;
	to = c->to;
	late = waits(c) && arch_ticks() >= c->until;
	if (late) {
		end_wait(cpu, from, NK_HANDOVER_LATE);
		told = 1U << from;
	}
	spin_unlock(&lock);
	tell(told, NULL);
	if (late)
		vm_warn(from, "has not let go of CPU %u for vm%u in %u ms, and keeps it", cpu, to,
			vm_by_id(from)->cfg->handover_ms);
}

/* A VM begins with vCPU 0, on a CPU that stays. */
void handover_start(struct vm *vm) __must_hold(&vm->lock)
{
	spin_lock(&lock);
	vm->handover.active = 1;
	spin_unlock(&lock);
}

static bool admit_bound(const struct cfg_vm *cfg, u32 cpu) __must_hold(&lock)
{
	struct handed_cpu *c = &cpus[cpu];

	if (!(cfg->handover_affinity >> cpu & 1))
		return true;
	if (c->owner != cfg->id || waits(c))
		return false;
	c->used = true;
	return true;
}

bool handover_vcpu_on(struct arch_vcpu *v)
{
	struct vm *vm = to_vm(v->vm);
	bool ok;

	if (!vm->cfg->handover_affinity)
		return true;
	spin_lock(&lock);
	if (vm->cfg->migration) {
		ok = vm->handover.active < popcount32(vm->handover.cpus);
		vm->handover.active += ok;
	} else {
		ok = admit_bound(vm->cfg, vm->cfg->vcpu_cpu[v->id]);
	}
	spin_unlock(&lock);
	return ok;
}

void handover_vcpu_off(struct arch_vcpu *v)
{
	struct vm *vm = to_vm(v->vm);
	const struct cfg_vm *cfg = vm->cfg;
	u32 own = cfg->vcpu_cpu[v->id];
	u32 told = 0;

	if (!cfg->handover_affinity)
		return;
	spin_lock(&lock);
	if (cfg->migration)
		vm->handover.active--;
	else if (cpus[own].owner == cfg->id)
		cpus[own].used = false;
	for (u32 m = cfg->handover_affinity; m; m &= m - 1)
		if (cpus[__builtin_ctz(m)].from == cfg->id)
			told |= finish((u32)__builtin_ctz(m));
	spin_unlock(&lock);
	tell(told, vm);
}

u32 handover_cpus(const struct vm *vm)
{
	return __atomic_load_n(&vm->handover.cpus, __ATOMIC_ACQUIRE);
}

u32 handover_owned(const struct vm *vm)
{
	return __atomic_load_n(&vm->handover.owned, __ATOMIC_ACQUIRE);
}

/* vCPUs bound to these CPUs; of a VM whose vCPUs move, any of them may be on. */
static u32 vcpus_on(const struct cfg_vm *cfg, u32 mask)
{
	u32 vcpus = 0;

	for (u32 i = 0; i < cfg->nr_vcpus; i++)
		vcpus |= (cfg->migration || (mask >> cfg->vcpu_cpu[i] & 1)) << i;
	return vcpus;
}

u32 handover_vcpus(const struct vm *vm)
{
	return vcpus_on(vm->cfg, handover_cpus(vm));
}

u32 handover_target(const struct vm *vm)
{
	const struct cfg_vm *cfg = vm->cfg;
	u32 keeps;

	if (cfg->migration)
		return 0;
	spin_lock(&lock);
	keeps = handover_cpus(vm);
	for (u32 m = cfg->handover_affinity; m; m &= m - 1)
		if (waits(&cpus[__builtin_ctz(m)]) && cpus[__builtin_ctz(m)].from == cfg->id)
			keeps &= ~(1U << __builtin_ctz(m));
	spin_unlock(&lock);
	return vcpus_on(cfg, keeps);
}

NkHandover handover_state(u32 cpu)
{
	const struct handed_cpu *c = &cpus[cpu];
	NkHandover h;

	spin_lock(&lock);
	h = (NkHandover){
		.owner = (u8)c->owner,
		.state = (u8)c->state,
		.from = (u8)c->from,
		.to = (u8)c->to,
		.number = c->number,
	};
	spin_unlock(&lock);
	return h;
}

int handover_create(struct vm *vm, struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;

	for (u32 m = cfg->handover_affinity; m; m &= m - 1) {
		struct handed_cpu *c = &cpus[__builtin_ctz(m)];

		c->vms |= 1U << cfg->id;
		c->moving |= (u32)cfg->migration << cfg->id;
	}
	vm->handover.cpus = cfg->affinity;
	vm->handover.owned = cfg->affinity;
	return 0;
}

/* At first a CPU belongs to the lowest of those that start by themselves, or of all. */
static u32 first_owner(u32 vms)
{
	for (u32 m = vms; m; m &= m - 1)
		if (vm_by_id((u32)__builtin_ctz(m))->cfg->autostart)
			return (u32)__builtin_ctz(m);
	return vms ? (u32)__builtin_ctz(vms) : 0;
}

int handover_ready(struct cfg_error *err)
{
	spin_lock(&lock);
	for (u32 cpu = 0; cpu < NK_CPUS_MAX; cpu++) {
		struct handed_cpu *c = &cpus[cpu];

		c->owner = first_owner(c->vms);
		if (c->owner)
			sched_bar(cpu, c->moving & ~(1U << c->owner));
	}
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		count_cpus(vm_by_id(sys_config.vm[i].id));
	spin_unlock(&lock);
	return 0;
}

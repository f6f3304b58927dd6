// SPDX-License-Identifier: Apache-2.0
/* Threads of vCPUs on one physical CPU; see cpu.h. */
#include "core/sched/cpu.h"
#include "arch/cpu.h"
#include "arch/thread.h"
#include "arch/upcall.h"
#include "core/sched/table.h"
#include "core/vm/vm.h"

#define GRAIN_US 10 /* the scheduler does not look more often than that by itself */

/* All but `posted` is touched by its own CPU alone, once the boot is over. */
struct sched_cpu {
	struct sched s;
	u32 posted; /* VMs whose vCPU here has jobs; atomic */
	u32 asleep; /* their threads wait */
	u32 current; /* the VM whose thread this CPU is in; 0: its own */
	u64 look_at; /* when time alone may change who runs */
	const struct sched_table *table; /* in force once `started` */
	struct sched_vcpu *vcpu[NK_VM_IDS];
} __aligned(64);

static struct sched_cpu cpus[NK_CPUS_MAX];
static bool started;

static struct sched_cpu *here(void)
{
	return &cpus[this_cpu()->id];
}

static struct sched_vcpu *of_vcpu(const struct arch_vcpu *v)
{
	return &to_vm(v->vm)->sched[v->id];
}

static u64 ticks_of(u64 us)
{
	return us * arch_ticks_hz() / 1000000;
}

int sched_vm_create(struct vm *vm, struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;

	for (u32 i = 0; i < cfg->nr_vcpus; i++) {
		struct sched_vcpu *t = &vm->sched[i];
		struct sched_cpu *c = &cpus[cfg->vcpu_cpu[i]];

		t->v = vm->arch.vcpu[i];
		t->e.priority = cfg->priority;
		t->e.slice = ticks_of(cfg->time_slice_us);
		t->e.budget = ticks_of(cfg->budget_us);
		t->e.period = ticks_of(cfg->period_us);
		c->vcpu[cfg->id] = t;
		sched_add(&c->s, cfg->id, &t->e, arch_ticks());
	}
	return 0;
}

static bool is_shared(const struct sched_cpu *c)
{
	u32 n = 0;

	for (u32 vm = 0; vm < NK_VM_IDS; vm++)
		n += c->vcpu[vm] != NULL;
	return n > 1 || c->s.limited || sched_table_of((u32)(c - cpus));
}

int sched_ready(struct cfg_error *err)
{
	if (sched_tables_create(err))
		return -1;
	for (u32 i = 0; i < NK_CPUS_MAX; i++) {
		cpus[i].look_at = SCHED_NEVER;
		cpus[i].table = sched_table_of(i);
		percpus[i].shared = is_shared(&cpus[i]);
	}
	return 0;
}

void sched_begin(void)
{
	WRITE_ONCE(started, true);
}

void sched_post(struct arch_vcpu *v, u32 job)
{
	__atomic_or_fetch(&of_vcpu(v)->jobs, job, __ATOMIC_ACQ_REL);
	__atomic_or_fetch(&cpus[v->cpu].posted, 1U << v->vm->id, __ATOMIC_ACQ_REL);
	arch_cpu_kick(v->cpu);
}

/* Until the first VMs run nobody is charged, and no table holds: the boot takes no longer than it must. */
static void account(struct sched_cpu *c, u64 now)
{
	if (READ_ONCE(started)) {
		c->s.table = c->table;
		sched_account(&c->s, now);
	} else {
		c->s.since = now;
	}
}

/* Alarm and traps of the thread that goes on here. */
static void settle(struct sched_cpu *c)
{
	bool limited = c->s.limited >> c->current & 1;

	arch_thread_settle(c->look_at, sched_contended(&c->s) || limited);
}

static __noreturn void thread_exit(void)
{
	struct sched_cpu *c = here();
	u32 vm = c->current;

	c->vcpu[vm]->alive = false;
	account(c, arch_ticks());
	sched_sleep(&c->s, vm);
	c->s.running = 0;
	c->current = 0;
	arch_thread_exit();
}

static __noreturn void thread_main(void *vcpu)
{
	struct sched_vcpu *t = of_vcpu(vcpu);
	u32 jobs;

	settle(here());
	while ((jobs = __atomic_exchange_n(&t->jobs, 0, __ATOMIC_ACQ_REL))) {
		if (jobs & SCHED_LOAD)
			vm_load_and_run(to_vm(t->v->vm));
		if (jobs & SCHED_START)
			vm_start_vcpu(t->v);
	}
	thread_exit();
}

void core_vcpu_parked(struct arch_vcpu *v)
{
	vm_vcpu_gone(v);
	thread_main(v);
}

/* A thread that has ended begins again; one that has not looks at its jobs itself, before it ends. */
static void begin_posted(struct sched_cpu *c)
{
	u32 posted = __atomic_exchange_n(&c->posted, 0, __ATOMIC_ACQ_REL);

	for (; posted; posted &= posted - 1) {
		u32 vm = (u32)__builtin_ctz(posted);
		struct sched_vcpu *t = c->vcpu[vm];

		if (t->alive)
			continue;
		t->alive = true;
		arch_thread_make(t->v, thread_main);
		sched_wake(&c->s, vm);
	}
}

static bool wakes(const struct sched_cpu *c, u32 vm, u64 now)
{
	const struct sched_vcpu *t = c->vcpu[vm];

	if (now >= t->wake_at || (READ_ONCE(t->v->requests) & ~t->ignore))
		return true;
	/* One that waits here has its list registers here, where its timer's interrupt goes. */
	return vm == c->current && !(t->ignore & VCPU_REQ_VGIC) && arch_vcpu_has_irq(t->v);
}

static bool any_wakes(const struct sched_cpu *c, u64 now)
{
	for (u32 m = c->asleep; m; m &= m - 1)
		if (wakes(c, (u32)__builtin_ctz(m), now))
			return true;
	return false;
}

static void wake_sleepers(struct sched_cpu *c, u64 now)
{
	for (u32 m = c->asleep; m; m &= m - 1) {
		u32 vm = (u32)__builtin_ctz(m);

		if (!wakes(c, vm, now))
			continue;
		c->asleep &= ~(1U << vm);
		sched_wake(&c->s, vm);
	}
}

/* When the first of those that sleep is to be woken. Of one that waits here the hardware knows. */
static u64 next_wake(const struct sched_cpu *c)
{
	u64 next = SCHED_NEVER;

	for (u32 m = c->asleep; m; m &= m - 1) {
		u32 vm = (u32)__builtin_ctz(m);
		const struct sched_vcpu *t = c->vcpu[vm];

		if (c->s.running || vm != c->current || (t->ignore & VCPU_REQ_VGIC))
			next = MIN(next, t->wake_at);
	}
	return next;
}

static struct arch_vcpu *thread_of(const struct sched_cpu *c, u32 vm)
{
	return vm ? c->vcpu[vm]->v : NULL;
}

/*
 * Looks at all that may have changed, and runs who is first now; the CPU's own thread if nobody is, but one
 * that sleeps does that in its own. Returns when the calling thread is to go on, and whether others have run
 * meanwhile.
 */
static bool decide(struct sched_cpu *c)
{
	u64 now = arch_ticks();
	u32 me = c->current, next;

	account(c, now);
	begin_posted(c);
	wake_sleepers(c, now);
	next = sched_pick(&c->s, now);
	c->look_at = MIN(sched_next(&c->s, now), next_wake(c));
	c->look_at = MAX(c->look_at, now + ticks_of(GRAIN_US));
	if (!next && (c->asleep >> me & 1))
		next = me;
	if (next != me) {
		c->current = next;
		arch_thread_switch(thread_of(c, me), thread_of(c, next));
	}
	settle(here());
	return next != me;
}

void sched_run(void)
{
	while (decide(here()))
		;
}

static bool must_decide(const struct sched_cpu *c)
{
	u64 now = arch_ticks();

	return now >= c->look_at || READ_ONCE(c->posted) || any_wakes(c, now);
}

bool core_vcpu_look(void)
{
	struct sched_cpu *c = here();

	return must_decide(c) && decide(c);
}

void core_vcpu_settle(void)
{
	settle(here());
}

void core_vcpu_yield(struct arch_vcpu *v)
{
	struct sched_cpu *c = here();

	account(c, arch_ticks());
	sched_yield_turn(&c->s, v->vm->id);
	decide(c);
}

static bool sleeps(const struct arch_vcpu *v)
{
	return here()->asleep >> v->vm->id & 1;
}

void core_vcpu_wait(struct arch_vcpu *v, u64 ignore, u64 until)
{
	struct sched_vcpu *t = of_vcpu(v);

	t->ignore = ignore;
	t->wake_at = until;
	here()->asleep |= 1U << v->vm->id;
	sched_sleep(&here()->s, v->vm->id);
	for (;;) {
		decide(here());
		if (!sleeps(v))
			return;
		/* Nobody wants to run: it waits with all its state in the CPU. */
		arch_cpu_wait();
		if (ignore & VCPU_REQ_VGIC)
			t->wake_at = 0; /* it serves its list registers itself, and comes back */
	}
}

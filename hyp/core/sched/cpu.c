// SPDX-License-Identifier: Apache-2.0
/* Threads of vCPUs on one physical CPU; see cpu.h. */
#include "core/sched/cpu.h"
#include "arch/cpu.h"
#include "arch/thread.h"
#include "arch/upcall.h"
#include "core/sched/priv.h"
#include "core/sched/table.h"
#include "core/vm/vm.h"

#define GRAIN_US 10 /* the scheduler does not look more often than that by itself */

struct sched_cpu sched_cpus[NK_CPUS_MAX];
static bool started;
static u64 grain; /* GRAIN_US in ticks */

static struct sched_cpu *here(void)
{
	return &sched_cpus[this_cpu_now()->id];
}

static struct sched_vcpu *of_vcpu(const struct arch_vcpu *v)
{
	return &to_vm(v->vm)->sched[v->id];
}

int sched_vm_create(struct vm *vm, struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;

	for (u32 i = 0; i < cfg->nr_vcpus; i++) {
		struct sched_vcpu *t = &vm->sched[i];
		struct sched_cpu *c = &sched_cpus[cfg->vcpu_cpu[i]];

		t->v = vm->arch.vcpu[i];
		t->e.priority = cfg->priority;
		t->e.slice = sched_ticks(cfg->time_slice_us);
		t->e.budget = sched_ticks(cfg->budget_us);
		t->e.period = sched_ticks(cfg->period_us);
		t->may_move = cfg->migration ? cfg->affinity : 0;
		t->roams = handover_floats(cfg);
		if (t->roams)
			continue;
		t->placed = true;
		c->vcpu[cfg->id] = t;
		c->members |= 1U << cfg->id;
		sched_add(&c->s, cfg->id, &t->e, arch_ticks());
	}
	return 0;
}

static bool is_shared(u32 cpu)
{
	const struct sched_cpu *c = &sched_cpus[cpu];

	return popcount32(c->members) > 1 || c->s.limited || c->table || c->open;
}

int sched_ready(struct cfg_error *err)
{
	if (sched_tables_create(err))
		return -1;
	grain = sched_ticks(GRAIN_US);
	for (u32 i = 0; i < NK_CPUS_MAX; i++) {
		sched_cpus[i].look_at = SCHED_NEVER;
		sched_cpus[i].level = SCHED_CLOSED;
		sched_cpus[i].due = SCHED_NEVER;
		sched_cpus[i].table = sched_table_of(i);
		sched_cpus[i].open = sched_reachable_cpus() >> i & 1;
		percpus[i].shared = is_shared(i);
	}
	return 0;
}

void sched_begin(void)
{
	WRITE_ONCE(started, true);
}

void sched_post(struct vm *vm, u32 vcpu, u32 job) __must_hold(&vm->lock)
{
	struct sched_vcpu *t = &vm->sched[vcpu];
	u32 cpu;

	__atomic_or_fetch(&t->jobs, job, __ATOMIC_ACQ_REL);
	if (t->roams && !t->placed) {
		sched_place(vm);
		return;
	}
	cpu = t->v->cpu;
	__atomic_or_fetch(&sched_cpus[cpu].posted, 1U << vm->arch.id, __ATOMIC_ACQ_REL);
	arch_cpu_kick(cpu);
}

/*
 * Until a VM runs nobody is charged, and no table holds: the boot takes no longer than it must. Who loads then, beside
 * others that run, is charged for what comes from here on.
 */
static void account(struct sched_cpu *c, u64 now)
{
	if (likely(c->begun)) {
		sched_account(&c->s, now);
		return;
	}
	c->s.since = now;
	c->begun = READ_ONCE(started);
	if (c->begun)
		c->s.table = c->table;
}

void sched_starts(struct arch_vcpu *v)
{
	struct sched_cpu *c = here();

	of_vcpu(v)->in_guest = true;
	if (READ_ONCE(c->barred) >> v->vm->id & 1)
		WRITE_ONCE(c->recheck, true); /* before its first instruction */
}

/*
 * A thread goes on here: alarm and traps are for it, and others need not wait for it if they may move. What the way from
 * one that sleeps took is not its time: else one that wakes and sleeps all day would have that of others.
 */
static void settle(struct sched_cpu *c)
{
	bool told = c->open || (c->s.limited >> c->current & 1);

	if (c->left_for && c->begun)
		sched_charge(&c->s, c->left_for, arch_ticks());
	c->left_for = 0;
	if (unlikely(c->gone))
		sched_release(c);
	if (unlikely(c->s.barred))
		sched_evict(c);
	if (unlikely(c->open))
		sched_spread(c);
	arch_thread_settle(c->look_at, sched_contended(&c->s) || told);
}

static __noreturn void thread_exit(void)
{
	struct sched_cpu *c = here();
	u32 vm = c->current;

	c->vcpu[vm]->alive = false;
	if (c->vcpu[vm]->roams)
		c->gone = c->vcpu[vm];
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

	t->fresh = false;
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
	of_vcpu(v)->in_guest = false;
	vm_vcpu_gone(v);
	thread_main(v);
}

void sched_begin_thread(struct sched_vcpu *t)
{
	t->alive = true;
	t->fresh = true;
	arch_thread_make(t->v, thread_main);
}

/*
 * A thread that has ended begins again; one that has not looks at its jobs itself, before it ends. One that roams has
 * perhaps left the CPU, with its job.
 */
static void begin_posted(struct sched_cpu *c)
{
	u32 posted = __atomic_exchange_n(&c->posted, 0, __ATOMIC_ACQ_REL);

	for (; posted; posted &= posted - 1) {
		u32 vm = (u32)__builtin_ctz(posted);
		struct sched_vcpu *t = c->vcpu[vm];

		if (!t || t->alive)
			continue;
		sched_begin_thread(t);
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

static __attribute__((noinline)) bool any_wakes(const struct sched_cpu *c, u64 now)
{
	for (u32 m = c->asleep; m; m &= m - 1)
		if (wakes(c, (u32)__builtin_ctz(m), now))
			return true;
	return false;
}

static __attribute__((noinline)) void wake_sleepers(struct sched_cpu *c, u64 now)
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
static __attribute__((noinline)) u64 next_wake(const struct sched_cpu *c)
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

/* What others have left for this CPU, and what was to be done now. */
static void take_news(struct sched_cpu *c, u64 now)
{
	u64 due = __atomic_load_n(&c->due, __ATOMIC_RELAXED);

	if (READ_ONCE(c->recheck))
		__atomic_store_n(&c->recheck, false, __ATOMIC_SEQ_CST);
	if (unlikely(now >= due) && __atomic_compare_exchange_n(&c->due, &due, SCHED_NEVER, false,
								__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		handover_due(this_cpu()->id);
	if (READ_ONCE(c->posted))
		begin_posted(c);
	if (READ_ONCE(c->arriving))
		sched_take_arrivals(c, now);
	if (c->asleep)
		wake_sleepers(c, now);
	c->s.barred = unlikely(READ_ONCE(c->barred)) ? sched_barred_here(c) : 0;
}

/*
 * Looks at all that may have changed, and runs who is first now; the CPU's own thread if nobody is, but one
 * that sleeps does that in its own. Returns when the calling thread is to go on, and whether others have run
 * meanwhile.
 */
static bool decide(struct sched_cpu *c)
{
	u64 now = arch_ticks(), look_at;
	u32 me = c->current, next;
	bool sleeps;

	account(c, now);
	take_news(c, now);
	next = sched_pick(&c->s, now);
	if (c->nr_left)
		sched_forward_kicks(c, now);
	if (unlikely(c->open))
		sched_note_level(c, next);
	look_at = MIN(sched_next(&c->s, now), READ_ONCE(c->due));
	if (c->asleep)
		look_at = MIN(look_at, next_wake(c));
	c->look_at = MAX(look_at, now + grain);
	sleeps = c->asleep >> me & 1;
	if (!next && sleeps)
		next = me;
	if (next != me) {
		c->left_for = sleeps ? me : 0;
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

	return now >= c->look_at || READ_ONCE(c->posted) || READ_ONCE(c->arriving) ||
	       READ_ONCE(c->recheck) || (c->asleep && any_wakes(c, now));
}

bool core_vcpu_look(void)
{
	struct sched_cpu *c = here();

	if (must_decide(c))
		return decide(c);
	if (unlikely(c->nr_left))
		sched_forward_kicks(c, arch_ticks());
	return false;
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

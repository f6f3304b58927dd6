// SPDX-License-Identifier: Apache-2.0
/* Threads of EL2; see arch/thread.h. */
#include "arch/thread.h"
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/pgtable.h"
#include "arch/sysreg.h"
#include "arch/timer.h"
#include "arch/vgic.h"
#include "arch/watch.h"
#include "boot/smp.h"
#include "lib/string.h"

/* What thread_switch() takes from a stack (switch.S). */
struct thread_regs {
	u64 x29, x30, x19, x20, rest[8];
};

void thread_switch(u64 *save_sp, u64 sp);
void thread_begin(void);

int arch_thread_create(struct arch_vcpu *v)
{
	static u32 stacks = NK_CPUS_MAX; /* the first ones are the CPUs' own */
	u64 va = VA_STACKS + (u64)stacks * STACK_STRIDE;

	stacks++;
	v->stack = va + STACK_PAGES * PAGE_SIZE;
	return smp_stack_map(va, STACK_PAGES);
}

/* The exception frame of the guest has its place at the top. */
static u64 stack_top(const struct arch_vcpu *v)
{
	return v->stack - sizeof(struct frame);
}

void arch_thread_make(struct arch_vcpu *v, void (*fn)(void *))
{
	struct thread_regs *r = (struct thread_regs *)stack_top(v) - 1;

	memset(r, 0, sizeof(*r));
	r->x30 = (u64)thread_begin;
	r->x19 = (u64)fn;
	r->x20 = (u64)v;
	v->sp = (u64)r;
}

void arch_thread_switch(struct arch_vcpu *from, struct arch_vcpu *to)
{
	struct percpu *cpu = this_cpu();
	bool loaded = cpu->vcpu;

	if (loaded) {
		if (unlikely(READ_ONCE(watch_mode)))
			watch_out(from);
		context_save(from);
	}
	thread_switch(from ? &from->sp : &cpu->idle_sp, to ? to->sp : cpu->idle_sp);
	if (loaded) {
		context_load(from);
		if (unlikely(READ_ONCE(watch_mode)))
			watch_in(from);
	}
}

void arch_thread_exit(void)
{
	u64 unused;

	thread_switch(&unused, this_cpu()->idle_sp);
	__builtin_unreachable();
}

void arch_thread_restart(struct arch_vcpu *v, void (*fn)(void *))
{
	stack_switch_call(stack_top(v), fn, v);
}

void arch_thread_settle(u64 alarm, bool trap_waits)
{
	struct percpu *cpu = this_cpu();
	u64 waits = HCR_TWI | HCR_TWE, hcr;

	if (!cpu->shared)
		return;
	hcr = trap_waits ? cpu->hcr | waits : cpu->hcr & ~waits;
	if (unlikely(cpu->watch.mode))
		hcr |= HCR_TWI;
	if (hcr != cpu->hcr) {
		cpu->hcr = hcr;
		write_sysreg(hcr, hcr_el2);
	}
	timer_alarm(cpu->vcpu, alarm);
}

void arch_vcpu_move(struct arch_vcpu *v, u32 cpu)
{
	context_leave(v);
	arch_vcpu_place(v, cpu);
}

void arch_vcpu_place(struct arch_vcpu *v, u32 cpu)
{
	v->moved = true;
	if (unlikely(READ_ONCE(watch_mode)))
		watch_moved(v);
	/* Who asks something of it reads this behind its request; the new CPU reads requests behind this. */
	WRITE_ONCE(v->cpu, cpu);
	dmb(ish);
}

bool arch_vcpu_has_irq(struct arch_vcpu *v)
{
	return v->power.sleeps ? vgic_vcpu_wakes(v) : vgic_vcpu_pending(v);
}

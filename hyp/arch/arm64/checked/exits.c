// SPDX-License-Identifier: Apache-2.0
/*
 * Where a CPU must hold no lock: on its way to a guest, when it sleeps, and where it looks at other work. The linker
 * has these called in place of those that they call (--wrap, hyp.mk).
 */
#include "arch/lock_check.h"
#include "arch/cpu.h"
#include "arch/thread.h"

void __real_trap_sync(struct frame *f, u64 esr);
u64 __real_trap_hvc(struct frame *f);
void __real_irq_handle(void);
void __real_run_requests(struct arch_vcpu *v);
bool __real_arch_cpu_poll(void);
void __real_arch_cpu_wait(void);
__noreturn void __real_guest_enter(struct frame *f);
void __real_arch_thread_switch(struct arch_vcpu *from, struct arch_vcpu *to);
__noreturn void __real_arch_thread_restart(struct arch_vcpu *v, void (*fn)(void *));

void __wrap_trap_sync(struct frame *f, u64 esr);
u64 __wrap_trap_hvc(struct frame *f);
void __wrap_irq_handle(void);
void __wrap_run_requests(struct arch_vcpu *v);
bool __wrap_arch_cpu_poll(void);
void __wrap_arch_cpu_wait(void);
__noreturn void __wrap_guest_enter(struct frame *f);
void __wrap_arch_thread_switch(struct arch_vcpu *from, struct arch_vcpu *to);
__noreturn void __wrap_arch_thread_restart(struct arch_vcpu *v, void (*fn)(void *));

void __wrap_trap_sync(struct frame *f, u64 esr)
{
	__real_trap_sync(f, esr);
	lock_check_none("back to a guest");
}

u64 __wrap_trap_hvc(struct frame *f)
{
	u64 ret = __real_trap_hvc(f);

	lock_check_none("back to a guest from a call");
	return ret;
}

void __wrap_irq_handle(void)
{
	lock_check_none("interrupts looked at");
	__real_irq_handle();
	lock_check_none("on from an interrupt");
}

void __wrap_run_requests(struct arch_vcpu *v)
{
	__real_run_requests(v);
	lock_check_none("back to a guest from its requests");
}

bool __wrap_arch_cpu_poll(void)
{
	lock_check_none("other work looked at");
	return __real_arch_cpu_poll();
}

void __wrap_arch_cpu_wait(void)
{
	lock_check_none("asleep");
	__real_arch_cpu_wait();
}

void __wrap_guest_enter(struct frame *f)
{
	lock_check_none("into a guest");
	__real_guest_enter(f);
}

void __wrap_arch_thread_switch(struct arch_vcpu *from, struct arch_vcpu *to)
{
	lock_check_none("to another thread");
	__real_arch_thread_switch(from, to);
}

void __wrap_arch_thread_restart(struct arch_vcpu *v, void (*fn)(void *))
{
	lock_check_none("a vCPU parked");
	__real_arch_thread_restart(v, fn);
}

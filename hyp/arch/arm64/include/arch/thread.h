/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads of EL2: one for each vCPU, and one for each CPU. Which one runs is core's to say (core/sched).
 * The state of a guest that is in the CPU (context.c) comes and goes with its thread.
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include "arch/vcpu.h"

/* Makes the stack of v's thread, between guard pages. Returns 0, or -1 without memory. Context: boot. */
int arch_thread_create(struct arch_vcpu *v);

/* The next switch to v's thread calls fn(v), which must not return. Context: v's CPU, in another thread. */
void arch_thread_make(struct arch_vcpu *v, void (*fn)(void *));

/*
 * Goes on in the thread of `to`; NULL: the CPU's own. Returns when somebody goes on in the thread of `from`,
 * which is the caller's. Context: no lock held; not in an interrupt's handler.
 */
void arch_thread_switch(struct arch_vcpu *from, struct arch_vcpu *to);

/* Goes on in the CPU's own thread, and the caller's is no more. Context: no vCPU is on the CPU. */
__noreturn void arch_thread_exit(void);

/*
 * For the thread that goes on: the physical counter's value at which this CPU is to be interrupted, and
 * whether a guest that waits for something (WFI, WFE) comes to EL2.
 */
void arch_thread_settle(u64 alarm, bool trap_waits);

/* Drops the stack of v's thread, the caller's, and calls fn(v) on the empty one. fn must not return. */
__noreturn void arch_thread_restart(struct arch_vcpu *v, void (*fn)(void *));

/*
 * v, which is not loaded on this CPU, its own, belongs to another one from now on: its next turn is there.
 * Context: this CPU, no lock held.
 */
void arch_vcpu_move(struct arch_vcpu *v, u32 cpu);

/* The same for one that is off, and no thread: no CPU has anything of it. Context: any. */
void arch_vcpu_place(struct arch_vcpu *v, u32 cpu);

/* An interrupt would be taken by v's guest now, PSTATE aside, or wakes it from SYSTEM_SUSPEND. Context: v is on this CPU. */
bool arch_vcpu_has_irq(struct arch_vcpu *v);

/* What this CPU has of the registers that only some have. Context: each CPU, boot. */
void context_cpu_init(void);
/* context.c: what a guest has in the CPU, to and from memory. Context: v's CPU, at the tail of an exit or in a wait. */
void context_save(struct arch_vcpu *v);
void context_load(struct arch_vcpu *v);
/* Registers of EL1 to memory, where arch_vcpu_regs() finds them; v goes on with those in the CPU. Context: as above. */
void context_keep(struct arch_vcpu *v);
/*
 * The VM's stage 2 is this CPU's, which forgets what it had cached of the VM: stage-1 entries of its last life or of
 * another vCPU, old instructions.
 */
void context_stage2(const struct arch_vm *vm);
/* v goes to another CPU: what this one still has of it goes to memory too. */
void context_leave(const struct arch_vcpu *v);
/*
 * For what is only switched when it is used, FP/SIMD and debug registers: they are v's from now on, FP/SIMD
 * as out of reset; or nothing is kept of v. Context: v's CPU, at its start and end.
 */
void context_start(struct arch_vcpu *v);
void context_drop(struct arch_vcpu *v);
/*
 * An exception because v's FP/SIMD registers, or its debug registers, are not in the CPU: now they are. The
 * second returns false when it was not because of that.
 */
void context_fp_take(struct arch_vcpu *v);
bool context_debug_take(struct arch_vcpu *v);

#endif

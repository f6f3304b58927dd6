/* SPDX-License-Identifier: Apache-2.0 */
/* What the architecture code asks of core. Implemented in core/, declared here. */
#ifndef ARCH_UPCALL_H
#define ARCH_UPCALL_H

#include "arch/vcpu.h"
#include "lib/types.h"

struct percpu;

/* The boot CPU is at nk's own addresses; fdt is the board's tree, mapped forever. Never returns. */
__noreturn void core_main(const void *fdt, paddr_t fdt_pa, u64 fdt_size);

/* Runs a CPU without a vCPU: does its mailbox's work, sleeps. Never returns. */
__noreturn void core_idle(void *unused);

enum vm_end {
	VM_END_OFF, /* the guest switched itself off */
	VM_END_RESTART, /* the guest asked for a reset */
};

/*
 * Ends the VM. Returns after its vCPUs were asked to stop; the caller's own request is handled at
 * the tail of its exit. Takes the VM's lock.
 */
void core_vm_end(struct arch_vm *vm, enum vm_end end);

/* The same: v's guest did what nk cannot let it go on from; why: a line for people. */
void core_vm_crashed(struct arch_vcpu *v, const char *why);

/* Nothing was mapped there, and is soon, or is now: the access is to be tried again. Context: any, no lock held. */
bool core_mapping_moves(const struct arch_vm *vm, ipa_t ipa);

/*
 * Turns on a vCPU of a running VM, whose power.state the caller has set to ON_PENDING: its CPU
 * starts it at power.entry. Returns false when the VM is being stopped, or has no CPU for it. Takes the VM's lock.
 */
bool core_vcpu_on(struct arch_vcpu *v);

/*
 * v has VCPU_REQ_PAUSE and is about to wait, or was woken: returns whether it has to wait (on).
 * Takes the VM's lock. Context: v's CPU, at the tail of an exit, virtual timer off.
 */
bool core_vcpu_paused(struct arch_vcpu *v);

/*
 * PSCI SYSTEM_SUSPEND: has all VMs and their time stand still, this one too, whose vCPU waits at the tail of this exit
 * until core_system_wake(). Returns false, and nothing has happened, if another VM has done so already.
 * Context: the only vCPU of the VM that is on, in the middle of an exit, no lock held. Source: DEN0022, 5.20.
 */
bool core_system_suspend(struct arch_vm *vm);

/* All that stood still for vm goes on; nothing if none does. Context: any CPU, no lock held. */
void core_system_wake(struct arch_vm *vm);

/* v's thread has let go of v (PSCI CPU_OFF, or the VM stops): account for it, and end the thread. */
__noreturn void core_vcpu_parked(struct arch_vcpu *v);

/*
 * Runs other threads of this CPU if it is their turn; returns when it is the caller's again, and whether others
 * have run. Context: a CPU that is shared, no lock held: the tail of an exit, or between pieces of long work.
 */
bool core_vcpu_look(void);

/* A vCPU has come to the CPU: what its scheduler wants to hear of holds for it too. Context: as above. */
void core_vcpu_settle(void);

/* As core_vcpu_look(), after v let its equals go first. */
void core_vcpu_yield(struct arch_vcpu *v);

/*
 * v waits: others run, or nobody. Returns when it has a request that is not one of `ignore`, when the physical
 * counter is at `until`, when an interrupt came for it (but if VCPU_REQ_VGIC is ignored), or without a reason.
 * Context: a CPU that is shared, v's thread, no lock held.
 */
void core_vcpu_wait(struct arch_vcpu *v, u64 ignore, u64 until);

/*
 * A hypercall of v: nr below NK_HC_LIMIT, a: the guest's x1 to x4. Returns its x0. Context: v's CPU,
 * in the middle of an exit, no lock held. Source: nk/hypercall.h.
 */
u64 core_hypercall(struct arch_vcpu *v, u32 nr, const u64 *a);

/*
 * What this CPU has to do at a time of its own, whoever runs here: does what is due. Returns the value of the
 * physical counter at which it is to be called next, ~0: never. Also called when arch_cpu_ask_alarm() was.
 * Context: an interrupt's handler, no lock held; may poll.
 */
u64 core_cpu_alarm(void);

/*
 * Records an event of this CPU, if the filter lets it through: its payload is two doublewords and a word. Context: any,
 * no more than that; watch_events().
 */
void core_event(u32 type, u64 first, u64 second, u32 third);

/* All of this CPU's time up to now that is not accounted for otherwise is v's, or nobody's if it is NULL. */
void core_watch_left(struct arch_vcpu *v, u64 now);

/* Time on this CPU counts from now on, or up to now. v: who is on it, or NULL. */
void core_watch_period(struct arch_vcpu *v, u64 now, bool on);

/* Prints the name of the VM in front of a report. */
const char *core_vm_name(const struct arch_vm *vm);

/*
 * Before the first line of a panic: stops the other CPUs, and from here on the console waits for no
 * lock. Does not return when this CPU panics for the second time, or another one was first.
 */
void core_panic_begin(void);

/* The end of a panic: flushes what was printed, then does what the options say. */
__noreturn void core_panic_end(void);

/* Prints a backtrace of nk: frame record, program counter, stack pointer. Context: panic. */
void core_backtrace(u64 fp, u64 pc, u64 sp);

#endif

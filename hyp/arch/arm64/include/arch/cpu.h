/* SPDX-License-Identifier: Apache-2.0 */
/* One physical CPU as nk sees it, and what every part may ask of it. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/gic_hw.h"
#include "arch/mmu.h"
#include "arch/vcpu.h"
#include "config/model.h"
#include "lib/types.h"

/* Interrupts nk sends from CPU to CPU. Guests' SGIs are virtual and share no number with these. */
enum nk_sgi {
	NK_SGI_KICK = 0, /* look at the mailbox and at the vCPU's requests */
	NK_SGI_STOP = 1, /* nk panicked, or ends the machine */
	NK_SGI_ALARM = 2, /* ask core_cpu_alarm() */
};

struct percpu {
	struct arch_vcpu *vcpu; /* whose state the CPU holds; NULL when idle */
	u64 nk_key[2]; /* pointer authentication key A of nk, and of the guest while in nk */
	u64 guest_key[2];
	u64 panic_stack; /* top */
	u32 id; /* index in cfg_board.cpu_mpidr */
	u32 online;
	u64 mpidr;
	bool shared; /* several vCPUs may want it: it is looked at who runs, at each exit */
	bool in_irq; /* in a handler of nk's own interrupt: no other thread may run before it ends */
	u32 ppis; /* PPIs of guests that are enabled in its GIC */
	u32 extras; /* what only some CPUs have of a guest's registers (context.c) */
	u64 hcr; /* HCR_EL2 */
	u64 alarm; /* physical counter: core_cpu_alarm() is due then; ~0: never */
	u64 idle_sp; /* of its own thread, while another one runs */
	struct arch_vcpu *
		fp_owner; /* whose FP/SIMD registers it has; NULL: nobody's, or the vCPU's that is alone here */
	u32 start; /* how far its start came, atomic; smp.c */
	u32 granules; /* page sizes of stage 1 in KiB, the sum of 4, 16, 64 where it has them */
	const struct cpu_id *identity; /* while it waits to be let in */
	struct watch_cpu watch;
} __aligned(64);

extern struct percpu percpus[NK_CPUS_MAX];

static inline struct percpu *this_cpu(void)
{
	u64 p;

	__asm__("mrs %0, tpidr_el2" : "=r"(p));
	return (struct percpu *)p;
}

/* The same, read anew each time: for a thread that may have come to another CPU since. */
static inline struct percpu *this_cpu_now(void)
{
	u64 p;

	__asm__ volatile("mrs %0, tpidr_el2" : "=r"(p)::"memory");
	return (struct percpu *)p;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* Microseconds since the counter started. Context: any. Arm ARM D11. */
u64 arch_time_us(void);

/* The physical counter, in ticks, and its frequency. Context: any. */
u64 arch_ticks(void);
u32 arch_ticks_hz(void);

/* So many ticks in microseconds. Context: any. */
u64 arch_ticks_us(u64 ticks);

/* The physical counter at nk's first instructions at EL2, in head.S. Context: any. */
u64 arch_boot_ticks(void);

/*
 * Executed instructions at all exception levels where the PMU counts them (event 0x08,
 * INST_RETIRED), else counter ticks. Says in *unit which. Context: boot.
 */
u64 arch_instructions(const char **unit);

/*
 * Asks the CPU of v to handle VCPU_REQ_* bits before it next runs v: at the tail of this exit when
 * it is this CPU, else by an SGI. Returns whether a CPU has something to do for that, for another vCPU than the one
 * here, which had not before.
 * Context: any, no lock needed.
 */
bool arch_vcpu_request(struct arch_vcpu *v, u64 req);

/* The same, inline: for the shortest paths. */
static inline bool vcpu_ask(struct arch_vcpu *v, u64 req)
{
	u64 old = __atomic_fetch_or(&v->requests, req, __ATOMIC_ACQ_REL);

	if ((old & req) == req)
		return false;
	if (v->cpu == this_cpu()->id)
		return v != this_cpu()->vcpu;
	gic_hw_sgi_send(v->cpu, NK_SGI_KICK);
	return true;
}

/* Takes such bits back, and wakes a vCPU that waits for that. Context: any, no lock needed. */
void arch_vcpu_release(struct arch_vcpu *v, u64 req);

struct nk_dump_vcpu;

/*
 * The registers that v's guest was left with: fills all of r but flags. Context: v waits since a pause, or is off since its
 * VM stopped; what was in them before is not cleared.
 */
void arch_vcpu_regs(const struct arch_vcpu *v, struct nk_dump_vcpu *r);

/*
 * v does not run before the physical counter is at `until`: it waits at the tail of its exit, where it
 * can be stopped. Context: any, no lock needed.
 */
void arch_vcpu_hold(struct arch_vcpu *v, u64 until);

/*
 * v waits at the tail of its exit until somebody calls arch_vcpu_answer() with the same `what`, until the physical counter
 * is at `until`, or until it is stopped. Context: v's own exit, any lock held.
 */
void arch_vcpu_await(struct arch_vcpu *v, const void *what, u64 until);

/* Nothing, if it waits for another one, or no more. Context: any, no lock needed. */
void arch_vcpu_answer(struct arch_vcpu *v, const void *what);

/*
 * For long work: takes the interrupts that pend, and gives other CPUs what they wait for of the vCPU
 * here. Returns false when the work had better end, since that vCPU is to stop.
 * Context: in the middle of an exit, or idle; no lock held.
 */
bool arch_cpu_poll(void);

/* Has a CPU look at what was left for it. What was written before is visible then. Context: any. */
void arch_cpu_kick(u32 cpu);

/* Has a CPU, this one or another, call core_cpu_alarm() soon. What was written before is visible then. Context: any. */
void arch_cpu_ask_alarm(u32 cpu);

/* nk itself is about to use FP/SIMD registers; a guest's go to memory. Context: any but an exit of a vCPU alone on its CPU. */
void arch_simd_begin(void);

/*
 * Starts every CPU of the board that can do what the first one does; each ends in core_idle().
 * Guests see what all of them have in common from here on. Returns how many run. Context: boot.
 */
u32 arch_cpus_start(const struct cfg_board *board);

/*
 * Sleeps until an interrupt, and handles it. Context: no vCPU on this CPU, or one that waits at the
 * tail of its exit or in PSCI CPU_SUSPEND.
 */
void arch_cpu_wait(void);

/* Ends, resets, or freezes the machine; PSCI 5.9, 5.11. Context: any. */
__noreturn void arch_poweroff(void);
__noreturn void arch_reset(void);
__noreturn void arch_halt(void);

/* Halts every other CPU, in nk, for good; waits a bounded time. Context: a panic, the machine's end. */
void arch_stop_others(void);

/* Reports, then stops, turns off or resets as the options say. */
__noreturn void panic(const char *fmt, ...) __printf_like(1, 2);

#endif

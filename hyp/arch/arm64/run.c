// SPDX-License-Identifier: Apache-2.0
/* vCPU reset, entry and exit for good. */
#include "arch/run.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/sysreg.h"
#include "arch/thread.h"
#include "arch/timer.h"
#include "arch/upcall.h"
#include "arch/vgic.h"
#include "arch/watch.h"
#include "boot/smp.h"
#include "lib/string.h"

__noreturn void guest_enter(struct frame *f);
void debug_reset(u32 breakpoints, u32 watchpoints);

#define NEVER (~0UL)

#define HCR_GUEST                                                                                  \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID3 | HCR_TSC |          \
	 HCR_TIDCP | HCR_TACR | HCR_RW)

/* Registers newer than the assembler's names. */
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define HFGRTR2_EL2 S3_4_C3_C1_2
#define HFGWTR2_EL2 S3_4_C3_C1_3
#define HFGITR2_EL2 S3_4_C3_C1_7
#define HDFGRTR2_EL2 S3_4_C3_C1_0
#define HDFGWTR2_EL2 S3_4_C3_C1_1
#define TPIDR2_EL0 S3_3_C13_C0_5
#define VDISR_EL2 S3_4_C12_C1_1
#define MPAM2_EL2 S3_4_C10_C5_0
#define MPAM2_TRAP_EL1 (3UL << 48) /* MPAM0_EL1 and MPAM1_EL1 */

/* Errors the machine records (FEAT_RAS): DISR_EL1 is there, the error records are not. */
static bool cpu_has_ras(void)
{
	return id_field(read_sysreg(id_aa64pfr0_el1), 28);
}

static bool cpu_has_mpam(void)
{
	/* MPAM of PFR0, or MPAM_frac of PFR1: version 0.1. */
	return id_field(read_sysreg(id_aa64pfr0_el1), 40) ||
	       id_field(read_sysreg(id_aa64pfr1_el1), 16);
}

/*
 * Fine-grained traps, FEAT_FGT (1) and FEAT_FGT2 (2): zero is no trap for what is as old as they, and a
 * trap for all that came later (the bits whose names begin with n), which the guest is not shown.
 */
static void fine_traps_init(u32 version)
{
	if (!version)
		return;
	write_sysreg(0, HFGRTR_EL2);
	write_sysreg(0, HFGWTR_EL2);
	write_sysreg(0, HFGITR_EL2);
	write_sysreg(0, HDFGRTR_EL2);
	write_sysreg(0, HDFGWTR_EL2);
	if (id_field(read_sysreg(id_aa64pfr0_el1), 44)) /* AMU */
		write_sysreg(0, HAFGRTR_EL2);
	if (version < 2)
		return;
	write_sysreg(0, HFGRTR2_EL2);
	write_sysreg(0, HFGWTR2_EL2);
	write_sysreg(0, HFGITR2_EL2);
	write_sysreg(0, HDFGRTR2_EL2);
	write_sysreg(0, HDFGWTR2_EL2);
}

static void traps_init(void)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1);
	u64 mmfr1 = read_sysreg(id_aa64mmfr1_el1);
	u64 dfr0 = read_sysreg(id_aa64dfr0_el1);
	u64 mdcr = MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS | MDCR_TTRF;
	u32 pmu = id_field(dfr0, 8);

	if (pmu && pmu != 0xf) {
		u64 n = (read_sysreg(pmcr_el0) >> 11) & 0x1f;

		/* The last counter is EL2's (boot counts use it); the guest sees no PMU at all. */
		mdcr |= MDCR_TPM | MDCR_TPMCR | MDCR_HPME | (n ? n - 1 : 0);
	}
	write_sysreg(mdcr, mdcr_el2);
	write_sysreg(CPTR_RES1 | CPTR_TZ | CPTR_TSM | CPTR_TTA | CPTR_TAM, cptr_el2);
	write_sysreg(0, hstr_el2);
	if (id_field(mmfr1, 40))
		write_sysreg(0, HCRX_EL2);
	fine_traps_init(id_field(mmfr0, 56));
	if (cpu_has_mpam())
		write_sysreg(MPAM2_TRAP_EL1, MPAM2_EL2);
	/* Locked out of reset, and guests' own OSLAR_EL1 traps: no debug exception without this. */
	write_sysreg(0, oslar_el1);
}

void run_cpu_init(void)
{
	u64 hcr = HCR_GUEST;

	if (cpu_has_pac())
		hcr |= HCR_APK | HCR_API;
	if (cpu_has_ras())
		hcr |= HCR_TERR;
	if (id_field(read_sysreg(id_aa64mmfr1_el1), 16))
		hcr |= HCR_TLOR;
	this_cpu()->hcr = hcr;
	write_sysreg(hcr, hcr_el2);
	traps_init();
	context_cpu_init();
	write_sysreg(CNTHCTL_EL1PCTEN, cnthctl_el2);
	this_cpu()->alarm = NEVER;
	write_sysreg(0, cnthp_ctl_el2);
	isb();
}

static void el1_reset(void)
{
	u64 dfr0 = read_sysreg(id_aa64dfr0_el1);

	write_sysreg(SCTLR_EL1_RESET, sctlr_el1);
	write_sysreg(0, cpacr_el1);
	write_sysreg(0, ttbr0_el1);
	write_sysreg(0, ttbr1_el1);
	write_sysreg(0, tcr_el1);
	write_sysreg(0, mair_el1);
	write_sysreg(0, amair_el1);
	write_sysreg(0, vbar_el1);
	write_sysreg(0, esr_el1);
	write_sysreg(0, far_el1);
	write_sysreg(0, afsr0_el1);
	write_sysreg(0, afsr1_el1);
	write_sysreg(0, par_el1);
	write_sysreg(0, contextidr_el1);
	write_sysreg(0, csselr_el1);
	write_sysreg(0, tpidr_el0);
	write_sysreg(0, tpidrro_el0);
	write_sysreg(0, tpidr_el1);
	write_sysreg(0, sp_el0);
	write_sysreg(0, sp_el1);
	write_sysreg(0, elr_el1);
	write_sysreg(0, spsr_el1);
	if (cpu_has_ras())
		write_sysreg(0, VDISR_EL2); /* what EL1 calls DISR_EL1 */
	if (id_field(read_sysreg(id_aa64pfr1_el1),
		     24)) /* SME: not shown, but no trap has it on all CPUs */
		write_sysreg(0, TPIDR2_EL0);
	write_sysreg(0, mdscr_el1);
	write_sysreg(0, mdccint_el1);
	debug_reset(id_field(dfr0, 12), id_field(dfr0, 20));
}

/* Keys of the last guest: IB, DA, DB, GA. IA waits in percpu.guest_key. */
static void keys_reset(struct percpu *cpu)
{
	cpu->guest_key[0] = 0;
	cpu->guest_key[1] = 0;
	write_sysreg(0, S3_0_C2_C1_2);
	write_sysreg(0, S3_0_C2_C1_3);
	write_sysreg(0, S3_0_C2_C2_0);
	write_sysreg(0, S3_0_C2_C2_1);
	write_sysreg(0, S3_0_C2_C2_2);
	write_sysreg(0, S3_0_C2_C2_3);
	write_sysreg(0, S3_0_C2_C3_0);
	write_sysreg(0, S3_0_C2_C3_1);
}

void run_start(struct arch_vcpu *v)
{
	struct percpu *cpu = this_cpu();
	struct frame *f = (struct frame *)v->stack - 1;

	v->power.sleeps = false;
	context_start(v);
	el1_reset();
	write_sysreg(read_sysreg(midr_el1), vpidr_el2);
	write_sysreg(v->mpidr, vmpidr_el2);
	context_stage2(v->vm);
	vgic_vcpu_reset(v);
	timer_vcpu_reset(v);
	cpu->vcpu = v;
	vgic_vcpu_load(v);
	if (cpu->shared)
		core_vcpu_settle();
	run_requests(v); /* it may have been paused, or stopped, before its first instruction */
	if (unlikely(READ_ONCE(watch_mode) | this_cpu_now()->watch.mode))
		watch_start(v);

	write_sysreg(v->power.entry, elr_el2);
	write_sysreg(PSR_DAIF | PSR_MODE_EL1H, spsr_el2);
	memset(f, 0, sizeof(*f));
	f->x[0] = v->power.context;
	if (cpu_has_pac())
		keys_reset(cpu);
	guest_enter(f);
}

static void run_woken(struct arch_vcpu *v)
{
	if (READ_ONCE(v->requests) & VCPU_REQ_WOKEN)
		__atomic_and_fetch(&v->requests, ~VCPU_REQ_WOKEN, __ATOMIC_ACQ_REL);
}

static void sync_vgic(struct arch_vcpu *v)
{
	__atomic_and_fetch(&v->requests, ~VCPU_REQ_VGIC, __ATOMIC_ACQ_REL);
	vgic_sync_request(v);
}

void run_vgic_request(struct arch_vcpu *v)
{
	sync_vgic(v);
}

/* Waits for an interrupt, or for what core_vcpu_wait() waits for. */
static void run_wait(struct arch_vcpu *v, u64 ignore, u64 until)
{
	if (this_cpu_now()->shared)
		core_vcpu_wait(v, ignore | VCPU_REQ_LOOK, until);
	else
		arch_cpu_wait();
}

/*
 * Interrupts go on to be taken, and the list registers to be served: another CPU may wait for that.
 * A suspend after the last look sends an SGI, which is taken as soon as the guest runs.
 */
static void run_paused(struct arch_vcpu *v)
{
	u64 heed = VCPU_REQ_STOP | VCPU_REQ_WOKEN | (v->power.sleeps ? VCPU_REQ_VGIC : 0);

	timer_vcpu_pause(v);
	context_keep(v);
	while (core_vcpu_paused(v)) {
		if (READ_ONCE(v->requests) & VCPU_REQ_VGIC)
			sync_vgic(v);
		if (v->power.sleeps && vgic_vcpu_wakes(v))
			core_system_wake(v->vm);
		else
			run_wait(v, ~heed, NEVER);
		run_woken(v);
	}
	timer_vcpu_resume(v);
}

/* It pays for what it made other CPUs do. Only its own time passes: all it is asked goes on. */
static void run_held(struct arch_vcpu *v)
{
	u64 until;

	__atomic_and_fetch(&v->requests, ~VCPU_REQ_HOLD, __ATOMIC_ACQ_REL);
	while (arch_ticks() < (until = READ_ONCE(v->held_until)) &&
	       !(READ_ONCE(v->requests) & VCPU_REQ_STOP)) {
		timer_alarm(v, until);
		if (READ_ONCE(v->requests) & VCPU_REQ_VGIC)
			sync_vgic(v);
		run_wait(v, ~(u64)VCPU_REQ_STOP, until);
	}
}

/* Somebody is to answer it, or its time is over. All it is asked goes on, and it may be paused meanwhile. */
static void run_awaits(struct arch_vcpu *v)
{
	u64 until = v->awaits_until;

	__atomic_and_fetch(&v->requests, ~VCPU_REQ_AWAIT, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&v->awaits, __ATOMIC_ACQUIRE) && arch_ticks() < until &&
	       !(READ_ONCE(v->requests) & VCPU_REQ_STOP)) {
		if (READ_ONCE(v->requests) & VCPU_REQ_PAUSE) {
			run_paused(v);
			continue; /* it may have been answered */
		}
		timer_alarm(v, until);
		if (READ_ONCE(v->requests) & VCPU_REQ_VGIC)
			sync_vgic(v);
		run_wait(v, ~(u64)(VCPU_REQ_STOP | VCPU_REQ_WOKEN | VCPU_REQ_PAUSE), until);
		run_woken(v);
	}
	WRITE_ONCE(v->awaits, NULL);
}

void run_sleep(struct arch_vcpu *v, u64 until)
{
	if (!this_cpu()->shared)
		timer_alarm(NULL, until);
	run_wait(v, ~(u64)VCPU_REQ_WOKEN, until);
	run_woken(v);
}

bool run_wfi(struct arch_vcpu *v)
{
	u64 next = NEVER;

	run_woken(v);
	if (READ_ONCE(v->requests) & ~VCPU_REQ_LOOK || vgic_vcpu_pending(v))
		return false;
	if (this_cpu()->shared) {
		next = timer_vcpu_next(v);
		/* Its interrupt pends, and is taken behind the exit, if the guest takes it at all. */
		if (next <= arch_ticks())
			return false;
	}
	if (unlikely(READ_ONCE(watch_mode)))
		watch_vcpu_idle(v, true);
	run_wait(v, 0, next);
	if (unlikely(READ_ONCE(watch_mode)))
		watch_vcpu_idle(v, false);
	return true;
}

bool arch_cpu_poll(void)
{
	struct arch_vcpu *v = this_cpu()->vcpu;

	if (irq_pending()) {
		if (unlikely(READ_ONCE(watch_mode)))
			watch_el2_irq();
		else
			irq_handle();
	}
	if (this_cpu()->shared && !this_cpu()->in_irq)
		core_vcpu_look();
	if (!v)
		return true;
	if (READ_ONCE(v->requests) & VCPU_REQ_VGIC)
		sync_vgic(v);
	return !(READ_ONCE(v->requests) & VCPU_REQ_STOP);
}

/* Takes v's state out of the CPU, and goes on with an empty stack. */
static __noreturn void leave(struct arch_vcpu *v, void (*next)(void *vcpu))
{
	if (unlikely(READ_ONCE(watch_mode)))
		watch_stop(v);
	timer_vcpu_park(v);
	context_keep(v);
	vgic_vcpu_unload(v);
	context_drop(v);
	this_cpu()->vcpu = NULL;
	arch_thread_restart(v, next);
}

static void vcpu_parked(void *vcpu)
{
	core_vcpu_parked(vcpu);
}

void run_park(struct arch_vcpu *v)
{
	leave(v, vcpu_parked);
}

static void vcpu_awake(void *vcpu)
{
	run_start(vcpu);
}

/* Its system sleeps no more, whoever had it go on: the guest begins where it asked to, its interrupts pend. */
static __noreturn void run_awake(struct arch_vcpu *v)
{
	core_system_wake(v->vm);
	leave(v, vcpu_awake);
}

/* Returns what is left of the requests: where others have run meanwhile, what they may have asked for. */
static u64 halt_once(struct arch_vcpu *v)
{
	u64 req;

	/* First: a VM that is held tells nobody that it is paused, so that it cannot be told often. */
	if (READ_ONCE(v->requests) & VCPU_REQ_HOLD)
		run_held(v);
	if (READ_ONCE(v->requests) & VCPU_REQ_AWAIT)
		run_awaits(v);
	if (READ_ONCE(v->requests) & VCPU_REQ_PAUSE)
		run_paused(v);
	req = __atomic_load_n(&v->requests, __ATOMIC_ACQUIRE);
	if (req & VCPU_REQ_STOP)
		run_park(v);
	if (unlikely(v->power.sleeps))
		run_awake(v);
	if (req & VCPU_REQ_VGIC)
		sync_vgic(v);
	run_woken(v);
	if (req & VCPU_REQ_WATCH) {
		__atomic_and_fetch(&v->requests, ~VCPU_REQ_WATCH, __ATOMIC_ACQ_REL);
		watch_apply();
	}
	if (!(req & VCPU_REQ_LOOK) || !core_vcpu_look())
		return 0;
	return READ_ONCE(v->requests) & ~VCPU_REQ_LOOK;
}

/* Not inlined: the way of an interrupt stays short. */
static __attribute__((noinline)) void run_halt(struct arch_vcpu *v)
{
	while (halt_once(v))
		;
}

void run_requests(struct arch_vcpu *v)
{
	u64 req = __atomic_load_n(&v->requests, __ATOMIC_ACQUIRE);

	if (unlikely(req & ~VCPU_REQ_VGIC))
		run_halt(v);
	else if (req & VCPU_REQ_VGIC)
		sync_vgic(v);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * What a guest has in the CPU beside its general registers, which are in the exception frame on its thread's
 * stack. docs/architecture/registers.md has the list of all registers.
 *
 * FP/SIMD registers stay where they are until another guest on the CPU uses its own: they trap meanwhile
 * (CPTR_EL2.TFP). Debug registers are only switched for a guest that has touched them in this turn, or has
 * breakpoints on; for others their accesses trap (MDCR_EL2.TDA).
 */
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "arch/thread.h"
#include "arch/timer.h"
#include "arch/vgic.h"
#include "boot/smp.h"
#include "lib/string.h"
#include "nk/dump.h"

void fpsimd_reset(void);
void fpsimd_save(u64 *to);
void fpsimd_load(const u64 *from);
void debug_save(u64 *to, u32 breakpoints, u32 watchpoints);
void debug_load(const u64 *from, u32 breakpoints, u32 watchpoints);

#define TPIDR2_EL0 S3_3_C13_C0_5
#define VDISR_EL2 S3_4_C12_C1_1
#define MDSCR_USED (BIT(15) | BIT(13) | BIT(0)) /* MDE, KDE, SS */

/* In the order of arch_context.el1[]; two at a time go to memory and back by one instruction. */
/* clang-format off */
#define EL1_REGS(PAIR, ONE)							\
	PAIR(sctlr_el1, cpacr_el1) PAIR(ttbr0_el1, ttbr1_el1)			\
	PAIR(tcr_el1, mair_el1) PAIR(amair_el1, vbar_el1)			\
	PAIR(esr_el1, far_el1) PAIR(afsr0_el1, afsr1_el1)			\
	PAIR(par_el1, contextidr_el1) PAIR(csselr_el1, cntkctl_el1)		\
	PAIR(tpidr_el0, tpidrro_el0) PAIR(sp_el0, sp_el1)			\
	PAIR(elr_el1, spsr_el1) PAIR(elr_el2, spsr_el2)				\
	ONE(tpidr_el1)
/* clang-format on */

#define ONE(reg) 1 +
#define TWO(reg, second) 2 +
_Static_assert(EL1_REGS(TWO, ONE) 0 == EL1_CONTEXT, "room for each register");
#undef TWO
#undef ONE

/* Places in arch_context.el1[]. */
#define AT(reg) AT_##reg,
#define AT_PAIR(reg, second) AT_##reg, AT_##second,
enum { EL1_REGS(AT_PAIR, AT) };
#undef AT_PAIR
#undef AT

/* A base of its own for el1[]: it is further from the vCPU than a pair may be from its base. */
#define NEAR(p) __asm__("" : "+r"(p))

static void el1_save(u64 *p)
{
	u64 two[2];

	NEAR(p);
#define SAVE(reg) *p++ = read_sysreg(reg);
#define SAVE_PAIR(reg, second)                                                                     \
	two[0] = read_sysreg(reg);                                                                 \
	two[1] = read_sysreg(second);                                                              \
	*p++ = two[0];                                                                             \
	*p++ = two[1];
	EL1_REGS(SAVE_PAIR, SAVE)
#undef SAVE_PAIR
#undef SAVE
}

static void el1_load(const u64 *p)
{
	u64 two[2];

	NEAR(p);
#define LOAD(reg) write_sysreg(*p++, reg);
#define LOAD_PAIR(reg, second)                                                                     \
	two[0] = *p++;                                                                             \
	two[1] = *p++;                                                                             \
	write_sysreg(two[0], reg);                                                                 \
	write_sysreg(two[1], second);
	EL1_REGS(LOAD_PAIR, LOAD)
#undef LOAD_PAIR
#undef LOAD
}

/* IB, DA, DB, GA; the halves of IA are in percpu.guest_key while nk runs. */
/* clang-format off */
#define KEYS(X)									\
	X(S3_0_C2_C1_2) X(S3_0_C2_C1_3) X(S3_0_C2_C2_0) X(S3_0_C2_C2_1)		\
	X(S3_0_C2_C2_2) X(S3_0_C2_C2_3) X(S3_0_C2_C3_0) X(S3_0_C2_C3_1)
/* clang-format on */

static void keys_save(u64 *p)
{
	*p++ = this_cpu()->guest_key[0];
	*p++ = this_cpu()->guest_key[1];
#define SAVE(reg) *p++ = read_sysreg(reg);
	KEYS(SAVE)
#undef SAVE
}

static void keys_load(const u64 *p)
{
	this_cpu()->guest_key[0] = *p++;
	this_cpu()->guest_key[1] = *p++;
#define LOAD(reg) write_sysreg(*p++, reg);
	KEYS(LOAD)
#undef LOAD
}

/* What only some CPUs have: pointer authentication, RAS, SME; percpu.extras. */
#define HAS_KEYS BIT(0)
#define HAS_VDISR BIT(1)
#define HAS_TPIDR2 BIT(2)

/* Debug registers are off, and the next who touches them is given his own. */
static void debug_nobodys(void)
{
	write_sysreg(0, mdccint_el1);
	write_sysreg(0, mdscr_el1);
	write_sysreg(read_sysreg(mdcr_el2) | MDCR_TDA, mdcr_el2);
}

void context_cpu_init(void)
{
	u32 extras = cpu_has_pac() ? HAS_KEYS : 0;

	if (id_field(read_sysreg(id_aa64pfr0_el1), 28))
		extras |= HAS_VDISR;
	if (id_field(read_sysreg(id_aa64pfr1_el1), 24))
		extras |= HAS_TPIDR2;
	this_cpu()->extras = extras;
	if (this_cpu()->shared)
		debug_nobodys(); /* a vCPU may come from another CPU before any starts here */
}

static void extras_save(struct arch_context *x, u32 extras)
{
	if (extras & HAS_KEYS)
		keys_save(x->keys);
	if (extras & HAS_VDISR)
		x->vdisr = read_sysreg(VDISR_EL2);
	if (extras & HAS_TPIDR2)
		x->tpidr2 = read_sysreg(TPIDR2_EL0);
}

static void extras_load(const struct arch_context *x, u32 extras)
{
	if (extras & HAS_KEYS)
		keys_load(x->keys);
	if (extras & HAS_VDISR)
		write_sysreg(x->vdisr, VDISR_EL2);
	if (extras & HAS_TPIDR2)
		write_sysreg(x->tpidr2, TPIDR2_EL0);
}

static void trap_fp(bool trap)
{
	u64 old = read_sysreg(cptr_el2), new = trap ? old | CPTR_TFP : old & ~CPTR_TFP;

	if (new == old)
		return;
	write_sysreg(new, cptr_el2);
	isb();
}

/* The FP/SIMD registers are to hold something else: those of whoever has them there go to memory. */
static void fp_evict(void)
{
	struct percpu *cpu = this_cpu();

	trap_fp(false);
	if (cpu->fp_owner)
		fpsimd_save(cpu->fp_owner->context.fp);
	cpu->fp_owner = NULL;
}

void arch_simd_begin(void)
{
	fp_evict();
}

void context_fp_take(struct arch_vcpu *v)
{
	fp_evict();
	fpsimd_load(v->context.fp);
	this_cpu()->fp_owner = v;
}

/* Numbers of breakpoints and watchpoints, less 1. */
static u32 breakpoints(void)
{
	return id_field(read_sysreg(id_aa64dfr0_el1), 12);
}

static u32 watchpoints(void)
{
	return id_field(read_sysreg(id_aa64dfr0_el1), 20);
}

static void debug_to_memory(struct arch_context *x)
{
	x->mdscr = read_sysreg(mdscr_el1);
	x->mdccint = read_sysreg(mdccint_el1);
	debug_save(x->debug, breakpoints(), watchpoints());
}

static void debug_to_cpu(const struct arch_context *x)
{
	write_sysreg(read_sysreg(mdcr_el2) & ~MDCR_TDA, mdcr_el2);
	debug_load(x->debug, breakpoints(), watchpoints());
	write_sysreg(x->mdccint, mdccint_el1);
	write_sysreg(x->mdscr, mdscr_el1);
	isb();
}

static void debug_leave(struct arch_context *x)
{
	if (read_sysreg(mdcr_el2) & MDCR_TDA)
		return; /* not touched since they were saved last */
	debug_to_memory(x);
	debug_nobodys();
}

bool context_debug_take(struct arch_vcpu *v)
{
	if (!(read_sysreg(mdcr_el2) & MDCR_TDA))
		return false;
	debug_to_cpu(&v->context);
	return true;
}

void context_save(struct arch_vcpu *v)
{
	struct arch_context *x = &v->context;

	el1_save(x->el1);
	if (unlikely(this_cpu()->extras))
		extras_save(x, this_cpu()->extras);
	debug_leave(x);
	timer_vcpu_save(v);
	vgic_vcpu_suspend(v);
	this_cpu()->vcpu = NULL;
}

void context_keep(struct arch_vcpu *v)
{
	el1_save(v->context.el1);
}

void arch_vcpu_regs(const struct arch_vcpu *v, struct nk_dump_vcpu *r)
{
	const struct frame *f = (const struct frame *)v->stack - 1;
	const u64 *el1 = v->context.el1;
	bool sp_el0 = (el1[AT_spsr_el2] & PSR_MODE_MASK) != PSR_MODE_EL1H;

	memcpy(r->x, f->x, sizeof(r->x));
	r->pc = el1[AT_elr_el2];
	r->pstate = el1[AT_spsr_el2];
	r->sp_el0 = el1[AT_sp_el0];
	r->sp_el1 = el1[AT_sp_el1];
	r->sp = sp_el0 ? r->sp_el0 : r->sp_el1;
	r->elr_el1 = el1[AT_elr_el1];
	r->spsr_el1 = el1[AT_spsr_el1];
	r->esr_el1 = el1[AT_esr_el1];
	r->far_el1 = el1[AT_far_el1];
	r->vbar_el1 = el1[AT_vbar_el1];
	r->sctlr_el1 = el1[AT_sctlr_el1];
	r->tcr_el1 = el1[AT_tcr_el1];
	r->ttbr0_el1 = el1[AT_ttbr0_el1];
	r->ttbr1_el1 = el1[AT_ttbr1_el1];
	r->tpidr_el0 = el1[AT_tpidr_el0];
	r->tpidr_el1 = el1[AT_tpidr_el1];
	r->mpidr = v->mpidr;
}

void context_stage2(const struct arch_vm *vm)
{
	write_sysreg(vm->vtcr, vtcr_el2);
	write_sysreg(vm->vttbr, vttbr_el2);
	isb();
	__asm__ volatile("tlbi vmalls12e1\n ic iallu" ::: "memory");
	dsb(nsh);
	isb();
}

/* Whoever goes on here has not got what v leaves in the CPU. */
void context_leave(const struct arch_vcpu *v)
{
	if (this_cpu()->fp_owner != v)
		return;
	fp_evict();
	trap_fp(true);
}

void context_load(struct arch_vcpu *v)
{
	const struct arch_context *x = &v->context;

	write_sysreg(v->mpidr, vmpidr_el2);
	if (v->moved) {
		/* Another vCPU of the VM, or it itself long ago, may have left something here. */
		context_stage2(v->vm);
	} else {
		write_sysreg(v->vm->vtcr, vtcr_el2);
		write_sysreg(v->vm->vttbr, vttbr_el2);
	}
	el1_load(x->el1);
	if (unlikely(this_cpu()->extras))
		extras_load(x, this_cpu()->extras);
	if (x->mdscr & MDSCR_USED)
		debug_to_cpu(x);
	trap_fp(this_cpu()->fp_owner != v);
	this_cpu()->vcpu = v;
	vgic_vcpu_resume(v);
	timer_vcpu_load(v);
}

void context_start(struct arch_vcpu *v)
{
	if (this_cpu()->shared)
		write_sysreg(read_sysreg(mdcr_el2) & ~MDCR_TDA, mdcr_el2);
	fp_evict();
	fpsimd_reset();
	if (this_cpu()->shared)
		this_cpu()->fp_owner = v;
}

void context_drop(struct arch_vcpu *v)
{
	struct percpu *cpu = this_cpu();

	if (!cpu->shared)
		return;
	if (cpu->fp_owner == v)
		cpu->fp_owner = NULL;
	debug_nobodys();
}

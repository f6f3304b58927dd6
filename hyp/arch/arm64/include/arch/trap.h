/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of a guest: helpers shared by the handlers. */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include "arch/sysreg.h"
#include "arch/vcpu.h"

/*
 * What the vectors call, and watched exits: synchronous exceptions that are neither of the next two; HVC and SMC, which
 * return x0 and find no callee-saved registers in the frame; SErrors.
 */
void trap_sync(struct frame *f, u64 esr);
u64 trap_hvc(struct frame *f);
s64 trap_smc(struct frame *f);
void trap_serror(struct frame *f);

/*
 * Goes over the trapped instruction (inject.c). To a guest that single-steps it has been executed
 * (Arm ARM D2.11, the active-pending state); it is no branch any more (BTYPE, D1.3.1). One of AArch32
 * may have 2 bytes, which ESR.IL says, and its IT block has come one further (F1.2.2).
 */
void trap_skip_any(u64 esr);

/* Whether it is enough to add 4 to ELR_EL2. */
static inline bool trap_skip_is_plain(void)
{
	return !(read_sysreg(spsr_el2) & (PSR_SS | PSR_BTYPE | PSR_MODE_32));
}

static inline void trap_skip(u64 esr)
{
	if (unlikely(!trap_skip_is_plain()))
		trap_skip_any(esr);
	else
		write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
}

/*
 * Gives the current vCPU a synchronous exception at EL1 with that syndrome (Arm ARM D1.3.1): its next
 * instruction is that of its vector. FAR_EL1 is the caller's affair.
 */
void trap_inject(u64 esr);

/* As trap_inject(): an Undefined Instruction exception. */
void trap_inject_undef(void);

/*
 * HVC and SMC of a guest: PSCI and SMCCC (smccc.c). Returns its x0; more results in f->x[1..3]. f's callee-saved
 * registers may be anything.
 */
s64 smccc_call(struct arch_vcpu *v, struct frame *f);

/* Trapped MSR, MRS and system instructions (sysreg.c). */
void sysreg_trap(struct arch_vcpu *v, struct frame *f, u64 esr);

/* A read of an ID register, or of ACTLR_EL1, done as the vectors do it elsewhere. Returns whether it was one. */
bool sysreg_id_read(struct frame *f, u64 esr);

/* Reads the ID registers once, and masks what nk does not virtualise. Context: boot CPU. */
void sysreg_init(void);

/*
 * An abort of the current vCPU that no emulated register meant: gives the guest a synchronous external
 * abort, and says so in a rate-limited line; or ends the VM, if it is to be (`on-stray`), or if the
 * syndrome is of a kind that is not the guest's own doing. esr, FAR_EL2 and HPFAR_EL2 are as the
 * exception left them. Context: v's CPU (stray.c).
 */
void stray_abort(struct arch_vcpu *v, struct frame *f, u64 esr);

/* Where the address that an abort of a guest was about comes from (Arm ARM D19.2.60, HPFAR_EL2). */
static inline ipa_t trap_hpfar_ipa(void)
{
	return read_sysreg(hpfar_el2) >> 4 << PAGE_SHIFT | (read_sysreg(far_el2) & (PAGE_SIZE - 1));
}

/*
 * The same for every kind of abort: after a permission fault HPFAR_EL2 is only valid for a walk of
 * stage 1, and FAR_EL2 goes through that stage again. Returns false if the guest's tables do not have
 * the address any more. Context: v's CPU.
 */
bool trap_fault_ipa(u64 esr, ipa_t *ipa);

/* Guesses what a guest's developer would look for first after an abort. Never NULL. */
const char *trap_likely_cause(const struct arch_vm *vm, u64 esr, ipa_t ipa);

/* Ends the VM of the current vCPU with a report of where it was and what it did. Never returns. */
__noreturn void trap_fatal(struct arch_vcpu *v, struct frame *f, u64 esr, const char *why);

/* What the exception class and its syndrome say, in words; never NULL. */
const char *esr_class_name(u64 esr);
const char *esr_fault_name(u64 esr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of a guest: helpers shared by the handlers. */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include "arch/sysreg.h"
#include "arch/vcpu.h"

/*
 * Goes over the trapped instruction; every A64 instruction is 4 bytes. To a guest that single-steps
 * it has been executed (Arm ARM D2.11, the active-pending state).
 */
static inline void trap_skip(void)
{
	u64 spsr = read_sysreg(spsr_el2);

	if (unlikely(spsr & PSR_SS))
		write_sysreg(spsr & ~PSR_SS, spsr_el2);
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
}

/* Gives the current vCPU an Undefined Instruction exception at EL1 (Arm ARM D1.3.1). */
void trap_inject_undef(void);

/*
 * HVC and SMC of a guest: PSCI and SMCCC (smccc.c). Results in f->x[0..3]. f's callee-saved
 * registers may be anything.
 */
void smccc_call(struct arch_vcpu *v, struct frame *f);

/* Trapped MSR, MRS and system instructions (sysreg.c). */
void sysreg_trap(struct arch_vcpu *v, struct frame *f, u64 esr);

/* Reads the ID registers once, and masks what nk does not virtualise. Context: boot CPU. */
void sysreg_init(void);

/* Ends the VM of the current vCPU with a report of where it was and what it did. Never returns. */
__noreturn void trap_fatal(struct arch_vcpu *v, struct frame *f, u64 esr, const char *why);

/* Prints registers: of a guest, or of nk itself. */
void trap_print_frame(const struct frame *f, u64 pc, u64 pstate);

/* What the exception class and its syndrome say, in words; never NULL. */
const char *esr_class_name(u64 esr);
const char *esr_fault_name(u64 esr);

#endif

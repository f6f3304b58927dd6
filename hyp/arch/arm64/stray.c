// SPDX-License-Identifier: Apache-2.0
/*
 * Accesses that find nothing. A bus would answer them with a synchronous external abort, so that is
 * what the guest gets: at its EL1, where it may have a handler for it. A guest without one goes from
 * abort to abort; each is a short exit like any other, and its lines are held back.
 */
#include "arch/mmio.h"
#include "arch/stage1.h"
#include "arch/sysreg.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "lib/log.h"

typedef unsigned long long ull;

bool trap_fault_ipa(u64 esr, ipa_t *ipa)
{
	if ((esr & ESR_FSC_TYPE) == FSC_PERMISSION && !(esr & ESR_S1PTW))
		return stage1_translate(read_sysreg(far_el2), ipa);
	*ipa = trap_hpfar_ipa();
	return true;
}

/* Faults of stage 2 on what a guest did; all others are nk's tables, or the machine's. */
static bool is_guests(u64 esr)
{
	u64 fsc = esr & ESR_FSC;

	return fsc < FSC_EXTERNAL || fsc == FSC_ALIGNMENT || fsc == FSC_ATOMIC;
}

/*
 * The syndrome at EL1 (Arm ARM D19.2.37). ISV is never set there, so IL is, and the fields that ISV
 * makes valid are zero, as is S1PTW, which is stage 2's. FAR is valid: FnV is zero.
 */
static u64 el1_syndrome(const struct arch_vcpu *v, u64 esr, ipa_t ipa)
{
	u64 mode = read_sysreg(spsr_el2) & (PSR_MODE_32 | PSR_MODE_MASK);
	bool el1 = mode == PSR_MODE_EL1H || mode == PSR_MODE_EL1T;
	u64 ec = esr_ec(esr) +
		 el1; /* each class "from a lower level" is followed by "from this one" */
	u64 fsc = esr & ESR_FSC;
	u64 iss = 0;

	if (esr & ESR_S1PTW)
		fsc = FSC_EXTERNAL_WALK + stage1_walk_level(v->vm, read_sysreg(far_el2), ipa);
	else if (fsc < FSC_EXTERNAL)
		fsc = FSC_EXTERNAL;
	if (esr_ec(esr) == ESR_EC_DABT_LOW)
		iss = esr & (ESR_CM | ESR_WNR);
	return ec << ESR_EC_SHIFT | ESR_IL | iss | fsc;
}

static const char *stray_kind(u64 esr)
{
	if (esr & ESR_S1PTW)
		return "page-table walk at";
	if (esr_ec(esr) == ESR_EC_IABT_LOW)
		return "fetch from";
	return esr & ESR_WNR ? "write to" : "read of";
}

static void give_abort(struct arch_vcpu *v, u64 esr, ipa_t ipa)
{
	vm_warn(v->vm->id, "stray %s IPA 0x%llx, VA 0x%llx, pc 0x%llx: abort given; likely: %s",
		stray_kind(esr), (ull)ipa, (ull)read_sysreg(far_el2), (ull)read_sysreg(elr_el2),
		trap_likely_cause(v->vm, esr, ipa));
	write_sysreg(read_sysreg(far_el2), far_el1);
	trap_inject(el1_syndrome(v, esr, ipa));
}

void stray_abort(struct arch_vcpu *v, struct frame *f, u64 esr)
{
	bool own = is_guests(esr);
	bool maintenance = esr_ec(esr) == ESR_EC_DABT_LOW && (esr & ESR_CM) && !(esr & ESR_S1PTW);
	ipa_t ipa;

	if (own && !trap_fault_ipa(esr, &ipa))
		return; /* its tables have changed meanwhile: it tries again */
	if (own && (esr & ESR_FSC_TYPE) == FSC_TRANSLATION && core_mapping_moves(v->vm, ipa))
		return;
	/* Nothing is cached of what is not there, nor of a device: nothing is to be done. */
	if (own && maintenance && (!v->vm->stray_ends || mmio_emulated(v->vm, ipa)))
		trap_skip(esr);
	else if (own && !v->vm->stray_ends)
		give_abort(v, esr, ipa);
	else
		trap_fatal(v, f, esr,
			   own ? "access to memory the VM does not have"
			       : "an access failed that stage 2 allows");
}

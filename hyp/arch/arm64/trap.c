// SPDX-License-Identifier: Apache-2.0
/* Every exception a guest takes to EL2, from the vectors on. */
#include "arch/cpu.h"
#include "arch/mmio.h"
#include "arch/run.h"
#include "arch/thread.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "lib/log.h"
#include "nk/hypercall.h"

/*
 * ISS.TI (Arm ARM D17.2.37): WFI, WFE, and those that end at a time of their own. They may all end early, so the
 * last ones do, after a turn of others.
 */
static void trap_wfx(struct arch_vcpu *v, u64 esr)
{
	trap_skip(esr);
	if ((esr & 3) == 0)
		run_wfi(v);
	else
		core_vcpu_yield(v);
}

static __cold __attribute__((noinline)) void trap_other(struct arch_vcpu *v, struct frame *f,
							u64 esr)
{
	switch (esr_ec(esr)) {
	case ESR_EC_WFX:
		trap_wfx(v, esr);
		return;
	case ESR_EC_FP:
		context_fp_take(v);
		return;
	case ESR_EC_IABT_LOW:
		stray_abort(v, f, esr);
		return;
	default:
		if (context_debug_take(v))
			return;
		vm_warn(v->vm->id, "trapped: %s, pc 0x%llx: undefined instruction given",
			esr_class_name(esr), (unsigned long long)read_sysreg(elr_el2));
		trap_inject_undef();
	}
}

/*
 * Exceptions the guest's own instructions caused; called by the vectors, which look at the vCPU's
 * requests afterwards.
 */
void trap_sync(struct frame *f, u64 esr)
{
	struct arch_vcpu *v = this_cpu()->vcpu;
	u32 ec = esr_ec(esr);

	if (ec == ESR_EC_DABT_LOW)
		mmio_abort(v, f, esr);
	else if (ec == ESR_EC_SYS64)
		sysreg_trap(v, f, esr);
	else
		trap_other(v, f, esr);
}

/*
 * HVC, whose preferred return address is behind it; called by the vectors. The frame has no
 * callee-saved registers. Returns what they put into x0.
 */
u64 trap_hvc(struct frame *f)
{
	struct arch_vcpu *v = this_cpu()->vcpu;
	u32 nr = (u32)f->x[0] - NK_HC_FID(0);

	if (likely(nr < NK_HC_LIMIT))
		return core_hypercall(v, nr, &f->x[1]);
	return (u64)smccc_call(v, f);
}

/* SMC, likewise; its preferred return address is the SMC itself. */
s64 trap_smc(struct frame *f)
{
	write_sysreg(read_sysreg(spsr_el2) & ~(PSR_SS | PSR_BTYPE), spsr_el2);
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
	return smccc_call(this_cpu()->vcpu, f);
}

/* An asynchronous external abort the guest's accesses raised; called by the vectors. */
void trap_serror(struct frame *f)
{
	trap_fatal(this_cpu()->vcpu, f, read_sysreg(esr_el2), "system error (asynchronous abort)");
}

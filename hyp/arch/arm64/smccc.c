// SPDX-License-Identifier: Apache-2.0
/*
 * Calls of a guest over HVC and SMC: PSCI 1.1 (DEN0022) and the SMC Calling Convention 1.1
 * (DEN0028). What is unknown returns NOT_SUPPORTED without a word. nk's own calls are HVC only, and
 * go another way (trap_hvc).
 */
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/run.h"
#include "arch/stage2.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "arch/vgic.h"
#include "nk/hypercall.h"
#include "nk/smccc.h"

static struct arch_vcpu *vcpu_by_mpidr(const struct arch_vm *vm, u64 mpidr)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		if (((vm->vcpu[i]->mpidr ^ mpidr) & MPIDR_AFF_MASK) == 0)
			return vm->vcpu[i];
	return NULL;
}

static s64 psci_cpu_on(struct arch_vcpu *v, u64 mpidr, u64 entry, u64 context)
{
	struct arch_vcpu *target = vcpu_by_mpidr(v->vm, mpidr);
	s64 ret = PSCI_RET_SUCCESS;

	if (!target || (mpidr & ~MPIDR_AFF_MASK))
		return PSCI_RET_INVALID_PARAMETERS;
	if ((entry & 3) || !stage2_is_ram(v->vm, entry))
		return PSCI_RET_INVALID_ADDRESS;

	spin_lock(&target->power.lock);
	switch (__atomic_load_n(&target->power.state, __ATOMIC_ACQUIRE)) {
	case PSCI_ON:
		ret = PSCI_RET_ALREADY_ON;
		break;
	case PSCI_ON_PENDING:
		ret = PSCI_RET_ON_PENDING;
		break;
	default:
		target->power.entry = entry;
		target->power.context = context;
		__atomic_store_n(&target->power.state, PSCI_ON_PENDING, __ATOMIC_RELEASE);
	}
	spin_unlock(&target->power.lock);
	if (ret == PSCI_RET_SUCCESS && !core_vcpu_on(target)) {
		__atomic_store_n(&target->power.state, PSCI_OFF, __ATOMIC_RELEASE);
		ret = PSCI_RET_DENIED;
	}
	return ret;
}

static s64 affinity_state(const struct arch_vcpu *v)
{
	switch (__atomic_load_n(&v->power.state, __ATOMIC_ACQUIRE)) {
	case PSCI_ON:
		return PSCI_AFFINITY_ON;
	case PSCI_ON_PENDING:
		return PSCI_AFFINITY_ON_PENDING;
	default:
		return PSCI_AFFINITY_OFF;
	}
}

/*
 * An affinity instance is ON if one of its CPUs is, else ON_PENDING if one is to be. Fields below
 * the level do not count (DEN0022, 5.7).
 */
static s64 psci_affinity_info(struct arch_vcpu *v, u64 mpidr, u64 level)
{
	static const u64 fields[] = {MPIDR_AFF_MASK, 0xff00ffff00, 0xff00ff0000, 0xff00000000};
	s64 ret = PSCI_RET_INVALID_PARAMETERS;

	if (level >= ARRAY_SIZE(fields) || (mpidr & ~MPIDR_AFF_MASK))
		return ret;
	for (u32 i = 0; i < v->vm->nr_vcpus; i++) {
		const struct arch_vcpu *other = v->vm->vcpu[i];
		s64 state;

		if ((other->mpidr ^ mpidr) & fields[level])
			continue;
		state = affinity_state(other);
		if (state == PSCI_AFFINITY_ON)
			return state;
		if (ret != PSCI_AFFINITY_ON_PENDING)
			ret = state;
	}
	return ret;
}

/* Both kinds of state are met by standby, which PSCI 5.4.1 allows for a power-down request. */
static s64 psci_cpu_suspend(struct arch_vcpu *v, u64 power_state)
{
	if (power_state & PSCI_POWER_STATE_RES0)
		return PSCI_RET_INVALID_PARAMETERS;
	while (run_wfi(v))
		;
	return PSCI_RET_SUCCESS;
}

/*
 * Deeper than the CPU's WFI no board that nk knows of goes, so what the firmware keeps over a suspend is
 * none of our business.
 */
static s64 psci_system_suspend(struct arch_vcpu *v, u64 entry, u64 context)
{
	if (!v->vm->may_sleep)
		return PSCI_RET_NOT_SUPPORTED;
	if ((entry & 3) || !stage2_is_ram(v->vm, entry))
		return PSCI_RET_INVALID_ADDRESS;
	for (u32 i = 0; i < v->vm->nr_vcpus; i++) {
		const struct arch_vcpu *other = v->vm->vcpu[i];

		if (other != v && affinity_state(other) != PSCI_AFFINITY_OFF)
			return PSCI_RET_DENIED;
	}
	if (!core_system_suspend(v->vm))
		return PSCI_RET_DENIED;
	v->power.entry = entry;
	v->power.context = context;
	v->power.sleeps = true;
	/* Whoever has it go on again at once: the tail of this exit looks. */
	arch_vcpu_request(v, VCPU_REQ_WOKEN);
	return PSCI_RET_SUCCESS;
}

static s64 psci_features(const struct arch_vcpu *v, u32 fid)
{
	switch (fid) {
	case PSCI_SYSTEM_SUSPEND_32:
	case PSCI_SYSTEM_SUSPEND_64:
		return v->vm->may_sleep ? PSCI_RET_SUCCESS : PSCI_RET_NOT_SUPPORTED;
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND_64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2_32:
	case PSCI_SYSTEM_RESET2_64:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return PSCI_RET_SUCCESS;
	default:
		return PSCI_RET_NOT_SUPPORTED;
	}
}

static s64 smccc_arch_features(u32 fid)
{
	if (fid == SMCCC_VERSION || fid == SMCCC_ARCH_FEATURES)
		return 0;
	return SMCCC_RET_NOT_SUPPORTED;
}

static s64 psci_reset2(struct arch_vcpu *v, u64 type)
{
	if (type != 0)
		return PSCI_RET_INVALID_PARAMETERS;
	core_vm_end(v->vm, VM_END_RESTART);
	return PSCI_RET_SUCCESS;
}

static s64 uid_call(struct frame *f)
{
	f->x[1] = NK_UID_1;
	f->x[2] = NK_UID_2;
	f->x[3] = NK_UID_3;
	return NK_UID_0;
}

s64 smccc_call(struct arch_vcpu *v, struct frame *f)
{
	u32 fid = f->x[0];

	switch (fid) {
	case PSCI_VERSION:
		return PSCI_VERSION_1_1;
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND_64:
		return psci_cpu_suspend(v, (u32)f->x[1]);
	case PSCI_CPU_OFF:
		run_park(v);
	case PSCI_CPU_ON_32:
		return psci_cpu_on(v, (u32)f->x[1], (u32)f->x[2], (u32)f->x[3]);
	case PSCI_CPU_ON_64:
		return psci_cpu_on(v, f->x[1], f->x[2], f->x[3]);
	case PSCI_AFFINITY_INFO_32:
		return psci_affinity_info(v, (u32)f->x[1], (u32)f->x[2]);
	case PSCI_AFFINITY_INFO_64:
		return psci_affinity_info(v, f->x[1], f->x[2]);
	case PSCI_MIGRATE_INFO_TYPE:
		return PSCI_TOS_NOT_PRESENT;
	case PSCI_SYSTEM_OFF:
		core_vm_end(v->vm, VM_END_OFF);
		return (s64)f->x[0];
	case PSCI_SYSTEM_RESET:
		core_vm_end(v->vm, VM_END_RESTART);
		return (s64)f->x[0];
	case PSCI_SYSTEM_SUSPEND_32:
		return psci_system_suspend(v, (u32)f->x[1], (u32)f->x[2]);
	case PSCI_SYSTEM_SUSPEND_64:
		return psci_system_suspend(v, f->x[1], f->x[2]);
	case PSCI_SYSTEM_RESET2_32:
		return psci_reset2(v, (u32)f->x[1]);
	case PSCI_SYSTEM_RESET2_64:
		return psci_reset2(v, f->x[1]);
	case PSCI_FEATURES:
		return psci_features(v, f->x[1]);
	case SMCCC_VERSION:
		return SMCCC_VERSION_1_1;
	case SMCCC_ARCH_FEATURES:
		return smccc_arch_features(f->x[1]);
	case SMCCC_VENDOR_HYP_UID:
		return uid_call(f);
	default:
		return SMCCC_RET_NOT_SUPPORTED;
	}
}

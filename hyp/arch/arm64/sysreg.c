// SPDX-License-Identifier: Apache-2.0
/*
 * System registers a guest may not have: the identification it sees instead, and the trapped
 * accesses (Arm ARM D19.2, D1.3.6).
 */
#include "arch/cpu.h"
#include "arch/cpu_id.h"
#include "arch/gic.h"
#include "arch/stage2.h"
#include "arch/sysreg.h"
#include "arch/thread.h"
#include "arch/timer.h"
#include "arch/trap.h"
#include "arch/vgic.h"
#include "boot/smp.h"
#include "lib/log.h"

/* op0, op1, CRn, CRm, op2 as the syndrome of EC 0x18 holds them. */
#define ENC(op0, op1, crn, crm, op2)                                                               \
	((u32)(op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ENC_MASK 0x3ffc1eU
#define ENC_CRM_MASK (0xfU << 1)
#define ENC_OP2_MASK (7U << 17)
#define ISS_READ 1U

/* Index CRm:op2 of the space op0 3, op1 0, CRn 0; slot 0 holds ACTLR_EL1. Read by vectors.S. */
u64 sysreg_id_values[128];

/* Shows the bits of mask of what all CPUs have; what is never shown reads as zero. */
#define SHOW(crm, op2, mask)                                                                       \
	(sysreg_id_values[CPU_ID(crm, op2)] = cpu_common_reg(CPU_ID(crm, op2)) & (mask))
#define ALL (~0UL)

static void show_aarch32(void)
{
	SHOW(1, 0, 0x0f0fffff); /* ID_PFR0: no RAS, AMU */
	SHOW(1, 1, 0xffff0fff); /* ID_PFR1: no virtualization extensions */
	SHOW(1, 2, 0x000000ff); /* ID_DFR0: no trace, PMU */
	SHOW(1, 4, ALL); /* ID_MMFR0.. */
	SHOW(1, 5, ALL);
	SHOW(1, 6, ALL);
	SHOW(1, 7, ALL);
	SHOW(2, 0, ALL); /* ID_ISAR0.. */
	SHOW(2, 1, ALL);
	SHOW(2, 2, ALL);
	SHOW(2, 3, ALL);
	SHOW(2, 4, ALL);
	SHOW(2, 5, ALL);
	SHOW(2, 6, ALL);
	SHOW(2, 7, ALL);
	SHOW(3, 0, ALL); /* MVFR0.. */
	SHOW(3, 1, ALL);
	SHOW(3, 2, ALL);
	SHOW(3, 4, 0xff); /* ID_PFR2: no RAS */
}

static void show_aarch64(void)
{
	SHOW(4, 0, 0xff0f00000fff00ff); /* PFR0: no EL2, EL3, RAS, SVE, SEL2, MPAM, AMU, RME */
	SHOW(4, 1, 0xff); /* PFR1: BT, SSBS */
	SHOW(5, 0, 0x000000f0f0f0f00f); /* DFR0: no trace, PMU, SPE */
	SHOW(6, 0, 0xfffffffff0ffffff); /* ISAR0: no TME */
	SHOW(6, 1, 0x00ffffffffffffff); /* ISAR1: no LS64, XS */
	SHOW(6, 2, 0x000000000f00ffff); /* ISAR2: no MOPS */
	SHOW(7, 0, 0x0000f000fff000ff); /* MMFR0: no ECV, FGT, no big endian */
	SHOW(7, 1, 0x0000f0f000f0f00f); /* MMFR1: no VHE, VMID, LOR, TWED, HCX */
	SHOW(7, 2, 0xf0ff00fff0ff0fff); /* MMFR2: no NV, IESB, FWB, EVT */
}

/* Lowers a field to at most max. */
static void id_cap(u32 index, u32 shift, u64 max)
{
	u64 *reg = &sysreg_id_values[index];

	if (id_field(*reg, shift) > max)
		*reg = (*reg & ~(0xfUL << shift)) | max << shift;
}

void sysreg_init(void)
{
	show_aarch32();
	show_aarch64();
	id_cap(4 << 3, 4, 1); /* EL1 in AArch64 only */
	id_cap(4 << 3, 56, 1); /* CSV2: no SCXTNUM registers */
	id_cap(5 << 3, 0, 6); /* debug architecture of v8.0 */
	id_cap(7 << 3, 0, stage2_pa_range());
	/* Addresses of 52 bits (FEAT_LPA2) with the small granules; 15 is "no such granule". */
	if (id_field(sysreg_id_values[7 << 3], 28) != 0xf)
		id_cap(7 << 3, 28, 0);
	id_cap(7 << 3, 20, 1);
	/* What newer values of these stand for is in registers that trap (HCRX_EL2, fine-grained). */
	id_cap(7 << 3 | 1, 0, 2); /* HAFDBS: no access flag of tables (TCR2_EL1) */
	id_cap(7 << 3 | 2, 16, 1); /* VARange: no 56 bits (TCR2_EL1.D128) */
	id_cap(7 << 3 | 2, 36, 1); /* IDS: ID registers of EL0 do not trap further */
	if (gic_version() == 2)
		id_cap(4 << 3, 24, 0);
	sysreg_id_values[0] = read_sysreg(actlr_el1);
}

static bool sysreg_ignore(struct arch_vcpu *v, u32 enc, u64 *value, bool write)
{
	*value = 0;
	return true;
}

/* OSLSR_EL1: the lock exists and is open. */
static bool os_lock_status(struct arch_vcpu *v, u32 enc, u64 *value, bool write)
{
	*value = 0x8;
	return !write;
}

static bool phys_timer(struct arch_vcpu *v, u32 enc, u64 *value, bool write)
{
	u32 op2 = (enc >> 17) & 7;

	if (op2 > 2)
		return false;
	if (write)
		timer_ptimer_write(v, op2, *value);
	else
		*value = timer_ptimer_read(v, op2);
	return true;
}

static const struct {
	u32 mask;
	u32 enc;
	/* Returns false when the access is undefined. */
	bool (*fn)(struct arch_vcpu *v, u32 enc, u64 *value, bool write);
} handlers[] = {
	{ENC_MASK & ~ENC_OP2_MASK, ENC(3, 0, 12, 11, 0), vgic_sysreg},
	{ENC_MASK & ~ENC_OP2_MASK, ENC(3, 3, 14, 2, 0), phys_timer},
	{ENC_MASK, ENC(3, 0, 1, 0, 1), sysreg_ignore}, /* ACTLR_EL1, written */
	{ENC_MASK, ENC(2, 0, 1, 0, 4), sysreg_ignore}, /* OSLAR_EL1 */
	{ENC_MASK, ENC(2, 0, 1, 1, 4), os_lock_status},
	{ENC_MASK, ENC(2, 0, 1, 3, 4), sysreg_ignore}, /* OSDLR_EL1 */
	{ENC_MASK, ENC(2, 0, 1, 4, 4), sysreg_ignore}, /* DBGPRCR_EL1 */
	{ENC_MASK, ENC(2, 0, 1, 0, 0), sysreg_ignore}, /* MDRAR_EL1 */
	{ENC_MASK & ~ENC_CRM_MASK & ~ENC_OP2_MASK, ENC(3, 0, 12, 0, 0), vgic_sysreg},
};

static bool sysreg_dispatch(struct arch_vcpu *v, u32 enc, u64 *value, bool write)
{
	for (u32 i = 0; i < ARRAY_SIZE(handlers); i++)
		if ((enc & handlers[i].mask) == handlers[i].enc)
			return handlers[i].fn(v, enc, value, write);
	return false;
}

bool sysreg_id_read(struct frame *f, u64 esr)
{
	u32 enc = esr & ENC_MASK, rt = (esr >> 5) & 31, index = 0;

	if (!(esr & ISS_READ))
		return false;
	if ((enc & ~ENC_CRM_MASK & ~ENC_OP2_MASK) == ENC(3, 0, 0, 0, 0))
		index = (enc >> 1 & 15) << 3 | (enc >> 17 & 7);
	else if (enc != ENC(3, 0, 1, 0, 1))
		return false;
	if (rt != 31)
		f->x[rt] = sysreg_id_values[index];
	trap_skip(esr);
	return true;
}

void sysreg_trap(struct arch_vcpu *v, struct frame *f, u64 esr)
{
	u32 rt = (esr >> 5) & 31;
	u32 enc = esr & ENC_MASK;
	bool write = !(esr & ISS_READ);
	u64 value = write && rt != 31 ? f->x[rt] : 0;

	if (unlikely(!sysreg_dispatch(v, enc, &value, write))) {
		if (context_debug_take(v))
			return;
		vm_warn(v->vm->id,
			"%s of S%u_%u_C%u_C%u_%u, pc 0x%llx: undefined instruction given",
			write ? "write" : "read", enc >> 20, (enc >> 14) & 7, (enc >> 10) & 15,
			(enc >> 1) & 15, (enc >> 17) & 7, (unsigned long long)read_sysreg(elr_el2));
		trap_inject_undef();
		return;
	}
	if (!write && rt != 31)
		f->x[rt] = value;
	trap_skip(esr);
}

// SPDX-License-Identifier: Apache-2.0
/* Exceptions that nk gives a guest, and going over an instruction that it executed for one. */
#include "arch/trap.h"

#define PSR_A32_T BIT(5)
#define PSR_A32_IT_LOW (3UL << 25) /* IT[1:0] */
#define PSR_A32_IT_HIGH (0x3fUL << 10) /* IT[7:2] */

/* AArch64.TakeException() to EL1 (Arm ARM D1.3.1). */
__cold void trap_inject(u64 esr)
{
	u64 spsr = read_sysreg(spsr_el2);
	u64 sctlr = read_sysreg(sctlr_el1);
	u64 pstate = (spsr & PSR_KEPT) | PSR_DAIF | PSR_MODE_EL1H;
	u64 offset = 0x400;

	if (spsr & PSR_MODE_32)
		offset = 0x600;
	else if ((spsr & PSR_MODE_MASK) == PSR_MODE_EL1H)
		offset = 0x200;
	else if ((spsr & PSR_MODE_MASK) == PSR_MODE_EL1T)
		offset = 0;
	if (!(sctlr & SCTLR_EL1_SPAN))
		pstate |= PSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		pstate |= PSR_SSBS;
	write_sysreg(read_sysreg(elr_el2), elr_el1);
	write_sysreg(spsr, spsr_el1);
	write_sysreg(esr, esr_el1);
	write_sysreg(read_sysreg(vbar_el1) + offset, elr_el2);
	write_sysreg(pstate, spsr_el2);
}

__cold void trap_inject_undef(void)
{
	trap_inject(ESR_IL);
}

/* ITAdvance(): the state of an IT block after one more of its instructions (Arm ARM F1.2.2). */
static u64 it_advanced(u64 spsr)
{
	u64 it = (spsr & PSR_A32_IT_HIGH) >> 8 | (spsr & PSR_A32_IT_LOW) >> 25;

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (spsr & ~(PSR_A32_IT_HIGH | PSR_A32_IT_LOW)) | (it & 0xfc) << 8 | (it & 3) << 25;
}

__cold void trap_skip_any(u64 esr)
{
	u64 spsr = read_sysreg(spsr_el2) & ~PSR_SS;

	if (!(spsr & PSR_MODE_32))
		spsr &= ~PSR_BTYPE;
	else if (spsr & PSR_A32_T)
		spsr = it_advanced(spsr);
	write_sysreg(spsr, spsr_el2);
	write_sysreg(read_sysreg(elr_el2) + (esr & ESR_IL ? 4 : 2), elr_el2);
}

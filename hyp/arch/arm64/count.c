// SPDX-License-Identifier: Apache-2.0
/* Counting what nk itself executes: the PMU's last counter is EL2's (Arm ARM D13). head.S starts it. */
#include "arch/cpu.h"
#include "arch/sysreg.h"

#define EVENT_INST_RETIRED 0x08

u64 arch_instructions(const char **unit)
{
	u32 pmu = id_field(read_sysreg(id_aa64dfr0_el1), 8);

	if (pmu && pmu != 0xf && (read_sysreg(pmceid0_el0) & BIT(EVENT_INST_RETIRED))) {
		*unit = "instructions";
		return (u32)read_sysreg(pmxevcntr_el0);
	}
	*unit = "ticks";
	return read_sysreg(cntpct_el0);
}

// SPDX-License-Identifier: Apache-2.0
/* The identification of the CPUs that take part: read on each, kept as what all have in common. */
#include "arch/cpu.h"
#include "arch/cpu_id.h"
#include "arch/gic.h"
#include "arch/gic_hw.h"
#include "arch/sysreg.h"
#include "smp.h"

static struct cpu_id first, common;

#define READ(crm, op2) (id->reg[CPU_ID(crm, op2)] = read_sysreg(S3_0_C0_C##crm##_##op2))
#define READ_ROW(crm)                                                                              \
	(READ(crm, 0), READ(crm, 1), READ(crm, 2), READ(crm, 3), READ(crm, 4), READ(crm, 5),       \
	 READ(crm, 6), READ(crm, 7))

/* The whole space can be read; what a CPU does not know of it is zero (Arm ARM D19.1.3). */
void cpu_common_read(struct cpu_id *id)
{
	*id = (struct cpu_id){.ctr = read_sysreg(ctr_el0)};
	READ_ROW(1);
	READ_ROW(2);
	READ_ROW(3);
	READ_ROW(4);
	READ_ROW(5);
	READ_ROW(6);
	READ_ROW(7);
	if (gic_version() == 2 || !id_field(id->reg[CPU_ID(4, 0)], 24))
		return;
	/* Its registers are there once the interface is one of system registers (IHI 0069 12.4.8). */
	write_sysreg(ICC_SRE_ON, ICC_SRE_EL2);
	isb();
	id->vtr = read_sysreg(ICH_VTR_EL2);
}

void cpu_common_start(struct percpu *cpu)
{
	cpu_common_read(&first);
	common = first;
	cpu->granules = cpu_id_granules(&first);
}

const char *cpu_common_join(struct percpu *cpu)
{
	const char *lacks = cpu_id_lacks(&first, cpu->identity);

	if (lacks)
		return lacks;
	cpu_id_join(&common, cpu->identity);
	cpu->granules = cpu_id_granules(cpu->identity);
	return NULL;
}

u64 cpu_common_reg(u32 index)
{
	return common.reg[index];
}

bool cpu_has_pac(void)
{
	return cpu_id_has_pac(&first);
}

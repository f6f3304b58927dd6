/* SPDX-License-Identifier: Apache-2.0 */
/* What a CPU is, by its identification registers, and what several CPUs have in common. */
#ifndef ARCH_CPU_ID_H
#define ARCH_CPU_ID_H

#include "lib/types.h"

/* One CPU's registers. */
struct cpu_id {
	u64 reg[64]; /* the space op0 3, op1 0, CRn 0, by CRm and op2; those of CRm 0 are not here */
	u64 ctr; /* CTR_EL0 */
	u64 vtr; /* ICH_VTR_EL2, 0 under a GICv2 */
};

#define CPU_ID(crm, op2) ((crm) << 3 | (op2)) /* index in cpu_id.reg */

/*
 * What a CPU lacks of what nk set up for all on the first one: for a line "it lacks the TEXT of
 * the first CPU"; NULL: it can take part. Context: any. Source: Arm ARM D19.2.
 */
const char *cpu_id_lacks(const struct cpu_id *first, const struct cpu_id *id);

/*
 * Lowers each field of *common to what this CPU has as well, so that who reads them finds only
 * features that all have. Context: any. Source: Arm ARM D19.1.3, "Principles of the ID scheme".
 */
void cpu_id_join(struct cpu_id *common, const struct cpu_id *id);

/* Whether it has pointer authentication of addresses (FEAT_PAuth). */
bool cpu_id_has_pac(const struct cpu_id *id);

/* Page sizes its stage 1 has, in KiB: the sum of 4, 16 and 64 where it has them. */
u32 cpu_id_granules(const struct cpu_id *id);

#endif

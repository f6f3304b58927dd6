/* SPDX-License-Identifier: Apache-2.0 */
/* What core/ needs of arch/cpu.h here. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "lib/limits.h"
#include "lib/types.h"

struct arch_vcpu;

struct percpu {
	struct arch_vcpu *vcpu;
	u32 online;
};

extern struct percpu percpus[NK_CPUS_MAX];

static inline struct percpu *this_cpu(void)
{
	return &percpus[0];
}

void arch_vcpu_hold(struct arch_vcpu *v, u64 until);

static inline bool arch_cpu_poll(void)
{
	return true;
}

static inline void cpu_relax(void)
{
}

static inline u64 arch_counter(void)
{
	return 12345;
}

static inline u32 arch_counter_hz(void)
{
	return 62500000;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What host tests need of arch/cpu.h; each test gives its own clock. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "lib/types.h"

struct arch_vcpu;

struct percpu {
	struct arch_vcpu *vcpu;
};

struct percpu *this_cpu(void);
void arch_vcpu_hold(struct arch_vcpu *v, u64 until);
u32 arch_counter_hz(void);

static inline bool arch_cpu_poll(void)
{
	return true;
}

static inline void cpu_relax(void)
{
}

u64 arch_time_us(void);

#endif

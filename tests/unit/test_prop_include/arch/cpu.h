/* SPDX-License-Identifier: Apache-2.0 */
/* What core/prop*.c need of arch/cpu.h. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <sched.h>

#include "lib/limits.h"
#include "lib/types.h"

struct percpu {
	u32 online;
};

extern struct percpu percpus[NK_CPUS_MAX];

static inline void cpu_relax(void)
{
	sched_yield();
}

#endif

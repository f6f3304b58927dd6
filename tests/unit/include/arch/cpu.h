/* SPDX-License-Identifier: Apache-2.0 */
/* What host tests need of arch/cpu.h; each test gives its own clock. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "lib/types.h"

static inline void cpu_relax(void)
{
}

u64 arch_time_us(void);

#endif

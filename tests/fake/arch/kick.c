// SPDX-License-Identifier: Apache-2.0
/* Other CPUs need not be told: there are none. */
#include "arch/cpu.h"

void arch_cpu_kick(u32 cpu)
{
}

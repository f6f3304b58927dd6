// SPDX-License-Identifier: Apache-2.0
/* A CPU without a vCPU. */
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/sched/cpu.h"

void core_idle(void *unused)
{
	for (;;) {
		sched_run();
		/* Work posted after the look is a pending interrupt: the wait ends at once. */
		arch_cpu_wait();
	}
}

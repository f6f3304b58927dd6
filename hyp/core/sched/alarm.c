// SPDX-License-Identifier: Apache-2.0
/* What a CPU has to do at times of its own, whoever runs there: a row each. */
#include "arch/upcall.h"
#include "core/monitor/monitor.h"
#include "core/wdt/wdt.h"

#define NEVER (~0UL)

/* Does what is due, and returns when it is to be called next, NEVER: not. */
static u64 (*const alarms[])(void) = {wdt_cpu_alarm, monitor_cpu_alarm};

u64 core_cpu_alarm(void)
{
	u64 next = NEVER, at;

	for (u32 i = 0; i < ARRAY_SIZE(alarms); i++) {
		at = alarms[i]();
		next = MIN(next, at);
	}
	return next;
}

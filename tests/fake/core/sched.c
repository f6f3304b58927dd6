// SPDX-License-Identifier: Apache-2.0
/* What handover asks of the scheduler. */
#include "arch/cpu.h"
#include "core/sched/cpu.h"
#include "core/sched/table.h"
#include "fake/core.h"

struct fake_sched fake_sched[NK_CPUS_MAX];

void sched_bar(u32 cpu, u32 vms)
{
	fake_sched[cpu].barred = vms;
}

void sched_watch(u32 cpu, u64 at)
{
	fake_sched[cpu].due = at;
}

bool sched_is_member(u32 cpu, u32 vm)
{
	return fake_sched[cpu].members >> vm & 1;
}

u64 sched_ticks(u64 us)
{
	return us * arch_ticks_hz() / 1000000;
}

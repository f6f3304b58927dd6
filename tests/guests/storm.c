// SPDX-License-Identifier: Apache-2.0
/*
 * Two VMs that make nk say as much as they can. VM 2 (`fault`) prints many lines, and then does what
 * ends it. VM 3 prints one line and, once a key was typed to it (VM 2 has stopped by then), starts
 * VM 2 again and again (`rounds` in the bootargs) and waits until each start has ended, the last
 * too; then it looks for its own line and for nk's first in the history.
 */
#include "nk/prop.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define NOTHING_THERE 0x20000000UL
#define LINES 40
#define SECONDS 60
#define HISTORY_MAX (1 << 20)
#define FIRST "storm: my first line"
#define BANNER "2 of 2 CPUs, 2 VMs"

static const char running[] = "nk.vm.2.state.running";
static u8 history[4096];

static void fault(void)
{
	for (u32 i = 0; i < LINES; i++)
		printf("storm: so many lines that no room is left for others' %u\n", i);
	*(volatile u32 *)NOTHING_THERE = 0;
	for (;;)
		wfi();
}

static u32 state(void)
{
	u32 value = 0;

	while ((int)nk_call(NK_HC_PROP_GET, (u64)running, (u64)&value, sizeof(value), 0) ==
	       NK_PROP_BUSY)
		;
	return value;
}

/* Whether VM 2 has stopped after its n-th start. */
static bool wait_stopped(u32 n)
{
	u64 since = read_sysreg(cntvct_el0);

	while (state() != n << 1)
		if (read_sysreg(cntvct_el0) - since > SECONDS * counter_hz())
			return false;
	return true;
}

/* The history passes by in pieces that overlap, so that nothing is missed between two. */
static u32 in_history(const char *what)
{
	u64 ordinal = 0, total = 0;
	u32 size = (u32)strlen(what), found = 0, kept = 0, n, i;

	while (total < HISTORY_MAX) {
		n = (u32)nk_call(NK_HC_CON_HIST_READ, (u64)&ordinal, (u64)history + kept,
				 sizeof(history) - kept, 0);
		if (!n || n > sizeof(history))
			break;
		total += n;
		n += kept;
		for (i = 0; i + size <= n; i++)
			found += !memcmp(history + i, what, size);
		kept = MIN(n, size - 1);
		memcpy(history, history + n - kept, kept);
	}
	return found;
}

void guest_main(void)
{
	u32 rounds = (u32)arg_u64("rounds", 100), n;
	u64 begin;

	mmu_on();
	if (arg_flag("fault"))
		fault();
	printf(FIRST "\n");
	getchar();
	begin = read_sysreg(cntvct_el0);
	for (n = 0; n < rounds; n++) {
		nk_call(NK_HC_PROP_SET, (u64)running, (u64) "1", 1, 0);
		if (!wait_stopped(n + 2))
			break;
	}
	begin = read_sysreg(cntvct_el0) - begin;
	printf("storm: %u starts in %lu us\n", n, begin * 1000000 / counter_hz());
	printf("storm: the history has my line %u times, nk's %u times\n", in_history(FIRST),
	       in_history(BANNER));
	for (;;)
		wfi();
}

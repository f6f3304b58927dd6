// SPDX-License-Identifier: Apache-2.0
/* Instructions of a boot, counted by phase and printed. */
#include "core/debug/bench.h"
#include "arch/cpu.h"
#include "core/boot/options.h"
#include "lib/log.h"

/* Phases run on several CPUs at once; the sums are over all of them. */
static struct {
	u64 count;
	u64 bytes;
} phases[BENCH_PHASES];

static u32 boot_cpu;
static u64 boot_cpu_phases;

void bench_boot_cpu(void)
{
	boot_cpu = this_cpu()->id;
}

u64 bench_begin(void)
{
	const char *unit;

	return arch_instructions(&unit);
}

void bench_end(enum bench_phase phase, u64 begin, u64 bytes)
{
	const char *unit;
	u64 now = arch_instructions(&unit);

	__atomic_add_fetch(&phases[phase].count, now - begin, __ATOMIC_RELAXED);
	if (this_cpu()->id == boot_cpu)
		boot_cpu_phases += now - begin;
	__atomic_add_fetch(&phases[phase].bytes, bytes, __ATOMIC_RELAXED);
}

void bench_boot_done(void)
{
	static const char *const names[] = {"hash", "copy", "wipe"};
	const char *unit;
	u64 other = arch_instructions(&unit);

	if (!options.bench)
		return;
	for (u32 i = 0; i < BENCH_PHASES; i++) {
		printk("bench: boot.%s %llu %s %llu bytes", names[i],
		       (unsigned long long)phases[i].count, unit,
		       (unsigned long long)phases[i].bytes);
	}
	/* What the boot CPU did besides: the others only load. Each CPU counts for itself. */
	if (this_cpu()->id != boot_cpu)
		return;
	other -= boot_cpu_phases;
	printk("bench: boot.other %llu %s 0 bytes", (unsigned long long)other, unit);
}

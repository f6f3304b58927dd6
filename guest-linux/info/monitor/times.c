// SPDX-License-Identifier: GPL-2.0-only
/* What CPUs did, as text. */
#include <linux/kernel.h>
#include "times.h"

#define MSEC_PER_SECOND 1000

/* What nk tells of one that is about to go may be less when it is asked again. */
static u64 since(nku64_f *before, u64 now)
{
	u64 passed = now > *before ? now - *before : 0;

	*before += passed;
	return passed;
}

void times_since(struct PmonCpuStats *stats, struct nk_cpu_times *before,
		 const struct nk_cpu_times *now)
{
	unsigned int vm;
	u64 sum;

	stats->idle = since(&before->idle, now->idle);
	stats->os[0] = stats->idle;
	sum = stats->idle;
	for (vm = NK_OS_NKERNEL; vm < NK_OS_LIMIT; vm++) {
		stats->os[vm] = since(&before->vm[vm], now->vm[vm]);
		sum += stats->os[vm];
	}
	stats->period = since(&before->period, now->period);
	if (stats->period < sum)
		stats->period = sum;
}

void times_show_cpu(struct seq_file *seq, const struct PmonCpuStats *stats)
{
	unsigned int i;

	seq_printf(seq, "CPU %u Consumption Statistics\n", stats->cpu);
	seq_printf(seq, "PERIOD: %llu\n", stats->period);
	seq_printf(seq, "IDLE : %llu\n\n", stats->idle);
	for (i = 0; i <= stats->nr_os; i++)
		seq_printf(seq, "OS %02u: %llu\n", i, stats->os[i]);
	for (i = 0; i < PMON_MISC; i++)
		seq_printf(seq, "MISC%u: %llu\n", i, stats->misc[i]);
}

void times_show_system(struct seq_file *seq, const struct PmonSysInfo *info)
{
	seq_printf(seq, "VLX Performance Analysis v%u.%u\n", info->major, info->minor);
	seq_printf(seq, "Timer frequency : %llu Hertz\n", info->timer.frequency);
	seq_printf(seq, "Number of OSes : %u\n", info->nr_os);
}

void times_show_ticks_head(struct seq_file *seq, u32 hz, unsigned int last_vm)
{
	char name[16];
	unsigned int vm;

	seq_printf(seq, "Counting frequency: %u Hz\n\n%-3s %20s", hz, "CPU", "Idle");
	for (vm = NK_OS_NKERNEL; vm <= last_vm; vm++) {
		snprintf(name, sizeof(name), "VM%u", vm);
		seq_printf(seq, " %20s", name);
	}
	seq_putc(seq, '\n');
}

void times_show_msecs_head(struct seq_file *seq)
{
	seq_puts(seq, "\nIn msecs:\n\n");
}

static u64 scale(u64 ticks, u32 hz)
{
	return hz ? ticks / hz * MSEC_PER_SECOND + ticks % hz * MSEC_PER_SECOND / hz : ticks;
}

void times_show_line(struct seq_file *seq, unsigned int cpu, const struct nk_cpu_times *times,
		     unsigned int last_vm, u32 hz)
{
	unsigned int vm;

	seq_printf(seq, "%-3u %20llu", cpu, scale(times->idle, hz));
	for (vm = NK_OS_NKERNEL; vm <= last_vm; vm++)
		seq_printf(seq, " %20llu", scale(times->vm[vm], hz));
	seq_putc(seq, '\n');
}

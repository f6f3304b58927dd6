/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUs did, as text. */
#ifndef MONITOR_TIMES_H
#define MONITOR_TIMES_H

#include <linux/seq_file.h>
#include <nk/monitor.h>
#include <vlx/perfmon.h>

/* What was since before, which becomes now. stats->cpu and nr_os are kept. */
void times_since(struct PmonCpuStats *stats, struct nk_cpu_times *before,
		 const struct nk_cpu_times *now);

/* cpustats and sysinfo. */
void times_show_cpu(struct seq_file *seq, const struct PmonCpuStats *stats);
void times_show_system(struct seq_file *seq, const struct PmonSysInfo *info);

/* pcpustats: its heads, and a CPU's line, in ticks, or in milliseconds where hz is not 0. last_vm: as in PmonSysInfo. */
void times_show_ticks_head(struct seq_file *seq, u32 hz, unsigned int last_vm);
void times_show_msecs_head(struct seq_file *seq);
void times_show_line(struct seq_file *seq, unsigned int cpu, const struct nk_cpu_times *times,
		     unsigned int last_vm, u32 hz);

#endif

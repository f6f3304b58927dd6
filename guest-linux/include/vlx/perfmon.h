/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What perfmonitor's files in /proc/nk/cpu/N/pmon/raw have: cpustats a PmonCpuStats, sysinfo a PmonSysInfo. Times are ticks of
 * the hypervisor's timer.
 */
#ifndef VLX_PERFMON_H
#define VLX_PERFMON_H

#include <nk/types.h>

#define PMON_VERSION_MAJOR 1
#define PMON_VERSION_MINOR 0
#define PMON_MISC 3

typedef struct PmonTimerInfo {
	nku64_f frequency; /* Hz */
	nku64_f counter; /* when it was read */
} PmonTimerInfo;

typedef struct PmonSysInfo {
	nku32_f major; /* PMON_VERSION_* */
	nku32_f minor;
	nku32_f nr_os; /* the greatest id of a VM that is configured */
	nku32_f nr_cpus;
	PmonTimerInfo timer;
} PmonSysInfo;

typedef struct PmonCpuStats {
	nku32_f cpu;
	nku32_f nr_os;
	nku64_f period; /* since the file was opened before: the sum of all os[], of who sees them all */
	nku64_f idle;
	nku64_f os[NK_OS_LIMIT]; /* 0: idle, as well; NK_OS_NKERNEL: the hypervisor itself */
	nku64_f misc[PMON_MISC]; /* 0 */
} PmonCpuStats;

_Static_assert(sizeof(PmonSysInfo) == 32, "PmonSysInfo has no padding");
_Static_assert(__builtin_offsetof(PmonSysInfo, timer) == 16, "PmonSysInfo.timer");
_Static_assert(sizeof(PmonCpuStats) == 24 + 8 * (NK_OS_LIMIT + PMON_MISC),
	       "PmonCpuStats has no padding");
_Static_assert(__builtin_offsetof(PmonCpuStats, os) == 24, "PmonCpuStats.os");

#endif

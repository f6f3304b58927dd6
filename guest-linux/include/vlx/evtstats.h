/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What vlx-event-stats' files in /proc/nk/monitoring/vl,evt-stats-0/raw have: a row of a matrix of <nk/monitor.h>, by rising id.
 * Columns that have counted nothing are left out.
 */
#ifndef VLX_EVTSTATS_H
#define VLX_EVTSTATS_H

#include <nk/monitor.h>

#define VLX_STAT_LABEL 32

typedef struct VlxStat {
	struct nk_stat stat;
	char label[VLX_STAT_LABEL]; /* as in the files of text; zeroes behind it */
} VlxStat;

_Static_assert(sizeof(VlxStat) == sizeof(struct nk_stat) + VLX_STAT_LABEL,
	       "VlxStat has no padding");

#endif

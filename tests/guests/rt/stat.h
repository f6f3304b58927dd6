/* SPDX-License-Identifier: Apache-2.0 */
/* nk's counters, one column at a time: nk/monitor.h. */
#ifndef RT_STAT_H
#define RT_STAT_H

#include "nk/monitor.h"
#include "rt/nkcall.h"

/* Of a vCPU, or of a physical CPU (vm 0). Returns whether the matrix has anything in that column; else *s is 0. */
static inline bool stat_get(u32 matrix, u64 vm, u32 vcpu, u32 id, struct nk_stat *s)
{
	*s = (struct nk_stat){0};
	if (nk_call(NK_HC_MONITOR_STATS, matrix | vm << 8 | vcpu << 16, id, (u64)s, 1) == 1 &&
	    s->id == id)
		return true;
	*s = (struct nk_stat){0};
	return false;
}

static inline u64 stat_count(u32 matrix, u64 vm, u32 vcpu, u32 id)
{
	struct nk_stat s;

	return stat_get(matrix, vm, vcpu, id, &s) ? s.count : 0;
}

#endif

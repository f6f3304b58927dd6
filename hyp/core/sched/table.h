/* SPDX-License-Identifier: Apache-2.0 */
/* Time tables of CPUs, made of what the system's tree says (dts/bindings/hyp.md). */
#ifndef CORE_SCHED_TABLE_H
#define CORE_SCHED_TABLE_H

#include "config/error.h"
#include "core/sched/sched.h"

/* Microseconds, 32 bits of them at most, in ticks of the physical counter. Context: any. */
u64 sched_ticks(u64 us);

/* Makes all of them. 0, or -1 with *err filled. Context: boot. */
int sched_tables_create(struct cfg_error *err);

/* That of a CPU, or NULL. */
const struct sched_table *sched_table_of(u32 cpu);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by history.c, which writes the rings, and history_read.c. */
#ifndef CORE_CONSOLE_HISTORY_PRIV_H
#define CORE_CONSOLE_HISTORY_PRIV_H

#include "core/console/history.h"

struct history_state {
	u64 end; /* as in struct history_slot */
	u64 runs;
	u64 first_run; /* those before it were damaged */
	u64 sum;
	u32 slot; /* the one to write next */
};

extern struct history_state history_states[HISTORY_SOURCES];
extern struct history_area *history_area; /* NULL: there is none (yet) */

/* The ordinal of the next character. */
u64 history_next(void);

/* The first place that can be read of a source that ends there. */
static inline u64 history_oldest(u64 end)
{
	return end > HISTORY_WINDOW ? end - HISTORY_WINDOW : 0;
}

static inline u64 history_oldest_run(u64 runs, u64 first)
{
	return runs > first + HISTORY_RUNS - 1 ? runs - (HISTORY_RUNS - 1) : first;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What nk's own part of a boot costs, by phase (option nk.bench). */
#ifndef CORE_DEBUG_BENCH_H
#define CORE_DEBUG_BENCH_H

#include "lib/types.h"

enum bench_phase { BENCH_HASH, BENCH_COPY, BENCH_WIPE, BENCH_PHASES };

/* Says which CPU boots: its count goes on from head.S. Context: boot CPU, before any phase. */
void bench_boot_cpu(void);

/* Marks the start of a phase; returns what bench_end() wants. Context: any. */
u64 bench_begin(void);

/* Adds what was executed since bench_begin(), for that many bytes. Context: any. */
void bench_end(enum bench_phase phase, u64 begin, u64 bytes);

/* All is loaded: prints the phases, if asked, and on the boot CPU what it did besides. Context: boot. */
void bench_boot_done(void);

#endif

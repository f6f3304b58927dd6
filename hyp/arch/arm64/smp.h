/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a CPU's start, between boot.c and smp.c. */
#ifndef ARM64_SMP_H
#define ARM64_SMP_H

#include "arch/pgtable.h"
#include "config/model.h"

/* Makes CPU id's stacks and its percpu block. Returns 0, or -1 without memory. */
int smp_cpu_prepare(u32 id, u64 mpidr, const u64 key[2]);

/* Defined in head.S: drops the stack, goes on at fn(arg) with sp. fn must not return. */
__noreturn void stack_switch_call(u64 sp, void (*fn)(void *), void *arg);

/* Whether this CPU has pointer authentication of addresses (FEAT_PAuth). */
bool cpu_has_pac(void);

/*
 * Last step on the CPU itself: its traps, its GIC interface; then it counts as online. Returns 0, or
 * -1 when the GIC has nothing for it.
 */
int smp_cpu_online(void);

#endif

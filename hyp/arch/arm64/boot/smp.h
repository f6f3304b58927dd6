/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a CPU's start, between boot.c and smp.c. */
#ifndef ARCH_BOOT_SMP_H
#define ARCH_BOOT_SMP_H

#include "arch/pgtable.h"
#include "config/model.h"

/* Makes CPU id's stacks and its percpu block. Returns 0, or -1 without memory. */
int smp_cpu_prepare(u32 id, u64 mpidr, const u64 key[2]);

/* Maps pages of a stack at va, with unmapped ones around them. Returns 0, or -1 without memory. Context: boot. */
int smp_stack_map(u64 va, u32 pages);

/* Defined in head.S: drops the stack, goes on at fn(arg) with sp. fn must not return. */
__noreturn void stack_switch_call(u64 sp, void (*fn)(void *), void *arg);

/* cpu_common.c: reads what this CPU is. Context: any, once the GIC's version is known. */
struct cpu_id;
void cpu_common_read(struct cpu_id *id);

/* The boot CPU is the first of those that take part. Context: it, before anything else here. */
struct percpu;
void cpu_common_start(struct percpu *cpu);

/*
 * Takes in a CPU, whose identity is read. Returns NULL, or what it lacks of the first one, see
 * cpu_id_lacks(). Context: boot CPU.
 */
const char *cpu_common_join(struct percpu *cpu);

/* A register as all CPUs that were taken in can have it, by CPU_ID(crm, op2). Context: any. */
u64 cpu_common_reg(u32 index);

/* Whether nk uses pointer authentication (FEAT_PAuth): the first CPU has it, so all do. */
bool cpu_has_pac(void);

/*
 * On a CPU that was just started: shows what it is to the boot CPU, which lets it go on or not.
 * Context: its first C, with translation on and no exception allowed.
 */
void smp_cpu_meet(struct percpu *cpu);

/*
 * Last step on the CPU itself: its traps, its GIC interface; then it counts as online. Returns 0, or
 * -1 when the GIC has nothing for it.
 */
int smp_cpu_online(void);

#endif

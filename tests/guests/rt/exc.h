/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of a test guest: interrupts, and faults that a test expects. */
#ifndef RT_EXC_H
#define RT_EXC_H

#include "rt/sysreg.h"

#define INTID_MAX 1020

struct regs {
	u64 x[31];
	u64 sp;
	u64 elr;
	u64 spsr;
	u64 pad[2];
};

struct exec_ctx {
	u64 sp; /* 0: nothing is being tried */
	u64 pc;
};

struct cpu {
	u64 sp_top; /* start.S knows this is first */
	u32 index;
	u64 mpidr;
	u64 redist; /* GICv3: the CPU's redistributor */
	void (*fn)(void *arg);
	void *arg;
	u32 online; /* written by the CPU, read by others */
	u32 starts; /* times it came up */
	struct exec_ctx exec;
	struct {
		bool expected;
		bool taken;
		u64 esr;
		u64 far;
		u64 elr;
	} fault;
};

extern struct cpu cpus[CPUS_MAX];
extern char vectors[];

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

typedef void (*irq_fn)(struct regs *r);

/*
 * What IRQ exceptions call; NULL: an IRQ is an error. The function acknowledges and completes
 * what it takes.
 */
extern irq_fn irq_handler;

/* ESR_EL1.EC of the last expected fault; Arm ARM D17.2.37. */
#define EC_UNKNOWN 0x00
#define EC_SVE 0x19
#define EC_SVC32 0x11
#define EC_SVC64 0x15
#define EC_HVC64 0x16
#define EC_SMC64 0x17
#define EC_SYSREG 0x18
#define EC_IABT_EL0 0x20
#define EC_IABT 0x21
#define EC_DABT_EL0 0x24
#define EC_DABT 0x25
#define EC_BRK 0x3c

static inline u32 fault_ec(void)
{
	return (u32)(this_cpu()->fault.esr >> 26) & 0x3f;
}

/*
 * One instruction that may fault: afterwards fault_end() says whether it did. A faulting
 * instruction is skipped.
 */
void fault_begin(void);
bool fault_end(void);

/* Accesses that may fault; true when they did. */
bool probe_read(u64 addr, u32 bytes, u64 *value);
bool probe_write(u64 addr, u32 bytes, u64 value);
/* Calls addr; true when an exception that is no interrupt came out of it. */
bool probe_exec(u64 addr);
bool exec_at(u64 addr, struct exec_ctx *ctx);

/* Code that runs, at any level and in either width, until its first exception to EL1 (shot.S). */
struct shot {
	u64 pc;
	u64 spsr; /* the state it starts in */
	u64 vector; /* 0 to 15, by its place in the table */
	u64 esr;
	u64 far;
	u64 elr;
	u64 state; /* SPSR_EL1 */
	u64 x1;
};

#define STATE_EL0 0x3c0
#define STATE_EL1T 0x3c4
#define STATE_EL1H 0x3c5
#define STATE_A32 0x1d0 /* AArch32 at EL0 */
#define STATE_THUMB 0x1f0

u64 shoot(struct shot *s, u64 arg);

/* Called by vectors.S. */
void exc_entry(struct regs *r, u64 vector);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine for the vGIC's tests: CPUs with a virtual interface each (list registers, active
 * priorities, maintenance interrupt; IHI 0069 chapter 6 and 12.4), a physical GIC of one bit for
 * each thing, and a guest that accesses registers, acknowledges and ends.
 */
#ifndef VGIC_RIG_H
#define VGIC_RIG_H

#include "arch/gic.h"
#include "arch/vcpu.h"
#include "fake/fake.h"

#define CPUS 4
#define SPIS 64
#define INTIDS (32 + SPIS)
#define GICD 0x08000000UL
#define GICC 0x08010000UL
#define GICR 0x080a0000UL
#define SPURIOUS 1023
#define PPI_HW 27
#define SPI_HW 90

enum {
	CTLR = 0x0,
	TYPER = 0x4,
	IGROUPR = 0x80,
	ISENABLER = 0x100,
	ICENABLER = 0x180,
	ISPENDR = 0x200,
	ICPENDR = 0x280,
	ISACTIVER = 0x300,
	ICACTIVER = 0x380,
	IPRIORITYR = 0x400,
	ITARGETSR = 0x800,
	ICFGR = 0xc00,
	SGIR = 0xf00,
	CPENDSGIR = 0xf10,
	SPENDSGIR = 0xf20,
	IROUTER = 0x6000,
};

/* What of the physical GIC the tests look at; interrupts below 32: of each CPU. */
struct phys {
	bool enabled, active, pending, line;
	u32 cpu;
};
extern struct phys phys[CPUS][INTIDS]; /* SPIs in [0] */

extern struct arch_vm vm;
extern u32 maintenance_calls;

/* Makes a VM of a GIC version, all vCPUs loaded, groups and interfaces enabled, PMR open. */
void machine(u32 version, u32 nr_vcpus, u32 nr_lrs);

/* The guest, on one CPU. Afterwards all CPUs have done what they were asked. */
u64 rd(u32 cpu, u64 addr, u32 size);
void wr(u32 cpu, u64 addr, u32 size, u64 value);
u32 ack(u32 cpu); /* INTID, with the sender of a GICv2's SGI from bit 10 on */
u32 best_in_lrs(u32 cpu); /* priority of the first one that pends there; 0x100: none */
void eoi(u32 cpu, u32 iar);
void dir(u32 cpu, u32 iar);
void set_vmcr(u32 cpu, u32 set, u32 clear);

/* The same, by interrupt: register of `cpu`'s view, bit of intid. */
void set_bit(u32 cpu, u32 reg, u32 intid);
void set_bit_from(u32 by, u32 cpu, u32 reg, u32 intid); /* of cpu's, accessed by another one */
bool get_bit(u32 cpu, u32 reg, u32 intid);
void set_prio(u32 cpu, u32 intid, u32 prio);
void set_edge(u32 cpu, u32 intid, bool edge);
void set_target(u32 cpu, u32 intid, u32 target);
void send_sgi(u32 cpu, u32 sgi, u32 targets);

/* A device. Emulated ones drive from CPU `cpu`; physical ones have a line. */
void level(u32 cpu, u32 intid, bool up);
void pulse(u32 cpu, u32 intid);
u64 pulse_by(u32 cpu, u32 intid, const struct arch_vm *by); /* as vgic_pulse() */
void phys_line(u32 cpu, u32 intid, bool up);

/* What stands between the CPUs: requests and physical interrupts are served until none is left. */
void settle(void);
void unload(u32 cpu);
void load(u32 cpu);
void suspend(u32 cpu); /* another vCPU has the CPU, until resume() */
void resume(u32 cpu);

#endif

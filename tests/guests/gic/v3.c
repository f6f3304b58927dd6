// SPDX-License-Identifier: Apache-2.0
/* What only GICv3 has: system registers, redistributors, affinities. */
#include "gic/gictest.h"

#define ICC_IAR0 S3_0_C12_C8_0
#define ICC_HPPIR0 S3_0_C12_C8_2
#define ICC_IGRPEN0 S3_0_C12_C12_6

static u64 redist(u32 cpu)
{
	return gicr + cpu * gicr_stride;
}

static void redistributors(void)
{
	u32 i, bad = 0;

	for (i = 0; i < nr_cpus; i++) {
		u64 t = read64(redist(i) + GICR_TYPER);
		u64 aff = t >> 32;

		bad += aff != ((cpus[i].mpidr & 0xffffff) | (cpus[i].mpidr >> 8 & 0xff000000));
		bad += (t >> 8 & 0xffff) != i;
		bad += !!(t & BIT(4)) != (i == nr_cpus - 1);
		bad += read32(redist(i) + GICR_TYPER) != (u32)t;
		bad += read32(redist(i) + GICR_TYPER + 4) != (u32)(t >> 32);
	}
	is(bad, 0, "GICR_TYPER: affinity, number, last, in both widths");
	is(read32(redist(0) + 0xffe8) >> 4 & 0xf, 3, "GICR_PIDR2");
	write32(redist(0) + GICR_WAKER, 2);
	dsb();
	is(read32(redist(0) + GICR_WAKER) & 6, 6, "GICR_WAKER: asleep");
	write32(redist(0) + GICR_WAKER, 0);
	dsb();
	is(read32(redist(0) + GICR_WAKER) & 6, 0, "GICR_WAKER: awake");
}

static void interface(void)
{
	u64 ctlr = read_sysreg(ICC_CTLR_EL1);

	note("ICC_CTLR_EL1 0x%lx: %lu priority bits, %lu INTID bits", ctlr, (ctlr >> 8 & 7) + 1,
	     (ctlr >> 11 & 7) ? 24UL : 16UL);
	is(read_sysreg(ICC_SRE_EL1) & 1, 1, "ICC_SRE_EL1: system registers on");
	write_sysreg(ICC_SRE_EL1, 0);
	isb();
	is(read_sysreg(ICC_SRE_EL1) & 1, 1, "ICC_SRE_EL1: and they stay on");
	write_sysreg(ICC_PMR_EL1, 0x50);
	is(read_sysreg(ICC_PMR_EL1), 0x50, "ICC_PMR_EL1 is kept");
	write_sysreg(ICC_PMR_EL1, 0xff);
	is(read_sysreg(ICC_PMR_EL1) & 0xf0, 0xf0, "ICC_PMR_EL1 has at least 16 values");
	write_sysreg(ICC_BPR1_EL1, 5);
	is(read_sysreg(ICC_BPR1_EL1), 5, "ICC_BPR1_EL1 is kept");
	write_sysreg(ICC_BPR1_EL1, 0);
	is(gic_hppi() & 0xffffff, SPURIOUS, "ICC_HPPIR1_EL1: none");
	is(read_sysreg(ICC_IAR0) & 0xffffff, SPURIOUS, "ICC_IAR0: none");
}

static void sgi(void)
{
	arm(6, 0x80);
	gic_sgi(0, 6);
	ok(takes_and_ends(6), "ICC_SGI1R_EL1: to self by affinity");
	gic_sgi_others(6);
	ok(nothing(), "ICC_SGI1R_EL1: IRM is not for self");
	write_sysreg(ICC_SGI1R_EL1, 6ul << 24 | 5ul << 16 | 1);
	isb();
	ok(nothing(), "ICC_SGI1R_EL1: another cluster is nobody");
	write_sysreg(ICC_SGI1R_EL1, 6ul << 24);
	isb();
	ok(nothing(), "ICC_SGI1R_EL1: an empty list");
	write32(redist(0) + GICR_SGI_FRAME + GICD_ISPENDR, BIT(6));
	dsb();
	ok(takes_and_ends(6), "GICR_ISPENDR0: an SGI");
}

/* ARE must stay: there is no legacy mode. */
static void control(void)
{
	u32 was = read32(gicd + GICD_CTLR);

	is(was >> 31, 0, "GICD_CTLR: no write pending");
	is(was & 0x10, 0x10, "GICD_CTLR: affinity routing");
}

void test_v3(void)
{
	control();
	redistributors();
	interface();
	sgi();
}

static u32 cpu1_id;

static void ack_on_1(void *arg)
{
	u32 iar;

	(void)arg;
	iar = gic_ack();
	cpu1_id = IAR_ID(iar);
	if (cpu1_id < 1020)
		gic_eoi(iar);
}

static void sgi_from_1(void *arg)
{
	gic_sgi(0, (u32)(u64)arg);
}

void test_smp_v3(void)
{
	u64 one = redist(1) + GICR_SGI_FRAME;

	on_cpu1(ack_on_1, NULL); /* starts it */
	write32(one + GICD_ISENABLER, BIT(11) | BIT(12) | BIT(20));
	write32(one + GICD_IPRIORITYR + 8, 0x60606060);
	is(read32(one + GICD_IPRIORITYR + 8), 0x60606060, "CPU 1's redistributor from CPU 0");
	is(gic_get_prio(8), 0xa0, "is not CPU 0's");
	write32(one + GICD_ISPENDR, BIT(20));
	dsb();
	ok(nothing(), "a PPI pended at CPU 1 is not CPU 0's");
	on_cpu1(ack_on_1, NULL);
	is(cpu1_id, 20, "it is CPU 1's");
	gic_sgi(1, 11);
	on_cpu1(ack_on_1, NULL);
	is(cpu1_id, 11, "ICC_SGI1R_EL1 by affinity reaches CPU 1");
	gic_sgi_others(12);
	on_cpu1(ack_on_1, NULL);
	is(cpu1_id, 12, "ICC_SGI1R_EL1 with IRM reaches CPU 1");
	arm(13, 0x80);
	on_cpu1(sgi_from_1, (void *)13);
	ok(takes_and_ends(13), "an SGI from CPU 1");
	/* Both of the list, in one write */
	arm(11, 0x80);
	write_sysreg(ICC_SGI1R_EL1, 11ul << 24 | 3);
	isb();
	ok(takes_and_ends(11), "a list of two: this CPU");
	on_cpu1(ack_on_1, NULL);
	is(cpu1_id, 11, "a list of two: CPU 1");
}

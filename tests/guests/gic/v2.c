// SPDX-License-Identifier: Apache-2.0
/* What only GICv2 has: SGIs with their source. */
#include "gic/gictest.h"

static void sgi_registers(void)
{
	u64 set = gicd + GICD_SPENDSGIR, clear = gicd + GICD_CPENDSGIR;

	write32(clear + 4, ~0u);
	write8(set + 5, 1);
	is(read8(set + 5), 1, "SPENDSGIR: a byte");
	is(read8(clear + 5), 1, "CPENDSGIR shows the same");
	is(read32(set + 4), 0x100, "SPENDSGIR: its word");
	ok(gic_test(GICD_ISPENDR, 5), "ISPENDR shows a pending SGI");
	write32(clear + 4, 0x100);
	is(read32(set + 4), 0, "CPENDSGIR clears it");
	arm(5, 0x80);
	write8(set + 5, 1);
	dsb();
	ok(takes_and_ends(5), "an SGI made by SPENDSGIR comes");
}

static void self(void)
{
	u32 iar;

	arm(7, 0x80);
	write32(gicd + GICD_SGIR, 2u << 24 | 7);
	dsb();
	ok(takes(7, &iar), "SGIR filter 2: to self");
	is(IAR_CPU(iar), 0, "with the source CPU");
	gic_eoi(iar);
	write32(gicd + GICD_SGIR, 1u << 16 | 7);
	dsb();
	ok(takes_and_ends(7), "SGIR list: to self");
	write32(gicd + GICD_SGIR, 1u << 24 | 7);
	dsb();
	ok(nothing(), "SGIR filter 1: not to self");
	is(read32(gicd + GICD_SGIR), 0, "SGIR is write-only");
}

static void interface(void)
{
	u32 v;

	ok(read32(gicc + GICC_IIDR), "GICC_IIDR 0x%x", read32(gicc + GICC_IIDR));
	write32(gicc + GICC_PMR, 0x50);
	is(read32(gicc + GICC_PMR), 0x50, "GICC_PMR is kept");
	write32(gicc + GICC_PMR, 0xff);
	v = read32(gicc + GICC_PMR);
	is(v & 0xf0, 0xf0, "GICC_PMR has at least 16 values (0x%x)", v);
	write32(gicc + GICC_BPR, 5);
	is(read32(gicc + GICC_BPR), 5, "GICC_BPR is kept");
	write32(gicc + GICC_BPR, 0);
	is(read32(gicc + GICC_HPPIR) & 0x3ff, SPURIOUS, "GICC_HPPIR: none");
}

void test_v2(void)
{
	sgi_registers();
	quiet();
	self();
	interface();
}

static void sgi_from_1(void *arg)
{
	write32(gicd + GICD_SGIR, 1u << 16 | (u32)(u64)arg);
	dsb();
}

static u32 cpu1_iar;

static void ack_on_1(void *arg)
{
	gic_set_prio((u32)(u64)arg, 0x80);
	gic_bit(GICD_ISENABLER, (u32)(u64)arg);
	cpu1_iar = gic_ack();
	if (IAR_ID(cpu1_iar) < 1020)
		gic_eoi(cpu1_iar);
}

static void banked(void *arg)
{
	*(u32 *)arg = read8(gicd + GICD_ITARGETSR + 4);
	gic_set_prio(4, 0x30);
}

void test_smp_v2(void)
{
	u32 a, b, own = 0;

	arm(9, 0x80);
	on_cpu1(sgi_from_1, (void *)9);
	ok(takes(9, &a), "SGI from CPU 1");
	is(IAR_CPU(a), 1, "says so");
	gic_eoi(a);
	gic_sgi(0, 9);
	on_cpu1(sgi_from_1, (void *)9);
	is(read8(gicd + GICD_SPENDSGIR + 9), 3, "the same SGI pends from both");
	takes(9, &a);
	gic_eoi(a);
	ok(takes(9, &b), "and comes twice");
	gic_eoi(b);
	is(IAR_CPU(a) + IAR_CPU(b), 1, "once from each");
	ok(nothing(), "no more");

	write32(gicd + GICD_SGIR, 1u << 24 | 10);
	dsb();
	on_cpu1(ack_on_1, (void *)10);
	is(IAR_ID(cpu1_iar), 10, "SGIR filter 1 reaches the others");
	is(IAR_CPU(cpu1_iar), 0, "from CPU 0");
	gic_set_prio(4, 0x70);
	on_cpu1(banked, &own);
	is(own, 2, "ITARGETSR0..7 of CPU 1 is CPU 1");
	is(gic_get_prio(4), 0x70, "SGI priorities are banked");
}

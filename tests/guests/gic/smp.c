// SPDX-License-Identifier: Apache-2.0
/* SPIs and CPUs: targets, and what happens when they change. */
#include "gic/gictest.h"

static u32 cpu1_id, cpu1_active;

static void ack_on_1(void *arg)
{
	u32 iar = gic_ack();

	(void)arg;
	cpu1_id = IAR_ID(iar);
	if (cpu1_id < 1020)
		gic_eoi(iar);
}

static u32 cpu1_iar;

static void only_ack_on_1(void *arg)
{
	(void)arg;
	cpu1_iar = gic_ack();
	cpu1_active = gic_test(GICD_ISACTIVER, SPI_A);
}

static void only_eoi_on_1(void *arg)
{
	(void)arg;
	gic_eoi(cpu1_iar);
}

static u32 on_1(void)
{
	cpu1_id = 0;
	if (!on_cpu1(ack_on_1, NULL))
		return 0;
	return cpu1_id;
}

static void routed(void)
{
	arm(SPI_A, 0x80);
	is(on_1(), SPURIOUS, "CPU 1: none");
	gic_set_target(SPI_A, 1);
	pend(SPI_A);
	ok(nothing(), "an SPI for CPU 1 is not CPU 0's");
	is(on_1(), SPI_A, "it is CPU 1's");
	is(on_1(), SPURIOUS, "once");
}

/* Another CPU may have to let go of it first. */
static bool takes_soon(u32 intid)
{
	u64 end = counter() + 10 * counter_hz();

	while (IAR_ID(gic_hppi()) != intid && counter() < end)
		cpu_relax();
	return takes_and_ends(intid);
}

/* Pending for one CPU, which has not taken it; then for the other. */
static void moved(void)
{
	gic_set_target(SPI_A, 1);
	pend(SPI_A);
	gic_set_target(SPI_A, 0);
	ok(takes_soon(SPI_A), "moved while pending: comes to CPU 0");
	is(on_1(), SPURIOUS, "and not to CPU 1");
	pend(SPI_A);
	gic_set_target(SPI_A, 1);
	ok(nothing(), "and back: not to CPU 0");
	is(on_1(), SPI_A, "but to CPU 1");
}

/* Active at CPU 1: moves after its end, and ends where it was taken. */
static void moved_active(void)
{
	gic_set_target(SPI_A, 1);
	pend(SPI_A);
	on_cpu1(only_ack_on_1, NULL);
	is(IAR_ID(cpu1_iar), SPI_A, "active at CPU 1");
	ok(cpu1_active && gic_test(GICD_ISACTIVER, SPI_A), "as both see");
	gic_set_target(SPI_A, 0);
	pend(SPI_A);
	ok(nothing(), "pending again for CPU 0, but active: waits");
	on_cpu1(only_eoi_on_1, NULL);
	ok(takes_soon(SPI_A), "ended at CPU 1: comes to CPU 0");
	is(on_1(), SPURIOUS, "and not to CPU 1");
}

/* Disabled or cleared by the other CPU. */
static void from_afar(void)
{
	gic_set_target(SPI_A, 1);
	pend(SPI_A);
	gic_bit(GICD_ICENABLER, SPI_A);
	is(on_1(), SPURIOUS, "disabled from CPU 0: none at CPU 1");
	gic_bit(GICD_ISENABLER, SPI_A);
	is(on_1(), SPI_A, "enabled: comes");
	pend(SPI_A);
	gic_bit(GICD_ICPENDR, SPI_A);
	is(on_1(), SPURIOUS, "cleared from CPU 0: none at CPU 1");
	pend(SPI_A);
	on_cpu1(only_ack_on_1, NULL);
	gic_bit(GICD_ICACTIVER, SPI_A);
	ok(!gic_test(GICD_ISACTIVER, SPI_A), "deactivated from CPU 0");
	on_cpu1(only_eoi_on_1, NULL);
	pend(SPI_A);
	is(on_1(), SPI_A, "and it lives on");
	gic_set_target(SPI_A, 0);
}

/* CPU 1 asleep must wake. */
static u32 woken;

static void on_wake(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	if (IAR_ID(iar) == SPURIOUS)
		return;
	woken += IAR_ID(iar) == SPI_B;
	gic_eoi(iar);
}

static u32 sleeping;

static void sleep_on_1(void *arg)
{
	u32 i;

	(void)arg;
	for (i = 0; i < 100; i++) {
		WRITE_ONCE(sleeping, i + 1);
		while (READ_ONCE(woken) == i) {
			wfi();
			irq_enable();
			isb();
			irq_disable();
		}
	}
}

static void feed(void)
{
	u64 end = counter() + 10 * counter_hz();
	u32 i;

	for (i = 0; i < 100 && counter() < end; i++) {
		while (READ_ONCE(sleeping) != i + 1 && counter() < end)
			cpu_relax();
		if (i & 1)
			delay_us(50);
		pend(SPI_B);
		while (READ_ONCE(woken) != i + 1 && counter() < end)
			cpu_relax();
	}
}

/* CPU 1 must run the test while CPU 0 pends, so no on_cpu1() here. */
static void wakes(void)
{
	irq_handler = on_wake;
	arm(SPI_B, 0x80);
	gic_set_target(SPI_B, 1);
	woken = sleeping = 0;
	on_cpu1_start(sleep_on_1, NULL);
	feed();
	ok(on_cpu1_end(), "100 SPIs each wake CPU 1 from WFI");
	is(woken, 100, "100 taken");
	irq_handler = NULL;
	gic_set_target(SPI_B, 0);
}

void test_smp(void)
{
	routed();
	if (nk || gic_version == 3) {
		moved();
		moved_active();
	}
	from_afar();
	wakes();
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts of a device that the VM was given, the board's PL031, one after the other: how many exits each of them takes
 * is counted by tests/bench/exits.c between the marks. The way they go: delivery, acknowledge, the device, EOI, idle.
 */
#include "rt/pl031.h"
#include "rt/rt.h"

#define N 256
#define WARM 16

static struct pl031 rtc;
static u32 got;

static void on_irq(struct regs *r)
{
	u32 iar = gic_ack();

	(void)r;
	pl031_clear(&rtc);
	WRITE_ONCE(got, got + 1);
	gic_eoi(iar);
}

static void interrupts(u32 n)
{
	for (u32 i = 0; i < n; i++) {
		u32 before = READ_ONCE(got);

		irq_disable();
		pl031_alarm(&rtc, 0);
		wfi();
		irq_enable();
		while (READ_ONCE(got) == before)
			cpu_relax();
	}
}

void guest_main(void)
{
	gic_init();
	irq_handler = on_irq;
	if (!pl031_find(&rtc))
		return;
	irq_enable();
	interrupts(WARM);
	asm volatile("hint #100");
	interrupts(N);
	asm volatile("hint #101");
	printf("bench interrupts %u instructions\nbench done\n", N);
}

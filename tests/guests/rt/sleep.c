// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting without a busy CPU: an interrupt that pends ends WFI, though the CPU masks it. For who takes interrupts the
 * UART has one only while it waits here, and so never gets it.
 */
#include "nk/pl011.h"
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

static bool sleeps, takes_irqs;

static void uart_interrupts(bool on)
{
	write32(uart_base + PL011_IMSC, on ? PL011_INT_RX | PL011_INT_RT : 0);
}

void sleep_init(bool irqs)
{
	const fdt32_t *irq = dt_prop(dt_compatible("arm,pl011"), "interrupts", NULL);

	gic_init();
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	if (irq)
		gic_bit(GICD_ISENABLER, 32 + fdt32_ld(&irq[1]));
	if (irq && !irqs)
		uart_interrupts(true);
	takes_irqs = irqs;
	sleeps = irq;
}

/*
 * Who takes no interrupts ends them here: a timer's stays pending in a list register after its time was set anew, and
 * would end each WFI at once.
 */
static void end_pending(void)
{
	if (vtimer.get_ctl() & TIMER_ISTATUS)
		vtimer.set_ctl(0);
	for (u32 n = 0; n < 2;
	     n++) { /* that one, and the UART's, which pends again until it is read */
		u32 iar = gic_ack();

		if (IAR_ID(iar) < INTID_MAX)
			gic_eoi(iar);
	}
}

void relax(void)
{
	if (!sleeps) {
		cpu_relax();
	} else if (!takes_irqs) {
		wfi();
		end_pending();
	} else {
		asm volatile("msr daifset, #2" ::: "memory");
		uart_interrupts(true);
		wfi();
		uart_interrupts(false);
		asm volatile("msr daifclr, #2" ::: "memory");
	}
}

void alarm_at(u64 when)
{
	vtimer.set_cval(when);
	vtimer.set_ctl(TIMER_ENABLE);
}

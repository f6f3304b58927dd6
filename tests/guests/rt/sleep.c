// SPDX-License-Identifier: Apache-2.0
/* Waiting without a busy CPU: an interrupt that pends ends WFI, and is never taken, as the CPU masks it. */
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

#define UART_IMSC 0x38
#define INT_RX BIT(4)
#define INT_RT BIT(6)

static bool sleeps;

void sleep_init(void)
{
	const fdt32_t *irq = dt_prop(dt_compatible("arm,pl011"), "interrupts", NULL);

	gic_init();
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	if (irq)
		gic_bit(GICD_ISENABLER, 32 + fdt32_ld(&irq[1]));
	write32(uart_base + UART_IMSC, INT_RX | INT_RT);
	sleeps = irq;
}

void relax(void)
{
	if (sleeps)
		wfi();
	else
		cpu_relax();
}

void alarm_at(u64 when)
{
	vtimer.set_cval(when);
	vtimer.set_ctl(TIMER_ENABLE);
}

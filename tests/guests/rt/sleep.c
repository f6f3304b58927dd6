// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting without a busy CPU: an interrupt that pends ends WFI, though the CPU masks it. The UART's does so only then,
 * so who takes interrupts never gets this one.
 */
#include "nk/pl011.h"
#include "rt/dt.h"
#include "rt/gic.h"
#include "rt/rt.h"
#include "rt/timer.h"

static bool sleeps;

void sleep_init(void)
{
	const fdt32_t *irq = dt_prop(dt_compatible("arm,pl011"), "interrupts", NULL);

	gic_init();
	gic_bit(GICD_ISENABLER, PPI_VTIMER);
	if (irq)
		gic_bit(GICD_ISENABLER, 32 + fdt32_ld(&irq[1]));
	sleeps = irq;
}

void relax(void)
{
	u64 daif = read_sysreg(daif);

	if (!sleeps) {
		cpu_relax();
		return;
	}
	asm volatile("msr daifset, #2" ::: "memory");
	write32(uart_base + PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	wfi();
	write32(uart_base + PL011_IMSC, 0);
	write_sysreg(daif, daif);
}

void alarm_at(u64 when)
{
	vtimer.set_cval(when);
	vtimer.set_ctl(TIMER_ENABLE);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* PL031, a real-time clock with an alarm. Source: ARM DDI 0224. */
#ifndef RT_PL031_H
#define RT_PL031_H

#include "rt/dt.h"
#include "rt/gic.h"

#define PL031_DR 0x00
#define PL031_MR 0x04
#define PL031_IMSC 0x10
#define PL031_ICR 0x1c

struct pl031 {
	u64 base;
	u32 intid;
};

/* The one of the tree, its interrupt enabled for this CPU; false: there is none. */
static inline bool pl031_find(struct pl031 *rtc)
{
	int node = dt_compatible("arm,pl031");
	const fdt32_t *irq = dt_prop(node, "interrupts", NULL);
	u64 size;

	if (!irq || !dt_reg(node, 0, &rtc->base, &size))
		return false;
	rtc->intid = 32 + fdt32_ld(&irq[1]);
	gic_set_prio(rtc->intid, 0x80);
	gic_set_target(rtc->intid, 0);
	gic_bit(GICD_ISENABLER, rtc->intid);
	return true;
}

/* Its interrupt comes in that many seconds: 0: now. */
static inline void pl031_alarm(const struct pl031 *rtc, u32 seconds)
{
	write32(rtc->base + PL031_IMSC, 1);
	write32(rtc->base + PL031_MR, read32(rtc->base + PL031_DR) + seconds);
}

/* It has come. */
static inline void pl031_clear(const struct pl031 *rtc)
{
	write32(rtc->base + PL031_ICR, 1);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Generic timers as objects, so that one test serves both. Source: Arm ARM D11, D17.11. */
#ifndef RT_TIMER_H
#define RT_TIMER_H

#include "rt/sysreg.h"

#define PPI_VTIMER 27
#define PPI_PTIMER 30
#define TIMER_ENABLE 1
#define TIMER_IMASK 2
#define TIMER_ISTATUS 4

struct timer {
	const char *name;
	u32 ppi;
	u64 (*count)(void);
	void (*set_ctl)(u64 v);
	u64 (*get_ctl)(void);
	void (*set_cval)(u64 v);
	u64 (*get_cval)(void);
	void (*set_tval)(u64 v);
	u64 (*get_tval)(void);
};

extern const struct timer vtimer, ptimer;

#endif

// SPDX-License-Identifier: Apache-2.0
#include "rt/timer.h"

#define TIMER(name, ppi, cnt, ctl, cval, tval)                                                     \
	static u64 name##_count(void)                                                              \
	{                                                                                          \
		isb();                                                                             \
		return read_sysreg(cnt);                                                           \
	}                                                                                          \
	static void name##_set_ctl(u64 v)                                                          \
	{                                                                                          \
		write_sysreg(ctl, v);                                                              \
		isb();                                                                             \
	}                                                                                          \
	static u64 name##_get_ctl(void)                                                            \
	{                                                                                          \
		isb();                                                                             \
		return read_sysreg(ctl);                                                           \
	}                                                                                          \
	static void name##_set_cval(u64 v)                                                         \
	{                                                                                          \
		write_sysreg(cval, v);                                                             \
		isb();                                                                             \
	}                                                                                          \
	static u64 name##_get_cval(void)                                                           \
	{                                                                                          \
		return read_sysreg(cval);                                                          \
	}                                                                                          \
	static void name##_set_tval(u64 v)                                                         \
	{                                                                                          \
		write_sysreg(tval, v);                                                             \
		isb();                                                                             \
	}                                                                                          \
	static u64 name##_get_tval(void)                                                           \
	{                                                                                          \
		isb();                                                                             \
		return read_sysreg(tval);                                                          \
	}                                                                                          \
	const struct timer name = {                                                                \
		#name,		 ppi,                                                              \
		name##_count,	 name##_set_ctl,                                                   \
		name##_get_ctl,	 name##_set_cval,                                                  \
		name##_get_cval, name##_set_tval,                                                  \
		name##_get_tval,                                                                   \
	}

TIMER(vtimer, PPI_VTIMER, cntvct_el0, cntv_ctl_el0, cntv_cval_el0, cntv_tval_el0);
TIMER(ptimer, PPI_PTIMER, cntpct_el0, cntp_ctl_el0, cntp_cval_el0, cntp_tval_el0);

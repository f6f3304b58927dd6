/* SPDX-License-Identifier: GPL-2.0-only */
/* vrtc: Linux's times and alarms, and what is sent of them. */
#ifndef VRTC_WIRE_H
#define VRTC_WIRE_H

#include <linux/rtc.h>
#include <vlx/vrtc_common.h>

static inline vrtc_time_t vrtc_time_out(const struct rtc_time *tm)
{
	return (vrtc_time_t){
		.tm_sec = tm->tm_sec,
		.tm_min = tm->tm_min,
		.tm_hour = tm->tm_hour,
		.tm_mday = tm->tm_mday,
		.tm_mon = tm->tm_mon,
		.tm_year = tm->tm_year,
		.tm_wday = tm->tm_wday,
		.tm_yday = tm->tm_yday,
		.tm_isdst = tm->tm_isdst,
	};
}

/* What a peer sent, which may be no time at all: 0, or -EINVAL. */
static inline int vrtc_time_in(struct rtc_time *tm, const vrtc_time_t *time)
{
	*tm = (struct rtc_time){
		.tm_sec = time->tm_sec,
		.tm_min = time->tm_min,
		.tm_hour = time->tm_hour,
		.tm_mday = time->tm_mday,
		.tm_mon = time->tm_mon,
		.tm_year = time->tm_year,
		.tm_wday = time->tm_wday,
		.tm_yday = time->tm_yday,
		.tm_isdst = time->tm_isdst,
	};
	return rtc_valid_tm(tm);
}

#endif

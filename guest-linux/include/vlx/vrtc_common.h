/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Requests and answers of the virtual real time clock. Source: VRTC_BE(4D), "Virtual real time clock RPC protocol". */
#ifndef VLX_VRTC_COMMON_H
#define VLX_VRTC_COMMON_H

#include <nk/types.h>

#define VRTC_NAME "vrtc" /* of its endpoints */

/* What else is of use of an RTC driver is answered with the error that its ioctl() gives. */
typedef enum {
	VRTC_CMD_OPEN,
	VRTC_CMD_RELEASE, /* nothing of this front-end's is on any more */
	VRTC_CMD_IOCTL_RTC_AIE_ON, /* alarm */
	VRTC_CMD_IOCTL_RTC_AIE_OFF,
	VRTC_CMD_IOCTL_RTC_UIE_ON, /* each second */
	VRTC_CMD_IOCTL_RTC_UIE_OFF,
	VRTC_CMD_IOCTL_RTC_PIE_ON, /* periodic */
	VRTC_CMD_IOCTL_RTC_PIE_OFF,
	VRTC_CMD_IOCTL_RTC_WIE_ON, /* watchdog */
	VRTC_CMD_IOCTL_RTC_WIE_OFF,
	VRTC_CMD_READ_TIME,
	VRTC_CMD_SET_TIME,
	VRTC_CMD_READ_ALARM,
	VRTC_CMD_SET_ALARM,
	VRTC_CMD_IRQ_SET_STATE, /* arg: periodic interrupts 1 on, 0 off */
	VRTC_CMD_IRQ_SET_FREQ, /* arg: how many a second, a power of 2 */
	VRTC_CMD_MAX
} vrtc_cmd_t;

/*
 * Events, the bits of pmem chunk VRPC_PMEM_BASE, told by the client's cross interrupt VRPC_PXIRQ_BASE. The page names
 * them; their numbers are those of Linux's RTC_UF, RTC_AF and RTC_PF.
 */
#define VRTC_EVENT_UF 0x10
#define VRTC_EVENT_AF 0x20
#define VRTC_EVENT_PF 0x40

typedef struct {
	nku32_f vcmd; /* vrtc_cmd_t */
	nku32_f arg;
} vrtc_req_t;

typedef struct {
	nku32_f res; /* 0, or an error below 0 */
	nku32_f value;
} vrtc_res_t;

/* As Linux's struct rtc_time. */
typedef struct {
	nku32_f tm_sec;
	nku32_f tm_min;
	nku32_f tm_hour;
	nku32_f tm_mday;
	nku32_f tm_mon;
	nku32_f tm_year;
	nku32_f tm_wday;
	nku32_f tm_yday;
	nku32_f tm_isdst;
} vrtc_time_t;

typedef struct {
	nku16_f enabled;
	nku16_f pending;
	vrtc_time_t time;
} vrtc_wkalrm_t;

typedef struct {
	vrtc_req_t common;
	vrtc_time_t time;
} vrtc_req_time_t;

typedef struct {
	vrtc_req_t common;
	vrtc_wkalrm_t alarm;
} vrtc_req_wkalrm_t;

typedef struct {
	vrtc_res_t common;
	vrtc_time_t time;
} vrtc_res_time_t;

typedef struct {
	vrtc_res_t common;
	vrtc_wkalrm_t alarm;
} vrtc_res_wkalrm_t;

typedef union {
	vrtc_req_t req;
	vrtc_req_time_t req_time;
	vrtc_req_wkalrm_t req_wkalrm;
	vrtc_res_t res;
	vrtc_res_time_t res_time;
	vrtc_res_wkalrm_t res_wkalrm;
} vrtc_ipc_t;

_Static_assert(sizeof(vrtc_ipc_t) == 48, "as both ends have it");

#endif

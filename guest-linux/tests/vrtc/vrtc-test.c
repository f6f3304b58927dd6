// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrtc-test: a front-end as vrtc-fe is not: it sends each request of the page itself, right and wrong ones, and looks at
 * the events. In TAP to the kernel's log; it is to be loaded before vrtc-fe takes the endpoints.
 */
#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/rtc.h>
#include <linux/wait.h>
#include <vlx/vrtc_common.h>
#include <vrpc.h>
#define TAP_MAIN
#include "../tap.h"

#define WAIT_S 10

static struct vrpc_t *vrpc;
static NkPhAddr events_pa;
static atomic_t *events;
static NkXIrqId handler;
static atomic_t seen; /* events, of which the interrupt came */
static DECLARE_WAIT_QUEUE_HEAD(wait);

/* Sends so much of it; the result, or 1 for no call or an answer that is too short. */
static int send(vrtc_ipc_t *ipc, vrpc_size_t size, vrpc_size_t want)
{
	memcpy(vrpc_data(vrpc), ipc, size);
	if (vrpc_call(vrpc, &size) || size != want)
		return 1;
	memcpy(ipc, vrpc_data(vrpc), want);
	return ipc->res.res;
}

static int simple(u32 cmd, u32 arg)
{
	vrtc_ipc_t ipc = {.req = {.vcmd = cmd, .arg = arg}};

	return send(&ipc, sizeof(ipc.req), sizeof(ipc.res));
}

static bool get_time(struct rtc_time *tm)
{
	vrtc_ipc_t ipc = {.req.vcmd = VRTC_CMD_READ_TIME};

	if (send(&ipc, sizeof(ipc.req), sizeof(ipc.res_time)))
		return false;
	*tm = (struct rtc_time){
		.tm_sec = ipc.res_time.time.tm_sec,
		.tm_min = ipc.res_time.time.tm_min,
		.tm_hour = ipc.res_time.time.tm_hour,
		.tm_mday = ipc.res_time.time.tm_mday,
		.tm_mon = ipc.res_time.time.tm_mon,
		.tm_year = ipc.res_time.time.tm_year,
	};
	return !rtc_valid_tm(tm);
}

static int set_alarm(time64_t at)
{
	vrtc_ipc_t ipc = {.req.vcmd = VRTC_CMD_SET_ALARM};
	struct rtc_time tm;

	rtc_time64_to_tm(at, &tm);
	ipc.req_wkalrm.alarm.enabled = 1;
	ipc.req_wkalrm.alarm.time = (vrtc_time_t){
		.tm_sec = tm.tm_sec,
		.tm_min = tm.tm_min,
		.tm_hour = tm.tm_hour,
		.tm_mday = tm.tm_mday,
		.tm_mon = tm.tm_mon,
		.tm_year = tm.tm_year,
	};
	return send(&ipc, sizeof(ipc.req_wkalrm), sizeof(ipc.res));
}

static void on_event(void *cookie, NkXIrq xirq)
{
	atomic_or(atomic_xchg(events, 0), &seen);
	wake_up(&wait);
}

static bool comes(u32 event)
{
	return wait_event_timeout(wait, atomic_fetch_andnot(event, &seen) & event, WAIT_S * HZ);
}

static void test_ticks(void)
{
	ok(simple(VRTC_CMD_IOCTL_RTC_UIE_ON, 0) == 0 && comes(VRTC_EVENT_UF) &&
		   comes(VRTC_EVENT_UF),
	   "two seconds");
	ok(simple(VRTC_CMD_IOCTL_RTC_UIE_OFF, 0) == 0, "UIE_OFF");
	ok(simple(VRTC_CMD_IRQ_SET_FREQ, 32) == 0, "a frequency of 32");
	ok(simple(VRTC_CMD_IRQ_SET_FREQ, 33) == -EINVAL, "none of 33");
	ok(simple(VRTC_CMD_IRQ_SET_FREQ, 0) == -EINVAL, "none of 0");
	ok(simple(VRTC_CMD_IRQ_SET_FREQ, 8192) == -EACCES, "none that is too high for guests");
	ok(simple(VRTC_CMD_IOCTL_RTC_PIE_ON, 0) == 0 && comes(VRTC_EVENT_PF), "PIE_ON");
	ok(simple(VRTC_CMD_IOCTL_RTC_PIE_OFF, 0) == 0, "PIE_OFF");
	atomic_set(&seen, 0);
	ok(simple(VRTC_CMD_IRQ_SET_STATE, 1) == 0 && comes(VRTC_EVENT_PF), "IRQ_SET_STATE 1");
	ok(simple(VRTC_CMD_IRQ_SET_STATE, 0) == 0, "IRQ_SET_STATE 0");
	atomic_set(&seen, 0);
}

static void test_alarm(void)
{
	vrtc_ipc_t ipc = {.req.vcmd = VRTC_CMD_READ_ALARM};
	struct rtc_time tm = {};
	time64_t now;

	ok(get_time(&tm), "READ_TIME");
	now = rtc_tm_to_time64(&tm);
	ok(set_alarm(now + 2) == 0 && comes(VRTC_EVENT_AF), "SET_ALARM, and it comes");
	ok(get_time(&tm) && rtc_tm_to_time64(&tm) >= now + 2, "not too early");
	ok(send(&ipc, sizeof(ipc.req), sizeof(ipc.res_wkalrm)) == 0 &&
		   !ipc.res_wkalrm.alarm.enabled && ipc.res_wkalrm.alarm.pending == 1,
	   "READ_ALARM: off, and pending");
	ok(set_alarm(now - 100) == 0 && comes(VRTC_EVENT_AF), "one of the past comes at once");
	ok(set_alarm(now + 1000) == 0 && simple(VRTC_CMD_IOCTL_RTC_AIE_OFF, 0) == 0, "AIE_OFF");
	ok(simple(VRTC_CMD_IOCTL_RTC_AIE_ON, 0) == 0, "AIE_ON");
}

static void test_wrong(void)
{
	vrtc_ipc_t ipc = {.req.vcmd = VRTC_CMD_SET_TIME};

	ok(send(&ipc, sizeof(ipc.req), sizeof(ipc.res)) == -EINVAL, "SET_TIME without a time");
	ipc = (vrtc_ipc_t){.req.vcmd = VRTC_CMD_SET_TIME};
	memset(&ipc.req_time.time, 0xff, sizeof(ipc.req_time.time));
	ok(send(&ipc, sizeof(ipc.req_time), sizeof(ipc.res)) == -EINVAL, "SET_TIME of no time");
	ipc = (vrtc_ipc_t){.req.vcmd = VRTC_CMD_READ_TIME};
	ok(send(&ipc, 3, sizeof(ipc.res_time)) == -EINVAL, "three bytes");
	ipc = (vrtc_ipc_t){};
	ok(send(&ipc, 0, sizeof(ipc.res)) == -EINVAL, "nothing at all");
	ok(simple(VRTC_CMD_MAX, 0) == -ENOIOCTLCMD, "no such command");
	ok(simple(~0u, 0) == -ENOIOCTLCMD, "nor that one");
	ok(simple(VRTC_CMD_IOCTL_RTC_WIE_ON, 0) == -ENOIOCTLCMD, "this clock has no watchdog");
}

static void test_all(void)
{
	ok(simple(VRTC_CMD_OPEN, 0) == 0, "OPEN");
	test_ticks();
	test_alarm();
	test_wrong();
	ok(simple(VRTC_CMD_RELEASE, 0) == 0, "RELEASE");
}

/* Leaves an alarm and both interrupts on, for the back-end to end. */
static void leave_on(void)
{
	ok(set_alarm(U32_MAX) == 0 && simple(VRTC_CMD_IOCTL_RTC_UIE_ON, 0) == 0 &&
		   simple(VRTC_CMD_IOCTL_RTC_PIE_ON, 0) == 0,
	   "left on");
}

static bool hear(void)
{
	NkPhAddr plink = vrpc_plink(vrpc);
	NkXIrq xirq;

	events_pa = nkops.nk_pmem_alloc(plink, VRPC_PMEM_BASE, sizeof(*events));
	events = events_pa ? nkops.nk_mem_map(events_pa, sizeof(*events)) : NULL;
	xirq = nkops.nk_pxirq_alloc(plink, VRPC_PXIRQ_BASE, nkops.nk_id_get(), 1);
	if (!events || !xirq)
		return false;
	handler = nkops.nk_xirq_attach_named(xirq, on_event, NULL, "vrtc-test");
	return handler;
}

static void hear_no_more(void)
{
	if (handler)
		nkops.nk_xirq_detach(handler);
	if (events)
		nkops.nk_mem_unmap(events, events_pa, sizeof(*events));
}

static int __init vrtc_test_init(void)
{
	vrpc = vrpc_client_lookup(VRTC_NAME, NULL);
	if (!vrpc)
		return -ENODEV;
	if (hear() && !vrpc_client_open(vrpc, NULL, NULL)) {
		test_all();
		leave_on();
		vrpc_close(vrpc);
	} else {
		ok(false, "an endpoint with events");
	}
	hear_no_more();
	vrpc_release(vrpc);
	return tap_end();
}

static void __exit vrtc_test_exit(void)
{
}

module_init(vrtc_test_init);
module_exit(vrtc_test_exit);
MODULE_DESCRIPTION("Tests of vrtc-be");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * svec-test: tests svec when it is loaded, and reports in TAP to the kernel's log. It wants the
 * controller "vproperty" and a property "svec-test" that this VM may set, and be told of: setting
 * it is the event. A witness that is attached last tells when all others have been called.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/stdarg.h>
#include <nk/svec.h>
#include <vlx/prop.h>
#include <vlx/svec.h>
#define TAP_MAIN
#include "../tap.h"

#define TEST_PROP "svec-test"
#define WAIT_JIFFIES (10 * HZ)
#define STRESS_ROUNDS 500
#define STRESS_WAIT 10 /* in every tenth round an event is waited for */

struct probe {
	struct svec_event_handle *handle;
	unsigned int calls;
	unsigned int bad; /* calls with a wrong handle, or in a wrong context */
	bool gone; /* detached: no more calls */
	struct probe *other;
};

static struct svec *svec;
static unsigned int event;

static void on_event(struct svec_event_handle *handle, void *cookie)
{
	struct probe *p = cookie;

	if (p->gone || !irqs_disabled() || (p->handle && p->handle != handle))
		p->bad++;
	WRITE_ONCE(p->calls, p->calls + 1);
}

static void attach(struct probe *p, svec_hdl_t handler, bool masked)
{
	*p = (struct probe){.other = p->other};
	p->handle = svec_evt_attach(svec, event, handler, p, masked);
}

static bool set_prop(void)
{
	u64 value = get_jiffies_64();

	return vlx_prop_set(TEST_PROP, &value, sizeof(value)) == sizeof(value);
}

static bool called(struct probe *p, unsigned int calls)
{
	unsigned long end = jiffies + WAIT_JIFFIES;

	while (READ_ONCE(p->calls) < calls && time_before(jiffies, end))
		usleep_range(100, 200);
	return READ_ONCE(p->calls) >= calls;
}

/* Lets the event occur, and returns when each handle that was there before has had it. */
static bool post(void)
{
	struct probe witness = {};
	bool told;

	attach(&witness, on_event, false);
	told = !IS_ERR(witness.handle) && set_prop() && called(&witness, 1);
	svec_evt_detach(witness.handle);
	return told && !witness.bad;
}

static bool find_event(void)
{
	struct vlx_prop prop;
	bool found = vlx_prop_find(&prop, TEST_PROP);

	event = prop.pid;
	return found;
}

static void test_arguments(void)
{
	struct probe p = {};

	ok(!svec_lookup("no such controller"), "an unknown name finds nothing");
	ok(!svec_lookup(NULL), "nor does none");
	ok(!svec_evt_svec(NULL) && svec_evt_event(NULL) >= NK_HYPEVENT_EVENTS,
	   "no handle has neither event nor controller");
	ok(IS_ERR(svec_evt_attach(NULL, event, on_event, &p, false)), "no attaching to nothing");
	ok(IS_ERR(svec_evt_attach(svec, NK_HYPEVENT_EVENTS, on_event, &p, false)),
	   "no attaching to an event there is not");
	ok(IS_ERR(svec_evt_attach(svec, event, NULL, &p, false)), "no attaching of nothing");
	ok(svec_evt_detach(NULL) && svec_evt_mask(NULL) && svec_evt_unmask(NULL),
	   "no handle is an error");
	attach(&p, on_event, false);
	ok(svec_evt_event(p.handle) == event && svec_evt_svec(p.handle) == svec,
	   "a handle knows its event and controller");
	ok(svec_evt_unmask(p.handle) == -EINVAL, "what is not masked is not unmasked");
	ok(!svec_evt_detach(p.handle), "detaching succeeds");
}

static void test_calls(void)
{
	struct probe a = {}, b = {};

	attach(&a, on_event, false);
	attach(&b, on_event, false);
	ok(post() && a.calls == 1 && b.calls == 1, "every handle of an event is called once");
	ok(post() && a.calls == 2 && b.calls == 2, "and again at the next one");
	svec_evt_detach(a.handle);
	a.gone = true;
	ok(post() && a.calls == 2 && b.calls == 3, "what is detached is not called");
	svec_evt_detach(b.handle);
	ok(post(), "the event occurs without these");
	attach(&a, on_event, false);
	ok(!a.calls, "what occurred before attaching is lost");
	svec_evt_detach(a.handle);
	ok(!a.bad && !b.bad, "handlers got their handles, with interrupts off");
}

static void test_masks(void)
{
	struct probe p = {};

	attach(&p, on_event, true);
	ok(post() && post() && !p.calls, "attached masked, it is not called");
	ok(!svec_evt_unmask(p.handle) && p.calls == 1, "unmasking calls it at once, once for two");
	ok(post() && p.calls == 2, "then it is called");
	ok(!svec_evt_mask(p.handle) && !svec_evt_unmask(p.handle) && p.calls == 2,
	   "nothing pending, nothing called");
	svec_evt_mask(p.handle);
	svec_evt_mask(p.handle);
	ok(post() && !svec_evt_unmask(p.handle) && p.calls == 2, "one of two masks still masks");
	ok(!svec_evt_unmask(p.handle) && p.calls == 3, "with the last one it is called");
	ok(svec_evt_unmask(p.handle) == -EINVAL, "there is no mask left");
	svec_evt_mask(p.handle);
	ok(post() && !svec_evt_detach(p.handle) && p.calls == 3, "detached with an event pending");
}

static void detach_self(struct svec_event_handle *handle, void *cookie)
{
	struct probe *p = cookie;

	p->bad += p->gone;
	p->gone = true;
	p->bad += !!svec_evt_detach(handle);
	WRITE_ONCE(p->calls, p->calls + 1);
}

static void mask_self(struct svec_event_handle *handle, void *cookie)
{
	struct probe *p = cookie;

	p->bad += !!svec_evt_mask(handle);
	WRITE_ONCE(p->calls, p->calls + 1);
}

static void attach_other(struct svec_event_handle *handle, void *cookie)
{
	struct probe *p = cookie;

	if (!p->calls)
		attach(p->other, on_event, false);
	p->bad += svec_lookup(NK_HYPEVENT_VPROPERTY) != svec;
	WRITE_ONCE(p->calls, p->calls + 1);
}

static void unmask_other(struct svec_event_handle *handle, void *cookie)
{
	struct probe *p = cookie;
	unsigned int before = p->other->calls;

	p->bad += svec_evt_unmask(p->other->handle) || p->other->calls != before + 1;
	WRITE_ONCE(p->calls, p->calls + 1);
}

static void test_in_handlers(void)
{
	struct probe a = {}, b = {};

	attach(&a, detach_self, false);
	ok(post() && post() && a.calls == 1 && !a.bad, "a handler detaches itself");

	attach(&a, mask_self, false);
	ok(post() && post() && a.calls == 1 && !a.bad, "a handler masks itself");
	ok(!svec_evt_unmask(a.handle) && a.calls == 2, "and is called for what came then");
	svec_evt_detach(a.handle);

	a.other = &b;
	attach(&a, attach_other, false);
	ok(post() && a.calls == 1 && !b.calls, "a handler attaches another");
	ok(post() && a.calls == 2 && b.calls == 1 && !a.bad, "which the next event calls");
	svec_evt_detach(a.handle);
	svec_evt_detach(b.handle);

	attach(&b, on_event, true);
	attach(&a, unmask_other, false);
	ok(post() && a.calls == 1 && b.calls == 1 && !a.bad && !b.bad,
	   "a handler unmasks another, which is called in there");
	svec_evt_detach(a.handle);
	svec_evt_detach(b.handle);
}

static int poster(void *unused)
{
	while (!kthread_should_stop()) {
		set_prop();
		cond_resched();
	}
	return 0;
}

static void test_stress(void)
{
	struct task_struct *task = kthread_run(poster, NULL, "svec-test");
	struct probe p = {};
	unsigned int missed = 0, bad = 0;
	unsigned int i;

	if (IS_ERR(task)) {
		ok(false, "a thread that posts");
		return;
	}
	for (i = 0; i < STRESS_ROUNDS; i++) {
		attach(&p, on_event, i & 1);
		cond_resched();
		if (i & 1)
			svec_evt_unmask(p.handle);
		else if (!(i % STRESS_WAIT))
			missed += !called(&p, 1);
		svec_evt_mask(p.handle);
		p.gone = true;
		cond_resched();
		p.gone = false;
		svec_evt_unmask(p.handle);
		svec_evt_detach(p.handle);
		p.gone = true;
		cond_resched();
		bad += p.bad;
	}
	kthread_stop(task);
	ok(!bad, "no call after detaching, and none while masked, amidst events");
	ok(!missed, "no lack of calls amidst events");
}

static int __init svec_test_init(void)
{
	svec = svec_lookup(NK_HYPEVENT_VPROPERTY);
	ok(svec, "there is a controller vproperty");
	ok(find_event(), "there is a property " TEST_PROP);
	if (!tap_failed()) {
		test_arguments();
		test_calls();
		test_masks();
		test_in_handlers();
		test_stress();
	}
	return tap_end();
}

static void __exit svec_test_exit(void)
{
}
module_init(svec_test_init);
module_exit(svec_test_exit);

MODULE_DESCRIPTION("Tests of svec");
MODULE_LICENSE("GPL");

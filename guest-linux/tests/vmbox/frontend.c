// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmbox-test: a front-end, which sends to the back-end and checks that all comes back, once, in order, whole. When the
 * back-end comes it begins with another epoch; /sys/module/vmbox_test/parameters tells how it goes.
 */
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "test.h"

#define WINDOW (BOX_COUNT / 2)
#define PAUSE_EACH 256 /* messages of the load, so that there is something beside it */

static void *box;
static unsigned int backend; /* its VM */
static DEFINE_SPINLOCK(lock); /* the next four */
static bool online;
static u32 epoch, sent, got;
static DECLARE_WAIT_QUEUE_HEAD(wait);
static struct task_struct *thread;

static unsigned int good, again, bad;
module_param(good, uint, 0444);
MODULE_PARM_DESC(good, "messages that came back");
module_param(again, uint, 0444);
MODULE_PARM_DESC(again, "times that the back-end went");
module_param(bad, uint, 0444);
MODULE_PARM_DESC(bad, "messages or calls that were not as they should be");

static void note_bad(const char *what)
{
	WRITE_ONCE(bad, bad + 1);
	pr_err_ratelimited("vmbox-test: %s: %u came of %u\n", what, got, sent);
}

static void set_online(bool now, unsigned int vmid)
{
	spin_lock(&lock);
	if (online == now || vmid != backend)
		note_bad("told of what is not");
	online = now;
	epoch = get_random_u32();
	sent = 0;
	got = 0;
	spin_unlock(&lock);
	wake_up_all(&wait);
}

static void on_on(void *cookie, unsigned int vmid)
{
	set_online(true, vmid);
}

static void on_off(void *cookie, unsigned int vmid)
{
	WRITE_ONCE(again, again + 1);
	set_online(false, vmid);
}

static u32 sum_of(const struct message *m)
{
	return jhash(m->bytes, sizeof(m->bytes), m->number);
}

/* What an early epoch's back-end still had comes with that epoch. */
static void on_receive(void *cookie, unsigned int vmid, void *vmq, void *msg)
{
	struct message *m = msg;

	spin_lock(&lock);
	if (!online || m->sum != sum_of(m))
		note_bad("broken");
	if (m->epoch == epoch && m->number != got + 1)
		note_bad("lost or doubled");
	if (m->epoch == epoch)
		got = m->number;
	spin_unlock(&lock);
	if (vmbox_msg_free(vmq, msg))
		note_bad("not freed");
	WRITE_ONCE(good, good + 1);
	wake_up_all(&wait);
}

static vmbox_cb_ops_t ops = {.on = on_on, .off = on_off, .receive = on_receive};

static bool send_locked(void)
{
	struct message *m;
	void *vmq, *msg;

	if (!online || sent - got >= WINDOW || vmbox_msg_alloc(box, backend, &vmq, &msg))
		return false;
	m = msg;
	m->epoch = epoch;
	m->number = sent + 1;
	memset(m->bytes, m->number, sizeof(m->bytes));
	m->sum = sum_of(m);
	if (vmbox_msg_send(vmq, msg))
		return false;
	sent++;
	return true;
}

static bool send_one(void)
{
	bool done;

	spin_lock(&lock);
	done = send_locked();
	spin_unlock(&lock);
	return done;
}

static bool may_send(void)
{
	return READ_ONCE(online) && READ_ONCE(sent) - READ_ONCE(got) < WINDOW;
}

/* Sends what it can; returns false when nothing came in a long time. */
static bool turn(void)
{
	while (send_one())
		;
	cond_resched();
	return wait_event_timeout(wait, may_send() || (thread && kthread_should_stop()),
				  msecs_to_jiffies(WAIT_MS));
}

static int open(void)
{
	int err = vmbox_init(BOX_NAME, true, sizeof(struct message), BOX_COUNT, &box);

	if (err)
		return err;
	if (hweight32(vmbox_vms_mask(box)) != 1) {
		vmbox_exit(box);
		box = NULL;
		return -ENODEV;
	}
	backend = __ffs(vmbox_vms_mask(box));
	return 0;
}

static void test_errors(void)
{
	void *handle = &handle, *vmq, *msg;

	ok(vmbox_init(BOX_NAME, true, 64, 48, &handle) == -EINVAL && !handle,
	   "a count that is no power of 2");
	ok(vmbox_init(BOX_NAME, true, sizeof(struct message), BOX_COUNT, &handle) == -EBUSY,
	   "a box that is there already");
	ok(!vmbox_init("no such link", true, 64, 64, &handle) && !vmbox_vms_mask(handle),
	   "a name without links");
	ok(vmbox_msg_alloc(handle, backend, &vmq, &msg) == -ENOTCONN &&
		   vmbox_msg_alloc_early(handle, backend, &vmq, &msg) == -ENOTCONN &&
		   vmbox_msg_alloc(box, 31, &vmq, &msg) == -ENOTCONN,
	   "a VM that it is not linked with");
	vmbox_exit(handle);
}

static bool is_done(unsigned int messages)
{
	return READ_ONCE(got) >= messages || bad;
}

void test_frontend(unsigned int messages)
{
	bool goes_on;

	ok(!open(), "the front-end has one back-end");
	if (!box)
		return;
	test_errors();
	vmbox_cb_ops_register(box, &ops, NULL);
	goes_on = wait_event_timeout(wait, READ_ONCE(online), msecs_to_jiffies(WAIT_MS));
	ok(goes_on, "which is on");
	while (goes_on && sent < messages && !bad)
		goes_on = turn();
	wait_event_timeout(wait, is_done(messages), msecs_to_jiffies(WAIT_MS));
	ok(goes_on && got >= messages && !bad, "many messages come back");
	load_stop();
}

static int load(void *unused)
{
	while (!kthread_should_stop()) {
		if (!turn() && READ_ONCE(online))
			note_bad("no echo");
		if (sent % PAUSE_EACH < WINDOW)
			usleep_range(500, 1000);
	}
	return 0;
}

int load_start(void)
{
	int err = open();

	if (err)
		return err;
	vmbox_cb_ops_register(box, &ops, NULL);
	thread = kthread_create(load, NULL, "vmbox-load");
	if (IS_ERR(thread)) {
		err = PTR_ERR(thread);
		thread = NULL;
		load_stop();
		return err;
	}
	wake_up_process(thread);
	return 0;
}

void load_stop(void)
{
	if (thread) {
		kthread_stop(thread);
		thread = NULL;
	}
	if (box)
		vmbox_exit(box);
	box = NULL;
}

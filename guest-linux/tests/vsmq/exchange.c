// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsmq-test: sends messages to an echo in another VM and checks what comes back: all, once, in order, whole. When
 * a link goes and comes, it begins anew with another epoch; /sys/module/vsmq_test/parameters tells how it goes.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include "test.h"

#define WINDOW (QUEUE_SIZE / 2)
#define PAUSE_EACH 256 /* messages of the load, so that there is something beside it */

static struct pair pair;
static struct task_struct *thread;
static u32 epoch, sent, got;
static int bounces;

static unsigned int good, again, bad;
module_param(good, uint, 0444);
MODULE_PARM_DESC(good, "messages of the load that came back");
module_param(again, uint, 0444);
MODULE_PARM_DESC(again, "times that it began anew");
module_param(bad, uint, 0444);
MODULE_PARM_DESC(bad, "messages that were broken, lost or came twice");

static void note_bad(const char *what, u32 number)
{
	WRITE_ONCE(bad, bad + 1);
	pr_err_ratelimited("vsmq-test: %s: message %u, %u came of %u\n", what, number, got, sent);
}

/* Returns whether the links are online. */
static bool begin(void)
{
	bool online = pair_online(&pair);

	bounces = atomic_read(&pair.bounces);
	epoch = get_random_u32();
	sent = 0;
	got = 0;
	return online;
}

static bool has_bounced(void)
{
	return atomic_read(&pair.bounces) != bounces;
}

static bool send_one(void)
{
	void *msg;

	if (sent - got >= WINDOW || vsmq_msg_allocate(pair.tx, &msg))
		return false;
	fill(msg, epoch, sent + 1);
	if (vsmq_msg_send(pair.tx, msg))
		return false;
	sent++;
	return true;
}

/* Of an earlier epoch some may still be under way. */
static void check(const struct message *m)
{
	if (!is_whole(m))
		note_bad("broken", m->number);
	if (m->epoch != epoch || has_bounced())
		return;
	if (m->number != got + 1)
		note_bad("lost or doubled", m->number);
	got = m->number;
	WRITE_ONCE(good, good + 1);
}

static bool receive_one(void)
{
	void *msg;

	if (vsmq_msg_receive(pair.rx, &msg))
		return false;
	check(msg);
	if (vsmq_msg_free(pair.rx, msg))
		note_bad("not freed", got);
	return true;
}

/* Sends and receives what it can; returns false when nothing came in a long time. */
static bool turn(void)
{
	bool any = false;

	while (send_one())
		any = true;
	while (receive_one())
		any = true;
	cond_resched();
	return any || pair_wait(&pair);
}

void test_exchange(unsigned int messages)
{
	bool goes_on;

	if (pair_open(&pair))
		return;
	goes_on = begin();
	ok(goes_on, "the links to the echo are online");
	while (goes_on && got < messages && !bad)
		goes_on = turn();
	ok(goes_on && got >= messages && !bad && !has_bounced(), "many messages come back");
	pair_close(&pair);
}

static int load(void *unused)
{
	while (!kthread_should_stop()) {
		bool online = begin();

		while (online && !has_bounced() && !kthread_should_stop()) {
			if (!turn() && !has_bounced())
				note_bad("no echo", got);
			if (got % PAUSE_EACH < WINDOW)
				usleep_range(500, 1000);
		}
		WRITE_ONCE(again, again + 1);
	}
	return 0;
}

int load_start(void)
{
	int err = pair_open(&pair);

	if (err)
		return err;
	thread = kthread_run(load, NULL, "vsmq-load");
	if (!IS_ERR(thread))
		return 0;
	err = PTR_ERR(thread);
	thread = NULL;
	pair_close(&pair);
	return err;
}

void load_stop(void)
{
	if (!thread)
		return;
	pair_end(&pair);
	kthread_stop(thread);
	thread = NULL;
	pair_close(&pair);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsmq-test: a thread that sends back what comes. It keeps some messages for a while, and frees them in another order
 * than they came.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include "test.h"

#define KEPT 8

static struct pair pair;
static struct task_struct *thread;
static void *kept[KEPT];
static u32 epoch, number; /* of the last message */

static unsigned int echoed, wrong;
module_param(echoed, uint, 0444);
MODULE_PARM_DESC(echoed, "messages that were sent back");
module_param(wrong, uint, 0444);
MODULE_PARM_DESC(wrong, "messages that were broken, lost or came twice");

static void keep(struct message *m)
{
	void **place = &kept[(m->number * 7) % KEPT];

	if (*place && vsmq_msg_free(pair.rx, *place))
		WRITE_ONCE(wrong, wrong + 1);
	*place = m;
}

static void check(const struct message *m)
{
	bool good = m->epoch == epoch ? m->number == number + 1 : m->number == 1;

	epoch = m->epoch;
	number = m->number;
	if (good && is_whole(m))
		return;
	WRITE_ONCE(wrong, wrong + 1);
	pr_err_ratelimited("vsmq-test: echo: message %u of %x is not what it should be\n",
			   m->number, m->epoch);
}

/* Early, since the way back may come up later than the one here. */
static void send_back(const struct message *m)
{
	void *msg;
	int err;

	while ((err = vsmq_msg_allocate_early(pair.tx, &msg)) == -EAGAIN && !kthread_should_stop())
		usleep_range(50, 100);
	if (err)
		return;
	memcpy(msg, m, sizeof(*m));
	if (!vsmq_msg_send_early(pair.tx, msg))
		WRITE_ONCE(echoed, echoed + 1);
}

static int echo(void *unused)
{
	void *msg;

	while (!kthread_should_stop()) {
		if (vsmq_msg_receive(pair.rx, &msg)) {
			wait_event_idle(pair.wait,
					atomic_xchg(&pair.news, 0) || kthread_should_stop());
			continue;
		}
		check(msg);
		send_back(msg);
		keep(msg);
		cond_resched();
	}
	return 0;
}

int echo_start(void)
{
	int err = pair_open(&pair);

	if (err)
		return err;
	thread = kthread_run(echo, NULL, "vsmq-echo");
	if (!IS_ERR(thread))
		return 0;
	err = PTR_ERR(thread);
	thread = NULL;
	pair_close(&pair);
	return err;
}

void echo_stop(void)
{
	if (!thread)
		return;
	kthread_stop(thread);
	thread = NULL;
	pair_close(&pair);
}

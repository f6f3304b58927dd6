// SPDX-License-Identifier: GPL-2.0-only
/* link-bench: messages that are copied and freed by the receiver, in its interrupt. */
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <vlx-vmq.h>
#include "linkbench.h"

#define QUEUE 64 /* messages */
#define BATCH 16 /* messages, then a flush */

struct message {
	u32 last; /* it is to come back */
	u8 text[BENCH_BYTES - sizeof(u32)];
};

static const vmq_xx_config_t config = {QUEUE, sizeof(struct message), 0, 0, VMQ_PDEV_NONE};
static vmq_links_t *links;
static vmq_link_t *link;
static DECLARE_COMPLETION(up);
static DECLARE_COMPLETION(back);
static struct message taken; /* by the receiver */

static void take(vmq_link_t *from)
{
	void *shared;

	while (!vmq_msg_receive(from, &shared)) {
		memcpy(&taken, shared, sizeof(taken));
		if (READ_ONCE(taken.last))
			vmq_msg_return(from, shared);
		else
			vmq_msg_free(from, shared);
	}
}

static void returned(vmq_link_t *from)
{
	void *shared;

	while (!vmq_return_msg_receive(from, &shared)) {
		vmq_return_msg_free(from, shared);
		complete(&back);
	}
}

static void link_on(vmq_link_t *which)
{
	link = which;
	complete_all(&up);
}

static void look(struct work_struct *unused)
{
	vmq_links_sysconf(links);
}

static DECLARE_WORK(sysconf, look);
static DEFINE_SPINLOCK(sysconf_lock); /* the next one, and that the work begins */
static bool stopping;

static void sysconf_notify(vmq_links_t *which)
{
	unsigned long flags;

	spin_lock_irqsave(&sysconf_lock, flags);
	if (!stopping)
		schedule_work(&sysconf);
	spin_unlock_irqrestore(&sysconf_lock, flags);
}

static const vmq_callbacks_t callbacks = {
	.link_on = link_on,
	.sysconf_notify = sysconf_notify,
	.receive_notify = take,
	.return_notify = returned,
};

int mq_start(bool frontend)
{
	int err = vmq_links_init_ex(&links, "vmqb", &callbacks, &config, &config, NULL, frontend);

	return err ?: vmq_links_start(links);
}

void mq_stop(void)
{
	spin_lock_irq(&sysconf_lock);
	stopping = true;
	spin_unlock_irq(&sysconf_lock);
	cancel_work_sync(&sysconf);
	vmq_links_finish(links);
	links = NULL;
}

static int send(u32 count)
{
	struct message message = {};
	void *shared;
	int err;

	for (u32 n = 1; n <= count; n++) {
		err = vmq_msg_allocate(link, 0, &shared, NULL);
		if (err)
			return err;
		message.last = n == count;
		memcpy(shared, &message, sizeof(message));
		vmq_msg_send_async(link, shared);
		if (n % BATCH == 0 || message.last)
			vmq_msg_send_flush(link);
	}
	return wait_for_completion_timeout(&back, BENCH_WAIT) ? 0 : -ETIMEDOUT;
}

int mq_run(u32 messages, u64 *ns)
{
	int err;

	if (!wait_for_completion_timeout(&up, BENCH_WAIT))
		return -ETIMEDOUT;
	err = send(BENCH_WARM);
	if (err)
		return err;
	bench_begin();
	err = send(messages);
	*ns = bench_end();
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/* vsmq-test: a queue each way, and the messages in them. */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include "test.h"

void fill(struct message *m, u32 epoch, u32 number)
{
	m->epoch = epoch;
	m->number = number;
	for (u32 i = 0; i < sizeof(m->bytes); i++)
		m->bytes[i] = number * 31 + i * 7;
	m->sum = jhash(m->bytes, sizeof(m->bytes), number);
}

bool is_whole(const struct message *m)
{
	return m->sum == jhash(m->bytes, sizeof(m->bytes), m->number);
}

static void on_receive(void *cookie)
{
	const struct half *half = cookie;

	atomic_set(&half->pair->news, 1);
	wake_up_all(&half->pair->wait);
}

static void on_sysconf(void *cookie)
{
	const struct half *half = cookie;

	if (!vsmq_link_is_online(half->queue))
		atomic_inc(&half->pair->bounces);
	on_receive(cookie);
}

static vsmq_cb_ops_t ops = {.sysconf = on_sysconf, .receive = on_receive};

static int start(struct pair *p, struct half *half, void *queue)
{
	*half = (struct half){.pair = p, .queue = queue};
	vsmq_cb_register(queue, &ops, half);
	return vsmq_start(queue);
}

int pair_open(struct pair *p)
{
	int err;

	init_waitqueue_head(&p->wait);
	p->rx = NULL;
	p->ends = false;
	err = vsmq_lookup_tx(PAIR_NAME, sizeof(struct message), QUEUE_SIZE, &p->tx);
	if (!err)
		err = vsmq_lookup_rx(PAIR_NAME, sizeof(struct message), QUEUE_SIZE, &p->rx);
	if (!err && (!p->tx || !p->rx))
		err = -ENODEV;
	if (!err)
		err = start(p, &p->halves[0], p->rx) ?: start(p, &p->halves[1], p->tx);
	if (err)
		pair_close(p);
	return err;
}

void pair_close(struct pair *p)
{
	if (p->tx)
		vsmq_free(p->tx);
	if (p->rx)
		vsmq_free(p->rx);
	p->tx = NULL;
	p->rx = NULL;
}

bool pair_wait(struct pair *p)
{
	return wait_event_timeout(p->wait, atomic_xchg(&p->news, 0) || READ_ONCE(p->ends),
				  msecs_to_jiffies(WAIT_MS));
}

static bool is_online(struct pair *p)
{
	return vsmq_link_is_online(p->tx) && vsmq_link_is_online(p->rx);
}

bool pair_online(struct pair *p)
{
	wait_event_timeout(p->wait, is_online(p) || READ_ONCE(p->ends), msecs_to_jiffies(WAIT_MS));
	return is_online(p);
}

void pair_end(struct pair *p)
{
	WRITE_ONCE(p->ends, true);
	wake_up_all(&p->wait);
}

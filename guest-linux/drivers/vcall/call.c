// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vcall: a client's calls, and that the back-end knows its state before others than up() make any. A back-end that
 * went away and came back in the middle of up() is one that knows nothing: lives are counted, and `set_up` is the
 * one for which up() was whole.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include "vcall_priv.h"

static void client_up(void *cookie)
{
	struct vcall_end *end = cookie;

	WRITE_ONCE(end->life, end->life + 1);
	smp_store_release(&end->is_up, true); /* behind its number */
	queue_work(system_unbound_wq, &end->up_work);
}

/* The link comes up again after this only, so a life does not change under who has the lock. */
static void client_down(void *cookie)
{
	struct vcall_end *end = cookie;

	mutex_lock(&end->lock);
	WRITE_ONCE(end->is_up, false);
	mutex_unlock(&end->lock);
}

const struct vrpc_watch vcall_client_watch = {.up = client_up, .down = client_down};

/* A peer that comes and goes without end does not fill the log. */
static void complain(const struct vcall_end *end, int err)
{
	static DEFINE_RATELIMIT_STATE(said, 10 * HZ, 2);

	if (__ratelimit(&said))
		pr_err("%s: vm%u cannot be used: error %d\n", end->family->name,
		       vrpc_peer_id(end->vrpc), err);
}

/* The work is queued again by each life, so that one which came meanwhile is not forgotten. */
void vcall_set_up(struct work_struct *work)
{
	struct vcall_end *end = container_of(work, struct vcall_end, up_work);
	unsigned long life = READ_ONCE(end->life);
	int err = 0;

	WRITE_ONCE(end->upper, current);
	if (end->family->up)
		err = end->family->up(end);
	WRITE_ONCE(end->upper, NULL);
	if (err && life == READ_ONCE(end->life) && vcall_is_up(end))
		complain(end, err);
	if (!err)
		WRITE_ONCE(end->set_up, life);
	wake_up_all(&end->wait);
}

/* Whether the caller may call now. */
static bool may_call(const struct vcall_end *end)
{
	return vcall_is_ready(end) || (vcall_is_up(end) && READ_ONCE(end->upper) == current);
}

static int wait_until_up(struct vcall_end *end, unsigned long until)
{
	long left = until - jiffies;

	if (READ_ONCE(end->upper) == current)
		return vcall_is_up(end) ? 0 : -EIO; /* the next life calls up() anew */
	left = wait_event_killable_timeout(end->wait, READ_ONCE(end->closing) || may_call(end),
					   max(left, 0L));
	if (left < 0)
		return -EINTR;
	return left && !READ_ONCE(end->closing) ? 0 : -EIO;
}

/* busy_ms: 0 to sleep. */
static int exchange(struct vcall_end *end, const void *request, vrpc_size_t size, void *answer,
		    vrpc_size_t answer_size, unsigned int busy_ms)
{
	void *data = vrpc_data(end->vrpc);
	int err;

	memcpy(data, request, size);
	err = busy_ms ? vrpc_call_busy(end->vrpc, &size, busy_ms)
		      : vrpc_call_timeout(end->vrpc, &size, VCALL_MS);
	if (err)
		return err;
	if (size != answer_size)
		return -EPROTO;
	memcpy(answer, data, answer_size);
	return 0;
}

static int locked_exchange(struct vcall_end *end, const void *request, vrpc_size_t size,
			   void *answer, vrpc_size_t answer_size)
{
	int err;

	if (mutex_lock_killable(&end->lock))
		return -EINTR;
	err = may_call(end) ? exchange(end, request, size, answer, answer_size, 0) : -EAGAIN;
	mutex_unlock(&end->lock);
	return err == -EFAULT ? -EINTR : err;
}

/* -EAGAIN: the back-end went away, and has not answered. */
int vcall(struct vcall_end *end, const void *request, size_t size, void *answer, size_t answer_size)
{
	unsigned long until = jiffies + msecs_to_jiffies(VCALL_MS);
	int err;

	if (max(size, answer_size) > vrpc_maxsize(end->vrpc))
		return -E2BIG;
	do {
		err = wait_until_up(end, until);
		if (err)
			return err;
		err = locked_exchange(end, request, size, answer, answer_size);
	} while (err == -EAGAIN && time_before(jiffies, until));
	return err == -EAGAIN ? -EIO : err;
}
EXPORT_SYMBOL_GPL(vcall);

int vcall_busy(struct vcall_end *end, const void *request, size_t size, void *answer,
	       size_t answer_size, unsigned int ms)
{
	int err;

	if (max(size, answer_size) > vrpc_maxsize(end->vrpc))
		return -E2BIG;
	err = exchange(end, request, size, answer, answer_size, max(ms, 1U));
	return err == -EAGAIN ? -EIO : err;
}
EXPORT_SYMBOL_GPL(vcall_busy);

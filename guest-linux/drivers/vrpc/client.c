// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc: calls. Who has the bit CALLING may use what is shared; the link stops when nobody has. The server has
 * answered when its counter is the client's own; a call that the client gave up is still to be answered
 * before there is another one.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/processor.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include "vrpc_priv.h"

/* What a call waits for: returns 1, 0 for not yet, or why it is in vain. */
typedef int (*done_t)(struct vrpc_t *vrpc);

/* How long a call may take, and how it waits. */
struct limit {
	u64 end; /* of ktime_get_mono_fast_ns(); 0: none */
	bool busy;
};

/* Who has interrupts off does not let the link's thread run, so the peer's state is looked at too. */
static bool connected(const struct vrpc_t *vrpc)
{
	return vlink_is_up(vrpc->vlink) &&
	       READ_ONCE(*vrpc->vlink->nk_state_peer) == NK_DEV_VLINK_ON;
}

static int claimed(struct vrpc_t *vrpc)
{
	if (!connected(vrpc))
		return -EAGAIN;
	return !test_and_set_bit_lock(VRPC_CALLING, &vrpc->flags);
}

static void unclaim(struct vrpc_t *vrpc)
{
	clear_bit_unlock(VRPC_CALLING, &vrpc->flags);
	smp_mb__after_atomic(); /* the bit, then whether somebody waits */
	wake_up_all(&vrpc->wait);
}

static int answered(struct vrpc_t *vrpc)
{
	u32 ack;

	if (!connected(vrpc))
		return -EAGAIN;
	ack = smp_load_acquire(&vrpc->shared->ack); /* before the answer is read */
	if (ack == vrpc->seq)
		return 1;
	if (ack == vrpc->seq - 1)
		return 0;
	vlink_broken(vrpc->vlink, "an answer without a call");
	return -EAGAIN;
}

static long jiffies_left(u64 end)
{
	u64 now = ktime_get_mono_fast_ns();

	if (!end)
		return MAX_SCHEDULE_TIMEOUT;
	return end > now ? nsecs_to_jiffies(end - now) + 1 : 0;
}

/* Returns 0, or why it was in vain; -EFAULT if the caller was killed, -ETIMEDOUT after that time. */
static int sleep_until(struct vrpc_t *vrpc, done_t done, u64 end)
{
	int result = 0;
	long left =
		wait_event_killable_timeout(vrpc->wait, (result = done(vrpc)), jiffies_left(end));

	if (left < 0)
		return -EFAULT;
	if (!left)
		return -ETIMEDOUT;
	return result < 0 ? result : 0;
}

/* The same, looking until that time; -ETIMEDOUT after it. */
static int spin_until(struct vrpc_t *vrpc, done_t done, u64 end)
{
	int result;

	while (!(result = done(vrpc))) {
		if (ktime_get_mono_fast_ns() > end)
			return -ETIMEDOUT;
		cpu_relax();
	}
	return result < 0 ? result : 0;
}

static int wait_until(struct vrpc_t *vrpc, done_t done, const struct limit *limit)
{
	if (limit->busy)
		return spin_until(vrpc, done, limit->end);
	return sleep_until(vrpc, done, limit->end);
}

static void send(struct vrpc_t *vrpc, vrpc_size_t size)
{
	struct vrpc_pmem_t *shared = vrpc->shared;

	memcpy(shared->data, vrpc->data, size);
	WRITE_ONCE(shared->size, size);
	vrpc->calls++;
	vrpc->tx_bytes += size;
	vrpc->seq++;
	smp_store_release(&shared->req, vrpc->seq); /* behind the request */
	vlink_trigger(vrpc->vlink, vrpc->peer_xirq);
}

static int take_answer(struct vrpc_t *vrpc, vrpc_size_t *size)
{
	vrpc_size_t got = READ_ONCE(vrpc->shared->size);

	if (got > vrpc->maxsize) {
		vlink_broken(vrpc->vlink, "an answer that is greater than the buffer");
		return -EAGAIN;
	}
	memcpy(vrpc->data, vrpc->shared->data, got);
	vrpc->rx_bytes += got;
	*size = got;
	return 0;
}

/* A call by who has claimed the endpoint. */
static int exchange(struct vrpc_t *vrpc, vrpc_size_t *size, const struct limit *limit)
{
	int err = wait_until(vrpc, answered, limit); /* what was given up earlier */

	if (err)
		return err;
	send(vrpc, *size);
	err = wait_until(vrpc, answered, limit);
	return err ?: take_answer(vrpc, size);
}

static int call(struct vrpc_t *vrpc, vrpc_size_t *size, const struct limit *limit)
{
	int err;

	if (vrpc->vlink->server || *size > vrpc->maxsize)
		return -EFAULT;
	err = wait_until(vrpc, claimed, limit);
	if (err)
		return err;
	err = exchange(vrpc, size, limit);
	unclaim(vrpc);
	return err;
}

int vrpc_call(struct vrpc_t *vrpc, vrpc_size_t *size)
{
	const struct limit limit = {};

	return call(vrpc, size, &limit);
}
EXPORT_SYMBOL(vrpc_call);

static u64 end_of(nku32_f timeout_ms)
{
	return ktime_get_mono_fast_ns() + (u64)timeout_ms * NSEC_PER_MSEC;
}

int vrpc_call_timeout(struct vrpc_t *vrpc, vrpc_size_t *size, nku32_f timeout_ms)
{
	const struct limit limit = {.end = end_of(timeout_ms)};

	return call(vrpc, size, &limit);
}
EXPORT_SYMBOL(vrpc_call_timeout);

int vrpc_call_busy(struct vrpc_t *vrpc, vrpc_size_t *size, nku32_f timeout_ms)
{
	const struct limit limit = {.end = end_of(timeout_ms), .busy = true};

	return call(vrpc, size, &limit);
}
EXPORT_SYMBOL(vrpc_call_busy);

/* The link is not up any more, so who is in a call leaves it. */
void vrpc_client_stop(struct vrpc_t *vrpc)
{
	wait_event(vrpc->wait, !test_and_set_bit_lock(VRPC_CALLING, &vrpc->flags));
	unclaim(vrpc);
}

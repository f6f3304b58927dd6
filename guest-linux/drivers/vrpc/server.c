// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc: the server's end. A request is there when the client's counter is one ahead; it is copied, then looked at.
 * One call is answered at a time: by the interrupt, which does not interrupt itself, or by the thread.
 */
#include <linux/bug.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include "vrpc_priv.h"

static void answer(struct vrpc_t *vrpc, vrpc_size_t size)
{
	struct vrpc_pmem_t *shared = vrpc->shared;

	vrpc->calls++;
	vrpc->rx_bytes += size;
	memcpy(vrpc->data, shared->data, size);
	size = vrpc->call(vrpc->cookie, size);
	if (WARN_ON_ONCE(size > vrpc->maxsize))
		size = vrpc->maxsize;
	memcpy(shared->data, vrpc->data, size);
	WRITE_ONCE(shared->size, size);
	vrpc->tx_bytes += size;
	vrpc->seq++;
	smp_store_release(&shared->ack, vrpc->seq); /* behind the answer */
	vlink_trigger(vrpc->vlink, vrpc->peer_xirq);
}

/* Answers the request that is there; its size is read once. */
static void serve(struct vrpc_t *vrpc)
{
	u32 req = smp_load_acquire(&vrpc->shared->req); /* before the request is read */
	vrpc_size_t size = READ_ONCE(vrpc->shared->size);

	if (req == vrpc->seq)
		return;
	if (req != vrpc->seq + 1)
		vlink_broken(vrpc->vlink, "a call before the last one was answered");
	else if (size > vrpc->maxsize)
		vlink_broken(vrpc->vlink, "a request that is greater than the buffer");
	else
		answer(vrpc, size);
}

static bool has_request(const struct vrpc_t *vrpc)
{
	return vlink_is_up(vrpc->vlink) && !READ_ONCE(vrpc->vlink->broken) &&
	       READ_ONCE(vrpc->shared->req) != vrpc->seq;
}

/* A client that never ends calling may not keep others from this CPU, nor from stopping the link. */
static int server_thread(void *data)
{
	struct vrpc_t *vrpc = data;

	while (!kthread_should_stop()) {
		wait_event_idle(vrpc->wait, kthread_should_stop() || has_request(vrpc));
		mutex_lock(&vrpc->serving);
		if (vlink_is_up(vrpc->vlink))
			serve(vrpc);
		mutex_unlock(&vrpc->serving);
		cond_resched();
	}
	return 0;
}

void vrpc_server_interrupt(struct vrpc_t *vrpc)
{
	if (vrpc->direct)
		serve(vrpc);
	else
		wake_up_all(&vrpc->wait);
}

/* The link is not up any more, so no call begins; handlers of the interrupt have been waited for. */
void vrpc_server_stop(struct vrpc_t *vrpc)
{
	mutex_lock(&vrpc->serving);
	mutex_unlock(&vrpc->serving);
}

static int make_thread(struct vrpc_t *vrpc)
{
	struct task_struct *thread = kthread_run(server_thread, vrpc, "vrpc-%ds%u",
						 vrpc->vlink->number, vrpc->vlink->id_peer);

	if (IS_ERR(thread))
		return -EFAULT;
	vrpc->thread = thread;
	return 0;
}

int vrpc_server_open(struct vrpc_t *vrpc, vrpc_call_t call, void *cookie, int direct)
{
	if (!vrpc->vlink->server || vrpc->open || !call)
		return -EFAULT;
	vrpc->call = call;
	vrpc->cookie = cookie;
	vrpc->direct = direct;
	if (!direct && make_thread(vrpc))
		return -EFAULT;
	vrpc->open = true;
	vlink_start(vrpc->vlink);
	return 0;
}
EXPORT_SYMBOL(vrpc_server_open);

void vrpc_server_close(struct vrpc_t *vrpc)
{
	if (vrpc->thread)
		kthread_stop(vrpc->thread);
	vrpc->thread = NULL;
	vrpc->call = NULL;
	vrpc->direct = false;
}

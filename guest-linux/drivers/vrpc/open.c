// SPDX-License-Identifier: GPL-2.0-only
/* vrpc: opening the client's end, and closing either. */
#include <linux/export.h>
#include <linux/jiffies.h>
#include "vrpc_priv.h"

/* Not in the link's thread: ready() may call, and close. */
void vrpc_ready_work(struct work_struct *work)
{
	struct vrpc_t *vrpc = container_of(work, struct vrpc_t, ready_work);
	vrpc_ready_t ready = xchg(&vrpc->ready, NULL);

	if (ready)
		ready(vrpc->cookie);
}

void vrpc_client_up(struct vrpc_t *vrpc)
{
	if (READ_ONCE(vrpc->ready))
		queue_work(system_unbound_wq, &vrpc->ready_work);
}

/* After a signal it is as it was before. */
static int wait_for_server(struct vrpc_t *vrpc, bool was_open)
{
	if (!vlink_wait_up(vrpc->vlink, MAX_SCHEDULE_TIMEOUT))
		return 0;
	if (!was_open)
		vrpc_close(vrpc);
	return -EFAULT;
}

int vrpc_client_open(struct vrpc_t *vrpc, vrpc_ready_t ready, void *cookie)
{
	bool was_open = vrpc->open;

	if (vrpc->vlink->server)
		return -EFAULT;
	vrpc->cookie = cookie;
	smp_store_release(&vrpc->ready, ready); /* behind the cookie */
	vrpc->open = true;
	vlink_start(vrpc->vlink);
	if (!ready)
		return wait_for_server(vrpc, was_open);
	smp_mb(); /* ready, then the state: vrpc_client_up() has it the other way round */
	if (vlink_is_up(vrpc->vlink))
		vrpc_client_up(vrpc);
	return 0;
}
EXPORT_SYMBOL(vrpc_client_open);

static void client_close(struct vrpc_t *vrpc)
{
	WRITE_ONCE(vrpc->ready, NULL);
	if (current_work() != &vrpc->ready_work)
		cancel_work_sync(&vrpc->ready_work);
}

void vrpc_close(struct vrpc_t *vrpc)
{
	if (!vrpc->open)
		return;
	vlink_stop(vrpc->vlink);
	if (vrpc->vlink->server)
		vrpc_server_close(vrpc);
	else
		client_close(vrpc);
	vrpc->open = false;
}
EXPORT_SYMBOL(vrpc_close);

// SPDX-License-Identifier: GPL-2.0-only
/* An endpoint: what it shares, the cross interrupts of both directions, the server's echo. */
#include <linux/arm-smccc.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include "bench.h"

#define LINK_NAME "xirqb"
#define SHARED_ID 0
#define TO_SERVER_ID 0
#define TO_CLIENT_ID 1
#define OFFSET_TRIES 16

static struct bench_end *to_end(struct vlx_link *link)
{
	return container_of(link, struct bench_end, link);
}

/* A pause shifts this VM's counter against the machine's, so this is done for each connection. */
static s64 counter_offset(void)
{
	u64 best = U64_MAX;
	s64 offset = 0;

	for (int i = 0; i < OFFSET_TRIES; i++) {
		struct arm_smccc_res res;
		u64 before = bench_ticks(), took;

		arm_smccc_hvc(NK_HC_FID(NK_HC_TIMER_GETCOUNT), 0, 0, 0, 0, 0, 0, 0, &res);
		took = bench_ticks() - before;
		if (took < best) {
			best = took;
			offset = res.a0 - (before + took / 2);
		}
	}
	return offset;
}

static void bench_reset(struct vlx_link *link)
{
	to_end(link)->offset = counter_offset();
}

static void server_handler(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = to_end(cookie);

	WRITE_ONCE(e->shared->handler, bench_ticks() + e->offset);
	nkops.nk_xirq_trigger(e->to_peer, e->link.peer);
}

static void client_handler(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = to_end(cookie);

	e->handled = bench_ticks();
	complete(&e->echo);
}

static int bench_probe(struct vlx_link *link)
{
	struct bench_end *e = to_end(link);

	init_completion(&e->echo);
	e->shared = vlx_link_pdev(link, SHARED_ID, sizeof(*e->shared));
	e->to_peer = vlx_link_peer_xirq(link, link->server ? TO_CLIENT_ID : TO_SERVER_ID);
	if (!e->shared || !e->to_peer)
		return -ENOMEM;
	if (link->server)
		e->xid = vlx_link_attach(link, TO_SERVER_ID, server_handler, "xirq-bench-server");
	else
		e->xid = vlx_link_attach(link, TO_CLIENT_ID, client_handler, "xirq-bench-client");
	return e->xid ? 0 : -ENOMEM;
}

static void bench_remove(struct vlx_link *link)
{
	nkops.nk_xirq_detach(to_end(link)->xid);
}

struct vlx_link_driver bench_driver = {
	.name = LINK_NAME,
	.roles = VLX_LINK_SERVER | VLX_LINK_CLIENT,
	.size = sizeof(struct bench_end),
	.probe = bench_probe,
	.remove = bench_remove,
	.reset = bench_reset,
};

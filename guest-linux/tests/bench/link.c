// SPDX-License-Identifier: GPL-2.0-only
/* An endpoint: what it shares, the cross interrupts of both directions, the server's echo. */
#include <linux/arm-smccc.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include "bench.h"

#define LINK_NAME "xirqb"
#define SHARED_ID 0
#define TO_SERVER_ID 0
#define TO_CLIENT_ID 1
#define OFFSET_TRIES 16

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

static int bench_reset(Vlink *vlink, void *cookie)
{
	struct bench_end *e = cookie;

	e->offset = counter_offset();
	return 0;
}

static int bench_cleanup(Vlink *vlink, void *cookie)
{
	vlink->private = NULL;
	kfree(cookie);
	return 0;
}

static VlinkOpDesc bench_ops[] = {
	{VLINK_OP_RESET, bench_reset},
	{VLINK_OP_CLEANUP, bench_cleanup},
	{},
};

static void server_handler(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = cookie;

	WRITE_ONCE(e->shared->handler, bench_ticks() + e->offset);
	vlink_trigger(e->vlink, e->to_peer);
}

static void client_handler(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = cookie;

	e->handled = bench_ticks();
	complete(&e->echo);
}

static bool attach_handler(struct bench_end *e)
{
	if (e->vlink->server)
		return vlink_xirq_attach(e->vlink, TO_SERVER_ID, server_handler, e,
					 "xirq-bench-server");
	return vlink_xirq_attach(e->vlink, TO_CLIENT_ID, client_handler, e, "xirq-bench-client");
}

static int bench_vlink_init(Vlink *vlink)
{
	struct bench_end *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int err;

	if (!e)
		return -ENOMEM;
	err = vlink_ops_register(vlink, bench_ops, e);
	if (err) {
		kfree(e);
		return err;
	}
	e->vlink = vlink;
	init_completion(&e->echo);
	e->shared = vlink_pdev(vlink, SHARED_ID, sizeof(*e->shared));
	e->to_peer = vlink_peer_xirq(vlink, vlink->server ? TO_CLIENT_ID : TO_SERVER_ID);
	if (!e->shared || !e->to_peer || !attach_handler(e))
		return -ENOMEM;
	vlink->private = e;
	return 0;
}

VlinkDrv bench_drv = {
	.name = LINK_NAME,
	.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT,
	.vlink_init = bench_vlink_init,
};

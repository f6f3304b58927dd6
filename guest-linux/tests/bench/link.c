// SPDX-License-Identifier: GPL-2.0-only
/* An end of a link: handshakes, the cross interrupts of both directions, the server's echo. */
#include <linux/arm-smccc.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include "bench.h"

#define SHARED_ID 0
#define TO_SERVER_ID 0
#define TO_CLIENT_ID 1
#define OFFSET_TRIES 16

static volatile int *own_state(const struct bench_end *e)
{
	return e->client ? &e->vlink->c_state : &e->vlink->s_state;
}

static volatile int *peer_state(const struct bench_end *e)
{
	return e->client ? &e->vlink->s_state : &e->vlink->c_state;
}

static void set_state(struct bench_end *e, int state)
{
	smp_store_release(own_state(e), state); /* what was set up before is to be seen first */
	nk_sysconf_post(e->plink);
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

static void handshake(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = cookie;
	int peer = READ_ONCE(*peer_state(e));

	if (READ_ONCE(*own_state(e)) == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_OFF)
		set_state(e, NK_DEV_VLINK_OFF);
	if (READ_ONCE(*own_state(e)) == NK_DEV_VLINK_OFF && peer != NK_DEV_VLINK_ON) {
		e->offset = counter_offset();
		set_state(e, NK_DEV_VLINK_RESET);
	}
	if (READ_ONCE(*own_state(e)) == NK_DEV_VLINK_RESET && peer != NK_DEV_VLINK_OFF)
		set_state(e, NK_DEV_VLINK_ON);
}

static void server_handler(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = cookie;

	WRITE_ONCE(e->shared->handler, bench_ticks() + e->offset);
	nkops.nk_xirq_trigger(e->to_client, e->peer);
}

static void client_handler(void *cookie, NkXIrq xirq)
{
	struct bench_end *e = cookie;

	e->handled = bench_ticks();
	complete(&e->echo);
}

bool bench_is_on(const struct bench_end *e)
{
	return READ_ONCE(*own_state(e)) == NK_DEV_VLINK_ON &&
	       READ_ONCE(*peer_state(e)) == NK_DEV_VLINK_ON;
}

static int allocate(struct bench_end *e)
{
	NkOsId server = e->client ? e->peer : e->self;
	NkOsId client = e->client ? e->self : e->peer;
	NkPhAddr shared = nkops.nk_pdev_alloc(e->plink, SHARED_ID, sizeof(*e->shared));

	e->to_server = nkops.nk_pxirq_alloc(e->plink, TO_SERVER_ID, server, 1);
	e->to_client = nkops.nk_pxirq_alloc(e->plink, TO_CLIENT_ID, client, 1);
	if (!shared || !e->to_server || !e->to_client)
		return -ENOMEM;
	e->shared = nkops.nk_ptov(shared);
	return 0;
}

int bench_open(struct bench_end *e)
{
	int err = allocate(e);

	if (err)
		return err;
	init_completion(&e->echo);
	if (e->client)
		e->xid = nkops.nk_xirq_attach_named(e->to_client, client_handler, e,
						    "xirq-bench-client");
	else
		e->xid = nkops.nk_xirq_attach_named(e->to_server, server_handler, e,
						    "xirq-bench-server");
	if (!e->xid)
		return -ENOMEM;
	err = nk_sysconf_attach(e->plink, handshake, e);
	if (err)
		return err;
	nk_sysconf_selfpost(e->plink);
	return 0;
}

/* The peer hears of it by NK_XIRQ_SYSCONF, since no handshake may come between any more. */
void bench_close(struct bench_end *e)
{
	nk_sysconf_detach(e->plink);
	nkops.nk_xirq_detach(e->xid);
	smp_store_release(own_state(e), NK_DEV_VLINK_OFF); /* nothing of ours happens behind it */
	nkops.nk_xirq_trigger(NK_XIRQ_SYSCONF, e->peer);
}

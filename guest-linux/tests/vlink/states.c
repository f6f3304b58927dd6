// SPDX-License-Identifier: GPL-2.0-only
/* vlink-test: the states of a link, and the operations at each step. */
#include <linux/delay.h>
#include "test.h"

#define STOPS 300
#define BOTH (VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT)

static struct pair pair;

static bool both_up(void)
{
	return wait_logged(&pair.ends[0], "RSU") && wait_logged(&pair.ends[1], "RSU") &&
	       vlink_is_up(pair.ends[0].vlink) && vlink_is_up(pair.ends[1].vlink);
}

static void test_probe(void)
{
	const Vlink *s, *c;

	pair_init(&pair, "vlink-test", BOTH | VLINK_DRV_ON_DEMAND);
	ok(!vlink_drv_probe(&pair.drv) && pair.drv.state == VLINK_DRV_PROBED, "probe");
	ok(pair.drv.nr_servers == 1 && pair.drv.nr_clients == 1 && pair.drv.nr_units == 1 &&
		   !pair.nr,
	   "probe finds both ends of the loop, and initializes none");
	ok(!vlink_drv_startup(&pair.drv) && pair.drv.state == VLINK_DRV_STARTED && pair.nr == 2,
	   "startup");
	s = pair.ends[0].vlink;
	c = pair.ends[1].vlink;
	ok(s->server == 1 && c->server == 0 && s->id == c->id && s->id_peer == s->id &&
		   s->id == nkops.nk_id_get() && !s->sym_vlink && s->nk_vlink == c->nk_vlink,
	   "what is known of them");
	ok(s->state == VLINK_STOPPED && c->state == VLINK_STOPPED && !pair.ends[0].logged,
	   "on demand, nothing happens by itself");
}

static void test_up(void)
{
	vlink_start(pair.ends[0].vlink);
	ok(wait_state(&pair.ends[0], VLINK_RESET) && !strcmp(pair.ends[0].log, "R"),
	   "one end alone waits in RESET");
	ok(vlink_wait_up(pair.ends[0].vlink, 1) == -ETIMEDOUT, "waiting for it ends");
	vlink_start(pair.ends[1].vlink);
	ok(!vlink_wait_up(pair.ends[0].vlink, WAIT_JIFFIES) && both_up(), "both go up");
	ok(READ_ONCE(*pair.ends[0].vlink->nk_state) == NK_DEV_VLINK_ON &&
		   READ_ONCE(*pair.ends[0].vlink->nk_state_peer) == NK_DEV_VLINK_ON,
	   "the descriptor says so");
}

static bool called(struct endpoint *end, int calls)
{
	unsigned long until = jiffies + WAIT_JIFFIES;

	while (atomic_read(&end->calls) < calls && time_before(jiffies, until))
		usleep_range(200, 400);
	return atomic_read(&end->calls) == calls;
}

static void test_xirqs(void)
{
	vlink_trigger(pair.ends[0].vlink, pair.ends[0].to_peer);
	ok(called(&pair.ends[1], 1), "the client hears the server's interrupt");
	vlink_trigger(pair.ends[1].vlink, pair.ends[1].to_peer);
	ok(called(&pair.ends[0], 1), "the server hears the client's");
}

static void on_raw(void *cookie, NkXIrq xirq)
{
	atomic_inc(cookie);
}

/* Posts to an end, and returns when it has been taken: this handler is behind the link's. */
static bool post_and_wait(const struct endpoint *from, const struct endpoint *to)
{
	unsigned long until = jiffies + WAIT_JIFFIES;
	atomic_t raw = ATOMIC_INIT(0);
	NkXIrqId id = nkops.nk_xirq_attach(to->own, on_raw, &raw);

	vlink_trigger(from->vlink, from->to_peer);
	while (!atomic_read(&raw) && time_before(jiffies, until))
		usleep_range(200, 400);
	nkops.nk_xirq_detach(id);
	return atomic_read(&raw);
}

static void test_down(void)
{
	vlink_stop(pair.ends[1].vlink);
	ok(pair.ends[1].vlink->state == VLINK_STOPPED && !strcmp(pair.ends[1].log, "RSUAT"),
	   "an end that stops goes through ABORT and STOP");
	ok(wait_logged(&pair.ends[0], "RSUATR") && wait_state(&pair.ends[0], VLINK_RESET),
	   "the other one does too, and begins anew");
	ok(post_and_wait(&pair.ends[0], &pair.ends[1]), "an interrupt comes meanwhile");
	vlink_start(pair.ends[1].vlink);
	ok(wait_logged(&pair.ends[0], "RSUATRSU") && wait_logged(&pair.ends[1], "RSUATRSU"),
	   "they come up once more");
	ok(atomic_read(&pair.ends[1].calls) == 1 && !pair.ends[0].wrong && !pair.ends[1].wrong,
	   "an interrupt while the link was down was not delivered");
}

/*
 * Who sees a link stopped may give its handshake's interrupt back at once: the peer has to have been told by then. Looked
 * at from another CPU, without sleeping.
 */
static void test_told_first(void)
{
	struct endpoint *end = &pair.ends[0];
	unsigned int n, late = 0;

	vlink_stop(pair.ends[1].vlink);
	for (n = 0; n < STOPS && wait_state(end, VLINK_RESET); n++) {
		vlink_stop_begin(end->vlink);
		while (READ_ONCE(end->vlink->state) != VLINK_STOPPED)
			cpu_relax();
		late += READ_ONCE(*end->vlink->nk_state) != NK_DEV_VLINK_OFF;
		vlink_start(end->vlink);
	}
	ok(n == STOPS && !late, "an end that has stopped has said so");
	memset(end->log, 0, sizeof(end->log)); /* it has no room for more */
	end->logged = 0;
}

static void test_close(void)
{
	vlink_drv_shutdown(&pair.drv);
	ok(pair.drv.state == VLINK_DRV_STOPPED && pair.ends[0].vlink->state == VLINK_STOPPED &&
		   pair.ends[1].vlink->state == VLINK_STOPPED && !pair.cleanups,
	   "shutdown stops all");
	vlink_drv_cleanup(&pair.drv);
	ok(strrchr(pair.ends[0].log, 'C') && strrchr(pair.ends[1].log, 'C') && pair.cleanups == 1 &&
		   pair.drv.state == VLINK_DRV_CLEAN && list_empty(&pair.drv.vlinks),
	   "cleanup leaves nothing");
}

/* Without being asked to. */
static void test_by_themselves(void)
{
	pair_init(&pair, "vlink-test", BOTH);
	ok(!vlink_drv_open(&pair.drv) && both_up(), "links go up by themselves");
	vlink_drv_close(&pair.drv);
	pair_init(&pair, "vlink-test", VLINK_DRV_TYPE_CLIENT);
	ok(!vlink_drv_open(&pair.drv) && pair.nr == 1 && pair.drv.nr_units == 1 &&
		   !pair.ends[1].vlink->server,
	   "a driver for clients gets the client");
	vlink_drv_close(&pair.drv);
}

void test_states(void)
{
	test_probe();
	test_up();
	test_xirqs();
	test_down();
	test_told_first();
	test_close();
	test_by_themselves();
}

static bool are_counterparts(const Vlink *vlink)
{
	const Vlink *other = vlink->sym_vlink;

	return other && other->sym_vlink == vlink && other->server != vlink->server &&
	       other->plink != vlink->plink && other->id_peer == vlink->id_peer;
}

void test_symmetric(void)
{
	const Vlink *vlink;
	unsigned int good = 0;

	pair_init(&pair, "vlink-pair", VLINK_DRV_TYPE_SYMMETRIC);
	ok(!vlink_drv_probe(&pair.drv) && pair.drv.nr_servers == 2 && pair.drv.nr_clients == 2,
	   "symmetric: each link of the pair has both ends here");
	vlink_for_each(vlink, &pair.drv)
		good += are_counterparts(vlink);
	ok(good == 4, "each has the one the other way");
	vlink_drv_cleanup(&pair.drv);
	pair_init(&pair, "vlink-test", VLINK_DRV_TYPE_SYMMETRIC);
	ok(vlink_drv_probe(&pair.drv) == -EINVAL && pair.drv.state == VLINK_DRV_CLEAN,
	   "a link without one the other way is refused");
}

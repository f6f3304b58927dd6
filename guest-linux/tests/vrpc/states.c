// SPDX-License-Identifier: GPL-2.0-only
/* vrpc-test: finding ends, opening and closing them, calls that take too long. */
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include "test.h"

#define SHORT_MS 20
#define LONG_MS 300

struct readiness {
	struct caller caller;
	struct completion done;
	unsigned int calls;
	int result;
	bool closes;
};

void test_lookups(void)
{
	struct vrpc_t *first = vrpc_client_lookup("test-", NULL);
	struct vrpc_t *second = first ? vrpc_client_lookup("test-", first) : NULL;

	ok(!vrpc_client_lookup("no such link", NULL) && !vrpc_server_lookup("no such link", NULL),
	   "nothing is found by a name that there is not");
	ok(first && first != second, "by the beginning of its info an end is found");
	if (!first)
		return;
	ok(vrpc_client_lookup("test-", NULL) != first, "and is then its finder's");
	ok(vrpc_plink(first) && vrpc_vlink(first)->c_id == nkops.nk_id_get() &&
		   vrpc_vlink(first)->s_id == vrpc_peer_id(first),
	   "it knows its link and its peer");
	ok(vrpc_server_open(first, NULL, NULL, 0) == -EFAULT, "a client's end is no server's");
	vrpc_close(first);
	vrpc_release(first);
	ok(vrpc_client_lookup("test-", NULL) == first, "what was given back is found again");
	vrpc_release(first);
	if (second)
		vrpc_release(second);
	while ((second = vrpc_client_lookup("test-", first)))
		vrpc_release(first = second);
}

static void on_ready(void *cookie)
{
	struct readiness *r = cookie;

	r->calls++;
	begin_epoch(&r->caller);
	r->result = call_echo(&r->caller, 1, 0);
	if (r->closes)
		vrpc_close(r->caller.vrpc);
	complete(&r->done);
}

static void test_ready(struct vrpc_t *vrpc, bool closes)
{
	struct readiness r = {.caller = {.vrpc = vrpc}, .closes = closes};

	init_completion(&r.done);
	ok(!vrpc_client_open(vrpc, on_ready, &r) &&
		   wait_for_completion_timeout(&r.done, msecs_to_jiffies(WAIT_MS)),
	   "ready is called");
	vrpc_close(vrpc);
	ok(r.calls == 1 && !r.result, "once, and may call");
}

static void test_closed(struct caller *c)
{
	ok(call_echo(c, 1, 0) == -EAGAIN && call_echo(c, 1, SHORT_MS) == -EAGAIN,
	   "a call over an end that is closed");
}

static void test_timeout(struct caller *c)
{
	int late;

	begin_epoch(c);
	ok(!call_sleep(c, 1, WAIT_MS), "a busy call ends in time");
	ok(call_sleep(c, LONG_MS, SHORT_MS) == -ETIMEDOUT, "one that takes long does not");
	late = call_echo(c, 1, 1);
	ok(late == -ETIMEDOUT || late == -EILSEQ || !late, "then the server is busy");
	if (late == -ETIMEDOUT)
		c->number--; /* it was not sent */
	ok(!call_echo(c, 64, 0), "the next call waits for it, and gets its own answer");
	ok(!call_echo(c, 64, WAIT_MS), "as does the one behind");
	ok(!call_sleep_limited(c, 1, WAIT_MS), "a limited call ends in time");
	ok(call_sleep_limited(c, LONG_MS, SHORT_MS) == -ETIMEDOUT, "one that takes long does not");
	ok(!call_echo(c, 64, 0), "the next call gets its own answer");
}

static void test_too_great(struct caller *c)
{
	vrpc_size_t size = vrpc_maxsize(c->vrpc) + 1;

	ok(vrpc_call(c->vrpc, &size) == -EFAULT && vrpc_call_busy(c->vrpc, &size, 1) == -EFAULT,
	   "a request that is greater than the buffer");
}

void test_states(const char *name)
{
	struct caller c = {.vrpc = vrpc_client_lookup(name, NULL)};

	ok(c.vrpc, name);
	if (!c.vrpc)
		return;
	test_closed(&c);
	test_ready(c.vrpc, false);
	test_ready(c.vrpc, true);
	ok(!vrpc_client_open(c.vrpc, NULL, NULL) && !vrpc_client_open(c.vrpc, NULL, NULL),
	   "opening waits for the server, also of what is open");
	if (!is_loop(c.vrpc))
		test_timeout(&c);
	test_too_great(&c);
	vrpc_close(c.vrpc);
	vrpc_close(c.vrpc);
	test_closed(&c);
	vrpc_release(c.vrpc);
}

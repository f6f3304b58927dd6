// SPDX-License-Identifier: GPL-2.0-only
/* vrpc-test: calls whose answers are checked, byte by byte. */
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "test.h"

#define SMALL 64
#define GREAT_ONE_IN 64
#define BUSY_ONE_IN 4

static u64 chance(struct caller *c)
{
	c->chance = c->chance * 6364136223846793005ull + 1442695040888963407ull;
	return c->chance >> 33;
}

void begin_epoch(struct caller *c)
{
	c->epoch = get_random_u32();
	c->number = 0;
}

static vrpc_size_t room(const struct caller *c)
{
	return vrpc_maxsize(c->vrpc) - sizeof(struct head);
}

vrpc_size_t any_payload(struct caller *c)
{
	vrpc_size_t most = chance(c) % GREAT_ONE_IN ? min_t(vrpc_size_t, SMALL, room(c)) : room(c);

	return chance(c) % (most + 1);
}

static u8 byte_of(u32 number, u32 i)
{
	return number * 31 + i * 7;
}

static void fill(struct caller *c, u32 op, u32 value, vrpc_size_t payload)
{
	struct head *head = vrpc_data(c->vrpc);
	u8 *bytes = (u8 *)(head + 1);

	*head = (struct head){.op = op, .epoch = c->epoch, .number = ++c->number, .value = value};
	for (u32 i = 0; i < payload; i++)
		bytes[i] = byte_of(c->number, i);
	head->sum = sum_of(head, sizeof(*head) + payload);
}

/* Returns 0 for an answer whose header is right. */
static int check_head(struct caller *c, vrpc_size_t size)
{
	const struct head *head = vrpc_data(c->vrpc);

	if (size < sizeof(*head) || head->epoch != c->epoch || head->number != c->number ||
	    head->sum != sum_of(head, size))
		return -EBADMSG;
	if (head->status == STATUS_NUMBER)
		return -EILSEQ;
	return head->status == STATUS_GOOD ? 0 : -EBADMSG;
}

static int call(struct caller *c, vrpc_size_t *size, unsigned int busy_ms)
{
	int err = busy_ms ? vrpc_call_busy(c->vrpc, size, busy_ms) : vrpc_call(c->vrpc, size);

	return err ?: check_head(c, *size);
}

int call_echo(struct caller *c, vrpc_size_t payload, unsigned int busy_ms)
{
	vrpc_size_t size = sizeof(struct head) + payload;
	const u8 *bytes = vrpc_data(c->vrpc) + sizeof(struct head);
	int err;

	fill(c, OP_ECHO, 0, payload);
	err = call(c, &size, busy_ms);
	if (err)
		return err;
	if (size != sizeof(struct head) + payload)
		return -EBADMSG;
	for (u32 i = 0; i < payload; i++) {
		if (bytes[i] != (u8)(byte_of(c->number, i) + 1))
			return -EBADMSG;
	}
	return 0;
}

int call_sleep(struct caller *c, unsigned int ms, unsigned int busy_ms)
{
	vrpc_size_t size = sizeof(struct head);

	fill(c, OP_SLEEP, ms, 0);
	return call(c, &size, busy_ms);
}

int call_sleep_limited(struct caller *c, unsigned int ms, unsigned int limit_ms)
{
	vrpc_size_t size = sizeof(struct head);
	int err;

	fill(c, OP_SLEEP, ms, 0);
	err = vrpc_call_timeout(c->vrpc, &size, limit_ms);
	return err ?: check_head(c, size);
}

int call_greatest(struct caller *c)
{
	vrpc_size_t size = sizeof(struct head);
	int err;

	fill(c, OP_GREATEST, 0xa5, 0);
	err = call(c, &size, 0);
	if (!err && (size != vrpc_maxsize(c->vrpc) ||
		     memchr_inv(vrpc_data(c->vrpc) + sizeof(struct head), 0xa5, room(c))))
		return -EBADMSG;
	return err;
}

/* One without sleeping and interrupts, as clocks have it. */
static int call_atomic(struct caller *c)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = call_echo(c, SMALL, WAIT_MS);
	local_irq_restore(flags);
	return err;
}

/* Then who waits with interrupts off keeps the server from its CPU. */
bool is_loop(struct vrpc_t *vrpc)
{
	return vrpc_peer_id(vrpc) == nkops.nk_id_get();
}

/* Not the first one: in a loop the server's end may still need this CPU to come up. */
static bool is_busy_one(unsigned int n)
{
	return n % BUSY_ONE_IN == BUSY_ONE_IN - 1;
}

void test_calls(const char *name, unsigned int calls)
{
	struct caller c = {.vrpc = vrpc_client_lookup(name, NULL), .chance = get_random_u32()};
	unsigned int n;
	int err = 0;

	ok(c.vrpc && !vrpc_client_open(c.vrpc, NULL, NULL), name);
	if (!c.vrpc)
		return;
	begin_epoch(&c);
	for (n = 0; n < calls && !err; n++) {
		err = call_echo(&c, any_payload(&c), is_busy_one(n) ? WAIT_MS : 0);
		cond_resched();
	}
	ok(!err, "many calls, asleep and busy");
	if (!is_loop(c.vrpc))
		ok(!call_atomic(&c), "a busy call with interrupts off");
	ok(!call_echo(&c, 0, 0) && !call_echo(&c, room(&c), 0),
	   "no payload, and all there is room for");
	ok(!call_greatest(&c), "an answer that fills the buffer");
	vrpc_close(c.vrpc);
	vrpc_release(c.vrpc);
}

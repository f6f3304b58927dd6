// SPDX-License-Identifier: GPL-2.0-only
/* vrpc-test: the servers: direct calls and those of a thread. They check what comes, and count it. */
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include "test.h"

#define SLEEP_MAX_MS 500u /* whatever a client asks for */

struct server {
	const char *name;
	bool direct;
	struct vrpc_t *vrpc;
	u32 epoch, number; /* of the last call */
};

static struct server servers[] = {
	{"test-direct", true},
	{"test-thread", false},
	{"test-loop", true},
};

static u32 check_number(struct server *s, const struct head *head)
{
	bool good = head->epoch == s->epoch ? head->number == s->number + 1 : head->number == 1;

	s->epoch = head->epoch;
	s->number = head->number;
	return good ? STATUS_GOOD : STATUS_NUMBER;
}

static void take_time(struct server *s, unsigned int ms)
{
	if (s->direct)
		mdelay(ms);
	else
		msleep(ms);
}

static vrpc_size_t do_call(void *cookie, vrpc_size_t size)
{
	struct server *s = cookie;
	struct head *head = vrpc_data(s->vrpc);
	u8 *payload = (u8 *)(head + 1);

	if (size < sizeof(*head) || s->direct != !!in_hardirq())
		return 0;
	if (head->sum != sum_of(head, size)) {
		head->status = STATUS_SUM;
		return size;
	}
	head->status = check_number(s, head);
	if (head->op == OP_SLEEP)
		take_time(s, min(head->value, SLEEP_MAX_MS));
	if (head->op == OP_GREATEST) {
		size = vrpc_maxsize(s->vrpc);
		memset(payload, head->value, size - sizeof(*head));
	}
	if (head->op == OP_ECHO) {
		for (u8 *p = payload; p < (u8 *)head + size; p++)
			++*p;
	}
	head->sum = sum_of(head, size);
	return size;
}

void serve_all(void)
{
	for (struct server *s = servers; s < servers + ARRAY_SIZE(servers); s++) {
		s->vrpc = vrpc_server_lookup(s->name, NULL);
		if (s->vrpc && vrpc_server_open(s->vrpc, do_call, s, s->direct))
			ok(false, "a server opens");
	}
}

void serve_none(void)
{
	for (struct server *s = servers; s < servers + ARRAY_SIZE(servers); s++) {
		if (!s->vrpc)
			continue;
		vrpc_close(s->vrpc);
		vrpc_release(s->vrpc);
		s->vrpc = NULL;
	}
}

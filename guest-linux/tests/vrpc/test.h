/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vrpc-test share: requests, and who sends them. */
#ifndef VRPC_TEST_H
#define VRPC_TEST_H

#include <linux/jhash.h>
#include <vrpc.h>
#include "../tap.h"

#define WAIT_MS 10000 /* a bound on what comes in a moment */

#define OP_ECHO 0 /* the answer is the payload, each byte one greater */
#define OP_SLEEP 1 /* takes so many milliseconds */
#define OP_GREATEST 2 /* the answer is as great as the buffer, all bytes are `value` */

/* In front of the payload, both ways. */
struct head {
	u32 op;
	u32 epoch; /* of the client: the numbers begin at 1 */
	u32 number; /* one more each time; a call that was made twice, or not at all, is seen by it */
	u32 value;
	u32 status; /* of an answer */
	u32 sum; /* of the payload */
};

#define STATUS_GOOD 0x900d
#define STATUS_SUM 1
#define STATUS_NUMBER 2

static inline u32 sum_of(const struct head *head, vrpc_size_t size)
{
	return jhash(head + 1, size - sizeof(*head), head->number);
}

/* A client's end and what it has sent. */
struct caller {
	struct vrpc_t *vrpc;
	u32 epoch, number;
	u64 chance;
};

/* server.c: opens each server's end that the test knows. */
void serve_all(void);
void serve_none(void);

/*
 * calls.c: an echo with that much payload; busy calls have a time-out, 0 is for the others. Returns what the call did,
 * -EBADMSG for a wrong answer, -EILSEQ for a call that was lost or made twice.
 */
int call_echo(struct caller *c, vrpc_size_t payload, unsigned int busy_ms);
int call_sleep(struct caller *c, unsigned int ms, unsigned int busy_ms);
int call_sleep_limited(struct caller *c, unsigned int ms, unsigned int limit_ms); /* asleep */
int call_greatest(struct caller *c);
vrpc_size_t any_payload(struct caller *c); /* a small one mostly, up to all there is room for */
void begin_epoch(struct caller *c);
bool is_loop(struct vrpc_t *vrpc);
void test_calls(const char *name, unsigned int calls);

/* states.c: lookups, open, close, time-outs. */
void test_lookups(void);
void test_states(const char *name);

/* load.c: calls without end, over peers that come and go. */
int load_start(void);
void load_stop(void);

#endif

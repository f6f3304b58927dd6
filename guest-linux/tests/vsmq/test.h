/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vsmq-test share: messages, and a queue each way. */
#ifndef VSMQ_TEST_H
#define VSMQ_TEST_H

#include <linux/types.h>
#include <linux/wait.h>
#include <vsmq.h>
#include "../tap.h"

#define LOOP_NAME "test-smq-loop"
#define PAIR_NAME "test-smq"
#define MSG_SIZE 200 /* no power of two, nor a multiple of 16 */
#define QUEUE_SIZE 64
#define WAIT_MS 10000 /* a bound on what comes in a moment */

struct message {
	u32 epoch; /* of who sent it first: the numbers begin at 1 */
	u32 number;
	u32 sum; /* of the bytes */
	u8 bytes[MSG_SIZE - 12];
};

/* What a queue's callbacks have. */
struct half {
	struct pair *pair;
	void *queue;
};

/* A queue each way, to the VM that they come from. */
struct pair {
	void *tx, *rx;
	struct half halves[2];
	wait_queue_head_t wait;
	atomic_t news; /* something was received, or a link went or came */
	atomic_t bounces; /* times that one of the links went */
	bool ends; /* nobody is to wait any more */
};

/* pair.c */
void fill(struct message *m, u32 epoch, u32 number);
bool is_whole(const struct message *m);
int pair_open(struct pair *p); /* -ENODEV where there are no such links */
void pair_close(struct pair *p);
void pair_end(struct pair *p); /* who waits does not wait any more */
bool pair_online(struct pair *p); /* waits for it */
bool pair_wait(struct pair *p); /* for news; false when there were none in WAIT_MS */

/* api.c: lookups, states, errors; loop.c: messages. Over a loop, both ends of a link that is in this VM. */
void test_api(void);
void test_messages(void);
bool loop_wait_online(void *handle, bool online);

/* echo.c: sends back what comes, until echo_stop(). */
int echo_start(void);
void echo_stop(void);

/* exchange.c: sends and checks the echoes; without end, or so many messages. */
void test_exchange(unsigned int messages);
int load_start(void);
void load_stop(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* vmq-test: what its files share. */
#ifndef VMQ_TEST_H
#define VMQ_TEST_H

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/wait.h>
#include <vlx-vmq.h>
#include "../tap.h"

#define LEVELS 4
#define MSGS 64
#define MSG_MAX 100
#define BUFS 24
#define BUF_MAX 1000
#define BUF_SIZE 1024 /* as vlx-vmq rounds it up */
#define MANY 3 /* buffers of one message, at most */
#define WAIT (60 * HZ) /* a bound, which good runs do not come near */

enum op {
	OP_FREE, /* just that */
	OP_DATA, /* with data that is looked at, and freed */
	OP_ECHO, /* comes back, with an answer */
	OP_FILL, /* comes back, with its data filled */
	OP_HOLD, /* is kept */
	OP_RELEASE, /* comes back, as do those that are kept on the link of that level, the last one first */
	OP_LOSE, /* is kept, and its data is freed at once: a receiver may not do both */
	OP_STATS, /* comes back with what the receiver has counted */
};

/* The message. */
struct req {
	u32 op;
	u32 seq; /* from 0 on, since the link came up */
	u32 bufs;
	u32 level; /* of OP_RELEASE, OP_STATS */
	u32 offsets[MANY];
	u32 answer; /* ~seq */
	u32 received, bad, notified, held; /* of OP_STATS; held on the link of that level */
};

/* A link, of each level one. */
struct node {
	vmq_links_t *links;
	vmq_link_t *link; /* NULL where there is none */
	unsigned int level;
	wait_queue_head_t change; /* of up, completed, answered */
	bool up;
	unsigned int ups, offs, completed; /* how often */
	unsigned int marked; /* ups at the last mark */
	/* As the receiver. */
	struct task_struct *server; /* of every other level: the others serve in the interrupt */
	bool pending;
	u32 expected;
	u32 received, notified, bad;
	spinlock_t lock; /* the next two, and that up becomes false */
	void *held[MSGS];
	unsigned int nr_held;
	/* As the sender. */
	u32 seq;
	struct req mine[MSGS]; /* as they were sent: the peer can write to messages */
	u32 sent, answered, wrong; /* wrong: answers that are not what they must be */
	u32 order[MSGS]; /* seq of the last answers; answered modulo MSGS is the next one */
	struct req last; /* the last answer */
	bool running; /* the load */
	struct task_struct *loader;
	u32 aborted;
};

extern struct node nodes[LEVELS];

/* node.c */
int nodes_start(bool frontend);
void nodes_stop(void);
bool wait_up(struct node *node, unsigned int ups);

/* serve.c */
void serve(struct node *node);
void serve_forget(struct node *node);
int server(void *data);

/* load.c */
void fill(u32 *data, u32 seq);
/* Allocates a message and fills it in. */
int prepare(struct node *node, enum op op, u32 bufs, bool nonblocking, struct req **req);
/* The same, and sends it. */
int put(struct node *node, enum op op, u32 bufs, u32 level);
/* The same, and waits for the answer to it. */
bool ask(struct node *node, enum op op, u32 bufs, u32 level);
void answers(struct node *node);
int load(struct node *node, u32 count);
int load_start(struct node *node);
void load_stop(struct node *node, bool abort);

/* main.c */
#define node_ok(good, node, text) ok(good, "level %u: %s", (node)->level, text)

/* calls.c */
void test_early(struct node *node);
void test_arguments(struct node *node);
void test_messages(struct node *node);

/* room.c: other is a link that has room. */
void test_room(struct node *node, struct node *other);
void test_abort(struct node *node);
void test_freed(struct node *node, struct node *other);

#endif

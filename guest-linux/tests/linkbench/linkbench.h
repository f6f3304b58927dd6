/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of link-bench share. */
#ifndef LINK_BENCH_H
#define LINK_BENCH_H

#include <linux/types.h>

#define BENCH_BYTES 64 /* of a request, an answer, a message */
#define BENCH_WARM 200 /* of each, before what is measured */
#define BENCH_WAIT (60 * HZ) /* a bound, which good runs do not come near */

/* What is between the two is measured: tests/bench/spans.c sees them too. The second one returns nanoseconds. */
void bench_begin(void);
u64 bench_end(void);

/* rpc.c: a VM with the servers' ends serves, one with the clients' calls. Context: may sleep. */
int rpc_start(void);
void rpc_stop(void);
/* So many calls of the server that is served directly, or by a thread; asleep, or busy. Returns 0, or why not. */
int rpc_run(bool direct, bool busy, u32 rounds, u64 *ns);

/* mq.c: the same for messages, each one way; the last one is answered. */
int mq_start(bool frontend);
void mq_stop(void);
int mq_run(u32 messages, u64 *ns);

#endif

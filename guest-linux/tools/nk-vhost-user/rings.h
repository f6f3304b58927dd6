/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * nk-vhost-user: with --resumes, a vhost-user back-end has rings of this program's (shadow.h), and eventfds of its own. Each
 * connection has new ones, so that a back-end that is late touches nothing of those of the next.
 */
#ifndef RINGS_H
#define RINGS_H

#include <poll.h>

#include "server.h"

#define RINGS_AT (1ull << 52) /* a "user address" that no memory of a driver's has */
#define RINGS_FDS(s) (2 * (s)->nr_queues) /* of poll() */

/* Memory for the rings of all queues, which is `rings` of the server: a new one. 0, or -1 with a line on stderr. */
int rings_begin(struct server *s);

/* A queue begins where its driver's used index is; its eventfds are new. 0, or -1 with a line: the device needs a reset. */
int rings_queue_begin(struct server *s, unsigned int n);

/* Where the back-end finds its rings, as "user addresses". */
uint64_t rings_avail(const struct server *s, unsigned int n);
uint64_t rings_used(const struct server *s, unsigned int n);

/* The back-end is ready for the queue: it gets what is there. */
void rings_queue_ready(struct server *s, unsigned int n);

/* What to wait for, and what there was; RINGS_FDS of them. */
void rings_poll(const struct server *s, struct pollfd *fds);
void rings_look(struct server *s, const struct pollfd *fds);

/* The driver sees what a back-end has done that has gone. Returns how many requests were in flight, of all queues. */
unsigned int rings_gone(struct server *s);

/*
 * A queue that the back-end has stopped, having taken what is in front of this available index of its own; it may not be done
 * with that. 0, or -1: it was not in good time.
 */
int rings_queue_end(struct server *s, unsigned int n, uint16_t taken);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlink-test share: a driver that notes what the library asks of it. */
#ifndef VLINK_TEST_H
#define VLINK_TEST_H

#include <linux/jiffies.h>
#include <vlx/vlink-lib.h>
#include "../tap.h"

#define WAIT_JIFFIES (10 * HZ)
#define LOG_SIZE 64

/* One endpoint, and the steps it went through: a letter each, R, S, A, T (stop), C, U. */
struct endpoint {
	Vlink *vlink;
	char log[LOG_SIZE];
	unsigned int logged;
	int fail_op; /* -1: none; the operation that returns an error */
	atomic_t calls; /* of its interrupt's handler */
	unsigned int wrong; /* calls while it was not up */
	NkXIrq own, to_peer;
};

/* A driver for both ends of the loop `name`; ends[0] is the server. */
struct pair {
	VlinkDrv drv;
	struct endpoint ends[2];
	unsigned int nr;
	int init_error; /* what the next vlink_init returns */
	unsigned int cleanups;
};

void pair_init(struct pair *pair, const char *name, unsigned int flags);
bool wait_state(const struct endpoint *end, unsigned int state);
bool wait_logged(const struct endpoint *end, const char *log);

void test_states(void);
void test_symmetric(void);
void test_sessions(void);
void test_faults(void);

#endif

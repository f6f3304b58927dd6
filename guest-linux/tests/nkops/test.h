/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of nkops-test share: reporting, and what is tested with what. */
#ifndef NKOPS_TEST_H
#define NKOPS_TEST_H

#include <linux/jiffies.h>
#include <linux/delay.h>
#include <nk/nkern.h>
#include "../tap.h"

#define TEST_LINK "nkops-test"
#define TEST_PROP "nkops-test"
#define WAIT_SECONDS 10
#define LOAD_SECONDS 120 /* for a VM to be loaded and started */

/* What main.c found: this end of the link, and who is at the other one. */
extern NkPhAddr test_link;
extern NkDevVlink *test_vlink;
extern NkOsId test_self, test_peer;

/* Waits for the condition, with a bound; its value at the end. It may be looked at twice. */
#define wait_until(condition) wait_seconds(WAIT_SECONDS, condition)
#define wait_seconds(seconds, condition)                                                           \
	({                                                                                         \
		unsigned long end_ = jiffies + HZ * (seconds);                                     \
		while (!(condition) && time_before(jiffies, end_))                                 \
			usleep_range(100, 200);                                                    \
		!!(condition);                                                                     \
	})

/* A short time in which something should not happen. */
#define SETTLE_MS 20

void test_basic(void);
void test_props(void);
void test_console(void);
void test_links(void);
void test_xirqs(void);
void test_sysconf(void);
void test_life(void);

#endif

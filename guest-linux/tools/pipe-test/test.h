/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipe-test: what a FIFO and a vpipe, whose ends are both in this VM, have in common, and what a vpipe has of
 * its own. The same checks run on both.
 */
#ifndef PIPE_TEST_H
#define PIPE_TEST_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The two ends that are under test. */
struct ends {
	const char *reader;
	const char *writer;
	size_t capacity;
	bool fifo;
	int r, w;
};

/* main.c: TAP. */
void ok(bool good, const char *text);
/* The call failed, with that error. */
void fails(ssize_t result, int error, const char *text);

/* ends.c: both are open, and the reader does not block; end of the program where that fails. */
void open_both(struct ends *e);
void close_both(struct ends *e);
void set_nonblock(int fd, bool nonblock);
/* The events of a poll() that does not wait, or waits for 10 s at most. */
short look(int fd, short events);
short wait_for(int fd, short events);
/* Writes until there is no room; returns the bytes. */
size_t fill(struct ends *e);
/* Reads all there is. */
size_t drain(struct ends *e);
/* Signals come again and again, so that none is missed: what blocks is interrupted. */
void begin_signals(void);
void end_signals(void);
/* Another process: calls f(e) and ends; returns its id. */
pid_t fork_to(void (*f)(struct ends *), struct ends *e);
bool ended_well(pid_t pid);

/* open.c, basic.c, block.c, splice.c */
void test_open(struct ends *e);
void test_basic(struct ends *e);
void test_errors(struct ends *e);
void test_ends(struct ends *e);
void test_block(struct ends *e);
void test_splice(struct ends *e);

/* stream.c: sends, or receives, numbers in a row; return 0 where what came was in order. */
int stream_out(const char *path, unsigned long long bytes, size_t piece);
int stream_in(const char *path, size_t piece);

#endif

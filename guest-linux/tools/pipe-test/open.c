// SPDX-License-Identifier: Apache-2.0
/* pipe-test: opening and closing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "test.h"

#define ROUNDS 300

static void test_nonblock(struct ends *e)
{
	char byte;
	int r;

	fails(open(e->writer, O_WRONLY | O_NONBLOCK), ENXIO, "no writer without a reader");
	r = open(e->reader, O_RDONLY | O_NONBLOCK);
	ok(r >= 0, "a reader without a writer");
	ok(read(r, &byte, 1) == 0, "it reads the end");
	ok(look(r, POLLIN) == 0, "and polls nothing: nobody was there yet");
	close(r);
}

static void test_access(struct ends *e)
{
	if (e->fifo)
		return;
	fails(open(e->reader, O_WRONLY), EACCES, "the server's end is not written");
	fails(open(e->reader, O_RDWR), EACCES, "nor both");
	fails(open(e->writer, O_RDONLY | O_NONBLOCK), EACCES, "the client's is not read");
	fails(open(e->writer, O_RDWR | O_NONBLOCK), EACCES, "nor both");
}

static void test_interrupted(struct ends *e)
{
	begin_signals();
	fails(open(e->reader, O_RDONLY), EINTR, "a signal ends an open for reading");
	fails(open(e->writer, O_WRONLY), EINTR, "and one for writing");
	end_signals();
}

static void write_and_go(struct ends *e)
{
	int w = open(e->writer, O_WRONLY);

	if (w < 0 || write(w, "hello", 5) != 5)
		_exit(1);
}

/* The reader need not have seen the writer while it was there. */
static void test_short_visits(struct ends *e)
{
	unsigned int bad = 0;

	for (int n = 0; n < ROUNDS; n++) {
		pid_t pid = fork_to(write_and_go, e);
		char text[10] = "";
		int r = open(e->reader, O_RDONLY);

		bad += read(r, text, sizeof(text)) != 5 || strcmp(text, "hello") != 0;
		bad += read(r, text, sizeof(text)) != 0;
		close(r);
		bad += !ended_well(pid);
	}
	ok(!bad, "what a short visitor left is read");
}

/* All of them count: the end of one is not the end. */
static void test_openers(struct ends *e)
{
	char text[10];
	int r, w;

	open_both(e);
	r = open(e->reader, O_RDONLY);
	w = open(e->writer, O_WRONLY);
	ok(r >= 0 && w >= 0, "each end is opened twice");
	close(e->w);
	close(e->r);
	ok(write(w, "second", 6) == 6 && read(r, text, 6) == 6,
	   "and closed once, it is still there");
	e->r = r;
	e->w = w;
	close_both(e);
}

void test_open(struct ends *e)
{
	test_nonblock(e);
	test_access(e);
	test_interrupted(e);
	test_short_visits(e);
	test_openers(e);
}

// SPDX-License-Identifier: Apache-2.0
/* pipe-test: calls that wait. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "test.h"

#define SMALL 1000
#define WRITERS 4
#define RECORDS 200

static char block[1 << 20];

static void test_interrupted(struct ends *e)
{
	begin_signals();
	fails(read(e->r, block, 1), EINTR, "a signal ends a read");
	ok(write(e->w, block, e->capacity + 10) == (ssize_t)e->capacity,
	   "a write that was partly done says so");
	fails(write(e->w, block, 1), EINTR, "it ends a write that was not");
	end_signals();
	ok(drain(e) == e->capacity, "all that was written is there");
	set_nonblock(e->r, false);
}

static void write_later(struct ends *e)
{
	close(e->r);
	usleep(20000);
	if (write(e->w, "later", 5) != 5)
		_exit(1);
}

static void test_read(struct ends *e)
{
	pid_t pid = fork_to(write_later, e);

	ok(wait_for(e->r, POLLIN) == POLLIN, "poll waits for bytes");
	ok(read(e->r, block, 5) == 5, "which are read");
	ok(ended_well(pid), "the writer has ended");
	pid = fork_to(write_later, e);
	ok(read(e->r, block, 5) == 5, "read waits for bytes");
	ok(ended_well(pid), "the writer has ended");
	ok(write(e->w, "early", 5) == 5, "bytes are there");
	pid = fork_to(write_later, e);
	if (e->fifo)
		ok(read(e->r, block, 10) == 5 && read(e->r, block, 10) == 5,
		   "read takes what is there");
	else
		ok(read(e->r, block, 10) == 10, "read waits for all it wants");
	ok(ended_well(pid), "the writer has ended");
}

/* One waits in read() meanwhile: another may not be kept by it. */
static void read_blocked(struct ends *e)
{
	char text[5];

	close(e->w);
	if (read(e->r, text, 5) != 5)
		_exit(1);
}

static void test_readers(struct ends *e)
{
	pid_t pid = fork_to(read_blocked, e);
	int r = open(e->reader, O_RDONLY | O_NONBLOCK);
	char byte;

	for (int n = 0; n < 100; n++) {
		usleep(1000);
		if (read(r, &byte, 1) != -1 || errno != EAGAIN)
			break;
	}
	fails(read(r, &byte, 1), EAGAIN, "who does not block is not kept by who does");
	close(r);
	ok(write(e->w, "12345", 5) == 5 && ended_well(pid), "who blocks gets what it wants");
}

static void write_records(struct ends *e)
{
	char record[SMALL];

	close(e->r);
	memset(record, getpid() & 0x7f, sizeof(record));
	for (int n = 0; n < RECORDS; n++) {
		if (write(e->w, record, sizeof(record)) != sizeof(record))
			_exit(1);
	}
}

static bool read_record(struct ends *e)
{
	size_t done = 0;
	ssize_t n;

	while (done < SMALL && (n = read(e->r, block + done, SMALL - done)) > 0)
		done += n;
	for (size_t i = 1; i < done; i++) {
		if (block[i] != block[0])
			return false;
	}
	return done == SMALL;
}

static void test_writers(struct ends *e)
{
	pid_t pids[WRITERS];
	unsigned int bad = 0;

	for (int n = 0; n < WRITERS; n++)
		pids[n] = fork_to(write_records, e);
	for (int n = 0; n < WRITERS * RECORDS; n++)
		bad += !read_record(e);
	for (int n = 0; n < WRITERS; n++)
		bad += !ended_well(pids[n]);
	ok(!bad, "small writes of several writers are whole");
}

static void close_later(struct ends *e)
{
	close(e->w);
	usleep(20000);
}

/* The other end closes while a call waits. */
static void test_closed(struct ends *e)
{
	pid_t pid = fork_to(close_later, e);

	close(e->r);
	e->r = -1;
	fill(e);
	fails(write(e->w, block, 1), EPIPE, "the reader goes while a write waits");
	ok(ended_well(pid), "the reader has ended");
	close_both(e);
}

void test_block(struct ends *e)
{
	open_both(e);
	set_nonblock(e->r, false);
	test_interrupted(e);
	test_read(e);
	test_readers(e);
	test_writers(e);
	test_closed(e);
}

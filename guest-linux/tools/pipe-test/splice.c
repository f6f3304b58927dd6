// SPDX-License-Identifier: Apache-2.0
/* pipe-test: splice(2), tee(2) not, sendfile(2). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>
#include "test.h"

#define BYTES 200000

static int pipe_fds[2];
static unsigned char sent[BYTES], got[BYTES];

static void test_small(struct ends *e)
{
	char text[10] = "";

	fails(splice(e->r, NULL, pipe_fds[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN,
	      "splice: nothing yet");
	ok(write(pipe_fds[1], "spliced", 7) == 7, "a pipe has something");
	ok(splice(pipe_fds[0], NULL, e->w, NULL, 100, 0) == 7, "it is moved");
	set_nonblock(e->r, false);
	ok(splice(e->r, NULL, pipe_fds[1], NULL, 100, 0) == 7, "and moved on, what there is");
	ok(read(pipe_fds[0], text, sizeof(text)) == 7 && !strcmp(text, "spliced"), "as it was");
	fill(e);
	ok(write(pipe_fds[1], "x", 1) == 1, "a pipe has something");
	fails(splice(pipe_fds[0], NULL, e->w, NULL, 1, SPLICE_F_NONBLOCK), EAGAIN,
	      "splice: no room");
	ok(read(pipe_fds[0], text, 1) == 1, "it is still in the pipe");
	drain(e);
	set_nonblock(e->r, false);
}

static void splice_blocked(struct ends *e)
{
	close(e->w);
	if (splice(e->r, NULL, pipe_fds[1], NULL, 100, 0) != 4)
		_exit(1);
}

/* A splice that waits keeps nobody from the pipe. */
static void test_unlocked(struct ends *e)
{
	pid_t pid = fork_to(splice_blocked, e);
	unsigned int bad = 0;
	char text[4];

	for (int n = 0; n < 100; n++) {
		usleep(1000);
		bad += write(pipe_fds[1], "pipe", 4) != 4 || read(pipe_fds[0], text, 4) != 4;
	}
	ok(!bad, "a pipe is used while a splice to it waits");
	ok(write(e->w, "data", 4) == 4 && ended_well(pid), "which gets what it waits for");
	ok(read(pipe_fds[0], text, 4) == 4 && !memcmp(text, "data", 4), "as it was");
}

static void splice_out(struct ends *e)
{
	size_t done = 0;
	ssize_t n;

	close(e->r);
	close(pipe_fds[0]);
	while (done < BYTES && (n = write(pipe_fds[1], sent + done, BYTES - done)) > 0)
		done += n;
}

static void move(struct ends *e)
{
	close(pipe_fds[1]);
	close(e->r);
	while (splice(pipe_fds[0], NULL, e->w, NULL, BYTES, 0) > 0)
		;
}

static size_t receive(struct ends *e, int pipe_in, int pipe_out)
{
	size_t done = 0;
	ssize_t n;

	while (done < BYTES && (n = splice(e->r, NULL, pipe_out, NULL, BYTES, 0)) > 0) {
		for (ssize_t part; n > 0; n -= part, done += part) {
			part = read(pipe_in, got + done, n);
			if (part <= 0)
				return done;
		}
	}
	return done;
}

static void test_many(struct ends *e)
{
	int fds[2];
	pid_t writer, mover;

	for (size_t n = 0; n < BYTES; n++)
		sent[n] = n * 7 + n / 251;
	writer = fork_to(splice_out, e);
	mover = fork_to(move, e);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(e->w);
	e->w = -1;
	ok(!pipe(fds) && receive(e, fds[0], fds[1]) == BYTES && !memcmp(sent, got, BYTES),
	   "many bytes through three pipes");
	ok(splice(e->r, NULL, fds[1], NULL, 1, 0) == 0, "splice: the end");
	ok(ended_well(writer) && ended_well(mover), "the writers have ended");
	close(fds[0]);
	close(fds[1]);
}

static void test_sendfile(struct ends *e)
{
	int file = open("/proc/self/exe", O_RDONLY);
	unsigned char magic[4];

	ok(sendfile(e->w, file, NULL, 4) == 4, "sendfile to it");
	ok(read(e->r, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4), "which is read");
	fails(sendfile(e->w, e->r, NULL, 4), EINVAL, "sendfile from it");
	close(file);
}

void test_splice(struct ends *e)
{
	open_both(e);
	ok(!pipe(pipe_fds), "a pipe");
	test_small(e);
	test_unlocked(e);
	test_sendfile(e);
	test_many(e);
	close_both(e);
}

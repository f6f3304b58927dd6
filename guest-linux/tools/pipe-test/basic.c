// SPDX-License-Identifier: Apache-2.0
/* pipe-test: reading, writing, polling, errors, ends. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include "test.h"

static void test_vectors(struct ends *e)
{
	struct iovec out[] = {{"one", 3}, {"", 0}, {"three", 5}};
	char a[2], b[20] = "";
	struct iovec in[] = {{a, 2}, {b, 6}};

	ok(writev(e->w, out, 3) == 8, "writev");
	ok(readv(e->r, in, 2) == 8 && !memcmp(a, "on", 2) && !memcmp(b, "ethree", 6), "readv");
}

static void test_full(struct ends *e)
{
	static char block[1 << 20];

	ok(fill(e) == e->capacity, "as many bytes as it has room for");
	set_nonblock(e->w, true);
	fails(write(e->w, block, 1), EAGAIN, "and not one more");
	ok(look(e->w, POLLOUT) == 0, "nor does it poll so");
	if (!e->fifo) {
		ok(read(e->r, block, 100) == 100, "100 bytes are read");
		ok(look(e->w, POLLOUT) == POLLOUT, "there is room for a byte");
		fails(write(e->w, block, 101), EAGAIN, "a small write is whole or not at all");
		ok(write(e->w, block, 100) == 100, "now it is whole");
	}
	ok(drain(e) == e->capacity, "all of them are read");
	ok(look(e->w, POLLOUT) == POLLOUT, "there is room again");
	ok(write(e->w, block, e->capacity + 1) == (ssize_t)e->capacity, "a big write is partial");
	drain(e);
	set_nonblock(e->w, false);
}

static void test_epoll(struct ends *e)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int epoll = epoll_create1(0);
	unsigned int bad = 0;

	epoll_ctl(epoll, EPOLL_CTL_ADD, e->r, &event);
	ok(epoll_wait(epoll, &event, 1, 0) == 0, "epoll: nothing yet");
	for (int n = 0; n < 100; n++) {
		bad += write(e->w, "x", 1) != 1;
		bad += epoll_wait(epoll, &event, 1, 10000) != 1;
		bad += drain(e) != 1;
	}
	ok(!bad, "epoll tells each edge");
	close(epoll);
}

void test_basic(struct ends *e)
{
	char text[10] = "";
	int pending = -1;

	open_both(e);
	fails(read(e->r, text, 1), EAGAIN, "nothing to read");
	ok(look(e->r, POLLIN) == 0, "nor to poll");
	ok(look(e->w, POLLOUT) == POLLOUT, "room to write");
	ok(write(e->w, "hello", 5) == 5, "write");
	ok(look(e->r, POLLIN) == POLLIN, "now it polls");
	ok(!ioctl(e->r, FIONREAD, &pending) && pending == 5, "FIONREAD");
	ok(read(e->r, text, sizeof(text)) == 5 && !strcmp(text, "hello"), "and is read");
	ok(write(e->w, "", 0) == 0 && read(e->r, text, 0) == 0, "nothing is nothing");
	test_vectors(e);
	test_full(e);
	test_epoll(e);
	close_both(e);
}

void test_errors(struct ends *e)
{
	char *volatile nowhere = (char *)1;
	char text[10] = "";

	open_both(e);
	fails(write(e->w, nowhere, 5), EFAULT, "from nowhere");
	fails(read(e->r, text, 5), EAGAIN, "nothing came of it");
	ok(write(e->w, "kept", 4) == 4, "write");
	fails(read(e->r, nowhere, 4), EFAULT, "to nowhere");
	ok(read(e->r, text, 9) == 4 && !strcmp(text, "kept"), "it was not lost");
	fails(read(e->w, text, 1), EBADF, "the writer's is not read");
	fails(write(e->r, text, 1), EBADF, "the reader's is not written");
	fails(lseek(e->r, 0, SEEK_SET), ESPIPE, "no seeking");
	fails(pread(e->r, text, 1, 0), ESPIPE, "no place to read at");
	fails(pwrite(e->w, text, 1, 0), ESPIPE, "nor to write at");
	fails(ioctl(e->r, 0x7fff, text), ENOTTY, "no such ioctl");
	close_both(e);
}

void test_ends(struct ends *e)
{
	char text[10];

	open_both(e);
	ok(write(e->w, "last", 4) == 4, "the last words");
	close(e->w);
	e->w = -1;
	ok(wait_for(e->r, 0) == POLLHUP, "the writer has hung up");
	ok(look(e->r, POLLIN) == (POLLIN | POLLHUP), "there is something left");
	ok(read(e->r, text, sizeof(text)) == 4, "which is read");
	ok(read(e->r, text, 1) == 0 && read(e->r, text, 1) == 0, "then there is the end");
	ok(look(e->r, POLLIN) == POLLHUP, "and nothing left");
	close_both(e);
	open_both(e);
	ok(write(e->w, "more", 4) == 4, "opened again");
	close(e->r);
	e->r = -1;
	ok(wait_for(e->w, 0) == POLLERR, "the reader has gone");
	fails(write(e->w, text, 1), EPIPE, "nobody reads");
	close_both(e);
	open_both(e);
	fails(read(e->r, text, 1), EAGAIN, "what nobody has read is gone with it");
	close_both(e);
}

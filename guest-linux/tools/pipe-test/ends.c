// SPDX-License-Identifier: Apache-2.0
/* pipe-test: what the checks do with the two ends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

#define PATIENCE 10000 /* ms */

static void must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The reader hears a little later than the writer that both are there. */
void open_both(struct ends *e)
{
	char byte;

	e->r = open(e->reader, O_RDONLY | O_NONBLOCK);
	must(e->r >= 0, e->reader);
	e->w = open(e->writer, O_WRONLY);
	must(e->w >= 0, e->writer);
	for (int n = 0; n < PATIENCE && read(e->r, &byte, 1) == 0; n++)
		usleep(1000);
	must(read(e->r, &byte, 1) == -1 && errno == EAGAIN, "not connected");
}

void close_both(struct ends *e)
{
	if (e->w >= 0)
		close(e->w);
	if (e->r >= 0)
		close(e->r);
	e->r = -1;
	e->w = -1;
}

void set_nonblock(int fd, bool nonblock)
{
	must(!fcntl(fd, F_SETFL, nonblock ? O_NONBLOCK : 0), "fcntl");
}

static short poll_for(int fd, short events, int timeout)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	return poll(&pfd, 1, timeout) < 0 ? -1 : pfd.revents;
}

short look(int fd, short events)
{
	return poll_for(fd, events, 0);
}

short wait_for(int fd, short events)
{
	return poll_for(fd, events, PATIENCE);
}

size_t fill(struct ends *e)
{
	static char block[1 << 20];
	size_t done = 0;
	ssize_t n;

	set_nonblock(e->w, true);
	while ((n = write(e->w, block, done ? 1 : sizeof(block))) > 0)
		done += n;
	set_nonblock(e->w, false);
	return done;
}

size_t drain(struct ends *e)
{
	static char block[1 << 16];
	size_t done = 0;
	ssize_t n;

	set_nonblock(e->r, true);
	while ((n = read(e->r, block, sizeof(block))) > 0)
		done += n;
	return done;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void set_timer(int usec)
{
	struct itimerval timer = {{0, usec}, {0, usec}};

	must(!setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
}

void begin_signals(void)
{
	struct sigaction action = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &action, NULL);
	set_timer(20000);
}

void end_signals(void)
{
	set_timer(0);
}

pid_t fork_to(void (*f)(struct ends *), struct ends *e)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid)
		return pid;
	f(e);
	_exit(0);
}

bool ended_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

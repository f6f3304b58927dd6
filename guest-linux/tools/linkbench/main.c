// SPDX-License-Identifier: Apache-2.0
/* linkbench: streams, echos and messages for `make bench`, with nothing in them but their transport. */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "../command.h"
#include "linkbench.h"

static int cmd_seed(char **argv);

static const struct command commands[] = {
	{"seed", 0, cmd_seed, ": gives the kernel's random numbers a beginning"},
	{"tcp", 5, cmd_tcp, "NAME HOST PORT MIB PIECE: sends so much, in pieces of so many bytes"},
	{"tcp-sink", 4, cmd_tcp_sink,
	 "NAME PORT PIECE COUNT: takes such streams, of so many senders"},
	{"device", 4, cmd_device,
	 "NAME PATH MIB PIECE: the same over a device with both directions"},
	{"device-sink", 2, cmd_device_sink,
	 "PATH PIECE: takes such streams, until the other side closes"},
	{"pipe", 3, cmd_pipe, "NAME MIB PIECE: the same from a process to another over a pipe"},
	{"echo", 3, cmd_echo, "NAME ROUNDS BYTES: to another process and back over a socketpair"},
	{"read", 4, cmd_read, "NAME PATH MIB PIECE: the beginning of a disk, a piece at a time"},
	{"random", 4, cmd_random,
	 "NAME PATH COUNT DEPTH: blocks of 4 KiB anywhere on it, so many at a time"},
	{"messages", 3, cmd_messages, "NAME COUNT BYTES: to another process over a socketpair"},
};

void fail(const char *what)
{
	fprintf(stderr, "linkbench: %s: %s\n", what, strerror(errno));
	exit(1);
}

void write_all(int fd, const void *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			fail("write");
		data = (const char *)data + n;
		len -= (size_t)n;
	}
}

void read_all(int fd, void *data, size_t len)
{
	while (len) {
		ssize_t n = read(fd, data, len);

		if (n < 0)
			fail("read");
		if (!n) {
			fprintf(stderr, "linkbench: an early end\n");
			exit(1);
		}
		data = (char *)data + n;
		len -= (size_t)n;
	}
}

/*
 * The same for all runs: a kernel without one makes its random numbers anew each time, which each system call of some
 * kinds pays for in the first seconds after a boot.
 */
static int cmd_seed(char **argv)
{
	struct {
		struct rand_pool_info info;
		uint32_t words[16];
	} seed = {
		.info = {.entropy_count = sizeof(seed.words) * 8, .buf_size = sizeof(seed.words)}};
	int fd = open("/dev/urandom", O_WRONLY);

	(void)argv;
	for (uint32_t n = 0; n < sizeof(seed.words) / 4; n++)
		seed.words[n] = n * 2654435761u;
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed))
		fail("RNDADDENTROPY");
	return 0;
}

static uint64_t begun;

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void begin_span(void)
{
	begun = nanoseconds();
	__asm__ volatile("hint #104" ::: "memory");
}

void end_span(const char *name, uint64_t count)
{
	__asm__ volatile("hint #105" ::: "memory");
	printf("linkbench %s %llu %llu\n", name, (unsigned long long)count,
	       (unsigned long long)(nanoseconds() - begun));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	return run_command("linkbench", commands, sizeof(commands) / sizeof(*commands), argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
/* linkbench: messages between two processes over a socketpair: what calls and queues between VMs are compared with. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include "linkbench.h"

#define BYTES_MOST 4096
#define WARM 200

static char buffer[BYTES_MOST];

/* The first byte of a message asks for an answer. */
static void serve(int fd, size_t bytes)
{
	while (read(fd, buffer, bytes) == (ssize_t)bytes) {
		if (buffer[0])
			write_all(fd, buffer, bytes);
	}
	_exit(0);
}

static int fork_server(size_t bytes)
{
	int ends[2];
	pid_t pid;

	if (bytes < 1 || bytes > BYTES_MOST || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		fail("socketpair");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid) {
		close(ends[0]);
		serve(ends[1], bytes);
	}
	close(ends[1]);
	return ends[0];
}

static void ask(int fd, size_t bytes)
{
	buffer[0] = 1;
	write_all(fd, buffer, bytes);
	read_all(fd, buffer, bytes);
}

int cmd_echo(char **argv)
{
	uint64_t rounds = strtoull(argv[1], NULL, 0);
	size_t bytes = strtoull(argv[2], NULL, 0);
	int fd = fork_server(bytes);

	for (int n = 0; n < WARM; n++)
		ask(fd, bytes);
	begin_span();
	for (uint64_t n = 0; n < rounds; n++)
		ask(fd, bytes);
	end_span(argv[0], rounds);
	close(fd);
	wait(NULL);
	return 0;
}

static void send_messages(int fd, uint64_t count, size_t bytes)
{
	for (uint64_t n = 1; n < count; n++) {
		buffer[0] = 0;
		write_all(fd, buffer, bytes);
	}
	ask(fd, bytes);
}

int cmd_messages(char **argv)
{
	uint64_t count = strtoull(argv[1], NULL, 0);
	size_t bytes = strtoull(argv[2], NULL, 0);
	int fd = fork_server(bytes);

	send_messages(fd, WARM, bytes);
	begin_span();
	send_messages(fd, count, bytes);
	end_span(argv[0], count);
	close(fd);
	wait(NULL);
	return 0;
}

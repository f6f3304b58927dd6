// SPDX-License-Identifier: Apache-2.0
/* nettest: a TCP stream each byte of which is checked. It begins with its seed. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "nettest.h"

#define WORDS 16384

static uint64_t got[WORDS], want[WORDS];

static void write_all(int fd, const void *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			fail(errno, "write");
		data = (const char *)data + n;
		len -= (size_t)n;
	}
}

static void read_all(int fd, void *data, size_t len)
{
	while (len) {
		ssize_t n = read(fd, data, len);

		if (n <= 0)
			fail(n ? errno : 0, "the stream ended early");
		data = (char *)data + n;
		len -= (size_t)n;
	}
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

	if (!inet_aton(host, &to.sin_addr))
		fail(0, "the host is no address");
	return to;
}

/* As much as there is until the end, len bytes at most. */
static size_t read_some(int fd, void *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)data + done, len - done);

		if (n < 0)
			fail(errno, "read");
		if (!n)
			break;
		done += (size_t)n;
	}
	return done;
}

static void check_stream(int fd)
{
	uint64_t seed, bytes = 0;
	size_t n;

	read_all(fd, &seed, sizeof(seed));
	do {
		n = read_some(fd, got, sizeof(got));
		fill(want, WORDS, seed, bytes / 8);
		if (memcmp(got, want, n))
			fail(0, "the stream is not what was sent");
		bytes += n;
	} while (n == sizeof(got));
	write_all(fd, &bytes, sizeof(bytes));
}

int cmd_serve(char **argv)
{
	struct sockaddr_in at = address("0.0.0.0", argv[0]);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8))
		fail(errno, "listen");
	for (int n = atoi(argv[1]); n > 0; n--) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			fail(errno, "accept");
		check_stream(c);
		close(c);
		printf("nettest: a whole stream\n");
		fflush(stdout);
	}
	return 0;
}

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

int cmd_send(char **argv)
{
	struct sockaddr_in to = address(argv[0], argv[1]);
	uint64_t bytes = strtoull(argv[2], NULL, 0) << 20, seed = strtoull(argv[3], NULL, 0), done,
		 taken;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	double start;

	signal(SIGTERM, stop);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(errno, "connect");
	start = seconds();
	write_all(fd, &seed, sizeof(seed));
	for (done = 0; done < bytes && !stopped; done += sizeof(want)) {
		fill(want, WORDS, seed, done / 8);
		write_all(fd, want, sizeof(want));
	}
	shutdown(fd, SHUT_WR);
	read_all(fd, &taken, sizeof(taken));
	if (taken != done)
		fail(0, "not all was taken");
	printf("nettest: %llu KiB, %.0f KiB/s\n", (unsigned long long)done >> 10,
	       (double)(done >> 10) / (seconds() - start));
	return 0;
}

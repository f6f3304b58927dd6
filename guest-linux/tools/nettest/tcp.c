// SPDX-License-Identifier: GPL-2.0-only
/* nettest: a TCP stream each byte of which is checked. It begins with its seed and length in words. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
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

static void check_stream(int fd)
{
	uint64_t head[2], done = 0;

	read_all(fd, head, sizeof(head));
	while (done < head[1]) {
		size_t words = head[1] - done < WORDS ? head[1] - done : WORDS;

		read_all(fd, got, words * 8);
		fill(want, words, head[0], done);
		if (memcmp(got, want, words * 8))
			fail(0, "the stream is not what was sent");
		done += words;
	}
	write_all(fd, &done, sizeof(done));
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

int cmd_send(char **argv)
{
	struct sockaddr_in to = address(argv[0], argv[1]);
	uint64_t mib = strtoull(argv[2], NULL, 0), seed = strtoull(argv[3], NULL, 0);
	uint64_t head[2] = {seed, mib << 17}, done, taken;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	double start;

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(errno, "connect");
	start = seconds();
	write_all(fd, head, sizeof(head));
	for (done = 0; done < head[1]; done += WORDS) {
		fill(want, WORDS, seed, done);
		write_all(fd, want, sizeof(want));
	}
	read_all(fd, &taken, sizeof(taken));
	if (taken != head[1])
		fail(0, "not all was taken");
	printf("nettest: %llu MiB, %.1f MiB/s\n", (unsigned long long)mib,
	       (double)mib / (seconds() - start));
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* nettest: a flood of UDP packets, each of which comes back. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "nettest.h"

#define ROOM (4 << 20)

static uint64_t packet[8192], want[8192];

static int udp_socket(void)
{
	struct timeval wait = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = ROOM;

	if (fd < 0)
		fail(errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

int cmd_echo(char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[0]))};
	int fd = udp_socket();

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail(errno, "bind");
	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);

		if (n >= 0 && sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, len) != n)
			fail(errno, "sendto");
	}
}

static void send_packet(int fd, size_t bytes, uint64_t number)
{
	fill(packet, bytes / 8, 1, number * (bytes / 8));
	if (send(fd, packet, bytes, 0) != (ssize_t)bytes)
		fail(errno, "send");
}

/* They come back in order. */
static void take_packet(int fd, size_t bytes, uint64_t number)
{
	ssize_t n = recv(fd, packet, sizeof(packet), 0);

	if (n < 0)
		fail(errno, "a packet was lost");
	fill(want, bytes / 8, 1, number * (bytes / 8));
	if (n != (ssize_t)bytes || memcmp(packet, want, bytes))
		fail(0, "a packet is not the one that was sent");
}

int cmd_flood(char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	uint64_t count = strtoull(argv[2], NULL, 0), window = strtoull(argv[4], NULL, 0), out = 0;
	size_t bytes = strtoull(argv[3], NULL, 0);
	int fd = udp_socket();

	if (!inet_aton(argv[0], &to.sin_addr) || bytes % 8 || bytes > sizeof(packet))
		fail(0, "wrong arguments");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(errno, "connect");
	for (uint64_t in = 0; in < count; in++) {
		/* In bursts, so that there is something to gather. */
		while (in == out || (in % window == 0 && out < in + window && out < count))
			send_packet(fd, bytes, out++);
		take_packet(fd, bytes, in);
	}
	printf("nettest: %llu packets came back\n", (unsigned long long)count);
	return 0;
}

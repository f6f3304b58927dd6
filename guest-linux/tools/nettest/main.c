// SPDX-License-Identifier: Apache-2.0
/* nettest: what tests do with a network interface of a guest. It is only for tests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../command.h"
#include "nettest.h"

static const struct command commands[] = {
	{"ethtool", 1, cmd_ethtool, "IF: what ethtool -i, -g, -k and -S show"},
	{"offload", 2, cmd_offload,
	 "IF on|off: checksums, scatter-gather and segments by the driver"},
	{"serve", 2, cmd_serve, "PORT CONNECTIONS: takes streams and checks each byte"},
	{"send", 4, cmd_send, "HOST PORT MIB SEED: sends such a stream, until SIGTERM at most"},
	{"echo", 1, cmd_echo, "PORT: sends UDP packets back, for ever"},
	{"flood", 5, cmd_flood,
	 "HOST PORT COUNT BYTES WINDOW: packets to be echoed, so many under way"},
};

void fail(int err, const char *what)
{
	fprintf(stderr, "nettest: %s%s%s\n", what, err ? ": " : "", err ? strerror(err) : "");
	exit(1);
}

/* splitmix64 of the word's number: each word is found without those before it. */
void fill(uint64_t *buf, size_t words, uint64_t seed, uint64_t number)
{
	for (size_t i = 0; i < words; i++) {
		uint64_t z = (seed << 40) + (number + i) * 0x9e3779b97f4a7c15;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		buf[i] = z ^ (z >> 27);
	}
}

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	return run_command("nettest", commands, sizeof(commands) / sizeof(*commands), argc, argv);
}

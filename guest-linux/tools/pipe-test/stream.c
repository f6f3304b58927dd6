// SPDX-License-Identifier: Apache-2.0
/* pipe-test: numbers in a row, so that any that is lost, doubled or changed is seen. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "test.h"

#define PIECE_MOST (1 << 20)

static uint64_t words[PIECE_MOST / 8];

static uint64_t word_of(uint64_t n)
{
	return (n + 1) * 0x9e3779b97f4a7c15;
}

static int say(const char *what, uint64_t bytes, const char *why)
{
	printf("pipe-test: %s %llu bytes%s%s\n", what, (unsigned long long)bytes, why ? ": " : "",
	       why ? why : "");
	return why != NULL;
}

/* bytes and piece: multiples of 8. That the reader has gone is no mistake here, but ends it. */
int stream_out(const char *path, unsigned long long bytes, size_t piece)
{
	int fd = open(path, O_WRONLY);
	uint64_t done = 0;
	ssize_t n;

	signal(SIGPIPE, SIG_IGN);
	if (fd < 0 || piece > PIECE_MOST)
		return say("opened", 0, strerror(errno));
	while (done < bytes) {
		size_t want = bytes - done < piece ? bytes - done : piece;

		for (size_t i = 0; i * 8 < want; i++)
			words[i] = word_of(done / 8 + i);
		n = write(fd, words, want);
		if (n < 0 && errno != EPIPE)
			return say("sent", done, strerror(errno));
		if (n > 0)
			done += n;
		if (n != (ssize_t)want)
			break;
	}
	return say("sent", done, NULL);
}

/* Reads to the end. A last word may have come in part. */
int stream_in(const char *path, size_t piece)
{
	int fd = open(path, O_RDONLY);
	uint64_t done = 0;
	size_t kept = 0;
	ssize_t n;

	if (fd < 0 || piece + 8 > PIECE_MOST)
		return say("opened", 0, strerror(errno));
	while ((n = read(fd, (char *)words + kept, piece)) > 0) {
		kept += n;
		for (size_t i = 0; i < kept / 8; i++) {
			if (words[i] != word_of(done / 8 + i))
				return say("received", done + i * 8, "then another word");
		}
		done += kept / 8 * 8;
		memmove(words, (char *)words + kept / 8 * 8, kept % 8);
		kept %= 8;
	}
	return say("received", done + kept, n < 0 ? strerror(errno) : NULL);
}

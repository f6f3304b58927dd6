// SPDX-License-Identifier: Apache-2.0
/* pipe-test: arguments and TAP. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test.h"

#define FIFO "/tmp/pipe-test.fifo"
#define FIFO_CAPACITY 65536

static unsigned int count, failed;

void ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, text);
	fflush(stdout);
	failed += !good;
}

void fails(ssize_t result, int error, const char *text)
{
	int got = errno;

	ok(result == -1 && got == error, text);
	if (result != -1 || got != error)
		printf("# returned %zd, %s\n", result, strerror(got));
}

static int test(struct ends *e)
{
	printf("# %s and %s, %zu bytes\n", e->reader, e->writer, e->capacity);
	signal(SIGPIPE, SIG_IGN);
	test_open(e);
	test_basic(e);
	test_errors(e);
	test_ends(e);
	test_block(e);
	test_splice(e);
	printf("1..%u\n", count);
	return failed != 0;
}

static int test_fifo(void)
{
	struct ends e = {FIFO, FIFO, FIFO_CAPACITY, true, -1, -1};
	int bad;

	unlink(FIFO);
	if (mkfifo(FIFO, 0600)) {
		perror(FIFO);
		return 1;
	}
	bad = test(&e);
	unlink(FIFO);
	return bad;
}

static unsigned long long number(const char *text)
{
	return strtoull(text, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "fifo"))
		return test_fifo();
	if (argc == 5 && !strcmp(argv[1], "vpipe")) {
		struct ends e = {argv[2], argv[3], number(argv[4]), false, -1, -1};

		return test(&e);
	}
	if (argc == 5 && !strcmp(argv[1], "out"))
		return stream_out(argv[2], number(argv[3]), number(argv[4]));
	if (argc == 4 && !strcmp(argv[1], "in"))
		return stream_in(argv[2], number(argv[3]));
	fprintf(stderr, "usage: pipe-test fifo | vpipe READER WRITER CAPACITY |\n"
			"       out PATH BYTES PIECE | in PATH PIECE\n");
	return 2;
}

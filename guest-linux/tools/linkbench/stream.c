// SPDX-License-Identifier: Apache-2.0
/*
 * linkbench: streams, each with its length in front and an answer of a byte when all of it was taken. The first one is
 * short and not measured: windows open, and memory is touched.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "linkbench.h"

#define PIECE_MOST (1 << 20)
#define WARM (2 << 20)
#define TRIES 3000 /* each 10 ms: a bound, which good runs do not come near */

static char buffer[PIECE_MOST];

static void send_one(int fd_out, int fd_in, uint64_t bytes, size_t piece)
{
	char answer;

	write_all(fd_out, &bytes, sizeof(bytes));
	for (uint64_t done = 0; done < bytes; done += piece)
		write_all(fd_out, buffer, piece);
	read_all(fd_in, &answer, 1);
}

static size_t check_piece(size_t piece)
{
	if (piece && piece <= PIECE_MOST && !(WARM % piece))
		return piece;
	write_all(STDERR_FILENO, "linkbench: piece\n", 17);
	exit(2);
}

int send_stream(const char *name, int fd_out, int fd_in, uint64_t bytes, size_t piece)
{
	check_piece(piece);
	send_one(fd_out, fd_in, WARM, piece);
	begin_span();
	send_one(fd_out, fd_in, bytes, piece);
	end_span(name, bytes);
	return 0;
}

static void take_bytes(int fd_in, uint64_t bytes, size_t piece)
{
	while (bytes) {
		ssize_t n = read(fd_in, buffer, bytes < piece ? bytes : piece);

		if (n <= 0)
			fail("read");
		bytes -= (uint64_t)n;
	}
}

int take_streams(const char *name, int fd_in, int fd_out, size_t piece)
{
	uint64_t bytes;

	check_piece(piece);
	while (read(fd_in, &bytes, sizeof(bytes)) == sizeof(bytes)) {
		if (*name)
			begin_span();
		take_bytes(fd_in, bytes, piece);
		write_all(fd_out, "", 1);
		if (*name)
			end_span(name, bytes);
	}
	return 0;
}

static uint64_t mebibytes(const char *text)
{
	return strtoull(text, NULL, 0) << 20;
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

	if (!inet_aton(host, &to.sin_addr))
		fail(host);
	return to;
}

/* Who listens may not be so far yet. */
static int connect_to(struct sockaddr_in to)
{
	for (int n = 0; n < TRIES; n++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
			return fd;
		if (errno != ECONNREFUSED)
			break;
		close(fd);
		usleep(10000);
	}
	fail("connect");
	return -1;
}

int cmd_tcp(char **argv)
{
	int fd = connect_to(address(argv[1], argv[2]));

	return send_stream(argv[0], fd, fd, mebibytes(argv[3]), strtoull(argv[4], NULL, 0));
}

int cmd_tcp_sink(char **argv)
{
	struct sockaddr_in at = address("0.0.0.0", argv[1]);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8))
		fail("listen");
	for (int n = atoi(argv[3]); n > 0; n--) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			fail("accept");
		take_streams(argv[0], c, c, strtoull(argv[2], NULL, 0));
		close(c);
	}
	return 0;
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		fail(path);
	return fd;
}

int cmd_device(char **argv)
{
	int fd = open_device(argv[1]);

	return send_stream(argv[0], fd, fd, mebibytes(argv[2]), strtoull(argv[3], NULL, 0));
}

int cmd_device_sink(char **argv)
{
	int fd = open_device(argv[0]);

	return take_streams("", fd, fd, strtoull(argv[1], NULL, 0));
}

int cmd_pipe(char **argv)
{
	size_t piece = strtoull(argv[2], NULL, 0);
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		fail("pipe");
	if (!fork()) {
		close(there[1]);
		return take_streams("", there[0], back[1], piece);
	}
	send_stream(argv[0], there[1], back[0], mebibytes(argv[1]), piece);
	close(there[1]);
	wait(NULL);
	return 0;
}

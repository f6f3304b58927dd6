// SPDX-License-Identifier: Apache-2.0
/* linkbench: disks, read past the page cache. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "linkbench.h"

#define ALIGN 4096
#define BLOCK 4096
#define DEPTH_MOST 128

static int open_disk(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT);

	if (fd < 0)
		fail(path);
	return fd;
}

static void *buffer_of(size_t bytes)
{
	void *buffer = aligned_alloc(ALIGN, bytes);

	if (!buffer)
		fail("aligned_alloc");
	return buffer;
}

/* From the beginning, once before it is measured: a RAM disk's pages are there then. */
static void read_through(int fd, char *buffer, uint64_t bytes, size_t piece)
{
	for (uint64_t at = 0; at < bytes; at += piece) {
		if (pread(fd, buffer, piece, (off_t)at) != (ssize_t)piece)
			fail("pread");
	}
}

int cmd_read(char **argv)
{
	uint64_t bytes = strtoull(argv[2], NULL, 0) << 20;
	size_t piece = strtoull(argv[3], NULL, 0);
	char *buffer = buffer_of(piece);
	int fd = open_disk(argv[1]);

	read_through(fd, buffer, piece, piece);
	begin_span();
	read_through(fd, buffer, bytes, piece);
	end_span(argv[0], bytes);
	close(fd);
	free(buffer);
	return 0;
}

struct random_reads {
	int fd;
	aio_context_t context;
	struct iocb iocbs[DEPTH_MOST];
	uint64_t blocks; /* of the disk */
	uint64_t last; /* random number */
};

static void submit(struct random_reads *r, struct iocb *iocb)
{
	r->last = r->last * 6364136223846793005u + 1442695040888963407u;
	iocb->aio_offset = (int64_t)((r->last >> 33) % r->blocks * BLOCK);
	if (syscall(SYS_io_submit, r->context, 1, &iocb) != 1)
		fail("io_submit");
}

static void prepare(struct random_reads *r, unsigned int depth)
{
	off_t size = lseek(r->fd, 0, SEEK_END);

	if (size < BLOCK || syscall(SYS_io_setup, depth, &r->context))
		fail("io_setup");
	r->blocks = (uint64_t)size / BLOCK;
	for (unsigned int n = 0; n < depth; n++)
		r->iocbs[n] = (struct iocb){
			.aio_lio_opcode = IOCB_CMD_PREAD,
			.aio_fildes = (uint32_t)r->fd,
			.aio_buf = (uint64_t)(uintptr_t)buffer_of(BLOCK),
			.aio_nbytes = BLOCK,
		};
}

static void read_blocks(struct random_reads *r, uint64_t count, unsigned int depth)
{
	struct io_event events[DEPTH_MOST];
	uint64_t sent = 0, done = 0;

	for (; sent < depth; sent++)
		submit(r, &r->iocbs[sent]);
	while (done < count) {
		long n = syscall(SYS_io_getevents, r->context, 1, depth, events, NULL);

		if (n < 1)
			fail("io_getevents");
		done += (uint64_t)n;
		for (long i = 0; i < n; i++) {
			if (events[i].res != BLOCK)
				fail("a block");
			if (sent++ < count)
				submit(r, (struct iocb *)(uintptr_t)events[i].obj);
		}
	}
}

int cmd_random(char **argv)
{
	uint64_t count = strtoull(argv[2], NULL, 0);
	unsigned int depth = (unsigned int)strtoul(argv[3], NULL, 0);
	static struct random_reads reads;

	if (depth < 1 || depth > DEPTH_MOST || count < depth)
		fail("depth");
	reads.fd = open_disk(argv[1]);
	prepare(&reads, depth);
	begin_span();
	read_blocks(&reads, count, depth);
	end_span(argv[0], count);
	close(reads.fd);
	return 0;
}

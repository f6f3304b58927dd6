// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk trace: has nk record events, and copies what it has recorded. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "monitor.h"

#define PIECE 65536

static int trace_switch(int argc, char **argv)
{
	bool on = !strcmp(argv[0], "start");
	uint64_t mode;

	if (no_options("trace", &argc, argv))
		return NK_USAGE;
	if (argc > 1)
		return misused("trace", "'%s' is too much", argv[1]);
	if (enable_bits("trace", on ? NK_MONITOR_EVENTS : 0, on ? 0 : NK_MONITOR_EVENTS, TREE_RINGS,
			&mode))
		return NK_FAILED;
	if (as_json) {
		json_open(NULL, '{');
		json_bool("counters", mode & NK_MONITOR_COUNTERS);
		json_bool("events", mode & NK_MONITOR_EVENTS);
		json_close();
	}
	return NK_OK;
}

/* Reads so much at the position, less at the end. Returns how much, or -errno. */
static ssize_t read_at(int fd, void *data, size_t size, off_t at)
{
	size_t done = 0;
	ssize_t got;

	while (done < size) {
		got = pread(fd, (char *)data + done, size - done, at + (off_t)done);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (!got)
			break;
		if (got > 0)
			done += got;
	}
	return (ssize_t)done;
}

/* The header's page, which says how long the ring is. Returns 0 or -errno. */
static int read_header(int fd, unsigned char *page, uint64_t *size)
{
	struct nk_event_ring ring;
	ssize_t got = read_at(fd, page, NK_EVENT_HEADER, 0);

	if (got < 0)
		return (int)got;
	memcpy(&ring, page, sizeof(ring));
	if (got != NK_EVENT_HEADER || ring.magic != NK_EVENT_MAGIC)
		return -EPROTO;
	*size = (uint64_t)ring.nr_records * ring.record_size;
	return 0;
}

static int copy_records(int from, int to, uint64_t size)
{
	static unsigned char piece[PIECE];
	off_t at = NK_EVENT_HEADER;
	ssize_t got;
	int error;

	for (; size; size -= got, at += got) {
		got = read_at(from, piece, size < PIECE ? size : PIECE, at);
		if (got <= 0)
			return got ? (int)got : -EPROTO;
		error = write_all(to, piece, got);
		if (error)
			return error;
	}
	return 0;
}

/*
 * A ring goes on while it is copied: the header's page once more, behind the records, says which of them were whole. Returns
 * 0 and adds the bytes to *size, or -errno.
 */
static int copy_ring(int from, int to, uint64_t *size)
{
	static unsigned char page[NK_EVENT_HEADER];
	uint64_t records = 0, same;
	int error = read_header(from, page, &records);

	if (!error)
		error = write_all(to, page, sizeof(page));
	if (!error)
		error = copy_records(from, to, records);
	if (!error)
		error = read_header(from, page, &same);
	if (!error)
		error = write_all(to, page, sizeof(page));
	*size += records + 2 * sizeof(page);
	return error;
}

/* A CPU's ring. Returns the file, or -errno. */
static int open_ring(unsigned int cpu)
{
	const char *path = path_of(PROC, "monitoring/vl,evt-log-0-raw/cpu-%u-records", cpu);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	return fd < 0 ? path ? -errno : -ENAMETOOLONG : fd;
}

/* All of them. Returns 0 and *cpus, *size, or -errno. */
static int copy_rings(int to, unsigned int *cpus, uint64_t *size)
{
	int from, error = 0;

	for (*cpus = 0; !error; ++*cpus) {
		from = open_ring(*cpus);
		if (from < 0)
			return from == -ENOENT ? 0 : from;
		error = copy_ring(from, to, size);
		close(from);
	}
	return error;
}

static int no_dump(const char *file, int error)
{
	unlink(file);
	if (error == -EPROTO)
		return failed("trace: that is no ring of this nk's");
	return failed("trace: %s: %s", file, strerror(-error));
}

static int dump(const char *file)
{
	unsigned int cpus = 0;
	uint64_t size = 0;
	int error, to, first = open_ring(0);

	if (first == -ENOENT)
		return no_rings("trace");
	if (is_denied(first))
		return not_allowed("trace", "nk.monitoring", "allow-get");
	if (first < 0)
		return file_failed("trace", path_of(PROC, "monitoring/vl,evt-log-0-raw"), first);
	close(first);
	/* What all VMs did is in it. */
	to = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return failed("trace: %s: %s", file, strerror(errno));
	error = copy_rings(to, &cpus, &size);
	if (close(to) && !error)
		error = -errno;
	if (error)
		return no_dump(file, error);
	if (as_json) {
		json_open(NULL, '{');
		json_string("file", file);
		json_number("cpus", cpus);
		json_number("size", size);
		json_close();
	}
	return NK_OK;
}

static int trace_dump(int argc, char **argv)
{
	if (no_options("trace", &argc, argv))
		return NK_USAGE;
	if (argc != 2)
		return misused("trace", argc < 2 ? "into which file?" : "that is too much");
	return dump(argv[1]);
}

int cmd_trace(int argc, char **argv)
{
	if (argc < 2)
		return misused("trace", "start, stop or dump?");
	if (!strcmp(argv[1], "start") || !strcmp(argv[1], "stop"))
		return trace_switch(argc - 1, argv + 1);
	if (!strcmp(argv[1], "dump"))
		return trace_dump(argc - 1, argv + 1);
	return misused("trace", "'%s' is neither start, stop nor dump", argv[1]);
}

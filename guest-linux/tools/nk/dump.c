// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk dump: the memory and the registers of a VM that has stopped or is paused, into a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nk.h"

#define PIECE 65536
#define BLOCK 4096 /* what is all zero of such a size becomes a hole */

static int fault(void)
{
	return errno > 0 ? -errno : -EIO;
}

static bool is_zero(const unsigned char *data, size_t size)
{
	return !*data && !memcmp(data, data + 1, size - 1);
}

/* Holes where there are zeroes. Returns 0 or -errno. */
static int write_sparse(int fd, const unsigned char *data, size_t size)
{
	size_t part;
	int error = 0;

	for (; size && !error; size -= part, data += part) {
		part = size < BLOCK ? size : BLOCK;
		if (!is_zero(data, part))
			error = write_all(fd, data, part);
		else if (lseek(fd, part, SEEK_CUR) < 0)
			error = fault();
	}
	return error;
}

/* Copies to the end. *error: of which side, "read" or "written". Returns how many bytes, or -errno. */
static long long copy(int from, int to, const char **which)
{
	static unsigned char data[PIECE];
	long long size = 0;
	ssize_t got;
	int error;

	*which = "read";
	while ((got = read(from, data, sizeof(data)))) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fault();
		size += got;
		error = write_sparse(to, data, got);
		if (error) {
			*which = "written";
			return error;
		}
	}
	if (!ftruncate(to, size) && !fsync(to))
		return size;
	*which = "written";
	return fault();
}

static int no_core(int id, const char *path, int error)
{
	char prop[NAME_LIMIT];
	const char *directory;

	if (error == -EBUSY)
		return failed("dump: VM %d runs, or is being loaded: suspend it or stop it before",
			      id);
	snprintf(prop, sizeof(prop), "nk.vm.%d.dump", id);
	if (is_denied(error))
		return not_allowed("dump", prop, "allow-get");
	if (error == -ENOENT) {
		/* It has a file for each VM that this one may have. */
		directory = path_of(PROC, "vmcore");
		if (directory && !access(directory, F_OK))
			return not_allowed("dump", prop, "allow-get");
		path = path_of(PROC, "vmcore/%d", id);
	}
	return file_failed("dump", path, error);
}

static int copied(int id, const char *file, long long size, const char *which)
{
	if (size < 0) {
		unlink(file);
		if (size == -ESTALE)
			return failed("dump: VM %d was started meanwhile, and its memory is gone",
				      id);
		return failed("dump: %s could not be %s: %s", file, which, strerror(-(int)size));
	}
	if (as_json) {
		json_open(NULL, '{');
		json_number("id", id);
		json_string("file", file);
		json_number("size", size);
		json_close();
	}
	return NK_OK;
}

static int dump(int id, const char *file)
{
	const char *path = path_of(PROC, "vmcore/%d", id), *which;
	int from = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	long long size;
	int to;

	if (from < 0)
		return no_core(id, path, path ? fault() : -ENAMETOOLONG);
	/* All that the VM knew is in it. */
	to = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0) {
		close(from);
		return failed("dump: %s: %s", file, strerror(errno));
	}
	size = copy(from, to, &which);
	if (close(to) && size >= 0) {
		which = "written";
		size = fault();
	}
	close(from); /* and if it was read to its end, the VM may restart */
	return copied(id, file, size, which);
}

int cmd_dump(int argc, char **argv)
{
	int id, status;
	long self;

	if (no_options(argv[0], &argc, argv))
		return NK_USAGE;
	if (argc < 3)
		return misused(argv[0], argc < 2 ? "which VM?" : "into which file?");
	if (argc > 3)
		return misused(argv[0], "'%s' is too much", argv[3]);
	status = vm_existing(argv[0], argv[1], &id, &self);
	return status ? status : dump(id, argv[2]);
}

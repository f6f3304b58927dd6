// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Reading and writing what nk's modules show. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "nk.h"

#define FILE_MAX (16U << 20) /* more than any of them has */
#define BUSY_TRIES 100
#define BUSY_PAUSE 10000000 /* ns */

static const struct {
	const char *variable;
	const char *path;
} roots[] = {
	[PROC] = {"NK_PROC", "/proc/nk"},
	[SYS] = {"NK_SYS", "/sys/nk"},
	[DEV] = {"NK_DEV", "/dev"},
};

/* What shows each part, the parts of a directory before the directory. */
static const struct {
	enum root root;
	const char *part;
	const char *module;
	bool files; /* that module shows all files there, so none is missing when it is loaded */
} shown_by[] = {
	{SYS, "/prop", "vlx-prop", false},
	{SYS, "/vlinks", "vlx-vinfo", false},
	{SYS, "/device-trees", "vlx-dt", false},
	{SYS, "", "nk-core", false},
	{PROC, "/vmcore", "vlx-dump", false},
	{PROC, "/history", "vlx-history", false},
	{PROC, "/pcpustats", "perfmonitor", false},
	{PROC, "/monitoring/vl,evt-stats-0", "vlx-event-stats", false},
	{PROC, "/monitoring/vl,evt-log-0-raw", "vlx-event-rings", false},
	{PROC, "", "vlx-vinfo", true},
	{DEV, "/vlx-console", "vlx-history", false},
};

/* -errno, which is never 0 here. */
static int fault(void)
{
	int error = errno;

	return error > 0 ? -error : -EIO;
}

static const char *root_path(enum root root)
{
	const char *path = getenv(roots[root].variable);

	return path && *path ? path : roots[root].path;
}

const char *path_of(enum root root, const char *format, ...)
{
	static char path[PATH_MAX];
	va_list args;
	int len, more;

	len = snprintf(path, sizeof(path), "%s/", root_path(root));
	if (len < 0 || (size_t)len >= sizeof(path))
		return NULL;
	va_start(args, format);
	more = vsnprintf(path + len, sizeof(path) - len, format, args);
	va_end(args);
	return more < 0 || (size_t)more >= sizeof(path) - len ? NULL : path;
}

/* Whether to try again: the property is being written. */
static bool busy(int error, unsigned int *tries)
{
	struct timespec pause = {.tv_nsec = BUSY_PAUSE};

	if ((error != -EBUSY && error != -EAGAIN && error != -EINTR) || ++*tries > BUSY_TRIES)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* Makes room for more bytes and a NUL. Returns 0 or -errno. */
static int grow(struct blob *blob, size_t *room, size_t more)
{
	void *data;

	if (blob->data && *room - blob->size >= more)
		return 0;
	if (blob->size > FILE_MAX)
		return -EOVERFLOW;
	*room = 2 * *room + more;
	data = realloc(blob->data, *room + 1);
	if (!data)
		return -ENOMEM;
	blob->data = data;
	return 0;
}

/*
 * Reads to the end, which for a value is the first read of less than a piece: the next one could be
 * of another value. Returns 0 or -errno.
 */
static int read_pieces(int fd, struct blob *blob, size_t piece, bool value)
{
	size_t room = 0;
	ssize_t got;
	int error;

	*blob = (struct blob){0};
	do {
		error = grow(blob, &room, piece);
		if (error)
			return error;
		got = read(fd, blob->data + blob->size, piece);
		if (got < 0)
			return fault();
		blob->size += got;
	} while (got && (!value || (size_t)got == piece));
	blob->data[blob->size] = 0;
	return 0;
}

bool same_blob(const struct blob *a, const struct blob *b)
{
	return a->data && a->size == b->size && !memcmp(a->data, b->data, a->size);
}

/* A value of several pieces is one value, and no mix of two, if it comes the same once more. */
static int read_again(int fd, struct blob *blob, size_t piece)
{
	struct blob before = {0};
	unsigned int tries = BUSY_TRIES;
	int error = 0;

	while (!error && blob->size >= piece && !same_blob(&before, blob)) {
		free(before.data);
		before = *blob;
		blob->data = NULL;
		if (!tries-- || lseek(fd, 0, SEEK_SET))
			error = -EBUSY;
		else
			error = read_pieces(fd, blob, piece, true);
	}
	free(before.data);
	return error;
}

int read_fd(int fd, struct blob *blob, bool value)
{
	size_t piece = sysconf(_SC_PAGESIZE); /* as much as a file of sysfs gives at once */
	int error = read_pieces(fd, blob, piece, value);

	if (!error && value)
		error = read_again(fd, blob, piece);
	if (error) {
		free(blob->data);
		blob->data = NULL;
	}
	return error;
}

static int read_once(const char *path, struct blob *blob, bool value)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return fault();
	error = read_fd(fd, blob, value);
	close(fd);
	return error;
}

static int read_patiently(const char *path, struct blob *blob, bool value)
{
	unsigned int tries = 0;
	int error;

	if (!path)
		return -ENAMETOOLONG;
	do {
		error = read_once(path, blob, value);
	} while (busy(error, &tries));
	return error;
}

int read_path(const char *path, struct blob *blob)
{
	return read_patiently(path, blob, false);
}

int read_value(const char *path, struct blob *blob)
{
	return read_patiently(path, blob, true);
}

static int write_once(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int error = 0;
	ssize_t done;

	if (fd < 0)
		return fault();
	done = write(fd, data, size);
	if (done < 0)
		error = fault();
	else if ((size_t)done != size)
		error = -EFBIG;
	if (close(fd) && !error)
		error = fault();
	return error;
}

int write_path(const char *path, const void *data, size_t size)
{
	unsigned int tries = 0;
	int error;

	if (!path)
		return -ENAMETOOLONG;
	do {
		error = write_once(path, data, size);
	} while (busy(error, &tries));
	return error;
}

int write_all(int fd, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	ssize_t done;

	for (; size; size -= done, bytes += done) {
		done = write(fd, bytes, size);
		if (done < 0 && errno != EINTR)
			return fault();
		if (done < 0)
			done = 0;
	}
	return 0;
}

/* The module that shows a path that is missing, if that is not loaded; else NULL. */
static const char *missing_module(const char *path)
{
	char part[PATH_MAX];
	size_t i, len;

	for (i = 0; i < sizeof(shown_by) / sizeof(*shown_by); i++) {
		snprintf(part, sizeof(part), "%s%s", root_path(shown_by[i].root), shown_by[i].part);
		len = strlen(part);
		if (strncmp(path, part, len) || (path[len] && path[len] != '/'))
			continue;
		if (shown_by[i].files || access(part, F_OK))
			return shown_by[i].module;
	}
	return NULL;
}

int file_failed(const char *what, const char *path, int error)
{
	const char *module = NULL;

	if (!path)
		return failed("%s: the path is too long", what);
	if (error == -ENOENT)
		module = missing_module(path);
	if (module)
		return failed("%s: %s is not there: module %s is not loaded: modprobe %s", what,
			      path, module, module);
	if (error == -EBUSY || error == -EAGAIN)
		return failed("%s: it was being written for a second; try again", what);
	return failed("%s: %s: %s", what, path, strerror(-error));
}

int proc_number(const char *name, long *value)
{
	struct blob blob;
	char *end;
	int error = read_path(path_of(PROC, "%s", name), &blob);

	if (error)
		return error;
	errno = 0;
	*value = strtol((char *)blob.data, &end, 10);
	if (errno || end == (char *)blob.data || (*end && *end != '\n'))
		error = -EPROTO;
	free(blob.data);
	return error;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_free(char **names, size_t count)
{
	while (count)
		free(names[--count]);
	free(names);
}

char **names_in(const char *path, size_t *count)
{
	DIR *dir = path ? opendir(path) : NULL;
	char **names = malloc(sizeof(*names)), **more;
	struct dirent *entry;

	*count = 0;
	if (!dir || !names)
		goto fail;
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		more = realloc(names, (*count + 1) * sizeof(*names));
		if (!more)
			goto fail;
		names = more;
		names[*count] = strdup(entry->d_name);
		if (!names[*count])
			goto fail;
		++*count;
	}
	closedir(dir);
	qsort(names, *count, sizeof(*names), by_name);
	return names;
fail:
	if (dir)
		closedir(dir);
	if (names)
		names_free(names, *count);
	return NULL;
}

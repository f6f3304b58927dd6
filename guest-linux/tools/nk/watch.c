// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk prop watch: values, and each that they change to. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nk.h"

#define WATCH_MAX 64
#define BUSY_PAUSE 10 /* ms */

struct watch {
	char **names;
	struct pollfd fds[WATCH_MAX];
	struct blob last[WATCH_MAX];
	bool again[WATCH_MAX]; /* it was being written */
	nfds_t count;
	long changes; /* to see before it ends; -1: no end */
	double interval; /* s; 0: wait to be told */
	double end; /* by now(); 0: none */
};

static void report(const char *name, const struct blob *blob)
{
	if (as_json) {
		json_open(NULL, '{');
		value_json(name, blob);
		json_close();
		return;
	}
	printf("%s: ", name);
	value_line(blob);
	fflush(stdout);
}

/* Looks at one of them. told: it may have been set to the value that it had. */
static int look(struct watch *watch, nfds_t i, bool told)
{
	struct blob blob;
	int error;

	lseek(watch->fds[i].fd, 0, SEEK_SET);
	error = read_fd(watch->fds[i].fd, &blob, true);
	watch->again[i] = error == -EBUSY || error == -EAGAIN;
	if (watch->again[i])
		return NK_OK;
	if (error)
		return prop_failed(watch->names[i], error, "allow-get");
	if (watch->last[i].data && watch->changes > 0 &&
	    (told || !same_blob(&watch->last[i], &blob)))
		watch->changes--;
	if (told || !same_blob(&watch->last[i], &blob))
		report(watch->names[i], &blob);
	free(watch->last[i].data);
	watch->last[i] = blob;
	return NK_OK;
}

/* How long poll() may wait, in ms; -1: for ever. */
static int patience(const struct watch *watch)
{
	double wait = watch->interval ? watch->interval : 1e6;
	nfds_t i;

	if (watch->end && watch->end - now() < wait)
		wait = watch->end - now();
	for (i = 0; i < watch->count; i++)
		if (watch->again[i])
			return BUSY_PAUSE;
	if (wait >= 1e6)
		return -1;
	return wait > 0 ? (int)(wait * 1000) + 1 : 0;
}

/* Whether this VM is told of all of them; says so if it is not. */
static bool all_told(const struct watch *watch)
{
	struct prop_row row;
	struct blob table;
	nfds_t i;
	bool all = true;

	if (read_path(path_of(PROC, "props"), &table))
		return true; /* as far as one can know */
	for (i = 0; i < watch->count && all; i++)
		all = !prop_row((char *)table.data, watch->names[i], &row) || row.attr[2] == 'n';
	free(table.data);
	if (!all)
		not_allowed("this VM is not told when it is set (--interval looks by itself)",
			    watch->names[i - 1], "allow-notify");
	return all;
}

static int watch_all(struct watch *watch)
{
	nfds_t i;
	bool told;

	if (!watch->interval && !all_told(watch))
		return NK_FAILED;
	for (i = 0; i < watch->count; i++)
		if (look(watch, i, false))
			return NK_FAILED;
	while (watch->changes) {
		if (watch->end && now() >= watch->end)
			return watch->changes < 0 ? NK_OK
						  : failed("the time is over before the changes");
		if (poll(watch->fds, watch->count, patience(watch)) < 0 && errno != EINTR)
			return failed("poll: %s", strerror(errno));
		for (i = 0; i < watch->count && watch->changes; i++) {
			told = watch->fds[i].revents & (POLLPRI | POLLERR);
			if (!told && !watch->interval && !watch->again[i])
				continue;
			if (look(watch, i, told || watch->again[i]))
				return NK_FAILED;
		}
	}
	return NK_OK;
}

/* Returns NK_OK, or NK_USAGE after saying what is wrong. */
static int options(struct watch *watch, int *argc, char **argv)
{
	const char *count = NULL, *interval = NULL, *timeout = NULL;
	const struct option taken[] = {
		{"--count", .value = &count},
		{"--interval", .value = &interval},
		{"--timeout", .value = &timeout},
		{0},
	};
	uint64_t changes = 0;
	double seconds;

	if (take_options("prop", taken, argc, argv, false))
		return NK_USAGE;
	if (count && (!parse_number(count, LONG_MAX, &changes) || !changes))
		return misused("prop", "--count %s: a whole number above 0", count);
	if (interval && (!parse_seconds(interval, &watch->interval) || watch->interval <= 0))
		return misused("prop", "--interval %s: seconds above 0", interval);
	if (timeout && (!parse_seconds(timeout, &seconds) || seconds <= 0))
		return misused("prop", "--timeout %s: seconds above 0", timeout);
	if (count)
		watch->changes = (long)changes;
	if (timeout)
		watch->end = now() + seconds;
	return NK_OK;
}

int prop_watch(int argc, char **argv)
{
	struct watch watch = {.changes = -1};
	int status = NK_OK;
	nfds_t i;

	if (options(&watch, &argc, argv))
		return NK_USAGE;
	watch.names = argv + 1;
	argc--;
	if (argc < 1 || argc > WATCH_MAX)
		return misused("prop", "watch wants 1 to %d names", WATCH_MAX);
	for (; watch.count < (nfds_t)argc && !status; watch.count++) {
		i = watch.count;
		if (!prop_name_good("prop", watch.names[i]))
			return NK_USAGE;
		watch.fds[i].events = POLLPRI;
		watch.fds[i].fd = open(prop_path(watch.names[i]), O_RDONLY | O_CLOEXEC);
		if (watch.fds[i].fd < 0)
			status = prop_failed(watch.names[i], -errno, "allow-get");
	}
	if (as_json)
		json_lines();
	if (!status)
		status = watch_all(&watch);
	for (i = 0; i < watch.count; i++) {
		close(watch.fds[i].fd);
		free(watch.last[i].data);
	}
	return status;
}

// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk console: what nk and all VMs printed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nk.h"

/* Passes on what comes, lines or parts of them. Returns 0 or -errno. */
static int copy(int fd)
{
	char buf[4096];
	ssize_t got;

	while ((got = read(fd, buf, sizeof(buf))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		fwrite(buf, 1, got, stdout);
		if (fflush(stdout))
			break; /* main() says so */
	}
	return 0;
}

/* Each line is a string. Closes fd. Returns 0 or -errno. */
static int copy_json(int fd)
{
	FILE *file = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int error = 0;

	if (!file)
		return -errno;
	errno = 0;
	while ((len = getline(&line, &room, file)) >= 0) {
		while (len && strchr("\r\n", line[len - 1]) && line[len - 1])
			len--;
		json_text(NULL, line, len);
	}
	if (ferror(file))
		error = -errno;
	free(line);
	fclose(file);
	return error;
}

int cmd_console(int argc, char **argv)
{
	bool follow = false;
	const struct option options[] = {{"--follow", "-f", .flag = &follow}, {0}};
	const char *path;
	int fd, error;

	if (take_options(argv[0], options, &argc, argv, false))
		return NK_USAGE;
	if (argc > 1)
		return misused(argv[0], "'%s' is too much", argv[1]);
	path = follow ? path_of(DEV, "vlx-console") : path_of(PROC, "history");
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 && is_denied(-errno))
		return not_allowed("console", "nk.history", "allow-get");
	if (fd < 0)
		return file_failed("console", path, -errno);
	if (!as_json) {
		error = copy(fd);
		close(fd);
	} else {
		if (follow)
			json_lines();
		else
			json_open(NULL, '[');
		error = copy_json(fd);
		if (!follow)
			json_close();
	}
	if (is_denied(error))
		return not_allowed("console", "nk.history", "allow-get");
	return error ? file_failed("console", path, error) : NK_OK;
}

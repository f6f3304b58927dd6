// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk links: this VM's ends of vlinks, from endpoints/ROLE/NAME/NUMBER/vmA/vmB/info. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nk.h"

#define LEVELS 5

/* What the names on the way down say. */
struct end {
	const char *parts[LEVELS]; /* role, name, number, vmA, vmB */
	char path[PATH_MAX]; /* down to here, below /sys/nk */
	long self;
};

/* The number behind a prefix, or -1. */
static long number_in(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);
	char *end;
	long value;

	if (strncmp(text, prefix, len) || text[len] < '0' || text[len] > '9')
		return -1;
	errno = 0;
	value = strtol(text + len, &end, 10);
	return *end || errno ? -1 : value;
}

static void show_end(const struct end *end)
{
	long link = number_in(end->parts[2], "");
	long a = number_in(end->parts[3], "vm");
	long b = number_in(end->parts[4], "vm");
	struct blob info = {0};
	size_t len = 0;

	if (link < 0 || a < 0 || b < 0 || read_path(path_of(SYS, "%s/info", end->path), &info))
		return;
	len = info.size;
	if (len && info.data[len - 1] == '\n')
		len--; /* the module's own */
	if (as_json) {
		json_open(NULL, '{');
		json_string("role", end->parts[0]);
		json_string("name", end->parts[1]);
		json_number("link", link);
		json_number("peer", a == end->self ? b : a);
		json_text("info", info.data, len);
		json_close();
	} else {
		printf("%-6s %-15s %4ld  vm%-3ld ", end->parts[0], end->parts[1], link,
		       a == end->self ? b : a);
		put_text(info.data, len);
		putchar('\n');
	}
	free(info.data);
}

static void walk(struct end *end, unsigned int level)
{
	size_t len = strlen(end->path);
	char **names;
	size_t count, i;

	if (level == LEVELS) {
		show_end(end);
		return;
	}
	names = names_in(path_of(SYS, "%s", end->path), &count);
	for (i = 0; names && i < count; i++) {
		end->parts[level] = names[i];
		snprintf(end->path + len, sizeof(end->path) - len, "/%s", names[i]);
		walk(end, level + 1);
		end->path[len] = 0;
	}
	if (names)
		names_free(names, count);
}

int cmd_links(int argc, char **argv)
{
	struct end end = {.path = "vlinks/endpoints"};
	size_t count;
	char **names;
	int error;

	if (no_options(argv[0], &argc, argv))
		return NK_USAGE;
	if (argc > 1)
		return misused(argv[0], "'%s' is too much", argv[1]);
	error = proc_number("id", &end.self);
	if (error)
		return file_failed("links", path_of(PROC, "id"), error);
	names = names_in(path_of(SYS, "%s", end.path), &count);
	if (!names)
		return file_failed("links", path_of(SYS, "%s", end.path), -errno);
	names_free(names, count);
	if (as_json)
		json_open(NULL, '[');
	else
		printf("ROLE   NAME            LINK  PEER  INFO\n");
	walk(&end, 0);
	if (as_json)
		json_close();
	return NK_OK;
}

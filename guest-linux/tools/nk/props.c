// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk prop get, list; set and watch are in files of their own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "nk.h"

#define LIST_SIZE_MAX 64 /* longer values are not shown in the list */

enum form { NICE, HEX, RAW };

static void print_value(const char *name, const struct blob *blob, enum form form, bool named)
{
	size_t i;

	if (as_json) {
		json_open(NULL, '{');
		value_json(name, blob);
		json_close();
		return;
	}
	if (form == RAW) {
		fwrite(blob->data, 1, blob->size, stdout);
		return;
	}
	if (named)
		printf("%s: ", name);
	if (form == NICE) {
		value_line(blob);
		return;
	}
	for (i = 0; i < blob->size; i++)
		printf("%02x", blob->data[i]);
	putchar('\n');
}

static int prop_get(int argc, char **argv)
{
	enum form form = NICE;
	struct blob blob;
	int status = NK_OK;
	int i, error;

	if (argc > 1 && (!strcmp(argv[1], "--hex") || !strcmp(argv[1], "--raw"))) {
		form = argv[1][2] == 'h' ? HEX : RAW;
		argc--;
		argv++;
	}
	if (argc < 2)
		return misused("prop", "which property?");
	for (i = 1; i < argc; i++)
		if (!prop_name_good("prop", argv[i]))
			return NK_USAGE;
	if (as_json)
		json_open(NULL, '[');
	for (i = 1; i < argc; i++) {
		error = prop_read(argv[i], &blob);
		if (error) {
			status = prop_failed(argv[i], error, "allow-get");
			continue;
		}
		print_value(argv[i], &blob, form, argc > 2);
		free(blob.data);
	}
	if (as_json)
		json_close();
	return status;
}

static void list_one(const char *table, const char *name)
{
	struct prop_row row;
	struct blob blob = {0};
	const char *path = prop_path(name);
	struct stat file;
	bool known, readable;

	if (!path || stat(path, &file))
		return;
	known = prop_row(table, name, &row);
	if (!known)
		snprintf(row.attr, sizeof(row.attr), "%c%c?", file.st_mode & 0444 ? 'r' : '-',
			 file.st_mode & 0222 ? 'w' : '-');
	readable = file.st_size <= LIST_SIZE_MAX && !prop_read(name, &blob);
	if (as_json) {
		json_open(NULL, '{');
		if (known)
			json_number("pid", row.pid);
		json_string("attr", row.attr);
		json_number("max", file.st_size);
		if (readable)
			value_json(name, &blob);
		else
			json_string("name", name);
		json_close();
	} else {
		printf("%s %6lld  ", row.attr, (long long)file.st_size);
		put_text(name, strlen(name));
		if (readable && blob.size) {
			fputs(": ", stdout);
			value_line(&blob);
		} else {
			putchar('\n');
		}
	}
	free(blob.data);
}

static int prop_list(int argc, char **argv)
{
	struct blob table;
	char **names;
	size_t count, i;

	if (argc > 1)
		return misused("prop", "'%s' is too much", argv[1]);
	names = names_in(path_of(SYS, "prop"), &count);
	if (!names)
		return file_failed("properties", path_of(SYS, "prop"), -errno);
	if (read_path(path_of(PROC, "props"), &table))
		table.data = calloc(1, 1);
	if (as_json)
		json_open(NULL, '[');
	else
		printf("ATTR   MAX  NAME: VALUE\n");
	for (i = 0; i < count && table.data; i++)
		list_one((char *)table.data, names[i]);
	if (as_json)
		json_close();
	free(table.data);
	names_free(names, count);
	return NK_OK;
}

int cmd_prop(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} actions[] = {
		{"get", prop_get},
		{"set", prop_set},
		{"list", prop_list},
		{"watch", prop_watch},
	};
	size_t i;

	if (argc < 2)
		return misused("prop", "get, set, list or watch?");
	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(actions[i].name, argv[1]))
			return actions[i].run(argc - 1, argv + 1);
	return misused("prop", "'%s' is neither get, set, list nor watch", argv[1]);
}

// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk prop get, list; set and watch are in files of their own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "nk.h"

#define LIST_SIZE_MAX 64 /* of longer values the list has the size alone */

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
	bool hex = false, raw = false;
	const struct option options[] = {{"--hex", .flag = &hex}, {"--raw", .flag = &raw}, {0}};
	struct blob blob;
	int status = NK_OK;
	int i, error;

	if (take_options("prop", options, &argc, argv, false))
		return NK_USAGE;
	if (hex && raw)
		return misused("prop", "--hex or --raw, not both");
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
		print_value(argv[i], &blob, hex ? HEX : raw ? RAW : NICE, argc > 2);
		free(blob.data);
	}
	if (as_json)
		json_close();
	return status;
}

/* readable: the value is known, and shown if it is short. */
static void list_json(const struct prop_row *row, const char *name, long long max,
		      const struct blob *blob, bool readable)
{
	json_open(NULL, '{');
	if (row->known)
		json_number("pid", row->pid);
	json_string("attr", row->attr);
	json_number("max", max);
	if (readable && blob->size <= LIST_SIZE_MAX) {
		value_json(name, blob);
	} else {
		json_string("name", name);
		if (readable)
			json_number("size", blob->size);
	}
	json_close();
}

static void list_line(const struct prop_row *row, const char *name, long long max,
		      const struct blob *blob, bool readable)
{
	printf("%s ", row->attr);
	if (readable)
		printf("%6zu", blob->size);
	else
		printf("%6s", "-");
	printf(" %6lld  ", max);
	put_text(name, strlen(name));
	if (readable && blob->size <= LIST_SIZE_MAX) {
		fputs(": ", stdout);
		value_line(blob);
	} else {
		putchar('\n');
	}
}

static void list_one(const char *table, const char *name)
{
	struct prop_row row;
	struct blob blob = {0};
	const char *path = prop_path(name);
	struct stat file;
	bool readable;

	if (!path || stat(path, &file))
		return;
	if (!prop_row(table, name, &row))
		snprintf(row.attr, sizeof(row.attr), "%c%c?", file.st_mode & 0444 ? 'r' : '-',
			 file.st_mode & 0222 ? 'w' : '-');
	readable = !prop_read(name, &blob);
	if (as_json)
		list_json(&row, name, file.st_size, &blob, readable);
	else
		list_line(&row, name, file.st_size, &blob, readable);
	free(blob.data);
}

static int prop_list(int argc, char **argv)
{
	struct blob table;
	char **names;
	size_t count, i;

	if (no_options("prop", &argc, argv))
		return NK_USAGE;
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
		printf("ATT   SIZE    MAX  NAME: VALUE\n");
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

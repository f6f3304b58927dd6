// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk prop set. */
#include <ctype.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "nk.h"

/* Makes the value of an argument. They return NULL, or what the argument should have been. */
typedef const char *(*value_fn)(const char *text, struct blob *blob);

static const char *from_text(const char *text, struct blob *blob)
{
	blob->size = strlen(text);
	blob->data = (unsigned char *)strdup(text);
	return blob->data ? NULL : "less, memory is short";
}

static const char *from_hex(const char *text, struct blob *blob)
{
	static const char want[] = "hexadecimal digits, two for each byte";
	size_t len = strlen(text), i;
	char byte[3] = "";

	if (len % 2)
		return want;
	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return want;
	blob->size = len / 2;
	blob->data = malloc(blob->size + 1);
	for (i = 0; blob->data && i < blob->size; i++) {
		memcpy(byte, text + 2 * i, 2);
		blob->data[i] = (unsigned char)strtoul(byte, NULL, 16);
	}
	return blob->data ? NULL : want;
}

static const char *from_number(const char *text, struct blob *blob, size_t size)
{
	uint64_t value;
	size_t i;

	if (!parse_number(text, UINT64_MAX >> (64 - 8 * size), &value))
		return "a number that fits, decimal or with 0x";
	blob->size = size;
	blob->data = malloc(size);
	for (i = 0; blob->data && i < size; i++)
		blob->data[i] = (unsigned char)(value >> (8 * i));
	return blob->data ? NULL : "less, memory is short";
}

static const char *from_u8(const char *text, struct blob *blob)
{
	return from_number(text, blob, 1);
}

static const char *from_u16(const char *text, struct blob *blob)
{
	return from_number(text, blob, 2);
}

static const char *from_u32(const char *text, struct blob *blob)
{
	return from_number(text, blob, 4);
}

static const char *from_u64(const char *text, struct blob *blob)
{
	return from_number(text, blob, 8);
}

static const char *from_file(const char *text, struct blob *blob)
{
	int error = strcmp(text, "-") ? read_path(text, blob) : read_fd(0, blob, false);

	return error ? "a file that can be read" : NULL;
}

/* sysfs cuts what is longer than the property, and would set that. */
static bool too_long(const char *path, size_t size)
{
	struct stat file;
	struct statfs fs;

	return path && !stat(path, &file) && !statfs(path, &fs) && fs.f_type == SYSFS_MAGIC &&
	       size > (size_t)file.st_size;
}

static int set_value(const char *name, const struct blob *blob)
{
	int error;

	if (!blob->size)
		return failed("%s: a value has one byte at least", name);
	if (too_long(prop_path(name), blob->size))
		return failed("%s: %zu bytes are too many for it; `nk prop list` shows its size",
			      name, blob->size);
	error = write_path(prop_path(name), blob->data, blob->size);
	return error ? prop_failed(name, error, "allow-set") : NK_OK;
}

int prop_set(int argc, char **argv)
{
	bool given[6] = {false};
	const struct option options[] = {
		{"--hex", .flag = &given[0]},
		{"--u8", .flag = &given[1]},
		{"--u16", .flag = &given[2]},
		{"--u32", .flag = &given[3]},
		{"--u64", .flag = &given[4]},
		{"--file", .flag = &given[5]},
		{0},
	};
	static const value_fn forms[] = {from_hex, from_u8,  from_u16,
					 from_u32, from_u64, from_file};
	value_fn make = NULL;
	struct blob blob = {0};
	const char *wrong;
	size_t i;
	int status;

	/* Only at the begin, so that a value may look like one. */
	if (take_options("prop", options, &argc, argv, true))
		return NK_USAGE;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (given[i] && make)
			return misused("prop", "%s: one form is enough", options[i].name);
		if (given[i])
			make = forms[i];
	}
	if (argc != 3)
		return misused("prop", "set wants a name and a value");
	if (!prop_name_good("prop", argv[1]))
		return NK_USAGE;
	wrong = (make ? make : from_text)(argv[2], &blob);
	if (wrong)
		return misused("prop", "'%s' should be %s", argv[2], wrong);
	status = set_value(argv[1], &blob);
	free(blob.data);
	return status;
}

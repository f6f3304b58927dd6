// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Values of properties. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nk.h"

const char *prop_path(const char *name)
{
	return path_of(SYS, "prop/%s", name);
}

bool prop_name_good(const char *command, const char *name)
{
	if (strlen(name) >= NAME_LIMIT)
		misused(command, "'%s' is too long for a property's name: %zu bytes, of %d at most",
			name, strlen(name), NAME_LIMIT - 1);
	else if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		misused(command, "'%s' is no property's name", name);
	else
		return true;
	return false;
}

int prop_read(const char *name, struct blob *blob)
{
	return read_value(prop_path(name), blob);
}

int prop_failed(const char *name, int error, const char *permission)
{
	if (is_denied(error))
		return not_allowed(name, name, permission);
	if (error == -EFBIG || error == -EINVAL || error == -ENOSPC)
		return failed("%s: the property does not take this value", name);
	if (error == -ENODATA)
		return failed("%s: not set yet", name);
	return file_failed(name, prop_path(name), error);
}

int prop_number(uint64_t *value, const char *format, ...)
{
	char name[NAME_LIMIT];
	struct blob blob;
	va_list args;
	int error;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	error = prop_read(name, &blob);
	if (error)
		return error;
	if (!blob_number(&blob, value))
		error = -EPROTO;
	free(blob.data);
	return error;
}

/* Values are in the byte order of this machine, which is little endian. */
bool blob_number(const struct blob *blob, uint64_t *value)
{
	size_t i = blob->size;

	if (i != 1 && i != 2 && i != 4 && i != 8)
		return false;
	for (*value = 0; i; i--)
		*value = *value << 8 | blob->data[i - 1];
	return true;
}

/* Bytes of the character at text, of at most size bytes, if text has such; else 0. */
static size_t plain(const unsigned char *text, size_t size)
{
	size_t len = utf8_len(text, size);

	if (*text == '\t' || *text == '\n' || *text == '\r')
		return 1;
	return is_control(text, len) ? 0 : len;
}

bool blob_text(const struct blob *blob, size_t *len)
{
	size_t i, next;

	*len = blob->size;
	if (*len && !blob->data[*len - 1])
		--*len;
	for (i = 0; i < *len; i += next) {
		next = plain(blob->data + i, *len - i);
		if (!next)
			return false;
	}
	return *len;
}

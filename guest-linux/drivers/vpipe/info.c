// SPDX-License-Identifier: GPL-2.0-only
/*
 * Info strings of the system tree: fields with ; between them. The first ones are known by their place
 * (face->fields), and may be empty; those with a = by their name, wherever they are.
 */
#include <linux/ctype.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "vpipe.h"

#define SIZE_DEFAULT 0x1000
#define SIZE_LEAST 32 /* sizeof(ExRing) of both pages */

static void set_defaults(struct vpipe_config *config)
{
	*config = (struct vpipe_config){.size = SIZE_DEFAULT, .minor = -1};
}

/* Returns the digits, 0 for a number that does not fit. */
static size_t parse_digits(const char *text, size_t len, u32 *value)
{
	u64 number = 0;
	size_t n;

	for (n = 0; n < len && isdigit(text[n]); n++) {
		number = number * 10 + (text[n] - '0');
		if (number > U32_MAX)
			return 0;
	}
	*value = number;
	return n;
}

static int parse_number(const char *text, size_t len, u32 most, u32 *value)
{
	size_t n = parse_digits(text, len, value);

	return n && n == len && *value <= most ? 0 : -EINVAL;
}

static int parse_size(const char *text, size_t len, u32 *size)
{
	size_t n = parse_digits(text, len, size);
	u64 bytes = *size;

	if (!n)
		return -EINVAL;
	if (n + 1 == len && text[n] == 'K')
		bytes <<= 10;
	else if (n + 1 == len && text[n] == 'M')
		bytes <<= 20;
	else if (n != len)
		return -EINVAL;
	if (bytes > EXRING_MAX)
		return -EINVAL;
	*size = bytes < SIZE_LEAST ? SIZE_DEFAULT : bytes;
	return 0;
}

/* Not one that devices without a name have. */
static bool is_default_name(const struct vpipe_face *face, const char *name)
{
	size_t len = strlen(face->name);

	return !strncmp(name, face->name, len) && isdigit(name[len]);
}

static int parse_name(const struct vpipe_face *face, const char *text, size_t len, char *name)
{
	size_t n;

	if (!len || len >= VPIPE_NAME || text[0] == '.')
		return -EINVAL;
	for (n = 0; n < len; n++) {
		if (!isalnum(text[n]) && !strchr("-_.+:", text[n]))
			return -EINVAL;
	}
	memcpy(name, text, len);
	name[len] = '\0';
	return is_default_name(face, name) ? -EINVAL : 0;
}

static int parse_named(const struct vpipe_face *face, const char *text, size_t len,
		       struct vpipe_config *config)
{
	if (len > 5 && !strncmp(text, "name=", 5))
		return parse_name(face, text + 5, len - 5, config->name);
	if (len > 7 && !strncmp(text, "wakeup=", 7))
		return parse_number(text + 7, len - 7, INT_MAX, &config->wakeup);
	return -EINVAL;
}

static int parse_placed(enum vpipe_field field, const char *text, size_t len,
			struct vpipe_config *config)
{
	u32 minor;

	switch (field) {
	case VPIPE_FIELD_PARTIAL:
		config->partial = true;
		return len == 1 && *text == 'a' ? 0 : -EINVAL;
	case VPIPE_FIELD_SIZE:
		return parse_size(text, len, &config->size);
	case VPIPE_FIELD_MINOR:
		if (parse_number(text, len, VPIPE_MINORS - 1, &minor))
			return -EINVAL;
		config->minor = minor;
		return 0;
	default:
		return -EINVAL;
	}
}

int vpipe_parse(const struct vpipe_face *face, const char *info, struct vpipe_config *config)
{
	unsigned int n;
	size_t len;
	int err = 0;

	set_defaults(config);
	for (n = 0; info && !err; n++) {
		len = strcspn(info, ";");
		if (memchr(info, '=', len))
			err = parse_named(face, info, len, config);
		else if (len)
			err = parse_placed(n < ARRAY_SIZE(face->fields) ? face->fields[n]
									: VPIPE_FIELD_NONE,
					   info, len, config);
		info = info[len] ? info + len + 1 : NULL;
	}
	if (err)
		set_defaults(config);
	return err;
}

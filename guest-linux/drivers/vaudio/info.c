// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vaudio: "D32:64,d3:128,d8::0": kilobytes for the samples of playback and of capture, of all devices, then of single
 * ones. Both sides go by the server's info, which nk shows to both and neither can write.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <vaudio.h>

#define DEFAULT_KB 64
#define MAX_KB 1024
#define FIELD 24 /* characters, more than any that makes sense */

/* A number up to its end or a colon, which is taken; an empty one leaves *to as it is. */
static bool take_number(char **at, u32 *to, u32 max)
{
	char *number = strsep(at, ":");

	return !*number || (!kstrtou32(number, 10, to) && *to <= max);
}

/* "[P][:[C]]" */
static bool take_sizes(char *at, u32 *sizes)
{
	for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX && at; idx++) {
		u32 kb = sizes[idx] / 1024;

		if (!take_number(&at, &kb, MAX_KB))
			return false;
		sizes[idx] = ALIGN(kb * 1024, 4096);
	}
	return !at;
}

/* "dN:SIZES" */
static bool take_device(char *at, struct vaudio_sizes *sizes)
{
	u32 dev = NK_VAUDIO_DEV_MAX;

	return take_number(&at, &dev, NK_VAUDIO_DEV_MAX - 1) && dev < NK_VAUDIO_DEV_MAX && at &&
	       take_sizes(at, sizes->bytes[dev]);
}

static void set_all(struct vaudio_sizes *sizes, u32 playback, u32 capture)
{
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		sizes->bytes[dev][0] = playback;
		sizes->bytes[dev][1] = capture;
	}
}

static bool take_field(const char *text, size_t len, bool first, struct vaudio_sizes *sizes)
{
	u32 all[NK_VAUDIO_STREAM_MAX] = {DEFAULT_KB * 1024, DEFAULT_KB * 1024};
	char field[FIELD];

	if (!len || len >= sizeof(field))
		return false;
	memcpy(field, text, len);
	field[len] = '\0';
	if (*field == 'd')
		return take_device(field + 1, sizes);
	if (*field != 'D' || !first || !take_sizes(field + 1, all))
		return false;
	set_all(sizes, all[0], all[1]);
	return true;
}

int vaudio_parse_info(const char *info, struct vaudio_sizes *sizes, const char **wrong)
{
	bool first = true;

	set_all(sizes, DEFAULT_KB * 1024, DEFAULT_KB * 1024);
	while (info && *info) {
		size_t len = strcspn(info, ",");

		*wrong = info;
		if (!take_field(info, len, first, sizes))
			return -EINVAL;
		info += len + (info[len] == ',');
		first = false;
	}
	return 0;
}
EXPORT_SYMBOL(vaudio_parse_info);

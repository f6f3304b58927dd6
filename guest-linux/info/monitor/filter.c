// SPDX-License-Identifier: GPL-2.0-only
/* The filter of events as text. What is shown can be written as it is. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "filter.h"

#define LINE_MAX 80 /* characters of a line, with its end */
#define BLANKS " \t\r\n"

static u8 bit(unsigned int type)
{
	return 1 << type % 8;
}

void filter_show(struct seq_file *seq, const u8 *filter, bool in)
{
	unsigned int type;
	size_t used = 0;
	size_t len;
	const char *name;

	for (type = 0; type < NK_EVT_ID_LIMIT; type++) {
		name = monitor_event_name(type);
		if (!name || !(filter[type / 8] & bit(type)) == in)
			continue;
		len = strlen(name);
		if (used)
			seq_putc(seq, used + len + 1 < LINE_MAX ? ' ' : '\n');
		used = used && used + len + 1 < LINE_MAX ? used + 1 + len : len;
		seq_puts(seq, name);
	}
	if (used)
		seq_putc(seq, '\n');
}

static size_t skip(const char *text, size_t size, bool blanks)
{
	size_t n = 0;

	while (n < size && (text[n] && strchr(BLANKS, text[n])) == blanks)
		n++;
	return n;
}

const char *filter_change(u8 *filter, const char *text, size_t size, bool in, size_t *len)
{
	size_t at;
	int type;

	for (at = skip(text, size, true); at < size; at += skip(text + at, size - at, true)) {
		*len = skip(text + at, size - at, false);
		type = monitor_event_type(text + at, *len);
		if (type < 0)
			return text + at;
		if (in)
			filter[type / 8] |= bit(type);
		else
			filter[type / 8] &= ~bit(type);
		at += *len;
	}
	return NULL;
}

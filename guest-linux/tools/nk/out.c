// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* Text for people. */
#include <stdio.h>
#include "nk.h"

static void complain(const char *format, va_list args)
{
	fflush(stdout); /* so that the two come in order where they go to one file */
	fputs("nk: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return NK_FAILED;
}

int misused(const char *command, const char *format, ...)
{
	const char *line = help_usage(command);
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	if (line)
		fprintf(stderr, "usage: %s\n", line);
	fprintf(stderr, "`nk help%s%s` says more.\n", line ? " " : "", line ? command : "");
	return NK_USAGE;
}

/* C0, C1, DEL; what turns the direction of text (U+200E, U+202A, U+2066 and on) or ends a line. */
bool is_control(const unsigned char *text, size_t len)
{
	if (len == 1)
		return *text < 0x20 || *text == 0x7f;
	if (len == 2)
		return text[0] == 0xc2 && text[1] < 0xa0;
	if (len != 3 || text[0] != 0xe2)
		return false;
	return (text[1] == 0x80 &&
		(text[2] == 0x8e || text[2] == 0x8f || (text[2] >= 0xa8 && text[2] <= 0xae))) ||
	       (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9);
}

void put_text(const void *data, size_t size)
{
	const unsigned char *text = data;
	size_t len;

	while (size) {
		len = utf8_len(text, size);
		if (len && !is_control(text, len)) {
			fwrite(text, 1, len, stdout);
		} else {
			printf("\\x%02x", *text);
			len = 1;
		}
		text += len;
		size -= len;
	}
}

void put_mask(uint64_t mask)
{
	const char *comma = "";
	unsigned int bit, first;

	if (!mask)
		putchar('-');
	for (bit = 0; bit < 64; bit++) {
		if (!(mask >> bit & 1))
			continue;
		first = bit;
		while (bit < 63 && mask >> (bit + 1) & 1)
			bit++;
		printf(bit > first ? "%s%u-%u" : "%s%u", comma, first, bit);
		comma = ",";
	}
}

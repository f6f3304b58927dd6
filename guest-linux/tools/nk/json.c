// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* JSON (RFC 8259) on stdout: indented, or a line for each value. */
#include <stdio.h>
#include <string.h>
#include "nk.h"

#define DEPTH 8

static char closing[DEPTH]; /* what ends each open bracket */
static unsigned int depth;
static bool filled; /* something is in the innermost bracket */
static bool lines;

/* Unicode, table 3-7. */
size_t utf8_len(const unsigned char *text, size_t size)
{
	unsigned char first = text[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (first < 0xc2 || first > 0xf4)
		return first < 0x80;
	len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0; /* no longer forms than needed */
	else if (first == 0xed)
		high = 0x9f; /* no surrogates */
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f; /* no more than U+10FFFF */
	if (len > size || text[1] < low || text[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return len;
}

static void put_string(const unsigned char *text, size_t size)
{
	size_t at = 0, len;

	putchar('"');
	while (at < size) {
		len = utf8_len(text + at, size - at);
		if (!len)
			fputs("\\ufffd", stdout);
		else if (text[at] == '"' || text[at] == '\\')
			printf("\\%c", text[at]);
		else if (text[at] < 0x20 || text[at] == 0x7f)
			printf("\\u%04x", text[at]);
		else
			fwrite(text + at, 1, len, stdout);
		at += len ? len : 1;
	}
	putchar('"');
}

static void new_line(void)
{
	if (lines) {
		if (filled)
			putchar(' ');
		return;
	}
	printf("\n%*s", (int)depth * 2, "");
}

/* What stands before a value. */
static void begin(const char *key)
{
	if (filled)
		putchar(',');
	if (depth)
		new_line();
	if (key) {
		put_string((const unsigned char *)key, strlen(key));
		fputs(": ", stdout);
	}
	filled = true;
}

static void end(void)
{
	if (depth)
		return;
	putchar('\n');
	filled = false;
	if (lines)
		fflush(stdout);
}

void json_lines(void)
{
	lines = true;
}

void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	closing[depth++] = bracket == '{' ? '}' : ']';
	filled = false;
}

void json_close(void)
{
	depth--;
	if (filled && !lines)
		new_line();
	putchar(closing[depth]);
	filled = true;
	end();
}

void json_text(const char *key, const void *data, size_t size)
{
	begin(key);
	put_string(data, size);
	end();
}

void json_string(const char *key, const char *string)
{
	json_text(key, string, strlen(string));
}

void json_hex(const char *key, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	size_t i;

	begin(key);
	putchar('"');
	for (i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	putchar('"');
	end();
}

void json_number(const char *key, uint64_t value)
{
	begin(key);
	printf("%llu", (unsigned long long)value);
	end();
}

void json_real(const char *key, double value)
{
	begin(key);
	printf("%.3f", value);
	end();
}

void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
	end();
}

void json_null(const char *key)
{
	begin(key);
	fputs("null", stdout);
	end();
}

void json_mask(const char *key, uint64_t mask)
{
	unsigned int bit;

	json_open(key, '[');
	for (bit = 0; bit < 64; bit++)
		if (mask >> bit & 1)
			json_number(NULL, bit);
	json_close();
}

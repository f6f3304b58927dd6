// SPDX-License-Identifier: GPL-2.0-only
/* The smallest pieces of a setup's text, and what is said of a wrong one. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include "parse.h"

int vevent_wrong(struct vevent_error *error, unsigned int at, const char *why, ...)
{
	va_list args;

	error->column = at + 1;
	va_start(args, why);
	vsnprintf(error->why, sizeof(error->why), why, args);
	va_end(args);
	return -EINVAL;
}

void vevent_skip_spaces(const char *text, unsigned int *at)
{
	while (text[*at] == ' ' || text[*at] == '\t' || text[*at] == '\n')
		(*at)++;
}

bool vevent_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

unsigned int vevent_word(const char *text)
{
	unsigned int n = 0;

	while (letter(text[n]) || vevent_digit(text[n]))
		n++;
	return n;
}

bool vevent_word_is(const char *text, unsigned int length, const char *word)
{
	return !strncmp(text, word, length) && !word[length];
}

/* -1: it is none of that base. */
static int digit(char c, unsigned int base)
{
	if (vevent_digit(c))
		return c - '0';
	if (base == 16 && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (base == 16 && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int vevent_number(const char *text, unsigned int *at, u32 most, u32 *value,
		  struct vevent_error *error)
{
	bool hex = text[*at] == '0' && text[*at + 1] == 'x';
	unsigned int base = hex ? 16 : 10;
	unsigned int begin = *at;
	unsigned int n = begin + (hex ? 2 : 0);
	u64 number = 0;

	if (digit(text[n], base) < 0)
		return vevent_wrong(error, n, "a number is missing");
	for (; digit(text[n], base) >= 0; n++) {
		number = number * base + digit(text[n], base);
		if (number > most)
			return vevent_wrong(error, begin, "the number is more than %u", most);
	}
	if (letter(text[n]))
		return vevent_wrong(error, n, "this is no digit");
	*at = n;
	*value = number;
	return 0;
}

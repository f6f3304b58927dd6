/* SPDX-License-Identifier: Apache-2.0 */
/* The string functions of small things; the ones that move memory are in string_copy.S. */
#include <limits.h>

#include "lib/string.h"
#include "lib/types.h"

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a;
	const u8 *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t n)
{
	const char *p = s;

	for (; n && *p; n--)
		p++;
	return (size_t)(p - s);
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return UINT_MAX;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

unsigned long strtoul(const char *s, char **end, int base)
{
	const char *p = s;
	unsigned long value = 0;
	bool negative = false;
	bool overflow = false;

	if (end)
		*end = (char *)s;
	while (is_space(*p))
		p++;
	if (*p == '+' || *p == '-')
		negative = *p++ == '-';
	if ((base == 0 || base == 16) && *p == '0' && (p[1] | 0x20) == 'x' && digit(p[2]) < 16) {
		p += 2;
		base = 16;
	} else if (base == 0) {
		base = *p == '0' ? 8 : 10;
	}

	for (unsigned int d; (d = digit(*p)) < (unsigned int)base; p++) {
		overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value);
		overflow |= __builtin_add_overflow(value, (unsigned long)d, &value);
		if (end)
			*end = (char *)p + 1;
	}
	if (overflow)
		return ULONG_MAX;
	return negative ? -value : value;
}

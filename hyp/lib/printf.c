/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/printf.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also where it no longer fits */
};

struct spec {
	bool left;
	bool zero;
	bool alt;
	u8 longs; /* bytes of the argument: 4 or 8 */
	int width;
	int precision; /* -1: none */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

/* prefix (a sign or 0x) goes before zeros and after blanks. */
static void put_field(struct out *o, const struct spec *s, const char *prefix, const char *text,
		      size_t len)
{
	int pad = s->width - (int)strlen(prefix) - (int)len;

	if (!s->left && !s->zero)
		for (; pad > 0; pad--)
			put(o, ' ');
	while (*prefix)
		put(o, *prefix++);
	if (!s->left)
		for (; pad > 0; pad--)
			put(o, '0');
	while (len--)
		put(o, *text++);
	for (; pad > 0; pad--)
		put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, const char *prefix, u64 value, u32 base,
		       char letter)
{
	char digits[20]; /* of 2^64 - 1 in decimal */
	char *p = digits + sizeof(digits);

	do {
		u32 d = (u32)(value % base);

		*--p = (char)(d < 10 ? '0' + d : letter + d - 10);
		value /= base;
	} while (value);
	put_field(o, s, prefix, p, (size_t)(digits + sizeof(digits) - p));
}

/* Reads flags, width, precision and length; returns where the conversion letter is. */
static const char *parse_spec(struct spec *s, const char *fmt, va_list *args)
{
	*s = (struct spec){.longs = sizeof(int), .precision = -1};
	for (;; fmt++) {
		if (*fmt == '-')
			s->left = true;
		else if (*fmt == '0')
			s->zero = true;
		else if (*fmt == '#')
			s->alt = true;
		else
			break;
	}

	for (int *number = &s->width;; number = &s->precision) {
		if (*fmt == '*') {
			*number = va_arg(*args, int);
			fmt++;
		} else {
			for (; *fmt >= '0' && *fmt <= '9'; fmt++)
				*number = *number * 10 + *fmt - '0';
		}
		if (number == &s->precision || *fmt != '.')
			break;
		s->precision = 0;
		fmt++;
	}

	for (;; fmt++) {
		if (*fmt == 'l' || *fmt == 'z')
			s->longs = sizeof(long);
		else if (*fmt != 'h')
			break;
	}
	return fmt;
}

static void put_signed(struct out *o, const struct spec *s, va_list *args)
{
	s64 value = s->longs == sizeof(s64) ? va_arg(*args, s64) : va_arg(*args, s32);

	put_number(o, s, value < 0 ? "-" : "", value < 0 ? -(u64)value : (u64)value, 10, 'a');
}

static void put_unsigned(struct out *o, const struct spec *s, va_list *args, char conv)
{
	u64 value = s->longs == sizeof(u64) ? va_arg(*args, u64) : va_arg(*args, u32);

	if (conv == 'u')
		put_number(o, s, "", value, 10, 'a');
	else
		put_number(o, s, s->alt && value ? "0x" : "", value, 16, conv == 'X' ? 'A' : 'a');
}

static void put_string(struct out *o, struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	s->zero = false;
	put_field(o, s, "", text, s->precision < 0 ? strlen(text) : strnlen(text, s->precision));
}

int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list list)
{
	struct out o = {.buf = buf, .size = size};
	struct spec s;
	va_list args;
	char c;

	va_copy(args, list);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(&s, fmt + 1, &args);
		switch (*fmt) {
		case 'd':
		case 'i':
			put_signed(&o, &s, &args);
			break;
		case 'u':
		case 'x':
		case 'X':
			put_unsigned(&o, &s, &args, *fmt);
			break;
		case 'p':
			put_number(&o, &s, "0x", (u64)(uintptr_t)va_arg(args, void *), 16, 'a');
			break;
		case 's':
			put_string(&o, &s, va_arg(args, const char *));
			break;
		case 'c':
			c = (char)va_arg(args, int);
			s.zero = false;
			put_field(&o, &s, "", &c, 1);
			break;
		case '\0':
			fmt--;
			break;
		default:
			put(&o, *fmt);
		}
	}
	va_end(args);
	if (size)
		buf[MIN(o.len, size - 1)] = '\0';
	return (int)o.len;
}

int fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = fmt_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

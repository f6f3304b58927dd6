// SPDX-License-Identifier: Apache-2.0
/* Formatted text, in a buffer. */
#include "lib/printf.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also where it no longer fits */
};

enum size { SIZE_INT, SIZE_LONG, SIZE_POINTER };

struct spec {
	bool left;
	bool zero;
	bool alt;
	enum size size;
	int width;
	int precision; /* -1: none */
};

/* The one place that takes arguments, never inlined: each va_arg() is a dozen instructions. */
static u64 __attribute__((noinline)) next_arg(enum size size, va_list *args)
{
	if (size == SIZE_INT)
		return va_arg(*args, unsigned int);
	if (size == SIZE_LONG)
		return va_arg(*args, unsigned long);
	return (uintptr_t)va_arg(*args, void *);
}

static void put_char(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void fill_width(struct out *o, char c, int n)
{
	while (n-- > 0)
		put_char(o, c);
}

/* prefix (a sign or 0x) goes before zeros and after blanks. */
static void put_field(struct out *o, const struct spec *s, const char *prefix, const char *text,
		      size_t len)
{
	int pad = s->width - (int)strlen(prefix) - (int)len;

	if (!s->left && !s->zero)
		fill_width(o, ' ', pad);
	while (*prefix)
		put_char(o, *prefix++);
	if (!s->left && s->zero)
		fill_width(o, '0', pad);
	while (len--)
		put_char(o, *text++);
	if (s->left)
		fill_width(o, ' ', pad);
}

static void put_number(struct out *o, const struct spec *s, const char *prefix, u64 value,
		       char conv)
{
	char digits[20]; /* of 2^64 - 1 in decimal */
	char *p = digits + sizeof(digits);
	u32 base = (conv | 0x20) == 'x' ? 16 : 10;

	do {
		u32 d = (u32)(value % base);

		/* 'X' and 'x' are as far from 'A' and 'a'. */
		*--p = (char)(d < 10 ? '0' + d : conv - 'x' + 'a' - 10 + d);
		value /= base;
	} while (value);
	put_field(o, s, prefix, p, (size_t)(digits + sizeof(digits) - p));
}

/* A number, or '*' for the next argument; returns what is behind it. */
static const char *parse_number(int *number, const char *fmt, va_list *args)
{
	if (*fmt == '*') {
		*number = (int)next_arg(SIZE_INT, args);
		return fmt + 1;
	}
	for (*number = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*number = *number * 10 + *fmt - '0';
	return fmt;
}

/* Reads flags, width, precision and length; returns where the conversion letter is. */
static const char *parse_spec(struct spec *s, const char *fmt, va_list *args)
{
	*s = (struct spec){.precision = -1};
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
	fmt = parse_number(&s->width, fmt, args);
	if (*fmt == '.')
		fmt = parse_number(&s->precision, fmt + 1, args);
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		s->size = SIZE_LONG;
	return fmt;
}

static void put_signed(struct out *o, const struct spec *s, u64 value)
{
	s64 n = s->size == SIZE_LONG ? (s64)value : (s32)value;

	put_number(o, s, n < 0 ? "-" : "", n < 0 ? -(u64)n : (u64)n, 'd');
}

static void put_string(struct out *o, struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	s->zero = false;
	put_field(o, s, "", text, strnlen(text, (size_t)s->precision));
}

static void put_conversion(struct out *o, struct spec *s, char conv, va_list *args)
{
	char c;

	switch (conv) {
	case 'd':
		put_signed(o, s, next_arg(s->size, args));
		break;
	case 'u':
		put_number(o, s, "", next_arg(s->size, args), conv);
		break;
	case 'x':
	case 'X': {
		u64 value = next_arg(s->size, args);

		put_number(o, s, s->alt && value ? "0x" : "", value, conv);
		break;
	}
	case 'p':
		put_number(o, s, "0x", next_arg(SIZE_POINTER, args), 'x');
		break;
	case 's':
		put_string(o, s, (const char *)(uintptr_t)next_arg(SIZE_POINTER, args));
		break;
	case 'c':
		c = (char)next_arg(SIZE_INT, args);
		s->zero = false;
		put_field(o, s, "", &c, 1);
		break;
	default:
		put_char(o, conv);
	}
}

int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list list)
{
	struct out o = {.buf = buf, .size = size};
	struct spec s;
	va_list args;

	va_copy(args, list);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put_char(&o, *fmt);
			continue;
		}
		fmt = parse_spec(&s, fmt + 1, &args);
		if (!*fmt)
			break;
		put_conversion(&o, &s, *fmt, &args);
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

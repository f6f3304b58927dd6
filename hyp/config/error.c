// SPDX-License-Identifier: Apache-2.0
/* Text of configuration errors: node, property, value, and what would be right. */
#include "config/fdt/dt.h"
#include "lib/printf.h"
#include "lib/string.h"

#define VALUE_MAX 56 /* characters of a property's value in an error */
#define PATH_MAX_SHOWN 80

/* An error while it is put together. */
struct text {
	char *buf;
	size_t at; /* where its NUL is */
	size_t end; /* behind the last byte there may be */
};

static void vput_text(struct text *t, const char *fmt, va_list args)
{
	t->at += (size_t)fmt_vsnprintf(t->buf + t->at, t->end - t->at, fmt, args);
	t->at = MIN(t->at, t->end - 1);
}

static void __printf_like(2, 3) put_text(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vput_text(t, fmt, args);
	va_end(args);
}

/* Strings as in DTS: "a", "b". */
static void put_strings(struct text *t, const struct dt_prop *p)
{
	const char *s = p->data;
	u32 at = 0;

	while (at < p->len) {
		put_text(t, "%s\"%s\"", at ? ", " : "", s + at);
		at += (u32)strlen(s + at) + 1;
	}
}

/* Cells as in DTS, <0x1 0x2>, or bytes, [01 02]: one string of a list may be at any address. */
static void put_numbers(struct text *t, const struct dt_prop *p)
{
	bool cells = IS_ALIGNED((uintptr_t)p->data | p->len, 4);
	u32 count = MIN(cells ? p->len / 4 : p->len, VALUE_MAX);
	u32 i;

	for (i = 0; i < count; i++) {
		put_text(t, i ? " " : cells ? "<" : "[");
		if (cells)
			put_text(t, "0x%x", dt_cell(p, i));
		else
			put_text(t, "%02x", ((const u8 *)p->data)[i]);
	}
	put_text(t, cells ? ">" : "]");
}

static bool is_text(const struct dt_prop *p)
{
	const char *s = p->data;
	u32 i;

	if (!dt_is_strings(p))
		return false;
	for (i = 0; i < p->len; i++)
		if (s[i] && (s[i] < ' ' || s[i] > '~'))
			return false;
	return s[0] || p->len == 1;
}

static void put_value(struct text *t, const struct dt_prop *p)
{
	size_t end = t->end;

	t->end = MIN(end, t->at + VALUE_MAX);
	if (!p->data)
		put_text(t, "missing");
	else if (!p->len)
		put_text(t, "no value");
	else if (is_text(p))
		put_strings(t, p);
	else
		put_numbers(t, p);
	if (t->at == t->end - 1)
		memcpy(t->buf + t->at - 3, "...", 3);
	t->end = end;
}

int dt_vfail(struct cfg_error *err, const void *fdt, int node, const char *prop,
	     const struct dt_prop *p, const char *fmt, va_list args)
{
	struct text t = {.buf = err->text, .end = sizeof(err->text)};
	char *s;

	if (err->text[0])
		return -1;
	if (fdt) {
		if (fdt_get_path(fdt, node, t.buf, PATH_MAX_SHOWN))
			fmt_snprintf(t.buf, t.end, "...%s", dt_name(fdt, node));
		t.at = strlen(t.buf);
		put_text(&t, ": %s: ", prop);
	}
	if (p) {
		put_value(&t, p);
		put_text(&t, ": ");
	}
	vput_text(&t, fmt, args);
	/* A tree's text is not trusted: no control or escape character reaches the terminal. */
	for (s = t.buf; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
	return -1;
}

int cfg_fail(struct cfg_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	dt_vfail(err, NULL, 0, NULL, NULL, fmt, args);
	va_end(args);
	return -1;
}

int cfg_fail_at(struct cfg_error *err, const struct cfg_node *node, const char *prop,
		const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	dt_vfail(err, node->at < 0 ? NULL : node->fdt, node->at, prop, NULL, fmt, args);
	va_end(args);
	return -1;
}

int dt_fail_at(struct cfg_error *err, const void *fdt, int node, const char *prop, const char *fmt,
	       ...)
{
	va_list args;

	va_start(args, fmt);
	dt_vfail(err, fdt, node, prop, NULL, fmt, args);
	va_end(args);
	return -1;
}

int dt_fail(struct cfg_error *err, const void *fdt, int node, const char *prop,
	    const struct dt_prop *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	dt_vfail(err, fdt, node, prop, p, fmt, args);
	va_end(args);
	return -1;
}

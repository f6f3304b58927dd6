// SPDX-License-Identifier: Apache-2.0
#include <libfdt.h>

#include "config/dt.h"
#include "lib/printf.h"
#include "lib/string.h"

#define VALUE_MAX 56 /* characters of a property's value in an error */
#define PATH_MAX_SHOWN 80
#define NAME_MAX_COMPARED 31

/* The text of a tree is not trusted: no control or escape character reaches the terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static int fail_va(struct cfg_error *err, const char *prefix, const char *fmt, va_list args)
{
	int n;

	if (err->text[0])
		return -1;
	n = fmt_snprintf(err->text, sizeof(err->text), "%s", prefix);
	if (n >= 0 && (size_t)n < sizeof(err->text))
		fmt_vsnprintf(err->text + n, sizeof(err->text) - n, fmt, args);
	make_printable(err->text);
	return -1;
}

int cfg_fail(struct cfg_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_va(err, "", fmt, args);
	va_end(args);
	return -1;
}

static void node_path(const void *fdt, int node, char *path, size_t size)
{
	if (!dt_path_of(fdt, node, path, size))
		fmt_snprintf(path, size, "...%s", dt_name(fdt, node));
}

int cfg_fail_at(struct cfg_error *err, const void *fdt, int node, const char *prop, const char *fmt,
		...)
{
	char path[PATH_MAX_SHOWN];
	char prefix[PATH_MAX_SHOWN + 48];
	va_list args;

	node_path(fdt, node, path, sizeof(path));
	fmt_snprintf(prefix, sizeof(prefix), "%s: %s: ", path, prop);
	va_start(args, fmt);
	fail_va(err, prefix, fmt, args);
	va_end(args);
	return -1;
}

/* Strings as in DTS: "a", "b". */
static void strings_text(char *buf, size_t size, const struct dt_prop *p)
{
	const char *s = p->data;
	size_t n = 0;
	u32 at = 0;

	while (at < p->len && n < size) {
		n += (size_t)fmt_snprintf(buf + n, size - n, "%s\"%s\"", at ? ", " : "", s + at);
		at += (u32)strlen(s + at) + 1;
	}
}

/* Cells as in DTS, <0x1 0x2>, or bytes, [01 02]: one string of a list may be at any address. */
static void numbers_text(char *buf, size_t size, const struct dt_prop *p)
{
	bool cells = IS_ALIGNED((uintptr_t)p->data | p->len, 4);
	u32 count = cells ? p->len / 4 : p->len;
	size_t n = (size_t)fmt_snprintf(buf, size, cells ? "<" : "[");
	u32 i;

	for (i = 0; i < count && n < size; i++) {
		u32 value = cells ? dt_cell(p, i) : ((const u8 *)p->data)[i];

		n += (size_t)fmt_snprintf(buf + n, size - n, cells ? "%s0x%x" : "%s%02x",
					  i ? " " : "", value);
	}
	if (n < size)
		fmt_snprintf(buf + n, size - n, cells ? ">" : "]");
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

static void value_text(char *buf, size_t size, const struct dt_prop *p)
{
	static const char cut[] = "...";
	size_t n;

	if (!p || !p->data)
		fmt_snprintf(buf, size, "missing");
	else if (!p->len)
		fmt_snprintf(buf, size, "no value");
	else if (is_text(p))
		strings_text(buf, size, p);
	else
		numbers_text(buf, size, p);
	n = strlen(buf);
	if (n == size - 1)
		memcpy(buf + size - sizeof(cut), cut, sizeof(cut));
}

int dt_fail(struct cfg_error *err, const void *fdt, int node, const char *prop,
	    const struct dt_prop *p, const char *fmt, ...)
{
	char path[PATH_MAX_SHOWN];
	char value[VALUE_MAX];
	char prefix[PATH_MAX_SHOWN + VALUE_MAX + 48];
	va_list args;

	node_path(fdt, node, path, sizeof(path));
	value_text(value, sizeof(value), p);
	fmt_snprintf(prefix, sizeof(prefix), "%s: %s: %s: ", path, prop, value);
	va_start(args, fmt);
	fail_va(err, prefix, fmt, args);
	va_end(args);
	return -1;
}

/* Levenshtein's distance of two names, of which no more than NAME_MAX_COMPARED letters count. */
static u32 distance(const char *a, const char *b)
{
	u8 row[NAME_MAX_COMPARED + 1];
	u32 la = (u32)strnlen(a, NAME_MAX_COMPARED);
	u32 lb = (u32)strnlen(b, NAME_MAX_COMPARED);
	u32 i, j;

	for (j = 0; j <= lb; j++)
		row[j] = (u8)j;
	for (i = 1; i <= la; i++) {
		u8 diagonal = row[0];

		row[0] = (u8)i;
		for (j = 1; j <= lb; j++) {
			u8 replace = (u8)(diagonal + (a[i - 1] != b[j - 1]));
			u8 edit = (u8)(MIN(row[j], row[j - 1]) + 1);

			diagonal = row[j];
			row[j] = MIN(replace, edit);
		}
	}
	return row[lb];
}

int dt_fail_name(struct cfg_error *err, const void *fdt, int node, const char *what,
		 const char *name, const char *const *known, u32 n)
{
	const char *best = NULL;
	u32 best_distance = ~0u;
	u32 i;

	for (i = 0; i < n; i++) {
		u32 d = distance(name, known[i]);

		if (d < best_distance) {
			best = known[i];
			best_distance = d;
		}
	}
	if (!best)
		return cfg_fail_at(err, fdt, node, name, "unknown: no %s belongs here", what);
	return cfg_fail_at(err, fdt, node, name, "unknown: a %s known here, perhaps \"%s\"", what,
			   best);
}

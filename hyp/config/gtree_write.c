/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a flat device tree front to back (Devicetree Specification v0.4, chapter 5). No name in
 * the strings block is shared: looking it up costs more than the bytes are worth.
 */
#include <libfdt.h>

#include "config/gtree_int.h"
#include "lib/printf.h"
#include "lib/string.h"

#define NAME_SIZE 32 /* in gtree_put() */
#define VALUE_SIZE 96

/* Writes data and zeroes up to a whole cell. */
static void put_bytes(struct gtree *g, const void *data, u64 n)
{
	u64 at = g->at;

	g->at += ALIGN_UP(n, 4);
	if (!n || g->at > g->strings_at)
		return;
	*(u32 *)(g->out + g->at - 4) = 0;
	memcpy(g->out + at, data, n);
}

static void put_cell(struct gtree *g, u32 cell)
{
	cell = __builtin_bswap32(cell);
	put_bytes(g, &cell, sizeof(cell));
}

void gtree_reserve(struct gtree *g, u64 base, u64 size)
{
	if (!g->at)
		g->at = sizeof(struct fdt_header);
	put_cell(g, (u32)(base >> 32));
	put_cell(g, (u32)base);
	put_cell(g, (u32)(size >> 32));
	put_cell(g, (u32)size);
	g->struct_at = g->at;
}

void gtree_begin(struct gtree *g, const char *name)
{
	put_cell(g, FDT_BEGIN_NODE);
	put_bytes(g, name, strlen(name) + 1);
}

void gtree_end(struct gtree *g)
{
	put_cell(g, FDT_END_NODE);
}

void gtree_prop(struct gtree *g, const char *name, const void *data, u64 len)
{
	size_t n = strlen(name) + 1;

	put_cell(g, FDT_PROP);
	put_cell(g, (u32)len);
	put_cell(g, (u32)g->strings_size);
	put_bytes(g, data, len);
	if (g->strings_at + g->strings_size + n <= g->size)
		memcpy(g->out + g->strings_at + g->strings_size, name, n);
	g->strings_size += n;
	if (g->p->between)
		g->p->between();
}

void gtree_string(struct gtree *g, const char *name, const char *s)
{
	gtree_prop(g, name, s, strlen(s) + 1);
}

/* Big-endian, at the end of a value. */
static u32 add_cell(u8 *value, u32 len, u64 cell)
{
	u32 be = __builtin_bswap32((u32)cell);

	memcpy(value + len, &be, sizeof(be));
	return len + sizeof(be);
}

void gtree_cells(struct gtree *g, const char *name, const u32 *cells, u32 n)
{
	u8 value[VALUE_SIZE];
	u32 len = 0;

	while (n--)
		len = add_cell(value, len, *cells++);
	gtree_prop(g, name, value, len);
}

static u32 add_number(u32 *cells, u32 at, u64 number, u32 n)
{
	if (n == 2)
		cells[at++] = (u32)(number >> 32);
	cells[at++] = (u32)number;
	return at;
}

void gtree_reg(struct gtree *g, const struct range *r, u32 n, u32 address_cells, u32 size_cells)
{
	u32 cells[4 * GTREE_RANGES_MAX];
	u32 at = 0;

	for (; n--; r++) {
		at = add_number(cells, at, r->base, address_cells);
		at = add_number(cells, at, r->size, size_cells);
	}
	gtree_cells(g, "reg", cells, at);
}

/* Copies up to what ends a name or a string, and puts a NUL; returns where that was. */
static const char *copy_text(char *buf, u32 *len, const char *text, const u64 **args)
{
	for (; *text != '{' && *text != '=' && *text != ';' && *text != '\''; text++) {
		if (*text == '%')
			*len += (u32)fmt_snprintf(buf + *len, NAME_SIZE, "%lx",
						  (unsigned long)*(*args)++);
		else
			buf[(*len)++] = *text;
	}
	buf[(*len)++] = '\0';
	return text;
}

static const char *copy_values(u8 *value, u32 *len, const char *text, const u64 **args)
{
	for (; *text != ';'; text++) {
		u32 cell = 0;

		switch (*text) {
		case ' ':
			break;
		case '\'':
			text = copy_text((char *)value, len, text + 1, args);
			break;
		case '^':
			*len = add_cell(value, *len, **args >> 32);
			/* fallthrough */
		case '%':
			*len = add_cell(value, *len, *(*args)++);
			break;
		default:
			for (; *text >= '0' && *text <= '9'; text++)
				cell = cell * 10 + (u32)(*text - '0');
			*len = add_cell(value, *len, cell);
			text--;
		}
	}
	return text;
}

void gtree_put(struct gtree *g, const char *text, const u64 *args)
{
	char name[NAME_SIZE];
	u8 value[VALUE_SIZE];

	for (; *text; text++) {
		u32 name_len = 0;
		u32 len = 0;

		if (*text == '}') {
			gtree_end(g);
			continue;
		}
		text = copy_text(name, &name_len, text, &args);
		if (*text == '{') {
			gtree_begin(g, name);
			continue;
		}
		if (*text == '=')
			text = copy_values(value, &len, text + 1, &args);
		gtree_prop(g, name, value, len);
	}
}

static void put_header(struct gtree *g, u64 total)
{
	const u32 header[] = {
		FDT_MAGIC,
		(u32)total,
		(u32)g->struct_at,
		(u32)g->at, /* the strings */
		sizeof(struct fdt_header), /* the reservations */
		17, /* version, and the oldest one it is compatible with */
		16,
		0, /* boot CPU */
		(u32)g->strings_size,
		(u32)(g->at - g->struct_at),
	};

	g->at = 0;
	for (u32 i = 0; i < ARRAY_SIZE(header); i++)
		put_cell(g, header[i]);
}

int gtree_finish(struct gtree *g)
{
	u64 total, strings_end, kept;

	put_cell(g, FDT_END);
	total = g->at + g->strings_size;
	strings_end = g->strings_at + g->strings_size;
	if (g->at > g->strings_at || strings_end > g->size || total > INT32_MAX)
		return dt_fail_at(g->err, g->s->fdt, g->vm->node.at, "dtb, devices, vplatform",
				  "the guest's device tree needs 0x%lx bytes and some, has 0x%lx",
				  (unsigned long)total, (unsigned long)g->size);
	memmove(g->out + g->at, g->out + g->strings_at, g->strings_size);
	/* A guest finds nothing but zeroes beside its tree. */
	kept = MAX(total, (u64)g->strings_at);
	memset(g->out + kept, 0, strings_end - kept);
	put_header(g, total);
	return (int)total;
}

// SPDX-License-Identifier: Apache-2.0
/* Whether a tree is what it should be: its form as a whole, and the values of a node by rules. */
#include <libfdt.h>

#include "config/dt.h"
#include "lib/string.h"

#define RULES_MAX 24
#define MEM_RSV_MAX 64

struct walk {
	const char *what;
	struct cfg_error *err;
	const u8 *structs;
	u32 size; /* of the structure block */
	u32 strings_size;
	u32 off;
	int depth;
	bool no_props; /* a child has ended: properties may not follow (specification 5.4.2) */
};

static int fail(const struct walk *w, const char *right)
{
	return cfg_fail(w->err, "%s: structure: at offset 0x%x: %s", w->what, w->off, right);
}

static int check_node(struct walk *w)
{
	u32 name = w->off + 4;

	if (!w->depth && w->off)
		return fail(w, "one root node");
	if (++w->depth > DT_DEPTH_MAX)
		return fail(w, "nodes nested 16 deep at most");
	while (w->size - name >= 4 && !dt_word_ends(*(const u32 *)(w->structs + name)))
		name += 4;
	if (w->size - name < 4)
		return fail(w, "a node's name that ends");
	w->off = name + 4;
	w->no_props = false;
	return 0;
}

static int check_prop(struct walk *w)
{
	u32 len;

	if (!w->depth || w->no_props)
		return fail(w, "properties before children");
	if (w->size - w->off < 12)
		return fail(w, "a property inside the tree");
	len = dt_be32(w->structs + w->off + 4);
	if (len > w->size - w->off - 12)
		return fail(w, "a property's value inside the tree");
	if (dt_be32(w->structs + w->off + 8) >= w->strings_size)
		return fail(w, "a property's name inside the tree");
	w->off += 12 + (u32)ALIGN_UP(len, 4);
	return 0;
}

/* Steps behind one tag. Returns 1 behind the last one, 0, or -1 with the error filled. */
static int check_tag(struct walk *w)
{
	if (w->off >= w->size || w->size - w->off < 4)
		return fail(w, "an END tag, the tree is cut off");
	switch (dt_be32(w->structs + w->off)) {
	case FDT_BEGIN_NODE:
		return check_node(w);
	case FDT_PROP:
		return check_prop(w);
	case FDT_NOP:
		w->off += 4;
		return 0;
	case FDT_END_NODE:
		if (!w->depth)
			return fail(w, "as many ends as nodes");
		w->depth--;
		w->no_props = true;
		w->off += 4;
		return 0;
	case FDT_END:
		return w->depth || !w->off ? fail(w, "every node ended before the END tag") : 1;
	default:
		return fail(w, "a tag of the specification");
	}
}

static bool is_inside(const struct fdt_header *h, u64 offset, u64 size)
{
	return offset >= sizeof(*h) && offset + size <= fdt_totalsize(h);
}

static bool blocks_inside(const struct fdt_header *h)
{
	return is_inside(h, fdt_off_dt_struct(h), fdt_size_dt_struct(h)) &&
	       is_inside(h, fdt_off_dt_strings(h), fdt_size_dt_strings(h)) &&
	       is_inside(h, fdt_off_mem_rsvmap(h), 0);
}

static bool mem_rsv_ends(const struct fdt_header *h)
{
	u64 room = (fdt_totalsize(h) - fdt_off_mem_rsvmap(h)) / sizeof(struct fdt_reserve_entry);
	u64 base, size;

	for (u32 i = 0; i < room && i <= MEM_RSV_MAX; i++)
		if (!dt_mem_rsv(h, i, &base, &size))
			return true;
	return false;
}

static int check_header(const struct fdt_header *h, size_t size, struct walk *w)
{
	const u8 *base = (const u8 *)h;

	if (!h || !IS_ALIGNED((uintptr_t)h, 8))
		return cfg_fail(w->err, "%s: address: %p: 8-byte aligned, not 0", w->what,
				(const void *)h);
	if (size < sizeof(*h))
		return cfg_fail(w->err, "%s: size: %zu: a header of %zu bytes and more", w->what,
				size, sizeof(*h));
	if (dt_be32(base) != FDT_MAGIC)
		return cfg_fail(w->err, "%s: magic: 0x%x: 0x%x, a device tree blob", w->what,
				dt_be32(base), FDT_MAGIC);
	if (fdt_totalsize(h) > size)
		return cfg_fail(w->err, "%s: totalsize: %u: at most %zu, the tree is cut off",
				w->what, fdt_totalsize(h), size);
	if (fdt_version(h) < 17 || fdt_last_comp_version(h) > 17 || !blocks_inside(h))
		return cfg_fail(w->err, "%s: header: version %u: version 17, offsets inside it",
				w->what, fdt_version(h));
	if (!IS_ALIGNED(fdt_off_dt_struct(h), 4) || !IS_ALIGNED(fdt_off_mem_rsvmap(h), 8))
		return cfg_fail(w->err, "%s: off_dt_struct: 0x%x: aligned to 4", w->what,
				fdt_off_dt_struct(h));
	w->strings_size = fdt_size_dt_strings(h);
	if (w->strings_size && base[fdt_off_dt_strings(h) + w->strings_size - 1])
		return cfg_fail(w->err, "%s: strings: size %u: a NUL at the end", w->what,
				w->strings_size);
	if (!mem_rsv_ends(h))
		return cfg_fail(w->err, "%s: memory reservations: a list that ends, %d at most",
				w->what, MEM_RSV_MAX);
	return 0;
}

int dt_check(const void *fdt, size_t size, const char *what, struct cfg_error *err)
{
	struct walk w = {.what = what, .err = err};
	int ret;

	if (check_header(fdt, size, &w))
		return -1;
	w.structs = (const u8 *)fdt + fdt_off_dt_struct(fdt);
	w.size = fdt_size_dt_struct(fdt);
	do
		ret = check_tag(&w);
	while (!ret);
	return ret < 0 ? -1 : 0;
}

static bool type_fits(enum dt_type type, const struct dt_prop *p)
{
	switch (type) {
	case DT_ANY:
		return true;
	case DT_FLAG:
		return !p->len;
	case DT_STRING:
		return dt_string(p);
	case DT_STRINGS:
		return dt_is_strings(p);
	case DT_LIST:
		return !p->len || dt_string(p);
	case DT_CELL:
		return p->len == 4;
	case DT_CELLS:
		return p->len && p->len % 4 == 0;
	case DT_NUMBER:
		return p->len == 4 || p->len == 8;
	case DT_COUNT:
		return p->len == 4 || dt_string(p);
	}
	return false;
}

static const char *type_text(enum dt_type type)
{
	static const char *const text[] = {
		[DT_ANY] = "anything",
		[DT_FLAG] = "no value, its presence is all",
		[DT_STRING] = "one string, as \"text\"",
		[DT_STRINGS] = "one or more strings, as \"text\", \"text\"",
		[DT_LIST] = "one string, as \"0,2-3\"",
		[DT_CELL] = "one cell, as <1>",
		[DT_CELLS] = "one or more cells, as <1 2>",
		[DT_NUMBER] = "one or two cells, as <0x0 0x10000000>",
		[DT_COUNT] = "one cell or string, as <2> or \"*\"",
	};

	return text[type];
}

static int unknown_prop(const struct dt_cursor *c, int node, const struct dt_rule *rules, u32 n,
			struct cfg_error *err)
{
	const char *names[RULES_MAX];
	u32 i;

	for (i = 0; i < n && i < RULES_MAX; i++)
		names[i] = rules[i].name;
	return dt_fail_name(err, c->fdt, node, "property", c->name, names, i);
}

/* What dtc adds by itself. */
static bool is_phandle(const char *name)
{
	return !strcmp(name, "phandle") || !strcmp(name, "linux,phandle");
}

int dt_read(const void *fdt, int node, const struct dt_rule *rules, u32 n, struct dt_prop *out,
	    struct cfg_error *err)
{
	struct dt_cursor c;
	u32 i;

	for (i = 0; i < n; i++)
		out[i] = (struct dt_prop){NULL, 0};
	dt_props_of(&c, fdt, node);
	while (dt_next_prop(&c)) {
		for (i = 0; i < n; i++)
			if (rules[i].name[0] == c.name[0] && !strcmp(rules[i].name, c.name))
				break;
		if (i == n) {
			if (is_phandle(c.name))
				continue;
			return unknown_prop(&c, node, rules, n, err);
		}
		if (out[i].data)
			return dt_fail(err, fdt, node, c.name, &c.p, "given once");
		if (!type_fits(rules[i].type, &c.p))
			return dt_fail(err, fdt, node, c.name, &c.p, "%s",
				       type_text(rules[i].type));
		out[i] = c.p;
	}
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include <libfdt.h>

#include "config/dt.h"
#include "lib/printf.h"
#include "lib/string.h"

static const u8 *at(const void *fdt, int off)
{
	return (const u8 *)fdt +
	       dt_be32((const u8 *)fdt + offsetof(struct fdt_header, off_dt_struct)) + off;
}

static const char *string_at(const void *fdt, u32 off)
{
	return (const char *)fdt +
	       dt_be32((const u8 *)fdt + offsetof(struct fdt_header, off_dt_strings)) + off;
}

/* The offset behind a node's tag and name, which is padded to whole words. */
static int behind_name(const u8 *p, int off)
{
	do {
		off += 4;
		p += 4;
	} while (!dt_word_ends(*(const u32 *)p));
	return off + 4;
}

/* The offset behind the tag at off, of a tree that has been checked. */
static int behind(const void *fdt, int off)
{
	const u8 *p = at(fdt, off);

	switch (dt_be32(p)) {
	case FDT_BEGIN_NODE:
		return behind_name(p, off);
	case FDT_PROP:
		return off + 12 + (int)ALIGN_UP(dt_be32(p + 4), 4);
	default:
		return off + 4;
	}
}

/* Skips NOPs from off on. */
static int tag_from(const void *fdt, int off, u32 *tag)
{
	while ((*tag = dt_be32(at(fdt, off))) == FDT_NOP)
		off += 4;
	return off;
}

const char *dt_name(const void *fdt, int node)
{
	return (const char *)at(fdt, node) + 4;
}

static bool name_is(const void *fdt, int node, const char *name, size_t n)
{
	const char *s = dt_name(fdt, node);

	return !strncmp(s, name, n) && (!s[n] || (s[n] == '@' && !memchr(name, '@', n)));
}

bool dt_name_is(const void *fdt, int node, const char *name)
{
	return name_is(fdt, node, name, strlen(name));
}

/* The first tag behind a node's name and properties. */
static int behind_props(const void *fdt, int node, u32 *tag)
{
	int off = tag_from(fdt, behind(fdt, node), tag);

	while (*tag == FDT_PROP)
		off = tag_from(fdt, behind(fdt, off), tag);
	return off;
}

int dt_first_child(const void *fdt, int node)
{
	u32 tag;
	int off = behind_props(fdt, node, &tag);

	return tag == FDT_BEGIN_NODE ? off : -FDT_ERR_NOTFOUND;
}

int dt_next_node_from(const struct dt_cursor *c, int *depth)
{
	u32 tag;
	int off = tag_from(c->fdt, c->off, &tag);

	(*depth)++;
	while (tag == FDT_END_NODE && *depth > 0) {
		(*depth)--;
		off = tag_from(c->fdt, off + 4, &tag);
	}
	return tag == FDT_BEGIN_NODE ? off : -FDT_ERR_NOTFOUND;
}

int dt_next_node(const void *fdt, int node, int *depth)
{
	u32 tag;
	struct dt_cursor c = {.fdt = fdt, .off = behind_props(fdt, node, &tag)};

	return dt_next_node_from(&c, depth);
}

int dt_next_child(const void *fdt, int node)
{
	int depth = 1;

	do
		node = dt_next_node(fdt, node, &depth);
	while (node >= 0 && depth > 1);
	return depth == 1 ? node : -FDT_ERR_NOTFOUND;
}

int dt_child(const void *fdt, int node, const char *name)
{
	int child = dt_first_child(fdt, node);

	while (child >= 0 && strcmp(dt_name(fdt, child), name))
		child = dt_next_child(fdt, child);
	return child;
}

int dt_path(const void *fdt, const char *path, size_t len)
{
	const char *end = path + len;
	int node = DT_ROOT;

	if (!len || *path != '/')
		return -FDT_ERR_BADPATH;
	while (path < end && node >= 0) {
		const char *name = path + 1;
		const char *slash = memchr(name, '/', (size_t)(end - name));

		path = slash ? slash : end;
		if (path == name)
			return path == end ? node : -FDT_ERR_BADPATH;
		node = dt_first_child(fdt, node);
		while (node >= 0 && !name_is(fdt, node, name, (size_t)(path - name)))
			node = dt_next_child(fdt, node);
	}
	return node;
}

bool dt_path_of(const void *fdt, int node, char *buf, size_t size)
{
	size_t len = 0;
	int at_node = DT_ROOT;
	int child, next;

	if (size < sizeof("/"))
		return false;
	memcpy(buf, "/", sizeof("/"));
	/* Down by the last child that starts at or before the node, until that is the node. */
	while (at_node != node) {
		child = dt_first_child(fdt, at_node);
		if (child < 0)
			return false;
		while ((next = dt_next_child(fdt, child)) >= 0 && next <= node)
			child = next;
		len += (size_t)fmt_snprintf(buf + len, size - len, "/%s", dt_name(fdt, child));
		if (len >= size)
			return false;
		at_node = child;
	}
	return true;
}

bool dt_mem_rsv(const void *fdt, u32 i, u64 *base, u64 *size)
{
	struct dt_prop p = {
		.data = (const u8 *)fdt +
			dt_be32(&((const struct fdt_header *)fdt)->off_mem_rsvmap) +
			i * sizeof(struct fdt_reserve_entry),
	};

	*base = dt_cells(&p, 0, 2);
	*size = dt_cells(&p, 2, 2);
	return *size;
}

void dt_props_of(struct dt_cursor *c, const void *fdt, int node)
{
	c->fdt = fdt;
	c->off = behind(fdt, node);
}

bool dt_next_prop(struct dt_cursor *c)
{
	const u8 *p;
	u32 tag;

	c->off = tag_from(c->fdt, c->off, &tag);
	if (tag != FDT_PROP)
		return false;
	p = at(c->fdt, c->off);
	c->p.len = dt_be32(p + 4);
	c->p.data = p + 12;
	c->name_off = dt_be32(p + 8);
	c->name = string_at(c->fdt, c->name_off);
	c->off += 12 + (int)ALIGN_UP(c->p.len, 4);
	return true;
}

struct dt_prop dt_get(const void *fdt, int node, const char *name)
{
	struct dt_cursor c;

	dt_props_of(&c, fdt, node);
	while (dt_next_prop(&c))
		if (!strcmp(c.name, name))
			return c.p;
	return (struct dt_prop){NULL, 0};
}

void dt_pick(const void *fdt, int node, const char *const *names, u32 n, struct dt_prop *out)
{
	while (n--)
		out[n] = dt_get(fdt, node, names[n]);
}

u32 dt_cell(const struct dt_prop *p, u32 index)
{
	return dt_be32((const u8 *)p->data + 4 * (size_t)index);
}

u64 dt_cells(const struct dt_prop *p, u32 index, u32 n)
{
	u64 value = 0;

	while (n--)
		value = value << 32 | dt_cell(p, index++);
	return value;
}

u64 dt_number(const struct dt_prop *p)
{
	return dt_cells(p, 0, p->len / 4);
}

bool dt_is_strings(const struct dt_prop *p)
{
	return p->data && p->len && !((const char *)p->data)[p->len - 1];
}

const char *dt_string(const struct dt_prop *p)
{
	if (!dt_is_strings(p) || strlen(p->data) + 1 != p->len)
		return NULL;
	return p->data;
}

bool dt_strings_have(const struct dt_prop *p, const char *s)
{
	const char *list = p->data;
	u32 i = 0;

	if (!dt_is_strings(p))
		return false;
	while (i < p->len) {
		if (!strcmp(list + i, s))
			return true;
		i += (u32)strlen(list + i) + 1;
	}
	return false;
}

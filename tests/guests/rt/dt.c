/* SPDX-License-Identifier: Apache-2.0 */
#include "rt/dt.h"
#include "rt/rt.h"

enum { BEGIN = 1, END, PROP, NOP, FINISH = 9 };

static const u8 *blob;

static u32 be32(u32 off)
{
	return (u32)blob[off] << 24 | (u32)blob[off + 1] << 16 | (u32)blob[off + 2] << 8 |
	       blob[off + 3];
}

void dt_init(const void *b)
{
	blob = b;
	if (be32(0) != 0xd00dfeed)
		blob = NULL;
}

const void *dt_blob(void)
{
	return blob;
}

u32 dt_size(void)
{
	return blob ? be32(4) : 0;
}

static u32 skip_name(u32 off)
{
	return ALIGN_UP(off + (u32)strlen((const char *)blob + off) + 1, 4u);
}

static u32 skip_prop(u32 off)
{
	return ALIGN_UP(off + 12 + be32(off + 4), 4u);
}

/* A node is the offset after its BEGIN token: that of its name. */
u32 dt_next(u32 node)
{
	u32 off;

	if (!blob)
		return 0;
	off = node ? skip_name(node) : be32(8);
	for (;;) {
		switch (be32(off)) {
		case BEGIN:
			return off + 4;
		case PROP:
			off = skip_prop(off);
			break;
		case END:
		case NOP:
			off += 4;
			break;
		default:
			return 0;
		}
	}
}

const void *dt_prop(u32 node, const char *name, u32 *len)
{
	u32 off = skip_name(node);
	u32 strings = be32(12);

	for (;; off = be32(off) == PROP ? skip_prop(off) : off + 4) {
		if (be32(off) == NOP)
			continue;
		if (be32(off) != PROP)
			return NULL;
		if (strcmp((const char *)blob + strings + be32(off + 8), name))
			continue;
		if (len)
			*len = be32(off + 4);
		return blob + off + 12;
	}
}

const char *dt_string(u32 node, const char *name)
{
	return dt_prop(node, name, NULL);
}

u32 dt_named(u32 after, const char *name)
{
	u32 n;

	for (n = dt_next(after); n; n = dt_next(n)) {
		const char *s = (const char *)blob + n;
		size_t l = strlen(name);

		if (!strncmp(s, name, l) && (!s[l] || s[l] == '@'))
			return n;
	}
	return 0;
}

u32 dt_compatible(u32 after, const char *compatible)
{
	u32 n;

	for (n = dt_next(after); n; n = dt_next(n)) {
		u32 len, i;
		const char *s = dt_prop(n, "compatible", &len);

		for (i = 0; s && i < len; i += strlen(s + i) + 1) {
			if (!strcmp(s + i, compatible))
				return n;
		}
	}
	return 0;
}

u64 dt_cells(const void *p, u32 nr)
{
	const u8 *b = p;
	u64 v = 0;
	u32 i;

	for (i = 0; i < nr * 4; i++)
		v = v << 8 | b[i];
	return v;
}

bool dt_reg(u32 node, u32 index, u64 *base, u64 *size)
{
	u32 len;
	const u8 *p = dt_prop(node, "reg", &len);

	if (!p || len < (index + 1) * 16)
		return false;
	*base = dt_cells(p + index * 16, 2);
	*size = dt_cells(p + index * 16 + 8, 2);
	return true;
}

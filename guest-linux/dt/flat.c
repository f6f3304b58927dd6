// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "flat.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_VERSION 17
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4
#define FDT_END 9

/* Offsets in the header. */
#define HDR_MAGIC 0
#define HDR_TOTALSIZE 4
#define HDR_OFF_STRUCT 8
#define HDR_OFF_STRINGS 12
#define HDR_VERSION 20
#define HDR_LAST_COMP 24
#define HDR_SIZE_STRINGS 32
#define HDR_SIZE_STRUCT 36
#define HDR_SIZE 40

struct block {
	const u8 *start;
	u32 size;
};

struct walk {
	struct block structure;
	struct block strings;
	u32 pos; /* in structure */
	u32 depth;
	bool done; /* the root has ended */
	const struct flat_ops *ops;
	void *cookie;
};

/* A blob may be anywhere; the kernel's header for that is another one from 6.12 on. */
static u32 be32_at(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static u32 header(const void *blob, u32 offset)
{
	return be32_at(blob + offset);
}

static int find_block(const void *blob, u32 off_at, u32 size_at, struct block *block)
{
	u32 total = header(blob, HDR_TOTALSIZE);
	u32 off = header(blob, off_at);
	u32 size = header(blob, size_at);

	if (off < HDR_SIZE || off > total || size > total - off)
		return -EINVAL;
	block->start = blob + off;
	block->size = size;
	return 0;
}

static bool next_word(struct walk *w, u32 *word)
{
	if (w->structure.size - w->pos < sizeof(*word))
		return false;
	*word = be32_at(w->structure.start + w->pos);
	w->pos += sizeof(*word);
	return true;
}

/* Goes on behind len bytes and what fills their last word. */
static bool skip(struct walk *w, u32 len)
{
	u32 left = w->structure.size - w->pos;
	u32 padding = -(w->pos + len) & 3;

	if (len > left || padding > left - len)
		return false;
	w->pos += len + padding;
	return true;
}

/* The name at that place, or NULL when it does not end, or cannot be a file's. */
static const char *name_at(const struct block *block, u32 pos)
{
	const char *name = (const char *)block->start + pos;
	size_t left;

	if (pos >= block->size)
		return NULL;
	left = min_t(size_t, block->size - pos, FLAT_NAME_MAX + 1);
	if (strnlen(name, left) == left)
		return NULL;
	if (!strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '/'))
		return NULL;
	return name;
}

static int begin_node(struct walk *w)
{
	const char *name = name_at(&w->structure, w->pos);

	if (!name || w->done || w->depth == FLAT_DEPTH_MAX || !*name != !w->depth)
		return -EINVAL;
	if (!skip(w, strlen(name) + 1))
		return -EINVAL;
	w->depth++;
	return w->ops->begin_node(w->cookie, name);
}

static int end_node(struct walk *w)
{
	if (!w->depth)
		return -EINVAL;
	w->depth--;
	w->done = !w->depth;
	return w->ops->end_node(w->cookie);
}

static int prop(struct walk *w)
{
	const char *name;
	const u8 *value;
	u32 name_off;
	u32 len;

	if (!w->depth || !next_word(w, &len) || !next_word(w, &name_off))
		return -EINVAL;
	name = name_at(&w->strings, name_off);
	value = w->structure.start + w->pos;
	if (!name || !*name || !skip(w, len))
		return -EINVAL;
	return w->ops->prop(w->cookie, name, value, len);
}

static int step(struct walk *w, u32 token)
{
	switch (token) {
	case FDT_BEGIN_NODE:
		return begin_node(w);
	case FDT_END_NODE:
		return end_node(w);
	case FDT_PROP:
		return prop(w);
	case FDT_NOP:
		return 0;
	default:
		return -EINVAL;
	}
}

int flat_walk(const void *blob, size_t size, const struct flat_ops *ops, void *cookie)
{
	struct walk w = {.ops = ops, .cookie = cookie};
	u32 token;
	int err;

	if (size < HDR_SIZE || header(blob, HDR_MAGIC) != FDT_MAGIC ||
	    header(blob, HDR_TOTALSIZE) > size || header(blob, HDR_VERSION) < FDT_VERSION ||
	    header(blob, HDR_LAST_COMP) > FDT_VERSION)
		return -EINVAL;
	if (find_block(blob, HDR_OFF_STRUCT, HDR_SIZE_STRUCT, &w.structure) ||
	    find_block(blob, HDR_OFF_STRINGS, HDR_SIZE_STRINGS, &w.strings))
		return -EINVAL;
	while (next_word(&w, &token)) {
		if (token == FDT_END)
			return w.done ? 0 : -EINVAL;
		err = step(&w, token);
		if (err)
			return err;
	}
	return -EINVAL;
}

// SPDX-License-Identifier: Apache-2.0
/* Whether a tree has the form that it should have. */
#include <libfdt.h>

#include "config/dt.h"
#include "lib/string.h"

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
	return offset >= sizeof(*h) && offset + size <= dt_be32(&h->totalsize);
}

static bool blocks_inside(const struct fdt_header *h)
{
	return is_inside(h, dt_be32(&h->off_dt_struct), dt_be32(&h->size_dt_struct)) &&
	       is_inside(h, dt_be32(&h->off_dt_strings), dt_be32(&h->size_dt_strings)) &&
	       is_inside(h, dt_be32(&h->off_mem_rsvmap), 0);
}

static bool mem_rsv_ends(const struct fdt_header *h)
{
	u64 room = (dt_be32(&h->totalsize) - dt_be32(&h->off_mem_rsvmap)) /
		   sizeof(struct fdt_reserve_entry);
	u64 base, size;

	for (u32 i = 0; i < room && i <= MEM_RSV_MAX; i++)
		if (!dt_mem_rsv(h, i, &base, &size))
			return true;
	return false;
}

static int check_header(const struct fdt_header *h, size_t size, struct walk *w)
{
	const u8 *base = (const u8 *)h;

	if (!h || !IS_ALIGNED((uintptr_t)h, 4))
		return cfg_fail(w->err, "%s: address: %p: 4-byte aligned, not 0", w->what,
				(const void *)h);
	if (size < sizeof(*h))
		return cfg_fail(w->err, "%s: size: %zu: a header of %zu bytes and more", w->what,
				size, sizeof(*h));
	if (dt_be32(base) != FDT_MAGIC)
		return cfg_fail(w->err, "%s: magic: 0x%x: 0x%x, a device tree blob", w->what,
				dt_be32(base), FDT_MAGIC);
	if (dt_be32(&h->totalsize) > size)
		return cfg_fail(w->err, "%s: totalsize: %u: at most %zu, the tree is cut off",
				w->what, dt_be32(&h->totalsize), size);
	if (dt_be32(&h->version) < 17 || dt_be32(&h->last_comp_version) > 17 || !blocks_inside(h))
		return cfg_fail(w->err, "%s: header: version %u: version 17, offsets inside it",
				w->what, dt_be32(&h->version));
	if (!IS_ALIGNED(dt_be32(&h->off_dt_struct), 4) ||
	    !IS_ALIGNED(dt_be32(&h->off_mem_rsvmap), 8))
		return cfg_fail(w->err, "%s: off_dt_struct: 0x%x: aligned to 4", w->what,
				dt_be32(&h->off_dt_struct));
	w->strings_size = dt_be32(&h->size_dt_strings);
	if (w->strings_size && base[dt_be32(&h->off_dt_strings) + w->strings_size - 1])
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
	const struct fdt_header *h = fdt;
	int ret;

	if (check_header(fdt, size, &w))
		return -1;
	w.structs = (const u8 *)fdt + dt_be32(&h->off_dt_struct);
	w.size = dt_be32(&h->size_dt_struct);
	do
		ret = check_tag(&w);
	while (!ret);
	return ret < 0 ? -1 : 0;
}

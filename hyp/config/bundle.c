/* SPDX-License-Identifier: Apache-2.0 */
#include "config/bundle.h"

#include <libfdt.h>

#include "config/dt.h"
#include "lib/sha256.h"
#include "lib/string.h"

#define IMAGES "/images"

/* Where the FIT is being read, and the image that is being filled. */
struct reader {
	const void *fdt;
	u64 size; /* bytes of the whole bundle */
	struct bundle_image *image;
	struct cfg_error *err;
};

static int fail(const struct reader *r, const char *what)
{
	return cfg_fail(r->err, "bundle " IMAGES "/%s: %s", r->image->name, what);
}

/* External data has its place and size in one cell each. */
static int check_cell(const struct reader *r, const char *name, const struct dt_prop *p)
{
	if (p->len == 4)
		return 0;
	return cfg_fail(r->err, "bundle " IMAGES "/%s: %s: %u bytes: must be one cell",
			r->image->name, name, p->len);
}

/*
 * mkimage -E: the data is behind the tree, at data-position from the bundle's start or at
 * data-offset from the tree's end, rounded up to 4.
 */
static int read_external(const struct reader *r, const struct dt_prop *position,
			 const struct dt_prop *offset, const struct dt_prop *size)
{
	u64 start = 0;
	u64 len;

	if (!position->data && !offset->data)
		return fail(r, "data: missing: must be data, data-offset or data-position");
	if (!size->data)
		return fail(r, "data-size: missing: external data has a size");
	if (check_cell(r, "data-size", size))
		return -1;
	if (position->data) {
		if (check_cell(r, "data-position", position))
			return -1;
		start = dt_cell(position, 0);
	} else {
		if (check_cell(r, "data-offset", offset))
			return -1;
		start = ALIGN_UP((u64)fdt_totalsize(r->fdt), 4) + dt_cell(offset, 0);
	}

	len = dt_cell(size, 0);
	if (start > r->size || len > r->size - start)
		return cfg_fail(r->err,
				"bundle " IMAGES "/%s: data-size: 0x%lx at 0x%lx: must end in the "
				"bundle's 0x%lx bytes, it was cut short",
				r->image->name, (unsigned long)len, (unsigned long)start,
				(unsigned long)r->size);
	r->image->data = (const u8 *)r->fdt + start;
	r->image->size = len;
	return 0;
}

static int read_data(const struct reader *r, int node)
{
	enum { DATA, POSITION, OFFSET, SIZE, COMPRESSION, COUNT };
	static const char *const names[COUNT] = {
		[DATA] = "data",      [POSITION] = "data-position",  [OFFSET] = "data-offset",
		[SIZE] = "data-size", [COMPRESSION] = "compression",
	};
	struct dt_prop p[COUNT];
	const char *compression;

	dt_pick(r->fdt, node, names, COUNT, p);
	compression = dt_string(&p[COMPRESSION]);
	if (p[COMPRESSION].data && (!compression || strcmp(compression, "none")))
		return cfg_fail(r->err, "bundle " IMAGES "/%s: compression: %s: must be none",
				r->image->name, compression ? compression : "no string");
	if (p[DATA].data) {
		r->image->data = p[DATA].data;
		r->image->size = p[DATA].len;
	} else if (read_external(r, &p[POSITION], &p[OFFSET], &p[SIZE])) {
		return -1;
	}
	if (!r->image->size)
		return fail(r, "data: 0 bytes: must not be empty");
	return 0;
}

/* The first hash node with algo = "sha256" counts, whatever others there are. */
static int read_hash(const struct reader *r, int node)
{
	const char *other = NULL;
	int hash;

	for (hash = dt_first_child(r->fdt, node); hash >= 0; hash = dt_next_child(r->fdt, hash)) {
		struct dt_prop algo = dt_get(r->fdt, hash, "algo");
		struct dt_prop value = dt_get(r->fdt, hash, "value");
		const char *name = dt_string(&algo);

		if (strncmp(dt_name(r->fdt, hash), "hash", 4))
			continue;
		if (!name || strcmp(name, "sha256")) {
			other = name ? name : "no string";
			continue;
		}
		if (value.len != SHA256_SIZE)
			return cfg_fail(r->err,
					"bundle " IMAGES "/%s/%s: value: %u bytes: must be %d",
					r->image->name, dt_name(r->fdt, hash), value.len,
					SHA256_SIZE);
		memcpy(r->image->sha256, value.data, SHA256_SIZE);
		return 0;
	}
	if (!other)
		return fail(r, "hash-1: missing: must be a node with algo = \"sha256\"");
	return cfg_fail(r->err, "bundle " IMAGES "/%s/hash-1: algo: %s: must be sha256",
			r->image->name, other);
}

static int read_image(struct bundle *b, struct reader *r, int node)
{
	const char *name = dt_name(r->fdt, node);

	if (!name[0] || strlen(name) >= NK_NAME_MAX)
		return cfg_fail(r->err, "bundle " IMAGES ": name: %.*s: must be 1 to %d characters",
				2 * NK_NAME_MAX, name, NK_NAME_MAX - 1);
	if (bundle_find(b, name))
		return cfg_fail(r->err, "bundle " IMAGES "/%s: there are two: names must differ",
				name);
	if (b->nr_images == BUNDLE_IMAGES_MAX)
		return cfg_fail(r->err, "bundle " IMAGES "/%s: must be %d images at most", name,
				BUNDLE_IMAGES_MAX);

	r->image = &b->images[b->nr_images];
	r->image->name = name;
	if (read_data(r, node) || read_hash(r, node))
		return -1;
	b->nr_images++;
	return 0;
}

int bundle_parse(struct bundle *b, const void *base, u64 size, struct cfg_error *err)
{
	struct reader r = {.fdt = base, .size = size, .err = err};
	int images, node;

	memset(b, 0, sizeof(*b));
	b->fdt = base;
	if (dt_check(base, size, "bundle", err))
		return -1;
	images = dt_child(base, DT_ROOT, "images");
	if (images < 0)
		return cfg_fail(err,
				"bundle: " IMAGES ": missing: must be a FIT, as nk-bundle makes");
	for (node = dt_first_child(base, images); node >= 0; node = dt_next_child(base, node))
		if (read_image(b, &r, node))
			return -1;

	b->system = bundle_find(b, "system");
	if (!b->system)
		return cfg_fail(err, "bundle: " IMAGES "/system: missing: must be the system "
				     "device tree");
	return 0;
}

const struct bundle_image *bundle_find(const struct bundle *b, const char *name)
{
	for (u32 i = 0; i < b->nr_images; i++)
		if (!strcmp(b->images[i].name, name))
			return &b->images[i];
	return NULL;
}

int bundle_verify(const struct bundle_image *image, struct cfg_error *err)
{
	u8 digest[SHA256_SIZE];

	sha256(image->data, image->size, digest);
	if (memcmp(digest, image->sha256, SHA256_SIZE))
		return cfg_fail(err,
				"image %s: sha256 does not match: it must be as it was when "
				"the bundle was made",
				image->name);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* The FIT image: its images found, their hashes checked. */
#include "config/bundle.h"

#include "config/fdt/dt.h"
#include "lib/sha256.h"
#include "lib/string.h"

/* Where the FIT is being read, and the image that is being filled. */
struct reader {
	const void *fdt;
	u64 size; /* bytes of the whole bundle */
	struct bundle_image *image;
	struct cfg_error *err;
};

static int fail_image(const struct reader *r, const char *prop, const char *value,
		      const char *right)
{
	return cfg_fail(r->err, "bundle /images/%s: %s: %s: must be %s", r->image->name, prop,
			value, right);
}

/* External data has its place and its size in one cell each. */
static int read_cell(const struct reader *r, const char *name, const struct dt_prop *p, u64 *value)
{
	if (p->len != 4)
		return fail_image(r, name, p->data ? "wrong length" : "missing", "one cell");
	*value = dt_cell(p, 0);
	return 0;
}

/*
 * mkimage -E: the data is behind the tree, at data-position from the bundle's start or at
 * data-offset from the tree's end, rounded up to 4.
 */
static int read_external(const struct reader *r, int node)
{
	struct dt_prop position = dt_get(r->fdt, node, "data-position");
	struct dt_prop offset = dt_get(r->fdt, node, "data-offset");
	struct dt_prop size = dt_get(r->fdt, node, "data-size");
	u64 base = 0;
	u64 start = 0, len = 0;

	if (!position.data && !offset.data)
		return fail_image(r, "data", "missing", "data, data-offset or data-position");
	if (!position.data)
		base = ALIGN_UP((u64)fdt_totalsize(r->fdt), 4);
	if (read_cell(r, "data-offset", position.data ? &position : &offset, &start) ||
	    read_cell(r, "data-size", &size, &len))
		return -1;
	start += base;
	if (start > r->size || len > r->size - start)
		return fail_image(r, "data-size", "past the end",
				  "inside the bundle: it was cut short");
	r->image->data = (const u8 *)r->fdt + start;
	r->image->size = len;
	return 0;
}

static int read_data(const struct reader *r, int node)
{
	struct dt_prop compression = dt_get(r->fdt, node, "compression");
	struct dt_prop data = dt_get(r->fdt, node, "data");
	const char *how = dt_string(&compression);

	if (how && strcmp(how, "none"))
		return fail_image(r, "compression", how, "none");
	r->image->data = data.data;
	r->image->size = data.len;
	if (!data.data && read_external(r, node))
		return -1;
	return r->image->size ? 0 : fail_image(r, "data", "empty", "some bytes");
}

/* The first hash node with algo = "sha256" counts, whatever others there are. */
static int read_hash(const struct reader *r, int node)
{
	const char *found = "missing";
	int hash;

	for (hash = fdt_first_subnode(r->fdt, node); hash >= 0;
	     hash = fdt_next_subnode(r->fdt, hash)) {
		struct dt_prop algo = dt_get(r->fdt, hash, "algo");
		struct dt_prop value = dt_get(r->fdt, hash, "value");

		if (strncmp(dt_name(r->fdt, hash), "hash", 4))
			continue;
		found = dt_string(&algo) ? dt_string(&algo) : "no string";
		if (strcmp(found, "sha256"))
			continue;
		if (value.len != SHA256_SIZE)
			return fail_image(r, "hash value", "wrong length", "32 bytes");
		memcpy(r->image->sha256, value.data, SHA256_SIZE);
		return 0;
	}
	return fail_image(r, "hash algo", found, "sha256");
}

static int read_image(struct bundle *b, struct reader *r, int node)
{
	const char *name = dt_name(r->fdt, node);
	bool twice = bundle_find(b, name);

	if (b->nr_images == BUNDLE_IMAGES_MAX)
		return cfg_fail(r->err, "bundle /images: %d and more: must be %d at most",
				BUNDLE_IMAGES_MAX + 1, BUNDLE_IMAGES_MAX);
	r->image = &b->images[b->nr_images];
	r->image->name = name;
	if (!name[0] || strlen(name) >= NK_NAME_MAX)
		return fail_image(r, "name", "wrong length", "1 to 31 characters");
	if (twice)
		return fail_image(r, "name", "there already", "another one");
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
	images = fdt_subnode_offset(base, DT_ROOT, "images");
	if (images < 0)
		return cfg_fail(err, "bundle: /images: missing: must be a FIT, as nk-bundle makes");
	for (node = fdt_first_subnode(base, images); node >= 0; node = fdt_next_subnode(base, node))
		if (read_image(b, &r, node))
			return -1;

	b->system = bundle_find(b, "system");
	if (!b->system)
		return cfg_fail(err, "bundle: /images/system: missing: must be the system tree");
	return 0;
}

const struct bundle_image *bundle_find(const struct bundle *b, const char *name)
{
	for (u32 i = 0; i < b->nr_images; i++)
		if (!strcmp(b->images[i].name, name))
			return &b->images[i];
	return NULL;
}

int bundle_verify(const struct bundle_image *image, void (*between)(void), struct cfg_error *err)
{
	u8 digest[SHA256_SIZE];

	sha256(image->data, image->size, digest, between);
	if (memcmp(digest, image->sha256, SHA256_SIZE))
		return cfg_fail(err, "image %s: sha256 does not match: must be as it was bundled",
				image->name);
	return 0;
}

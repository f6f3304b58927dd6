// SPDX-License-Identifier: Apache-2.0
#include "fit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "lib/sha256.h"

#define TREE_MAX (1 << 20)
#define DATA_ALIGN 16

static void must(int ret)
{
	if (ret < 0)
		abort();
}

static void put_place(void *fdt, const char *name, u32 value, bool odd)
{
	if (odd)
		must(fdt_property_u64(fdt, name, value));
	else
		must(fdt_property_u32(fdt, name, value));
}

static void put_data(void *fdt, const struct fit_image *i, u32 offset, u32 tree_size)
{
	if (i->no_data)
		return;
	if (i->place == FIT_INTERNAL) {
		must(fdt_property(fdt, "data", i->data, (int)i->size));
		return;
	}
	if (!i->no_size)
		put_place(fdt, "data-size", i->said_size ? i->said_size : i->size, i->odd_cells);
	if (i->place == FIT_OFFSET)
		put_place(fdt, "data-offset", i->where ? i->where : offset, i->odd_cells);
	else
		put_place(fdt, "data-position", i->where ? i->where : tree_size + offset,
			  i->odd_cells);
}

static void put_hash(void *fdt, const struct fit_image *i)
{
	u8 digest[64] = {0};
	const char *algo = i->algo ? i->algo : "sha256";

	if (i->no_hash)
		return;
	sha256(i->data, i->size, digest, NULL);
	digest[5] ^= i->bad_digest;
	must(fdt_begin_node(fdt, "hash-1"));
	must(fdt_property(fdt, "value", digest, i->digest_size ? (int)i->digest_size : 32));
	if (*algo)
		must(fdt_property_string(fdt, "algo", algo));
	must(fdt_end_node(fdt));
}

static u32 put_tree(void *fdt, const struct fit_image *images, u32 n, u32 tree_size)
{
	u32 offset = 0;

	must(fdt_create(fdt, TREE_MAX));
	must(fdt_finish_reservemap(fdt));
	must(fdt_begin_node(fdt, ""));
	must(fdt_property_string(fdt, "description", "test"));
	must(fdt_begin_node(fdt, "images"));
	for (u32 i = 0; i < n; i++) {
		must(fdt_begin_node(fdt, images[i].name));
		put_data(fdt, &images[i], offset, tree_size);
		must(fdt_property_string(fdt, "compression",
					 images[i].compression ? images[i].compression : "none"));
		put_hash(fdt, &images[i]);
		must(fdt_end_node(fdt));
		if (images[i].place != FIT_INTERNAL)
			offset += ALIGN_UP(images[i].size, DATA_ALIGN);
	}
	must(fdt_end_node(fdt));
	must(fdt_end_node(fdt));
	must(fdt_finish(fdt));
	return offset;
}

void *fit_make(const struct fit_image *images, u32 n, size_t *size)
{
	u8 *fdt = malloc(TREE_MAX);
	u32 data_size, tree_size;
	u8 *fit, *at;

	/* The second time with the tree's size, which data-position counts in. */
	put_tree(fdt, images, n, 0);
	tree_size = ALIGN_UP(fdt_totalsize(fdt), 4);
	data_size = put_tree(fdt, images, n, tree_size);

	*size = data_size ? tree_size + data_size : fdt_totalsize(fdt);
	fit = calloc(1, *size);
	memcpy(fit, fdt, fdt_totalsize(fdt));
	at = fit + tree_size;
	for (u32 i = 0; i < n; i++) {
		if (images[i].place == FIT_INTERNAL)
			continue;
		memcpy(at, images[i].data, images[i].size);
		at += ALIGN_UP(images[i].size, DATA_ALIGN);
	}
	free(fdt);
	return fit;
}

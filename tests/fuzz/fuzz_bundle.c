// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever the initrd holds: the bundle's reader looks at no byte outside it, and each image it
 * accepts is inside. Images are then taken for a guest's own device tree, hash or no hash.
 */
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "config/bundle.h"
#include "config/guest/gtree.h"

#define TREE_MAX KIB(64)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_error(int ret, const struct cfg_error *err)
{
	must((ret < 0) == (err->text[0] != '\0'));
	must(strnlen(err->text, sizeof(err->text)) < sizeof(err->text));
}

static void try_tree(const struct bundle_image *image)
{
	static u64 tree[TREE_MAX / sizeof(u64)];
	static u64 system_tree[64];
	static const struct gtree_params params = {
		.nr_ram = 1, .ram = {{0x40000000, 0x10000000}}, .initrd_size = 1};
	static struct cfg_system system;
	static struct cfg_board board;
	struct cfg_vm vm = {.id = 2, .dtb = image->name, .bootargs = "x", .vplatform_node = -1};
	struct cfg_error err = {.text = ""};
	void *aligned;
	struct bundle copy = {.nr_images = 1, .images = {*image}};
	int ret;

	/* Images that are used as trees are 8-byte aligned, which fuzzed ones seldom are. */
	aligned = malloc(image->size);
	memcpy(aligned, image->data, image->size);
	copy.images[0].data = aligned;
	must(!fdt_create_empty_tree(system_tree, sizeof(system_tree)));
	system.fdt = system_tree;
	ret = gtree_build(tree, sizeof(tree), &system, &vm, &board, &copy, &params, &err);
	check_error(ret < 0 ? -1 : 0, &err);
	if (ret > 0)
		must(!fdt_check_full(tree, (size_t)ret));
	free(aligned);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct bundle b;
	struct cfg_error err = {.text = ""};
	u8 *exact = malloc(size ? size : 1);
	int ret;

	memcpy(exact, data, size);
	ret = bundle_parse(&b, exact, size, &err);
	check_error(ret, &err);
	for (u32 i = 0; !ret && i < b.nr_images; i++) {
		const struct bundle_image *image = &b.images[i];

		must(image->data >= exact && image->data + image->size <= exact + size);
		must(bundle_find(&b, image->name) == image);
		err.text[0] = '\0';
		check_error(bundle_verify(image, NULL, &err), &err);
		try_tree(image);
	}
	free(exact);
	return 0;
}

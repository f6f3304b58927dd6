// SPDX-License-Identifier: GPL-2.0-only
/* Properties. */
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "test.h"

#define TREE_ROOM 0x40000
#define FDT_BEGIN 0xd00dfeedU

static void test_get(void)
{
	char text[16], name[NK_PROP_NAME_LIMIT + 1] = "";
	unsigned int major = 0, minor = 0;
	int size;

	ok(!nkops.nk_hv_version_get(&major, &minor) && major == NK_API_MAJOR &&
		   minor == NK_API_MINOR,
	   "nk_hv_version_get: %u.%u", major, minor);
	ok(nkops.nk_hv_version_get(NULL, &minor) && nkops.nk_hv_version_get(&major, NULL),
	   "nk_hv_version_get: no place for it");
	memset(text, '#', sizeof(text));
	size = nkops.nk_prop_get("nk.version.api", text, 4);
	ok(size == 4 && !memcmp(text, "12.1#", 5), "nk_prop_get: cut off at 4: %d", size);
	ok(nkops.nk_prop_get("nk.no.such", text, 4) == NK_PROP_UNKNOWN, "nk_prop_get: unknown");
	memset(name, 'n', NK_PROP_NAME_LIMIT);
	ok(nkops.nk_prop_get(name, text, 4) == NK_PROP_UNKNOWN, "nk_prop_get: too long a name");
	ok(nkops.nk_prop_get(NULL, text, 4) == NK_PROP_ERROR, "nk_prop_get: no name");
	ok(nkops.nk_prop_get("nk.version.api", NULL, 4) == NK_PROP_ERROR, "nk_prop_get: no buffer");
	ok(nkops.nk_prop_get("nk.version.api", NULL, 0) == 0, "nk_prop_get: no room");
	memset(text, 'n', sizeof(text));
	ok(nkops.nk_prop_set("nk.version.api", text, 4) == NK_PROP_PERMISSION,
	   "nk_prop_set: not allowed");
	ok(nkops.nk_prop_set("nk.no.such", text, 4) == NK_PROP_UNKNOWN, "nk_prop_set: unknown");
}

static void test_set(void)
{
	char value[12] = "abcdefghijk", got[12];
	int size = nkops.nk_prop_set(TEST_PROP, value, sizeof(value));

	ok(size == 8, "nk_prop_set: 8 of 12 bytes: %d", size);
	size = nkops.nk_prop_get(TEST_PROP, got, sizeof(got));
	ok(size == 8 && !memcmp(got, value, 8), "nk_prop_get: the same 8 bytes: %d", size);
	size = nkops.nk_prop_set(TEST_PROP, value, 3);
	ok(size == 3 && nkops.nk_prop_get(TEST_PROP, got, sizeof(got)) == 3,
	   "nk_prop_set: a shorter value: %d", size);
	local_irq_disable();
	size = nkops.nk_prop_get(TEST_PROP, got, sizeof(got));
	local_irq_enable();
	ok(size == 3, "nk_prop_get: with interrupts off: %d", size);
}

/* Larger than a page, and than what is kept for each CPU. */
static void test_large(void)
{
	__be32 *tree = kzalloc(TREE_ROOM, GFP_KERNEL);
	int size = nkops.nk_prop_get("nk.vlm-dtb", tree, TREE_ROOM);

	ok(size > PAGE_SIZE && be32_to_cpu(tree[0]) == FDT_BEGIN && be32_to_cpu(tree[1]) == size,
	   "nk_prop_get: nk.vlm-dtb, %d bytes", size);
	kfree(tree);
}

static void test_enum(void)
{
	bool found = false, same = true;
	char name[NK_PROP_NAME_LIMIT], again[4];
	NkPropAttr attr = 0, attr_again;
	unsigned int pid;
	int size;

	for (pid = 0; (size = nkops.nk_prop_enum(pid, name, sizeof(name), &attr)) >= 0; pid++) {
		same &= NK_PROP_ATTR_NLEN(attr) == strlen(name) + 1;
		if (strcmp(name, TEST_PROP))
			continue;
		found = size == 8 && (attr & NK_PROP_ATTR_GET) && (attr & NK_PROP_ATTR_SET);
		memset(again, '#', sizeof(again));
		same &= nkops.nk_prop_enum(pid, again, 3, &attr_again) == 8 && again[3] == '#' &&
			attr_again == attr && !memcmp(again, name, 2);
	}
	ok(size == NK_PROP_UNKNOWN, "nk_prop_enum: %u properties, then unknown", pid);
	ok(found, "nk_prop_enum: " TEST_PROP " with its size and permissions");
	ok(same, "nk_prop_enum: lengths of names, and a short buffer");
	ok(nkops.nk_prop_enum(0, NULL, 4, &attr) == NK_PROP_ERROR, "nk_prop_enum: no buffer");
}

void test_props(void)
{
	test_get();
	test_set();
	test_large();
	test_enum();
}

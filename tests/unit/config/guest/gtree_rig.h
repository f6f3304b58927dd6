/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's tree that is built, checked by libfdt and dtc, and looked at. For one test program: everything is static. */
#ifndef UNIT_GTREE_RIG_H
#define UNIT_GTREE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/fdt/dt.h"
#include "config/guest/gtree.h"

#define TREE_MAX KIB(64)
#define GTREE_DIR UNIT_BUILD "/unit/gtree"

struct fixture {
	struct cfg_system s;
	struct cfg_board board;
	struct bundle bundle;
	struct gtree_params p;
	struct cfg_error err;
	struct cfg_vm *vm;
	void *out;
};

static struct fixture f;

/* A blob in memory of exactly its size. */
static void *load(const char *name, size_t *size)
{
	char path[128];
	void *blob;
	FILE *file;

	snprintf(path, sizeof(path), GTREE_DIR "/%s.dtb", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	blob = malloc(*size);
	assert_int_equal(fread(blob, 1, *size, file), *size);
	fclose(file);
	return blob;
}

static void load_board(const char *name)
{
	size_t size;

	free((void *)f.board.fdt);
	f.board.fdt = load(name, &size);
	assert_int_equal(dt_check(f.board.fdt, size, name, &f.err), 0);
	f.board.gic.node = fdt_subnode_offset(f.board.fdt, DT_ROOT, "intc@8000000");
	f.board.gic.phandle = fdt_get_phandle(f.board.fdt, f.board.gic.node);
	f.board.cpu_node[0] = fdt_path_offset(f.board.fdt, "/cpus/cpu@0");
	f.board.cpu_node[1] = fdt_path_offset(f.board.fdt, "/cpus/cpu@100");
}

static int setup(void **state)
{
	size_t size;

	memset(&f, 0, sizeof(f));
	f.board.gic.version = 3;
	f.board.gic.irq_cells = 3;
	f.board.cpu_mpidr[1] = 0x100;
	f.board.timer_phys.intid = 30;
	f.board.timer_virt.intid = 27;
	f.board.timer_hyp.intid = 26;
	load_board("board");
	f.s.fdt = load("system", &size);
	f.vm = &f.s.vm[0];
	f.vm->id = 2;
	f.vm->node.at = fdt_path_offset(f.s.fdt, "/vm/vm5");
	strcpy(f.vm->name, "linux-a");
	f.vm->bootargs = "console=ttyAMA0";
	f.vm->nr_vcpus = 2;
	f.vm->vcpu_cpu[1] = 1;
	f.vm->vplatform_node = -1;
	f.p = (struct gtree_params){
		.nr_ram = 1,
		.ram = {{0x140000000, 0x180000000}},
		.initrd_start = 0x148000000,
		.initrd_size = 0x1234,
		.vcpu_mpidr = {0x80000000, 0x80000001},
		.gicd_base = 0x8000000,
		.gicd_size = 0x10000,
		.gicc_base = 0x8010000,
		.gicc_size = 0x2000,
		.gicr_base = 0x80a0000,
		.gicr_size = 0x40000,
		.uart_base = 0x9000000,
		.uart_size = 0x1000,
		.uart_intid = 33,
	};
	f.out = malloc(TREE_MAX);
	return 0;
}

static int teardown(void **state)
{
	free((void *)f.board.fdt);
	free((void *)f.s.fdt);
	free(f.out);
	return 0;
}

/* dtc reads the tree without a word. */
static void assert_dtc_content(int size)
{
	static const char path[] = GTREE_DIR "/out.dtb";
	FILE *file = fopen(path, "wb");
	char text[512];

	assert_non_null(file);
	assert_int_equal(fwrite(f.out, 1, (size_t)size, file), size);
	fclose(file);
	file = popen("dtc -I dtb -O dtb -o /dev/null " GTREE_DIR "/out.dtb 2>&1", "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	assert_string_equal(text, "");
	assert_int_equal(pclose(file), 0);
}

static int try_build(size_t size)
{
	memset(&f.err, 0, sizeof(f.err));
	return gtree_build(f.out, size, &f.s, f.vm, &f.board, &f.bundle, &f.p, &f.err);
}

static void build(void)
{
	int size = try_build(TREE_MAX);

	if (size < 0)
		fail_msg("%s", f.err.text);
	assert_int_equal(size, fdt_totalsize(f.out));
	assert_int_equal(fdt_check_full(f.out, (size_t)size), 0);
	assert_dtc_content(size);
}

static void assert_fails(const char *text)
{
	assert_int_equal(try_build(TREE_MAX), -1);
	assert_string_equal(f.err.text, text);
}

static bool has(const char *path)
{
	return fdt_path_offset(f.out, path) >= 0;
}

static const void *get(const char *path, const char *prop, int *len)
{
	int node = fdt_path_offset(f.out, path);

	if (node < 0)
		fail_msg("%s is not there", path);
	return fdt_getprop(f.out, node, prop, len);
}

static bool has_prop(const char *path, const char *prop)
{
	int len;

	return get(path, prop, &len);
}

static void assert_bytes(const char *path, const char *prop, const void *expected, size_t size)
{
	int len;
	const void *data = get(path, prop, &len);

	if (!data)
		fail_msg("%s has no %s", path, prop);
	assert_int_equal(len, size);
	assert_memory_equal(data, expected, size);
}

/* The value is these strings: a literal with \0 between them. */
#define assert_text(path, prop, text) assert_bytes(path, prop, text, sizeof(text))

static void assert_cells_are(const char *path, const char *prop, const u32 *cells, size_t n)
{
	u8 bytes[64];

	assert_true(4 * n <= sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		fdt32_st(bytes + 4 * i, cells[i]);
	assert_bytes(path, prop, bytes, 4 * n);
}

#define assert_cells(path, prop, ...)                                                              \
	do {                                                                                       \
		static const u32 cells_[] = {__VA_ARGS__};                                         \
                                                                                                   \
		assert_cells_are(path, prop, cells_, ARRAY_SIZE(cells_));                          \
	} while (0)

static u32 phandle(const char *path)
{
	int node = fdt_path_offset(f.out, path);

	assert_true(node >= 0);
	return fdt_get_phandle(f.out, node);
}

static void give(const char *path)
{
	struct cfg_device *d = &f.vm->devices[f.vm->nr_devices++];

	d->path = path;
	d->node = fdt_path_offset(f.board.fdt, path);
	assert_true(d->node >= 0);
}

#endif

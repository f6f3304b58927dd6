// SPDX-License-Identifier: Apache-2.0
/* The guest's device tree, read back by libfdt and by dtc. */
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
		.ram_base = 0x140000000,
		.ram_size = 0x180000000,
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

static void test_cpus(void **state)
{
	build();
	assert_cells("/cpus", "#address-cells", 1);
	assert_cells("/cpus", "#size-cells", 0);
	assert_cells("/cpus/cpu@0", "reg", 0);
	assert_cells("/cpus/cpu@1", "reg", 1);
	assert_text("/cpus/cpu@0", "compatible", "arm,cortex-a72");
	assert_text("/cpus/cpu@1", "compatible", "arm,cortex-a53");
	assert_text("/cpus/cpu@1", "device_type", "cpu");
	assert_text("/cpus/cpu@1", "enable-method", "psci");
	assert_false(has("/cpus/cpu@2"));
	assert_text("/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2");
	assert_text("/psci", "method", "hvc");
}

/* A physical CPU of which the board's tree says nothing. */
static void test_unknown_cpu(void **state)
{
	f.board.cpu_node[0] = fdt_path_offset(f.board.fdt, "/cpus"); /* one without `compatible` */
	f.p.vcpu_mpidr[1] = 0x80000100;
	build();
	assert_text("/cpus/cpu@0", "compatible", "arm,armv8");
	assert_cells("/cpus/cpu@100", "reg", 0x100);
}

static void test_gicv3(void **state)
{
	build();
	assert_text("/intc@8000000", "compatible", "arm,gic-v3");
	assert_cells("/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0x40000);
	assert_cells("/intc@8000000", "#interrupt-cells", 3);
	assert_cells("/intc@8000000", "#address-cells", 0);
	assert_true(has_prop("/intc@8000000", "interrupt-controller"));
	assert_int_equal(phandle("/intc@8000000"), f.board.gic.phandle);
	assert_cells("/", "interrupt-parent", 1);
	assert_cells("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	assert_text("/timer", "compatible", "arm,armv8-timer\0arm,armv7-timer");
}

static void test_gicv2(void **state)
{
	f.board.gic.version = 2;
	f.board.timer_hyp.intid = 0;
	build();
	assert_text("/intc@8000000", "compatible", "arm,cortex-a15-gic");
	assert_cells("/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x2000);
	assert_cells("/timer", "interrupts", 1, 13, 0x304, 1, 14, 0x304, 1, 11, 0x304);
}

/* A GIC whose interrupts have a fourth cell, for groups of CPUs. */
static void test_four_cells(void **state)
{
	f.board.gic.irq_cells = 4;
	build();
	assert_cells("/intc@8000000", "#interrupt-cells", 4);
	assert_cells("/pl011@9000000", "interrupts", 0, 1, 4, 0);
	assert_cells("/timer", "interrupts", 1, 13, 4, 0, 1, 14, 4, 0, 1, 11, 4, 0, 1, 10, 4, 0);
}

static void test_memory_and_chosen(void **state)
{
	build();
	assert_text("/memory@140000000", "device_type", "memory");
	assert_cells("/memory@140000000", "reg", 1, 0x40000000, 1, 0x80000000);
	assert_text("/chosen", "bootargs", "console=ttyAMA0");
	assert_text("/chosen", "stdout-path", "/pl011@9000000");
	assert_cells("/chosen", "linux,initrd-start", 1, 0x48000000);
	assert_cells("/chosen", "linux,initrd-end", 1, 0x48001234);
	assert_cells("/", "#address-cells", 2);
	assert_cells("/", "#size-cells", 2);
	assert_text("/", "model", "linux-a");
	assert_text("/nk", "compatible", "nk,hypervisor");
	assert_cells("/nk", "vm-id", 2);
	assert_false(has_prop("/nk", "balloon"));

	f.vm->bootargs = NULL;
	f.p.initrd_size = 0;
	f.p.balloon = (struct range){0x140000000, 0x400000};
	build();
	assert_false(has_prop("/chosen", "bootargs"));
	assert_false(has_prop("/chosen", "linux,initrd-start"));
	assert_false(has_prop("/chosen", "linux,initrd-end"));
	assert_cells("/nk", "balloon", 1, 0x40000000, 0, 0x400000);
}

static void test_uart(void **state)
{
	u32 clock;

	build();
	clock = phandle("/nk-uart-clock");
	assert_text("/pl011@9000000", "compatible", "arm,pl011\0arm,primecell");
	assert_cells("/pl011@9000000", "reg", 0, 0x9000000, 0, 0x1000);
	assert_cells("/pl011@9000000", "interrupts", 0, 1, 4);
	assert_text("/pl011@9000000", "clock-names", "uartclk\0apb_pclk");
	assert_cells_are("/pl011@9000000", "clocks", (const u32[]){clock, clock}, 2);
	assert_text("/nk-uart-clock", "compatible", "fixed-clock");
	assert_false(has("/soc@40000000"));
	assert_false(has("/osc"));
}

/* A clock made of a clock comes with it; nothing else does. */
static void test_device_at_root(void **state)
{
	give("/rtc@9010000");
	build();
	assert_text("/rtc@9010000", "compatible", "arm,pl031\0arm,primecell");
	assert_cells("/rtc@9010000", "reg", 0, 0x9010000, 0, 0x1000);
	assert_text("/rtc@9010000", "clock-names", "apb_pclk");
	assert_cells_are("/rtc@9010000", "clocks", (const u32[]){phandle("/half")}, 1);
	assert_cells_are("/half", "clocks", (const u32[]){phandle("/osc")}, 1);
	assert_cells("/osc", "clock-frequency", 48000000);
	assert_false(has("/unused"));
	assert_false(has("/vcc"));
	assert_false(has("/soc@40000000"));
}

#define SPI "/soc@40000000/bus@200000/spi@4000"
#define DMA "/soc@40000000/bus@200000/dma@5000"

/* The buses keep addresses right; what the guest does not have is not referred to. */
static void test_device_below_buses(void **state)
{
	static const char *const dropped[] = {
		"clocks",
		"clock-names",
		"cs-gpios",
		"dmas",
		"dma-names",
		"iommus",
		"pinctrl-0",
		"pinctrl-names",
		"power-domains",
		"assigned-clocks",
		"assigned-clock-rates",
	};

	give(SPI);
	build();
	assert_cells(SPI, "reg", 0x4000, 0x1000);
	assert_cells(SPI, "interrupts", 0, 40, 4);
	assert_cells(SPI, "ngpios", 4);
	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		if (has_prop(SPI, dropped[i]))
			fail_msg("%s is still there", dropped[i]);
	assert_cells_are(SPI "/flash@0", "vcc-supply", (const u32[]){phandle("/vcc")}, 1);
	assert_false(has_prop("/vcc", "gpio"));
	assert_text("/soc@40000000", "compatible", "simple-bus");
	assert_cells("/soc@40000000", "ranges", 0, 0, 0x40000000, 0x10000000);
	assert_false(has_prop("/soc@40000000", "power-domains"));
	assert_cells("/soc@40000000/bus@200000", "ranges", 0, 0x200000, 0x100000);
	assert_true(has_prop("/soc@40000000/bus@200000", "dma-ranges"));
	assert_false(has(DMA));
	assert_false(has("/soc@40000000/gpio@102000"));
}

/* Two devices of one VM may refer to each other. */
static void test_two_devices(void **state)
{
	u32 dma;

	give(SPI);
	give(DMA);
	build();
	dma = phandle(DMA);
	assert_cells_are(SPI, "dmas", (const u32[]){dma, 1, dma, 2}, 4);
	assert_text(SPI, "dma-names", "rx\0tx");
	assert_cells_are(DMA, "interrupts-extended", (const u32[]){1, 0, 41, 4}, 4);
	assert_cells_are(DMA, "clocks", (const u32[]){phandle("/half")}, 1);
	assert_false(has("/soc@40000000/bus@200000/other@6000"));
}

/* With the clock controller as well, the list of clocks is whole. */
static void test_controller_given(void **state)
{
	give("/soc@40000000/clock-controller@100000");
	give(SPI);
	build();
	assert_true(has_prop(SPI, "clocks"));
	assert_text(SPI, "clock-names", "bus\0core");
}

/* A child of a device that is given too is there once. */
static void test_nested_devices(void **state)
{
	give("/soc@40000000");
	give(DMA);
	build();
	assert_true(has(DMA));
	assert_true(has(SPI));
	assert_true(has_prop("/soc@40000000", "power-domains"));
	assert_text("/soc@40000000", "compatible", "vendor,soc\0simple-bus");
}

/* A root with other cells than ours becomes a bus. */
static void test_small_cells(void **state)
{
	load_board("board32");
	f.board.gic.version = 2;
	f.board.cpu_mpidr[1] = 0;
	give("/rtc@9010000");
	build();
	assert_cells("/board@0/rtc@9010000", "reg", 0x9010000, 0x1000);
	assert_cells("/board@0", "#address-cells", 1);
	assert_cells("/board@0", "#size-cells", 1);
	assert_cells("/board@0", "ranges", 0, 0, 0, 0xffffffff);
	assert_text("/cpus/cpu@0", "compatible", "arm,cortex-a53");
}

static void use_vplatform(const char *vm)
{
	char path[32];

	snprintf(path, sizeof(path), "/vm/%s", vm);
	f.vm->node.at = fdt_path_offset(f.s.fdt, path);
	f.vm->vplatform_node = fdt_subnode_offset(f.s.fdt, f.vm->node.at, "vplatform");
	assert_true(f.vm->vplatform_node >= 0);
}

static void test_vplatform(void **state)
{
	use_vplatform("vm2");
	build();
	assert_text("/fan", "compatible", "test,fan");
	assert_true(has_prop("/fan", "empty"));
	assert_text("/fan/blade@0", "colour", "grey");
	assert_text("/fan/blade@1/tip", "colour", "red");
	assert_cells("/switch", "fan", 0x5000);
	assert_int_equal(phandle("/fan"), 0x5000);

	use_vplatform("vm5");
	build();
	assert_false(has("/fan"));
}

static void test_vplatform_conflicts(void **state)
{
	use_vplatform("vm3");
	assert_int_equal(try_build(TREE_MAX), -1);
	assert_non_null(strstr(f.err.text, "/vm/vm3/vplatform/fan: phandle: 0x1: it and the name "
					   "must not be those of a node nk makes"));
	use_vplatform("vm4");
	assert_int_equal(try_build(TREE_MAX), -1);
	assert_non_null(strstr(f.err.text, "/vm/vm4/vplatform/timer: phandle: 0x0: it and the "));
}

static void use_dtb(const char *name)
{
	size_t size;
	struct bundle_image *image = &f.bundle.images[0];

	image->name = "tree";
	image->data = load(name, &size);
	image->size = size;
	f.bundle.nr_images = 1;
	f.vm->dtb = "tree";
}

static void drop_dtb(void)
{
	free((void *)f.bundle.images[0].data);
	f.bundle.nr_images = 0;
}

static void test_dtb(void **state)
{
	u64 base, size;

	use_dtb("guest");
	build();
	assert_text("/", "compatible", "test,guest");
	assert_false(has("/memory@80000000"));
	assert_false(has("/memory@90000000"));
	assert_cells("/memory@140000000", "reg", 1, 0x40000000, 1, 0x80000000);
	assert_text("/chosen", "bootargs", "console=ttyAMA0");
	assert_text("/chosen", "stdout-path", "/serial");
	assert_text("/chosen/framebuffer", "colour", "blue");
	assert_cells("/chosen", "linux,initrd-start", 1, 0x48000000);
	assert_cells("/nk", "vm-id", 2);
	assert_cells("/serial/child/deep", "value", 1, 2, 3);
	assert_false(has("/cpus"));
	assert_int_equal(fdt_num_mem_rsv(f.out), 2);
	assert_int_equal(fdt_get_mem_rsv(f.out, 1, &base, &size), 0);
	assert_int_equal(base, 0x60000000);
	assert_int_equal(size, 0x2000);

	f.vm->bootargs = NULL;
	f.p.initrd_size = 0;
	build();
	assert_text("/chosen", "bootargs", "from the tree");
	assert_false(has_prop("/chosen", "linux,initrd-start"));
	drop_dtb();
}

static void test_small_dtb(void **state)
{
	use_dtb("guest32");
	assert_fails("/vm/vm5: dtb: \"tree\": its root must have 2 #address-cells and "
		     "#size-cells, for the RAM");
	f.p.ram_base = 0x40000000;
	f.p.ram_size = 0x10000000;
	build();
	assert_cells("/memory@40000000", "reg", 0x40000000, 0x10000000);
	assert_text("/chosen", "bootargs", "console=ttyAMA0");
	drop_dtb();
}

static void test_bad_dtb(void **state)
{
	use_dtb("guest");
	f.vm->dtb = "no-tree";
	assert_fails("/vm/vm5: dtb: \"no-tree\": must be an image of the bundle");

	f.vm->dtb = "tree";
	f.bundle.images[0].size /= 2;
	assert_int_equal(try_build(TREE_MAX), -1);
	assert_non_null(strstr(f.err.text, "tree: FDT_ERR_TRUNCATED"));
	drop_dtb();
}

/* Whatever the room: the tree or an error, and not a byte behind it is written. */
static void test_no_room(void **state)
{
	int room = 1;
	int need;

	give(SPI);
	use_vplatform("vm2");
	need = try_build(TREE_MAX);
	free(f.out);
	f.out = malloc(1);
	assert_true(need > 0);
	while (try_build((size_t)room) < 0) {
		assert_non_null(strstr(f.err.text, "/vm/vm2: dtb, devices, vplatform: "));
		room++;
		free(f.out);
		f.out = malloc((size_t)room);
	}
	assert_int_equal(try_build((size_t)room), need);
	assert_in_range(room, need, 2 * need);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_cpus),	TEST(test_unknown_cpu),	     TEST(test_gicv3),
		TEST(test_gicv2),	TEST(test_four_cells),	     TEST(test_memory_and_chosen),
		TEST(test_uart),	TEST(test_device_at_root),   TEST(test_device_below_buses),
		TEST(test_two_devices), TEST(test_controller_given), TEST(test_nested_devices),
		TEST(test_small_cells), TEST(test_vplatform),	     TEST(test_vplatform_conflicts),
		TEST(test_dtb),		TEST(test_small_dtb),	     TEST(test_bad_dtb),
		TEST(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

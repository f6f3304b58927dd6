// SPDX-License-Identifier: Apache-2.0
/* The guest's device tree, read back by libfdt and by dtc. */
#include "gtree_rig.h"

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

/* Where the VM's GIC is, its node says, and nothing says where the board's is. */
static void test_own_gic(void **state)
{
	f.p.gicd_base = 0x12f000000;
	f.p.gicd_size = 0x1000;
	f.p.gicr_base = 0x2f100000;
	build();
	assert_cells("/intc@12f000000", "reg", 1, 0x2f000000, 0, 0x1000, 0, 0x2f100000, 0, 0x40000);
	assert_int_equal(phandle("/intc@12f000000"), f.board.gic.phandle);
	assert_false(has("/intc@8000000"));
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

	f.p.nr_ram = 4;
	f.p.ram[1] = (struct range){0x80000000, 0x200000};
	f.p.ram[2] = (struct range){0x40000000, 0x400000};
	f.p.ram[3] = (struct range){0xffffe00000, 0x200000};
	build();
	assert_cells("/memory@140000000", "reg", 1, 0x40000000, 1, 0x80000000, 0, 0x80000000, 0,
		     0x200000, 0, 0x40000000, 0, 0x400000, 0xff, 0xffe00000, 0, 0x200000);
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

static void test_own_uart(void **state)
{
	f.p.uart_base = 0x11c090000;
	f.p.uart_intid = 37;
	build();
	assert_cells("/pl011@11c090000", "reg", 1, 0x1c090000, 0, 0x1000);
	assert_cells("/pl011@11c090000", "interrupts", 0, 5, 4);
	assert_text("/chosen", "stdout-path", "/pl011@11c090000");
	assert_false(has("/pl011@9000000"));
}

static void test_no_uart(void **state)
{
	f.p.uart_size = 0;
	f.p.uart_base = 0;
	build();
	assert_int_equal(fdt_node_offset_by_compatible(f.out, -1, "arm,pl011"), -FDT_ERR_NOTFOUND);
	assert_false(has("/nk-uart-clock"));
	assert_false(has_prop("/chosen", "stdout-path"));
	assert_text("/chosen", "bootargs", "console=ttyAMA0");
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
	assert_text("/aliases", "fan0", "/fan");
	assert_text("/aliases", "fan1", "/fan/blade@1");

	use_vplatform("vm5");
	build();
	assert_false(has("/fan"));
}

static void add_virtio(const char *path, u64 base, u64 size, u32 intid)
{
	struct cfg_virtio *d = &f.s.virtio[f.s.nr_virtio++];

	*d = (struct cfg_virtio){.vm = 2, .reg = {base, size}, .intid = intid};
	d->node = (struct cfg_node){f.s.fdt, fdt_path_offset(f.s.fdt, path)};
}

/* What a driver binds to, and nothing of what is for nk alone. */
static void test_virtio(void **state)
{
	use_vplatform("vm6");
	add_virtio("/vm/vm6/vplatform/console@a003200", 0x0a003200, 0x160, 75);
	add_virtio("/vm/vm6/vplatform/disk@10a003000", 0x10a003000, 0x200, 74);
	build();
	assert_text("/disk@10a003000", "compatible", "virtio,mmio");
	assert_cells("/disk@10a003000", "reg", 1, 0x0a003000, 0, 0x200);
	assert_cells("/disk@10a003000", "interrupts", 0, 42, 1);
	assert_true(has_prop("/disk@10a003000", "dma-coherent"));
	assert_int_equal(phandle("/disk@10a003000"), 0x5001);
	assert_false(has_prop("/disk@10a003000", "vl,device-vmid"));
	assert_false(has_prop("/disk@10a003000", "vl,device-name"));
	assert_text("/console@a003200", "compatible", "virtio,mmio");
	assert_cells("/console@a003200", "reg", 0, 0x0a003200, 0, 0x160);
	assert_cells("/console@a003200", "interrupts", 0, 43, 1);
	assert_false(has_prop("/console@a003200", "phandle"));
	assert_text("/note", "compatible", "test,note");
	assert_false(has("/reserved-memory"));
	assert_false(has_prop("/console@a003200", "memory-region"));
	f.board.gic.irq_cells = 4;
	build();
	assert_cells("/console@a003200", "interrupts", 0, 43, 1, 0);
}

/* Two of the VM's devices and one of another VM have pools, the latter in a second piece of RAM. */
static void add_pools(void)
{
	f.p.nr_ram = 2;
	f.p.ram[1] = (struct range){0xffe00000, 0x600000};
	f.s.nr_virtio = 0;
	for (u32 i = 0; i < 4; i++)
		add_virtio(i < 2 ? "/vm/vm6/vplatform/console@a003200"
				 : "/vm/vm6/vplatform/disk@10a003000",
			   0x0a003000 + 0x200 * i, 0x200, 74 + i);
	f.s.virtio[0].vm = 3;
	f.s.virtio[0].node.at = DT_ROOT;
	f.s.virtio[0].pool = (struct range){0x200000, 0x200000};
	f.s.virtio[1].pool = (struct range){0x400000, 0x200000};
	f.s.virtio[1].pool_piece = 1;
	f.s.virtio[2].node.at = DT_ROOT;
	f.s.virtio[3].pool = (struct range){0x7fe00000, 0x200000};
}

static void test_pools(void **state)
{
	use_vplatform("vm6");
	add_pools();
	build();
	assert_cells("/reserved-memory", "#address-cells", 2);
	assert_cells("/reserved-memory", "#size-cells", 2);
	assert_true(has_prop("/reserved-memory", "ranges"));
	assert_text("/reserved-memory/pool@100200000", "compatible", "restricted-dma-pool");
	assert_cells("/reserved-memory/pool@100200000", "reg", 1, 0x00200000, 0, 0x200000);
	assert_cells("/reserved-memory/pool@1bfe00000", "reg", 1, 0xbfe00000, 0, 0x200000);
	assert_cells("/console@a003200", "memory-region", 0x6e6b0100);
	assert_cells("/disk@10a003000", "memory-region", 0x6e6b0101);
	assert_int_equal(phandle("/reserved-memory/pool@100200000"), 0x6e6b0100);
	assert_int_equal(phandle("/reserved-memory/pool@1bfe00000"), 0x6e6b0101);
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
	f.p.nr_ram = 2;
	f.p.ram[0] = (struct range){0x40000000, 0x10000000};
	f.p.ram[1] = (struct range){0x100000000, 0x200000};
	assert_fails("/vm/vm5: dtb: \"tree\": its root must have 2 #address-cells and "
		     "#size-cells, for the RAM");
	f.p.ram[1] = (struct range){0xffe00000, 0x200000};
	build();
	assert_cells("/memory@40000000", "reg", 0x40000000, 0x10000000, 0xffe00000, 0x200000);
	assert_text("/chosen", "bootargs", "console=ttyAMA0");
	drop_dtb();
}

/* A tree of the guest's own names them by the phandles that they have. */
static void test_pools_of_dtb(void **state)
{
	use_dtb("guest");
	build();
	assert_true(has("/reserved-memory/firmware@40000000"));
	add_pools();
	build();
	assert_cells("/reserved-memory", "#size-cells", 2);
	assert_true(has_prop("/reserved-memory/firmware@40000000", "no-map"));
	assert_cells("/reserved-memory/pool@100200000", "phandle", 0x6e6b0100);
	assert_cells("/reserved-memory/pool@1bfe00000", "phandle", 0x6e6b0101);
	drop_dtb();

	use_dtb("guest32");
	f.p.ram[0] = (struct range){0x40000000, 0x80000000};
	f.p.ram[1] = (struct range){0xe0000000, 0x600000};
	build();
	assert_cells("/reserved-memory", "#address-cells", 1);
	assert_cells("/reserved-memory/pool@e0400000", "reg", 0xe0400000, 0x200000);
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

/* A device that is elsewhere for the guest keeps its node, on a bus that says where. */
static void test_moved(void **state)
{
	struct cfg_device *d = &f.vm->devices[1];

	give("/rtc@9010000");
	give("/soc@40000000/clock-controller@100000");
	d->first[0] = 0x40100000;
	d->moved = 0x120000000 - 0x40100000;
	d->nr_regs = d->address_cells = d->size_cells = 1;
	build();
	assert_true(has("/rtc@9010000"));
	assert_false(has("/soc@40000000"));
	assert_text("/moved@120000000", "compatible", "simple-bus");
	assert_cells("/moved@120000000", "ranges", 0x100000, 1, 0x20000000, 0x1000);
	assert_cells("/moved@120000000/clock-controller@100000", "reg", 0x100000, 0x1000);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_cpus),
		TEST(test_unknown_cpu),
		TEST(test_gicv3),
		TEST(test_gicv2),
		TEST(test_own_gic),
		TEST(test_four_cells),
		TEST(test_memory_and_chosen),
		TEST(test_uart),
		TEST(test_own_uart),
		TEST(test_no_uart),
		TEST(test_device_at_root),
		TEST(test_device_below_buses),
		TEST(test_two_devices),
		TEST(test_controller_given),
		TEST(test_nested_devices),
		TEST(test_small_cells),
		TEST(test_vplatform),
		TEST(test_virtio),
		TEST(test_pools),
		TEST(test_pools_of_dtb),
		TEST(test_vplatform_conflicts),
		TEST(test_dtb),
		TEST(test_small_dtb),
		TEST(test_bad_dtb),
		TEST(test_no_room),
		TEST(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

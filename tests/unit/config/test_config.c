// SPDX-License-Identifier: Apache-2.0
/* What config/ makes of good trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/fdt/dt.h"
#include "config/system/prop_names.h"
#include "config/system/system.h"
#include "config_util.h"

static struct cfg_system sys;
static void *sys_blob;

static void parse(const char *name, const struct cfg_board *b)
{
	struct cfg_error err;
	size_t size;

	free(sys_blob);
	sys_blob = load_blob(name, &size);
	memset(&sys, 0xa5, sizeof(sys));
	if (cfg_system_parse(&sys, sys_blob, size, b, &err))
		fail_msg("%s: %s", name, err.text);
	assert_string_equal(err.text, "");
	check_system_bounds(&sys, b);
}

static const struct cfg_board *board(const char *name)
{
	static struct cfg_board b;
	static void *blob;
	struct cfg_error err;
	size_t size;

	free(blob);
	blob = load_blob(name, &size);
	if (cfg_board_parse(&b, blob, size, &err))
		fail_msg("%s: %s", name, err.text);
	check_board_bounds(&b);
	return &b;
}

static void test_virt(void **state)
{
	const struct cfg_board *b = virt_board(3);
	int version;

	(void)state;
	assert_int_equal(b->gic.nr_redist, 1);
	assert_int_equal(b->gic.redist[0].base, 0x080a0000);
	assert_int_equal(b->gic.redist[0].size, 0x00f60000);
	b = virt_board(2);
	assert_int_equal(b->gic.cpu.base, 0x08010000);
	assert_int_equal(b->gic.hyp.base, 0x08030000);
	assert_int_equal(b->gic.vcpu.base, 0x08040000);
	for (version = 2; version <= 3; version++) {
		b = virt_board(version);
		check_board_bounds(b);
		assert_int_equal(b->gic.version, version);
		assert_int_equal(b->gic.dist.base, 0x08000000);
		assert_int_equal(b->gic.dist.size, 0x10000);
		assert_int_equal(b->gic.maintenance.intid, 25);
		assert_int_equal(b->nr_ram, 1);
		assert_int_equal(b->ram[0].base, 0x40000000);
		assert_int_equal(b->ram[0].size, 0x80000000);
		assert_int_equal(b->nr_cpus, 4);
		assert_int_equal(b->cpu_mpidr[3], 3);
		assert_int_equal(b->psci, CFG_CONDUIT_SMC);
		assert_int_equal(b->timer_phys.intid, 30);
		assert_int_equal(b->timer_virt.intid, 27);
		assert_int_equal(b->timer_hyp.intid, 26);
		assert_int_equal(b->console.type, CFG_UART_PL011);
		assert_int_equal(b->console.reg.base, 0x09000000);
		assert_int_equal(b->console.irqs[0].intid, 33);
		assert_int_equal(b->console.irqs[0].trigger, CFG_TRIGGER_LEVEL);
		assert_int_equal(b->initrd.size, 0);
		assert_string_equal(b->bootargs, "");
	}
}

/* No stdout-path, RAM in pieces, interrupt-names, one CPU without PSCI. */
static void test_board_gicv2(void **state)
{
	const struct cfg_board *b = board("unit/dts/board-gicv2");

	(void)state;
	assert_int_equal(b->gic.version, 2);
	assert_int_equal(b->console.type, CFG_UART_PL011);
	assert_int_equal(b->console.reg.base, 0x09000000);
	assert_int_equal(b->nr_ram, 1);
	assert_int_equal(b->ram[0].base, 0x40000000);
	assert_int_equal(b->ram[0].size, 0x200000);
	assert_int_equal(b->psci, CFG_CONDUIT_NONE);
	assert_int_equal(b->timer_phys.intid, 30);
	assert_int_equal(b->timer_virt.intid, 27);
	assert_int_equal(b->timer_hyp.intid, 26);
}

static void test_board_map(void **state)
{
	const struct cfg_board *b = board("unit/dts/board-map");

	(void)state;
	assert_int_equal(b->gic.version, 2);
	assert_int_equal(b->gic.cpu.size, 0x2000);
	assert_int_equal(b->gic.vcpu.size, 0x2000);
	assert_int_equal(b->gic.maintenance.intid, 25);
	assert_int_equal(b->console.type, CFG_UART_PL011);
	assert_int_equal(b->console.reg.base, 0x1c090000);
	assert_int_equal(b->console.irqs[0].intid, 37);
	assert_int_equal(b->console.irqs[0].trigger, CFG_TRIGGER_EDGE);
}

static void test_board_front(void **state)
{
	const struct cfg_board *b = board("unit/dts/board-front");

	(void)state;
	assert_int_equal(b->console.type, CFG_UART_IMX);
	assert_int_equal(b->console.reg.base, 0x30860000);
	assert_int_equal(b->console.irqs[0].intid, 58);
	assert_int_equal(b->gic.maintenance.intid, 25);
	assert_int_equal(b->timer_hyp.intid, 26);
}

static void test_board_odd(void **state)
{
	const struct cfg_board *b = board("bad/include/odd");

	(void)state;
	assert_int_equal(b->console.type, CFG_UART_PL011);
	assert_int_equal(b->console.reg.base, 0x07000000);
	assert_int_equal(b->nr_cpus, 4);
	assert_int_equal(b->cpu_mpidr[3], 0x100);
	assert_string_equal(b->bootargs, "nk.focus=3 nk.bench");
	assert_int_equal(b->nr_reserved, 1);
	assert_int_equal(b->reserved[0].base, 0x44000000);
	assert_int_equal(b->reserved[0].size, 0x101000);
	assert_int_equal(b->initrd.base, 0x48000000);
	assert_int_equal(b->initrd.size, 0x01000000);
}

static void test_linux2(void **state)
{
	const struct cfg_device *d = &sys.vm[0].devices[0];
	int gic;

	(void)state;
	for (gic = 2; gic <= 3; gic++) {
		parse("examples/linux2", virt_board(gic));
		assert_int_equal(sys.nr_vms, 2);
		assert_int_equal(sys.vm[0].id, 2);
		assert_string_equal(sys.vm[0].name, "linux-a");
		assert_string_equal(sys.vm[0].kernel, "linux");
		assert_string_equal(sys.vm[0].initrd, "rootfs");
		assert_null(sys.vm[0].dtb);
		assert_string_equal(sys.vm[0].bootargs,
				    "console=ttyAMA0 earlycon nk.hostname=linux-a");
		assert_false(sys.vm[0].has_kernel_offset || sys.vm[0].ram[0].has_base);
		assert_true(sys.vm[0].autostart);
		assert_int_equal(sys.vm[0].nr_vcpus, 2);
		assert_int_equal(sys.vm[0].vplatform_node, -1);
		assert_int_equal(sys.vm[1].id, 3);
		assert_string_equal(sys.vm[1].name, "linux-b");
		assert_int_equal(sys.vm[1].vcpu_cpu[0], 2);
		assert_int_equal(sys.vm[1].vcpu_cpu[1], 3);
		assert_int_equal(sys.vm[1].nr_devices, 0);
		assert_int_equal(sys.vm[0].nr_devices, 1);
		assert_string_equal(d->path, "/pl031@9010000");
		assert_int_equal(d->nr_regs, 1);
		assert_int_equal(d->regs[0].base, 0x09010000);
		assert_int_equal(d->regs[0].size, 0x1000);
		assert_int_equal(d->nr_irqs, 1);
		assert_int_equal(d->irqs[0].intid, 34);
	}
}

static void test_raw(void **state)
{
	(void)state;
	parse("examples/linux1", virt_board(2));
	assert_int_equal(sys.nr_vms, 1);
	assert_int_equal(sys.vm[0].nr_vcpus, 1);
	parse("examples/linux-raw", virt_board(3));
	assert_int_equal(sys.nr_vms, 2);
	assert_true(sys.vm[1].has_kernel_offset);
	assert_int_equal(sys.vm[1].kernel_offset, 0x80000);
	assert_true(sys.vm[1].ram[0].has_base);
	assert_int_equal(sys.vm[1].ram[0].base, 0x40000000);
	assert_int_equal(sys.vm[1].ram[0].size, 0x04000000);
	assert_int_equal(sys.vm[1].vcpu_cpu[0], 1);
}

static void test_defaults(void **state)
{
	const struct cfg_vm *vm = &sys.vm[0];
	u32 i;

	(void)state;
	parse("unit/dts/defaults", virt_board(3));
	assert_int_equal(sys.nr_vms, 1);
	assert_int_equal(sys.nr_vdevs + sys.nr_props + sys.nr_vlogs, 0);
	assert_int_equal(sys.pmem_size, 0);
	assert_int_equal(sys.balloon.host, 0);
	assert_int_equal(vm->id, 31);
	assert_string_equal(vm->name, "vm31");
	assert_int_equal(vm->nr_vcpus, 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(vm->vcpu_cpu[i], i);
	assert_int_equal(vm->affinity, 0xf);
	assert_int_equal(vm->handover_affinity, 0);
	assert_false(vm->migration);
	assert_true(vm->autostart);
	assert_int_equal(vm->boot_order, 0);
	assert_false(vm->stray_ends);
	assert_int_equal(vm->crash.action, CFG_CRASH_STOP);
	assert_int_equal(vm->crash.max_restarts + vm->crash.dump_time, 0);
	assert_null(vm->symbols);
	assert_null(vm->initrd);
	assert_null(vm->bootargs);
	assert_int_equal(vm->nr_ram, 1);
	assert_string_equal(vm->ram[0].name, "memory");
	assert_int_equal(vm->ram[0].size, 0x200000);
}

static void test_full_vm(void **state)
{
	const struct cfg_vm *vm = &sys.vm[0];

	(void)state;
	parse("unit/dts/full", virt_board(3));
	assert_int_equal(sys.pmem_size, 0x02000000);
	assert_int_equal(sys.balloon.size, 0x400000);
	assert_int_equal(sys.balloon.host, 3);
	assert_true(sys.balloon.takers >> 2 & 1);
	assert_false(sys.balloon.takers & (BIT(3) | BIT(1)));
	assert_string_equal(vm->dtb, "tree");
	assert_true(vm->has_dtb_offset);
	assert_int_equal(vm->dtb_offset, 0x07fff000);
	assert_false(vm->autostart);
	assert_true(vm->stray_ends);
	assert_int_equal(vm->crash.action, CFG_CRASH_RESTART);
	assert_int_equal(vm->crash.max_restarts, 3);
	assert_int_equal(vm->crash.restarts_time, 600);
	assert_int_equal(vm->crash.dump_time, 20);
	assert_string_equal(vm->symbols, "vmlinux");
	assert_int_equal(vm->nr_vcpus, 2);
	assert_int_equal(vm->vcpu_cpu[0], 1);
	assert_int_equal(vm->vcpu_cpu[1], 0);
	assert_int_equal(vm->handover_affinity, 2);
	assert_int_equal(vm->handover_ms, 250);
	assert_true(vm->migration);
	assert_int_equal(vm->priority, 7);
	assert_int_equal(vm->nr_devices, 2);
	assert_string_equal(vm->devices[1].path, "/pl061");
	assert_int_equal(vm->devices[1].regs[0].base, 0x09030000);
	assert_true(vm->vplatform_node > 0);
	assert_string_equal(dt_name(sys.fdt, vm->vplatform_node), "vplatform");
	assert_int_equal(sys.vm[1].boot_order, 31);
	assert_int_equal(sys.vm[1].affinity, 0xc);
	assert_int_equal(sys.vm[1].nr_vcpus, 1);
	assert_int_equal(sys.vm[1].vcpu_cpu[0], 2);
	assert_int_equal(sys.vm[1].handover_affinity, 0);
	assert_int_equal(sys.vm[1].handover_ms, 10000);
}

static void test_full_schedule(void **state)
{
	const struct cfg_table *t = &sys.table[0];

	parse("unit/dts/full", virt_board(3));
	assert_int_equal(sys.vm[0].time_slice_us, 10000);
	assert_int_equal(sys.vm[0].budget_us, 0);
	assert_int_equal(sys.vm[1].time_slice_us, 2000);
	assert_int_equal(sys.vm[1].budget_us, 300);
	assert_int_equal(sys.vm[1].period_us, 1000);
	assert_int_equal(sys.nr_tables, 1);
	assert_int_equal(t->cpus, 3);
	assert_int_equal(t->frame_us, 20000);
	assert_int_equal(t->nr_windows, 2);
	assert_int_equal(t->window[0].start_us, 100);
	assert_int_equal(t->window[0].length_us, 4900);
	assert_int_equal(t->window[0].vms, BIT(2));
	assert_true(t->window[0].others);
	assert_int_equal(t->window[1].start_us, 5000);
	assert_false(t->window[1].others);
}

static void test_full_logs(void **state)
{
	parse("unit/dts/full", virt_board(3));
	assert_int_equal(sys.nr_vlogs, 2);
	assert_int_equal(sys.vlog[0].size, 0x100000);
	assert_int_equal(sys.vlog[0].writers, BIT(2) | BIT(3));
	assert_int_equal(sys.vlog[0].readers & BIT(2), BIT(2));
	assert_int_equal(sys.vlog[0].readers & (BIT(0) | BIT(1) | BIT(30)), 0);
	assert_int_equal(sys.vlog[1].size, 0x1000);
	assert_int_equal(sys.vlog[1].writers | sys.vlog[1].readers, 0);
}

/* Who names its CPUs gets those that the fewest have; who names none, those that nobody has. */
static void test_shared(void **state)
{
	static const u32 cpu[] = {0, 1, 0, 0, 3, 2};

	parse("unit/dts/shared", virt_board(3));
	for (u32 i = 0; i < ARRAY_SIZE(cpu); i++)
		assert_int_equal(sys.vm[i].vcpu_cpu[0], cpu[i]);
	assert_int_equal(sys.vm[0].vcpu_cpu[1], 1);
}

static const struct cfg_vdev *vdev(u32 vm, const char *name)
{
	u32 i;

	for (i = 0; i < sys.nr_vdevs; i++)
		if (sys.vdevs[i].vm == vm && !strcmp(dt_name(sys.fdt, sys.vdevs[i].node.at), name))
			return &sys.vdevs[i];
	fail_msg("vm%u has no %s", vm, name);
	return NULL;
}

static void test_full_vdevs(void **state)
{
	const struct cfg_vdev *d;

	(void)state;
	parse("unit/dts/full", virt_board(3));
	assert_int_equal(sys.nr_vdevs, 11);
	d = vdev(2, "net@23_0");
	assert_string_equal(d->compatible, "veth2");
	assert_int_equal(d->dir, CFG_VDEV_BOTH);
	assert_int_equal(d->clone, 1);
	assert_int_equal(d->link, -1);
	assert_int_equal(vdev(3, "net@32_0")->peer_phandle, d->phandle);
	d = vdev(2, "rpc@be.0");
	assert_int_equal(d->clone, 2);
	assert_true(d->critical);
	assert_int_equal(d->dir, CFG_VDEV_SERVER);
	assert_string_equal(vdev(3, "rpc_fe")->compatible, "vrpc");
	assert_int_equal(vdev(3, "rpc2@fe")->peer_phandle, d->phandle);
	assert_int_equal(vdev(2, "pipe-server")->link, 3);
	assert_true(vdev(1, "hypevent@x")->clone_auto);
	assert_string_equal(vdev(3, "hypevent@x")->compatible, "vl,hypevent.v1");
	assert_int_equal(vdev(2, "loop@1")->dir, CFG_VDEV_CLIENT);
}

static void test_full_props(void **state)
{
	(void)state;
	parse("unit/dts/full", virt_board(3));
	assert_int_equal(sys.nr_props, 4);
	assert_string_equal(sys.props[0].name, "nk.test.flag");
	assert_int_equal(sys.props[0].size, 1);
	assert_int_equal(sys.props[0].allow_set, ~0u);
	assert_int_equal(sys.props[0].allow_get, ~0u);
	assert_int_equal(sys.props[0].allow_notify, 0);
	assert_string_equal(sys.props[1].name, "nk.vm.3.wdt.x.config");
	assert_int_equal(sys.props[1].size, 16);
	assert_int_equal(sys.props[1].allow_set, BIT(3));
	assert_int_equal(sys.props[1].allow_get, BIT(2) | BIT(3));
	assert_int_equal(sys.props[1].allow_notify, 0);
	assert_int_equal(sys.props[1].builtin, -1);
}

static void test_full_watchdog(void **state)
{
	(void)state;
	parse("unit/dts/full", virt_board(3));
	assert_int_equal(sys.nr_wdts, 1);
	assert_int_equal(sys.wdts[0].vm, 3);
	assert_int_equal(sys.wdts[0].name_len, 1);
	assert_int_equal(*sys.wdts[0].name, 'x');
	assert_ptr_equal(sys.wdts[0].part[CFG_WDT_CONFIG], &sys.props[1]);
	assert_ptr_equal(sys.wdts[0].part[CFG_WDT_COUNTER], &sys.props[3]);
	assert_ptr_equal(sys.wdts[0].part[CFG_WDT_STATE], &sys.props[2]);
}

static void test_builtin_props(void **state)
{
	const struct cfg_prop *p = sys.props;

	(void)state;
	parse("unit/dts/props", virt_board(3));
	while (strcmp(p->name, "nk.vm.2.state.running"))
		p++;
	assert_int_equal(p->builtin, PROP_VM_RUNNING);
	assert_int_equal(p->vm, 2);
	assert_true(p->has_set && p->has_get && !p->has_notify);
	assert_int_equal(p->allow_set, 0);
	assert_int_equal(p->allow_get, BIT(2));
	while (strcmp(p->name, "nk.monitoring.enable"))
		p++;
	assert_int_equal(p->builtin, PROP_MONITORING);
	assert_int_equal(p->vm, 0);
	assert_int_equal(p->size, 4);
	assert_true(p->has_set && p->has_get && p->has_notify);
	p++;
	assert_int_equal(p->builtin, PROP_HISTORY);
	assert_true(!p->has_set && p->has_get && !p->has_notify);
	assert_false(sys.vm[0].regions);
	assert_true(sys.vm[1].regions);
}

static void test_builtin_names(void **state)
{
	static const char *const others[] = {"nk.panic-trigger",
					     "nk.vm.1.cpus",
					     "nk.vm.32.cpus",
					     "nk.vm.02.cpus",
					     "nk.vm..cpus",
					     "nk.vm.2cpus",
					     "nk.vm.2.cpu",
					     "nk.vm.2.vcpus.online2",
					     "nk.vm.4294967298.cpus",
					     "nk.vm.3.wdt.x.config",
					     "nk.version",
					     ".cpus",
					     ""};
	u32 i, vm;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(prop_builtin(others[i], &vm), -1);
	assert_int_equal(prop_builtin("nk.vm.31.vcpus.online", &vm), PROP_VM_VCPUS_ONLINE);
	assert_int_equal(vm, 31);
	assert_int_equal(prop_builtin("nk.build-id", &vm), PROP_BUILD_ID);
	assert_int_equal(vm, 0);
	for (i = 0; i < PROP_NR; i++)
		assert_non_null(prop_names[i].name);
}

/* What of the first VM's devices is mapped. */
static void check_pages(const struct range *want, u32 n)
{
	struct range r[CFG_DEV_RANGES_MAX];

	assert_int_equal(cfg_device_pages(&sys.vm[0], 0, r), n);
	if (n)
		assert_memory_equal(r, want, n * sizeof(*r));
}

static void test_devices_behind_a_bus(void **state)
{
	const struct cfg_device *d = &sys.vm[0].devices[0];

	(void)state;
	parse("unit/dts/odd-good", board("bad/include/odd"));
	assert_int_equal(d->nr_regs, 2);
	assert_int_equal(d->regs[0].base, 0x0b100000);
	assert_int_equal(d->regs[0].size, 0x1000);
	assert_int_equal(d->regs[1].base, 0x0b100000);
	assert_int_equal(d->regs[1].size, 0x2000);
	check_pages((struct range[]){{0x09010000, 0x1000}, {0x0b100000, 0x2000}}, 2);
	assert_int_equal(d->nr_irqs, 2);
	assert_int_equal(d->irqs[0].intid, 122);
	assert_int_equal(d->irqs[0].trigger, CFG_TRIGGER_EDGE);
	assert_int_equal(d->irqs[1].intid, 123);
	assert_int_equal(d->irqs[1].trigger, CFG_TRIGGER_LEVEL);
}

/* One that is moved behind a bus takes its regions along; another one takes its place. */
static void test_devices_moved(void **state)
{
	const struct cfg_device *d = sys.vm[0].devices;
	struct range r[CFG_DEV_RANGES_MAX];

	(void)state;
	parse("unit/dts/moved", board("bad/include/odd"));
	assert_int_equal(d[0].first[0] + d[0].moved, 0x20000000);
	assert_int_equal(d[0].moved % PAGE_SIZE, 0);
	assert_int_equal(d[1].moved, 0x0b100000 - 0x09010000);
	assert_int_equal(sys.vm[1].devices[0].moved, 0);
	check_pages((struct range[]){{0x0b100000, 0x2000}}, 1);
	assert_int_equal(cfg_device_pages(&sys.vm[0], 1, r), 1);
	assert_int_equal(r[0].base, 0x09010000);
}

static void test_devices_of_one_page(void **state)
{
	(void)state;
	parse("unit/dts/same-page", virt_board(3));
	assert_int_equal(sys.vm[0].nr_devices, 8);
	assert_int_equal(sys.vm[0].devices[7].regs[0].base, 0x0a000000);
	check_pages((struct range[]){{0x0a000000, 0x1000}}, 1);
}

/* Regions that overlap, touch, lie in another one, or stand alone, in any order. */
static void test_pages_of_devices(void **state)
{
	static const struct range regs[][2] = {
		{{0x9000, 0x1000}, {0x3000, 0x3000}},
		{{0x4000, 0x1000}, {0x3000, 0x3000}},
		{{0x2000, 0x2000}, {0x6000, 0x1000}},
		{{0x0000, 0x1000}, {0x5000, 0x1000}},
	};
	struct cfg_vm *vm = &sys.vm[0];
	u32 i;

	(void)state;
	vm->nr_devices = ARRAY_SIZE(regs);
	for (i = 0; i < vm->nr_devices; i++) {
		vm->devices[i].nr_regs = 2;
		memcpy(vm->devices[i].regs, regs[i], sizeof(regs[i]));
	}
	check_pages((struct range[]){{0x0000, 0x1000}, {0x2000, 0x5000}, {0x9000, 0x1000}}, 3);
	vm->nr_devices = 0;
	check_pages(NULL, 0);
	parse("examples/virtio-given", virt_board(2));
	check_pages((struct range[]){{0x0a003000, 0x1000}}, 1);
}

static bool list(const char *text, u32 first, u32 last, u32 *mask)
{
	struct dt_prop p = {text, (u32)strlen(text) + 1};

	return sys_list(&p, first, last, mask);
}

static void test_lists(void **state)
{
	static const char *const wrong[] = {"16", "1,,2", "3-1", "4294967296", "0 1", "-1",
					    "1-", "*,1",  "a",	 "1;2",	       "0x1"};
	struct dt_prop absent = {NULL, 0};
	u32 mask;
	size_t i;

	(void)state;
	assert_true(sys_list(&absent, 0, 15, &mask));
	assert_int_equal(mask, 0);
	assert_true(list("", 0, 15, &mask));
	assert_int_equal(mask, 0);
	assert_true(list(" 1 , 3 - 5,15 ", 0, 15, &mask));
	assert_int_equal(mask, 0x803a);
	assert_true(list("*", 0, 3, &mask));
	assert_int_equal(mask, 0xf);
	assert_true(list("31", 1, 31, &mask));
	assert_int_equal(mask, BIT(31));
	assert_false(list("0", 1, 31, &mask));
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_false(list(wrong[i], 0, 15, &mask));
}

/* The first error stays; nothing in a tree's text can move the terminal's cursor. */
static void test_errors(void **state)
{
	struct cfg_error err = {.text = ""};
	char text[512];

	(void)state;
	assert_int_equal(cfg_fail(&err, "a: %s", "\x1b[2J\n\xff"), -1);
	assert_string_equal(err.text, "a: ?[2J??");
	assert_int_equal(cfg_fail(&err, "b"), -1);
	assert_string_equal(err.text, "a: ?[2J??");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	err.text[0] = 0;
	cfg_fail(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	err.text[0] = 0;
	dt_fail_at(&err, virt_board(3)->fdt, virt_board(3)->gic.node, "reg", "%s: %d", text, 1);
	assert_memory_equal(err.text, "/intc@8000000: reg: xxx", 23);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_virt),
		cmocka_unit_test(test_board_gicv2),
		cmocka_unit_test(test_board_map),
		cmocka_unit_test(test_board_front),
		cmocka_unit_test(test_board_odd),
		cmocka_unit_test(test_linux2),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_full_vm),
		cmocka_unit_test(test_full_schedule),
		cmocka_unit_test(test_full_logs),
		cmocka_unit_test(test_shared),

		cmocka_unit_test(test_full_vdevs),
		cmocka_unit_test(test_full_props),
		cmocka_unit_test(test_full_watchdog),
		cmocka_unit_test(test_builtin_props),
		cmocka_unit_test(test_builtin_names),
		cmocka_unit_test(test_devices_behind_a_bus),
		cmocka_unit_test(test_devices_moved),
		cmocka_unit_test(test_devices_of_one_page),
		cmocka_unit_test(test_pages_of_devices),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

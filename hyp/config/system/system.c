// SPDX-License-Identifier: Apache-2.0
/* The system tree, read into struct cfg_system: the root, /hyp, the VMs. */
#include "config/system/system.h"
#include "lib/printf.h"
#include "lib/string.h"

#define IMAGE "the name of an image in the bundle"
#define NAME "1 to 31 letters, digits, '-', '_' or '.'"
#define OFFSET "one or two cells, a multiple of 4 KiB inside the memory"
#define XIRQ_RATE 10000
#define RESTARTS "two cells, 1 to 32 restarts and 1 to 86400 seconds"
#define RESTARTS_MAX 32
#define DAY 86400
#define CELLS "<2>, as the guest's tree has it"

enum {
	VM_NAME,
	VM_KERNEL,
	VM_INITRD,
	VM_DTB,
	VM_BOOTARGS,
	VM_OFFSET,
	VM_DTB_OFFSET,
	VM_DEVICES,
	VM_IPA,
	VM_GIC,
	VM_UART,
	VM_AUTOSTART,
	VM_BOOT_ORDER,
	VM_REGIONS,
	VM_XIRQ_RATE,
	VM_STRAY,
	VM_SYSTEM_SUSPEND,
	VM_ON_CRASH,
	VM_RESTARTS,
	VM_DUMP_TIME,
	VM_SYMBOLS,
	VM_NR
};

static const struct dt_rule vm_rules[VM_NR] = {
	[VM_NAME] = {"name", NAME, 1, NK_NAME_MAX - 1, DT_STRING, false},
	[VM_KERNEL] = {"kernel", IMAGE, 1, ~0u, DT_STRING, true},
	[VM_INITRD] = {"initrd", IMAGE, 1, ~0u, DT_STRING, false},
	[VM_DTB] = {"dtb", IMAGE, 1, ~0u, DT_STRING, false},
	[VM_BOOTARGS] = {"bootargs", "one string, the kernel's command line", 0, 0, DT_STRING,
			 false},
	[VM_OFFSET] = {"kernel-offset", OFFSET, PAGE_SIZE, 0, DT_NUMBER, false},
	[VM_DTB_OFFSET] = {"dtb-offset", OFFSET, PAGE_SIZE, 0, DT_NUMBER, false},
	[VM_DEVICES] = {"devices", "strings, paths of nodes of the board", 0, 0, DT_STRINGS, false},
	[VM_IPA] = {"ipa", "two cells for each of devices, or for the first ones", 0, 0, DT_CELLS,
		    false},
	[VM_GIC] = {"gic", "two cells each for its distributor and for what else it has", 0, 0,
		    DT_CELLS, false},
	[VM_UART] = {"uart", "an address and an INTID, or \"none\"", 0, 0, DT_ANY, false},
	[VM_AUTOSTART] = {"autostart", "\"on\" or \"off\"", 0, 0, DT_ON_OFF, false},
	[VM_BOOT_ORDER] = {"boot-order", "one cell, 1 to 31", 1, NK_VM_ID_MAX, DT_CELL, false},
	[VM_REGIONS] = {"regions", "no value, its presence is all", 0, 0, DT_FLAG, false},
	[VM_XIRQ_RATE] = {"xirq-rate", "interrupts a second, 100 to 1000000", 100, 1000000, DT_CELL,
			  false},
	[VM_STRAY] = {"on-stray", "\"abort\" or \"stop\"", 0, 0, DT_STRING, false},
	[VM_SYSTEM_SUSPEND] = {"system-suspend", "no value, its presence is all", 0, 0, DT_FLAG,
			       false},
	[VM_ON_CRASH] = {"on-crash", "\"stop\", \"restart\" or \"panic\"", 0, 0, DT_STRING, false},
	[VM_RESTARTS] = {"max-restarts", RESTARTS, 0, 0, DT_CELLS, false},
	[VM_DUMP_TIME] = {"dump-time", "seconds, 1 to 3600", 1, 3600, DT_CELL, false},
	[VM_SYMBOLS] = {"symbols", IMAGE ", the kernel's ELF file", 1, ~0u, DT_STRING, false},
};
DT_RULES_FIT(VM_NR);

enum {
	PART_MEMORY,
	PART_VCPUS = PART_MEMORY + CFG_RAM_PIECES,
	PART_VDEVS,
	PART_VPLATFORM,
	PART_NR
};

static const char *const vm_parts[PART_NR] = {
	[PART_MEMORY] = "memory",	[PART_MEMORY + 1] = "memory@1",
	[PART_MEMORY + 2] = "memory@2", [PART_MEMORY + 3] = "memory@3",
	[PART_VCPUS] = "vcpus",		[PART_VDEVS] = "vdevs",
	[PART_VPLATFORM] = "vplatform",
};

static bool has_props(const void *fdt, int node)
{
	struct dt_cursor c;

	dt_props_of(&c, fdt, node);
	return dt_next_prop(&c);
}

/* Nobody has said anything about this VM: only the skeleton's empty nodes are there. */
static bool is_unused(const void *fdt, int node)
{
	int child;

	if (has_props(fdt, node))
		return false;
	for (child = fdt_first_subnode(fdt, node); child >= 0; child = fdt_next_subnode(fdt, child))
		if (has_props(fdt, child) || fdt_first_subnode(fdt, child) >= 0)
			return false;
	return true;
}

const struct cfg_vm *sys_vm(const struct cfg_system *s, u32 id)
{
	u32 i;

	for (i = 0; i < s->nr_vms; i++)
		if (s->vm[i].id == id)
			return &s->vm[i];
	return NULL;
}

int sys_vm_list(const struct dt_view *w, u32 which, u32 may_be_named, u32 *mask)
{
	const u32 all = ~0u << NK_VM_ID_FIRST;

	if (!sys_list(&w->v[which], NK_VM_ID_FIRST, NK_VM_ID_MAX, mask) ||
	    (*mask != all && (*mask & ~may_be_named)))
		return dt_wrong(w, which, NULL);
	*mask &= may_be_named;
	return 0;
}

int sys_each_child(struct sys_parse *p, int node, u32 arg,
		   int (*fn)(struct sys_parse *p, int child, u32 arg))
{
	struct dt_view w;

	if (dt_read(&w, p->fdt, node, NULL, 0, p->err))
		return -1;
	for (node = node < 0 ? node : fdt_first_subnode(p->fdt, node); node >= 0;
	     node = fdt_next_subnode(p->fdt, node))
		if (fn(p, node, arg))
			return -1;
	return 0;
}

static bool is_name(const char *s)
{
	for (; *s; s++)
		if (((*s | 0x20) < 'a' || (*s | 0x20) > 'z') && (*s < '0' || *s > '9') &&
		    !strchr("-_.", *s))
			return false;
	return true;
}

static int read_name(struct sys_parse *p, struct cfg_vm *vm, const struct dt_view *w)
{
	const char *name = w->v[VM_NAME].data;
	const struct cfg_vm *other;

	if (name && !is_name(name))
		return dt_wrong(w, VM_NAME, NULL);
	if (name)
		memcpy(vm->name, name, w->v[VM_NAME].len);
	else
		fmt_snprintf(vm->name, sizeof(vm->name), "vm%u", vm->id);
	for (other = p->s->vm; other < vm; other++)
		if (!strcmp(other->name, vm->name))
			return dt_wrong(w, VM_NAME, "a name that vm%u does not have already",
					other->id);
	return 0;
}

/* Its nodes become children of the root of the guest's tree, where both kinds of cells are 2. */
static int read_vplatform(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	static const struct dt_rule rules[] = {
		{"#address-cells", CELLS, 2, 2, DT_CELL, false},
		{"#size-cells", CELLS, 2, 2, DT_CELL, false},
	};
	DT_RULES_FIT(ARRAY_SIZE(rules));
	struct dt_view w;

	if (dt_read(&w, p->fdt, node, rules, ARRAY_SIZE(rules), p->err))
		return -1;
	vm->vplatform_node = node >= 0 && fdt_first_subnode(p->fdt, node) >= 0 ? node : -1;
	return sys_virtio(p, vm, vm->vplatform_node);
}

static int read_stray(struct cfg_vm *vm, const struct dt_view *w)
{
	const char *does = w->v[VM_STRAY].data;

	vm->stray_ends = does && !strcmp(does, "stop");
	return does && !vm->stray_ends && strcmp(does, "abort") ? dt_wrong(w, VM_STRAY, NULL) : 0;
}

static int read_restarts(struct cfg_vm *vm, const struct dt_view *w)
{
	const struct dt_prop *p = &w->v[VM_RESTARTS];
	struct cfg_crash *crash = &vm->crash;

	if (!p->data)
		return 0;
	if (p->len != 8)
		return dt_wrong(w, VM_RESTARTS, NULL);
	crash->max_restarts = dt_cell(p, 0);
	crash->restarts_time = dt_cell(p, 1);
	return crash->max_restarts - 1 < RESTARTS_MAX && crash->restarts_time - 1 < DAY
		       ? 0
		       : dt_wrong(w, VM_RESTARTS, NULL);
}

static int read_crash(struct cfg_vm *vm, const struct dt_view *w)
{
	static const char *const actions[] = {"stop", "restart", "panic"};
	const char *does = w->v[VM_ON_CRASH].data;
	u32 i;

	for (i = 0; does && i < ARRAY_SIZE(actions) && strcmp(does, actions[i]); i++)
		;
	if (i == ARRAY_SIZE(actions))
		return dt_wrong(w, VM_ON_CRASH, NULL);
	vm->crash.action = (enum cfg_crash_action)i;
	if (w->v[VM_DUMP_TIME].data)
		vm->crash.dump_time = dt_cell(&w->v[VM_DUMP_TIME], 0);
	vm->symbols = w->v[VM_SYMBOLS].data;
	return read_restarts(vm, w);
}

static bool restarts(const struct cfg_system *s, const struct cfg_vm *vm)
{
	if (vm->crash.action == CFG_CRASH_RESTART)
		return true;
	for (u32 i = 0; i < s->nr_wdts; i++)
		if (s->wdts[i].vm == vm->id)
			return true;
	return false;
}

/* What says how it restarts is a mistake where it never does. */
static int check_restarts(struct sys_parse *p)
{
	static const char *const names[] = {"max-restarts", "dump-time"};

	for (const struct cfg_vm *vm = p->s->vm; vm < p->s->vm + p->s->nr_vms; vm++) {
		if (restarts(p->s, vm))
			continue;
		for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
			struct dt_prop prop = dt_get(p->fdt, vm->node.at, names[i]);

			if (prop.data)
				return dt_fail(p->err, p->fdt, vm->node.at, names[i], &prop,
					       "only with on-crash = \"restart\", or a watchdog");
		}
	}
	return 0;
}

/* Where in the first piece of its RAM, which has been read. */
static int read_offsets(struct cfg_vm *vm, const struct dt_view *w)
{
	vm->has_kernel_offset = w->v[VM_OFFSET].data;
	vm->kernel_offset = dt_number(&w->v[VM_OFFSET]);
	vm->has_dtb_offset = w->v[VM_DTB_OFFSET].data;
	vm->dtb_offset = dt_number(&w->v[VM_DTB_OFFSET]);
	if (vm->kernel_offset >= vm->ram[0].size)
		return dt_wrong(w, VM_OFFSET, NULL);
	return vm->dtb_offset >= vm->ram[0].size ? dt_wrong(w, VM_DTB_OFFSET, NULL) : 0;
}

static int read_start(struct cfg_vm *vm, const struct dt_view *w)
{
	vm->autostart = dt_is_on(&w->v[VM_AUTOSTART], true);
	vm->boot_order = dt_count(&w->v[VM_BOOT_ORDER]);
	return vm->boot_order && !vm->autostart
		       ? dt_wrong(w, VM_BOOT_ORDER,
				  "only with autostart = \"on\", as it is by default")
		       : 0;
}

static int read_vm(struct sys_parse *p, u32 id, int node)
{
	struct cfg_vm *vm = &p->s->vm[p->s->nr_vms];
	struct dt_view w;
	int part[PART_NR];

	memset(vm, 0, sizeof(*vm));
	vm->id = id;
	vm->node = (struct cfg_node){p->fdt, node};
	if (dt_read(&w, p->fdt, node, vm_rules, VM_NR, p->err) ||
	    dt_read_children(p->fdt, node, vm_parts, PART_NR, part, p->err) || read_name(p, vm, &w))
		return -1;
	vm->kernel = w.v[VM_KERNEL].data;
	vm->initrd = w.v[VM_INITRD].data;
	vm->dtb = w.v[VM_DTB].data;
	vm->bootargs = w.v[VM_BOOTARGS].data;
	vm->suspends_system = w.v[VM_SYSTEM_SUSPEND].data;
	vm->regions = w.v[VM_REGIONS].data;
	vm->xirq_rate = w.v[VM_XIRQ_RATE].data ? dt_cell(&w.v[VM_XIRQ_RATE], 0) : XIRQ_RATE;
	vm->has_gic = w.v[VM_GIC].data;
	if (read_start(vm, &w) || read_stray(vm, &w) || read_crash(vm, &w) ||
	    sys_vcpus(p, vm, part[PART_VCPUS]) || sys_places(p, vm, &w.v[VM_GIC], &w.v[VM_UART]) ||
	    sys_memory(p, vm, &part[PART_MEMORY]) || read_offsets(vm, &w) ||
	    sys_devices(p, vm, &w.v[VM_DEVICES], &w.v[VM_IPA]) ||
	    sys_vdevs(p, id, part[PART_VDEVS]))
		return -1;
	p->s->nr_vms++;
	p->vms |= (u32)BIT(id);
	return read_vplatform(p, vm, part[PART_VPLATFORM]);
}

/* VM 1 is nk itself: it only has endpoints of vlinks. */
static int read_vm1(struct sys_parse *p, int node)
{
	struct dt_view w;
	int vdevs;

	if (dt_read(&w, p->fdt, node, NULL, 0, p->err) ||
	    dt_read_children(p->fdt, node, &vm_parts[PART_VDEVS], 1, &vdevs, p->err))
		return -1;
	return sys_vdevs(p, 1, vdevs);
}

/* The id in a name such as "vm12", or 0. */
static u32 vm_id(const char *name)
{
	u32 id = 0;
	u32 i;

	if (strncmp(name, "vm", 2) || name[2] == '0')
		return 0;
	for (i = 2; i < 4 && name[i] >= '0' && name[i] <= '9'; i++)
		id = id * 10 + (u32)(name[i] - '0');
	return name[i] || id > NK_VM_ID_MAX ? 0 : id;
}

/* Finds vm1 .. vm31, whatever their order. */
static int find_vms(struct sys_parse *p, int vms, int *node_of)
{
	int node;

	memset(node_of, 0xff, NK_VM_IDS * sizeof(*node_of));
	for (node = fdt_first_subnode(p->fdt, vms); node >= 0;
	     node = fdt_next_subnode(p->fdt, node)) {
		u32 id = vm_id(dt_name(p->fdt, node));

		if (!id || node_of[id] >= 0)
			return dt_fail_at(p->err, p->fdt, vms, dt_name(p->fdt, node),
					  "unknown: nodes vm1 to vm%d, each once", NK_VM_ID_MAX);
		node_of[id] = node;
	}
	return 0;
}

static int read_vms(struct sys_parse *p, int vms)
{
	int node_of[NK_VM_IDS];
	struct dt_view w;
	u32 id;

	if (dt_read(&w, p->fdt, vms, NULL, 0, p->err) || find_vms(p, vms, node_of))
		return -1;
	if (node_of[1] >= 0 && read_vm1(p, node_of[1]))
		return -1;
	for (id = NK_VM_ID_FIRST; id < NK_VM_IDS; id++)
		if (node_of[id] >= 0 && !is_unused(p->fdt, node_of[id]) &&
		    read_vm(p, id, node_of[id]))
			return -1;
	if (!p->s->nr_vms)
		return dt_fail_at(p->err, p->fdt, vms, "vm2",
				  "missing: a VM at least, with kernel and memory");
	return 0;
}

static int read_hyp(struct sys_parse *p, int hyp)
{
	static const struct dt_rule rule = {
		"pmem-size", "one or two cells, a multiple of 4 KiB, at most the board's RAM",
		PAGE_SIZE,   0,
		DT_NUMBER,   false};
	static const char *const parts[] = {"property", "balloon", "schedule", "logs",
					    "monitoring"};
	int part[ARRAY_SIZE(parts)];
	struct dt_view w;

	if (dt_read(&w, p->fdt, hyp, &rule, 1, p->err) ||
	    dt_read_children(p->fdt, hyp, parts, ARRAY_SIZE(parts), part, p->err))
		return -1;
	p->s->hyp.at = hyp;
	p->s->pmem_size = dt_number(&w.v[0]);
	if (p->s->pmem_size > p->ram_left)
		return dt_wrong(&w, 0, NULL);
	p->ram_left -= p->s->pmem_size;
	p->vlogs = part[3];
	return sys_balloon(p, part[1]) || sys_schedule(p, part[2]) || sys_monitor(p, part[4]) ||
			       sys_props(p, part[0])
		       ? -1
		       : 0;
}

/* The board's RAM that nobody has reserved; both lists are sorted and merged. */
static u64 usable_ram(const struct cfg_board *b)
{
	u64 sum = 0;
	u32 i, j;

	for (i = 0; i < b->nr_ram; i++) {
		u64 end = b->ram[i].base + b->ram[i].size;

		sum += b->ram[i].size;
		for (j = 0; j < b->nr_reserved; j++) {
			u64 from = MAX(b->ram[i].base, b->reserved[j].base);
			u64 to = MIN(end, b->reserved[j].base + b->reserved[j].size);

			if (from < to)
				sum -= to - from;
		}
	}
	return sum;
}

static int read_root(struct sys_parse *p)
{
	static const struct dt_rule rules[] = {
		{"compatible", "\"nk,system\", as <nk/vlm.dtsi> has it", 0, 0, DT_STRINGS, true},
		{"model", "a string", 0, 0, DT_STRING, false},
		{"#address-cells", "one cell", 0, ~0u, DT_CELL, false},
		{"#size-cells", "one cell", 0, ~0u, DT_CELL, false},
	};
	DT_RULES_FIT(ARRAY_SIZE(rules));
	/* The last three are what dtc -@ adds. */
	static const char *const parts[] = {"vm", "hyp", "__symbols__", "__fixups__",
					    "__local_fixups__"};
	int part[ARRAY_SIZE(parts)];
	struct dt_view w;
	struct dt_prop compatible = dt_get(p->fdt, DT_ROOT, rules[0].name);

	/* First of all: whether this is a system's tree at all. */
	if (!dt_strings_have(&compatible, "nk,system"))
		return dt_fail(p->err, p->fdt, DT_ROOT, rules[0].name, &compatible, "%s",
			       rules[0].right);
	if (dt_read(&w, p->fdt, DT_ROOT, rules, ARRAY_SIZE(rules), p->err) ||
	    dt_read_children(p->fdt, DT_ROOT, parts, ARRAY_SIZE(parts), part, p->err))
		return -1;
	if (part[0] < 0)
		return dt_fail_at(p->err, p->fdt, DT_ROOT, "vm", "missing: the node of all VMs");
	if (part[1] >= 0 && read_hyp(p, part[1]))
		return -1;
	return read_vms(p, part[0]);
}

int cfg_system_parse(struct cfg_system *s, const void *fdt, size_t size, const struct cfg_board *b,
		     struct cfg_error *err)
{
	struct sys_parse p = {.s = s, .fdt = fdt, .b = b, .err = err, .vlogs = -1};

	err->text[0] = 0;
	err->unknown = NULL;
	s->nr_vms = s->nr_vdevs = s->nr_links = s->nr_props = s->nr_tables = s->nr_wdts = 0;
	s->nr_vlogs = s->nr_virtio = 0;
	s->pmem_size = 0;
	s->balloon = (struct cfg_balloon){.node = {.at = -1}};
	s->fdt = fdt;
	s->hyp = (struct cfg_node){fdt, -1};
	if (dt_check(fdt, size, "system device tree", err))
		return -1;
	p.ram_all = p.ram_left = usable_ram(b);
	if (read_root(&p) || sys_check_balloon(&p) ||
	    sys_each_child(&p, p.vlogs, p.vms, sys_vlog) || sys_check_schedule(&p) ||
	    sys_check_devices(&p) || sys_check_virtio(&p) || sys_check_vdevs(&p) || sys_links(&p) ||
	    sys_check_props(&p) || sys_check_wdts(&p) || check_restarts(&p))
		return -1;
	return 0;
}

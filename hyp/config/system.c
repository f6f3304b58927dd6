// SPDX-License-Identifier: Apache-2.0
#include "config/system.h"
#include "lib/printf.h"
#include "lib/string.h"

enum {
	VM_NAME,
	VM_KERNEL,
	VM_INITRD,
	VM_DTB,
	VM_BOOTARGS,
	VM_OFFSET,
	VM_DEVICES,
	VM_AUTOSTART,
	VM_NR
};

static const struct dt_rule vm_rules[VM_NR] = {
	[VM_NAME] = {"name", DT_STRING},	 [VM_KERNEL] = {"kernel", DT_STRING},
	[VM_INITRD] = {"initrd", DT_STRING},	 [VM_DTB] = {"dtb", DT_STRING},
	[VM_BOOTARGS] = {"bootargs", DT_STRING}, [VM_OFFSET] = {"kernel-offset", DT_NUMBER},
	[VM_DEVICES] = {"devices", DT_STRINGS},	 [VM_AUTOSTART] = {"autostart", DT_STRING},
};

enum { PART_MEMORY, PART_VCPUS, PART_VDEVS, PART_VPLATFORM, PART_NR };

static const char *const vm_parts[PART_NR] = {
	[PART_MEMORY] = "memory",
	[PART_VCPUS] = "vcpus",
	[PART_VDEVS] = "vdevs",
	[PART_VPLATFORM] = "vplatform",
};

static bool has_props(const void *fdt, int node)
{
	struct dt_cursor c;

	dt_props_of(&c, fdt, node);
	return dt_next_prop(&c);
}

static bool is_empty(const void *fdt, int node)
{
	return !has_props(fdt, node) && dt_first_child(fdt, node) < 0;
}

/* Nobody has said anything about this VM: only the skeleton's empty nodes are there. */
static bool is_unused(const void *fdt, int node)
{
	int child;

	if (has_props(fdt, node))
		return false;
	for (child = dt_first_child(fdt, node); child >= 0; child = dt_next_child(fdt, child))
		if (!is_empty(fdt, child))
			return false;
	return true;
}

/* Sorts the children of a node by the n names that may be there; out[] is -1 for the others. */
static int find_parts(struct sys_parse *p, int node, const char *const *names, u32 n, int *out)
{
	const void *fdt = p->s->fdt;
	int child;
	u32 i;

	for (i = 0; i < n; i++)
		out[i] = -1;
	for (child = dt_first_child(fdt, node); child >= 0; child = dt_next_child(fdt, child)) {
		const char *name = dt_name(fdt, child);

		for (i = 0; i < n && strcmp(name, names[i]); i++)
			;
		if (i == n)
			return dt_fail_name(p->err, fdt, node, "node", name, names, n);
		if (out[i] >= 0)
			return cfg_fail_at(p->err, fdt, node, name, "there twice: one such node");
		out[i] = child;
	}
	return 0;
}

static int read_name(struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value)
{
	static const char right[] = "1 to 31 letters, digits, '-', '_' or '.'";
	const char *name = dt_string(value);
	size_t i;
	u32 other;

	if (!value->data) {
		fmt_snprintf(vm->name, sizeof(vm->name), "vm%u", vm->id);
	} else {
		if (!name || !name[0] || value->len > sizeof(vm->name))
			return dt_fail(p->err, p->s->fdt, vm->node, "name", value, right);
		for (i = 0; name[i]; i++) {
			char c = name[i] | 0x20;

			if ((c < 'a' || c > 'z') && (name[i] < '0' || name[i] > '9') &&
			    !strchr("-_.", name[i]))
				return dt_fail(p->err, p->s->fdt, vm->node, "name", value, right);
		}
		memcpy(vm->name, name, value->len);
	}
	for (other = 0; other < p->s->nr_vms; other++)
		if (!strcmp(p->s->vm[other].name, vm->name))
			return dt_fail(p->err, p->s->fdt, vm->node, "name", value,
				       "a name that vm%u does not have already",
				       p->s->vm[other].id);
	return 0;
}

/* The name of an image of the bundle; NULL when the property is absent. */
static int read_image(struct sys_parse *p, const struct cfg_vm *vm, u32 which,
		      const struct dt_prop *value, const char **image)
{
	*image = dt_string(value);
	if (value->data && (!*image || !**image))
		return dt_fail(p->err, p->s->fdt, vm->node, vm_rules[which].name, value,
			       "the name of an image in the bundle");
	return 0;
}

static int read_images(struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *v)
{
	if (!v[VM_KERNEL].data)
		return dt_fail(p->err, p->s->fdt, vm->node, "kernel", NULL,
			       "the name of an image in the bundle");
	if (read_image(p, vm, VM_KERNEL, &v[VM_KERNEL], &vm->kernel) ||
	    read_image(p, vm, VM_INITRD, &v[VM_INITRD], &vm->initrd) ||
	    read_image(p, vm, VM_DTB, &v[VM_DTB], &vm->dtb))
		return -1;
	vm->bootargs = dt_string(&v[VM_BOOTARGS]);
	vm->has_kernel_offset = v[VM_OFFSET].data;
	if (!vm->has_kernel_offset)
		return 0;
	vm->kernel_offset = dt_number(&v[VM_OFFSET]);
	if (!IS_ALIGNED(vm->kernel_offset, PAGE_SIZE) || vm->kernel_offset >= vm->ram_size)
		return dt_fail(p->err, p->s->fdt, vm->node, "kernel-offset", &v[VM_OFFSET],
			       "a multiple of 4 KiB inside the VM's memory");
	return 0;
}

static int read_autostart(struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value)
{
	const char *text = dt_string(value);

	vm->autostart = !text || !strcmp(text, "on");
	if (text && strcmp(text, "on") && strcmp(text, "off"))
		return dt_fail(p->err, p->s->fdt, vm->node, "autostart", value,
			       "\"on\" or \"off\"");
	return 0;
}

/* Its nodes become children of the root of the guest's tree, where both kinds of cells are 2. */
static int read_vplatform(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	static const struct dt_rule rules[] = {
		{"#address-cells", DT_CELL},
		{"#size-cells", DT_CELL},
	};
	struct dt_prop v[ARRAY_SIZE(rules)];
	u32 i;

	if (node < 0)
		return 0;
	if (dt_read(p->s->fdt, node, rules, ARRAY_SIZE(rules), v, p->err))
		return -1;
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (v[i].data && dt_cell(&v[i], 0) != 2)
			return dt_fail(p->err, p->s->fdt, node, rules[i].name, &v[i],
				       "<2>, as the guest's tree has it");
	if (dt_first_child(p->s->fdt, node) >= 0)
		vm->vplatform_node = node;
	return 0;
}

static int read_vm(struct sys_parse *p, u32 id, int node)
{
	struct cfg_vm *vm = &p->s->vm[p->s->nr_vms];
	struct dt_prop v[VM_NR];
	int part[PART_NR];

	memset(vm, 0, sizeof(*vm));
	vm->id = id;
	vm->node = node;
	vm->vplatform_node = -1;
	if (dt_read(p->s->fdt, node, vm_rules, VM_NR, v, p->err) ||
	    find_parts(p, node, vm_parts, PART_NR, part) || read_name(p, vm, &v[VM_NAME]) ||
	    sys_memory(p, vm, part[PART_MEMORY]) || read_images(p, vm, v) ||
	    read_autostart(p, vm, &v[VM_AUTOSTART]) || sys_vcpus(p, vm, part[PART_VCPUS]) ||
	    sys_devices(p, vm, &v[VM_DEVICES]) || sys_vdevs(p, id, part[PART_VDEVS]))
		return -1;
	p->s->nr_vms++;
	return read_vplatform(p, vm, part[PART_VPLATFORM]);
}

/* VM 1 is nk itself: it only has ends of vlinks. */
static int read_vm1(struct sys_parse *p, int node)
{
	static const char *const parts[] = {"vdevs"};
	int vdevs;

	if (dt_read(p->s->fdt, node, NULL, 0, NULL, p->err) ||
	    find_parts(p, node, parts, 1, &vdevs))
		return -1;
	return sys_vdevs(p, 1, vdevs);
}

/* The id in a name such as "vm12", or 0. */
static u32 vm_id(const char *name)
{
	u32 id = 0;
	u32 i;

	if (strncmp(name, "vm", 2) || name[2] < '1' || name[2] > '9')
		return 0;
	for (i = 2; i < 4 && name[i] >= '0' && name[i] <= '9'; i++)
		id = id * 10 + (u32)(name[i] - '0');
	return name[i] || id > NK_VM_ID_MAX ? 0 : id;
}

static int read_vms(struct sys_parse *p, int vms)
{
	const void *fdt = p->s->fdt;
	int node_of[NK_VM_IDS];
	int node;
	u32 id;

	memset(node_of, 0xff, sizeof(node_of));
	if (dt_read(fdt, vms, NULL, 0, NULL, p->err))
		return -1;
	for (node = dt_first_child(fdt, vms); node >= 0; node = dt_next_child(fdt, node)) {
		id = vm_id(dt_name(fdt, node));
		if (!id)
			return cfg_fail_at(p->err, fdt, vms, dt_name(fdt, node),
					   "unknown: nodes vm1 to vm%d", NK_VM_ID_MAX);
		if (node_of[id] >= 0)
			return cfg_fail_at(p->err, fdt, vms, dt_name(fdt, node),
					   "there twice: one node for each id");
		node_of[id] = node;
	}
	if (node_of[1] >= 0 && read_vm1(p, node_of[1]))
		return -1;
	for (id = NK_VM_ID_FIRST; id < NK_VM_IDS; id++)
		if (node_of[id] >= 0 && !is_unused(fdt, node_of[id]) && read_vm(p, id, node_of[id]))
			return -1;
	if (!p->s->nr_vms)
		return cfg_fail_at(p->err, fdt, vms, "vm2",
				   "missing: a VM at least, with kernel and memory");
	return 0;
}

static int read_hyp(struct sys_parse *p, int hyp)
{
	static const struct dt_rule rules[] = {{"pmem-size", DT_NUMBER}};
	static const char *const parts[] = {"property"};
	struct dt_prop pmem;
	int props;

	if (dt_read(p->s->fdt, hyp, rules, 1, &pmem, p->err) ||
	    find_parts(p, hyp, parts, 1, &props))
		return -1;
	p->s->pmem_size = pmem.data ? dt_number(&pmem) : 0;
	if (!IS_ALIGNED(p->s->pmem_size, PAGE_SIZE) || p->s->pmem_size > p->ram_left)
		return dt_fail(p->err, p->s->fdt, hyp, "pmem-size", &pmem,
			       "a multiple of 4 KiB, at most the board's RAM");
	p->ram_left -= p->s->pmem_size;
	return sys_props(p, props);
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
	enum { ROOT_COMPATIBLE, ROOT_NR = 5 };
	static const struct dt_rule rules[ROOT_NR] = {
		[ROOT_COMPATIBLE] = {"compatible", DT_STRINGS},
		{"model", DT_STRING},
		{"#address-cells", DT_CELL},
		{"#size-cells", DT_CELL},
		{"interrupt-parent", DT_CELL},
	};
	/* The last three are what dtc -@ adds. */
	static const char *const parts[] = {"vm", "hyp", "__symbols__", "__fixups__",
					    "__local_fixups__"};
	const void *fdt = p->s->fdt;
	struct dt_prop v[ROOT_NR];
	int part[ARRAY_SIZE(parts)];
	struct dt_prop compatible = dt_get(fdt, DT_ROOT, "compatible");

	if (!dt_strings_have(&compatible, "nk,system"))
		return dt_fail(p->err, fdt, DT_ROOT, "compatible", &compatible,
			       "\"nk,system\", as <nk/vlm.dtsi> has it");
	if (dt_read(fdt, DT_ROOT, rules, ROOT_NR, v, p->err) ||
	    find_parts(p, DT_ROOT, parts, ARRAY_SIZE(parts), part))
		return -1;
	if (part[0] < 0)
		return cfg_fail_at(p->err, fdt, DT_ROOT, "vm", "missing: the node of all VMs");
	if (part[1] >= 0 && read_hyp(p, part[1]))
		return -1;
	return read_vms(p, part[0]);
}

int cfg_system_parse(struct cfg_system *s, const void *fdt, size_t size, const struct cfg_board *b,
		     struct cfg_error *err)
{
	struct sys_parse p = {.s = s, .b = b, .err = err};

	err->text[0] = 0;
	s->nr_vms = s->nr_vdevs = s->nr_props = 0;
	s->pmem_size = 0;
	s->fdt = fdt;
	if (dt_check(fdt, size, "system device tree", err))
		return -1;
	p.ram_all = p.ram_left = usable_ram(b);
	if (read_root(&p) || sys_check_devices(&p) || sys_check_vdevs(&p))
		return -1;
	return 0;
}

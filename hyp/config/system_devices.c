// SPDX-License-Identifier: Apache-2.0
/* Devices of the board that VMs are given whole. */
#include "config/system.h"
#include "lib/string.h"

/* Fills the error for the device of that path in the VM's `devices`. */
#define fail_device(p, vm, path, ...)                                                              \
	dt_fail((p)->err, (p)->s->fdt, (vm)->node, "devices",                                      \
		&(const struct dt_prop){path, (u32)strlen(path) + 1}, __VA_ARGS__)

/* A walk over the board's tree, and the given device it is at. */
struct dev_scan {
	struct sys_parse *p;
	struct dtw w;
	struct dtw_gic gic;
};

/* The VM's entry for that node of the board, or NULL; *vm: whose it is. */
static struct cfg_device *given(struct cfg_system *s, int node, struct cfg_vm **vm)
{
	u32 i, j;

	for (i = 0; i < s->nr_vms; i++)
		for (j = 0; j < s->vm[i].nr_devices; j++)
			if (s->vm[i].devices[j].node == node) {
				*vm = &s->vm[i];
				return &s->vm[i].devices[j];
			}
	return NULL;
}

static int add_device(struct sys_parse *p, struct cfg_vm *vm, const char *path)
{
	struct cfg_vm *owner = vm;
	struct cfg_device *d;
	int node = dt_path(p->b->fdt, path, strlen(path));
	u32 i;

	if (node < 0)
		return fail_device(p, vm, path, "the full path of a node of the board");
	if (given(p->s, node, &owner))
		return fail_device(p, vm, path, "a device that vm%u does not have already",
				   owner->id);
	for (i = 0; i < vm->nr_devices; i++)
		if (vm->devices[i].node == node)
			return fail_device(p, vm, path, "each device once");
	if (vm->nr_devices == CFG_DEV_MAX)
		return fail_device(p, vm, path, "at most %d devices for a VM", CFG_DEV_MAX);
	d = &vm->devices[vm->nr_devices++];
	d->path = path;
	d->node = node;
	return 0;
}

int sys_devices(struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value)
{
	const char *list = value->data;
	u32 at = 0;

	while (at < value->len) {
		if (add_device(p, vm, list + at))
			return -1;
		at += (u32)strlen(list + at) + 1;
	}
	return 0;
}

/* What a VM cannot be given: says why, or NULL. */
static const char *refused(const struct dev_scan *d)
{
	const struct cfg_board *b = d->p->b;
	const struct dtw *w = &d->w;
	const char *type = dt_string(&w->p[DTW_DEVICE_TYPE]);
	int i;

	for (i = 0; i <= w->depth; i++)
		if (w->bus[i].node == b->gic.node)
			return "a device; each VM has an interrupt controller of its own";
	if (w->node == b->console.node)
		return "a device; the console is nk's, each VM has a UART of its own";
	if (type && !strcmp(type, "memory"))
		return "a device; RAM is given by memory";
	if (w->depth && dt_name_is(w->fdt, w->bus[1].node, "reserved-memory"))
		return "a device, not reserved memory";
	if (dtw_compatible(w, "arm,armv8-timer") || dtw_compatible(w, "arm,armv7-timer"))
		return "a device; each VM has timers of its own";
	if (w->p[DTW_RANGES].len)
		return "a device, not a bus";
	if (!dtw_enabled(w))
		return "a device that the board has enabled";
	return NULL;
}

static int read_regs(struct dev_scan *d, const struct cfg_vm *vm, struct cfg_device *dev)
{
	struct cfg_range r;
	enum dtw_result ret;
	u32 i;

	for (i = 0; (ret = dtw_reg(&d->w, i, &r)) == DTW_OK; i++) {
		u64 end = ALIGN_UP(r.base + r.size, PAGE_SIZE);

		if (!r.size || end < r.base)
			break;
		if (i == CFG_DEV_REGS_MAX)
			return fail_device(d->p, vm, dev->path, "at most %d regions in its reg",
					   CFG_DEV_REGS_MAX);
		dev->regs[i].base = ALIGN_DOWN(r.base, PAGE_SIZE);
		dev->regs[i].size = end - dev->regs[i].base;
		dev->nr_regs = i + 1;
	}
	if (ret != DTW_NONE || !dev->nr_regs)
		return fail_device(d->p, vm, dev->path,
				   "a device with registers at addresses of the CPU");
	return 0;
}

/* The VM that has an interrupt already, or NULL. */
static const struct cfg_vm *irq_owner(const struct cfg_system *s, u32 intid)
{
	u32 i, j, k;

	for (i = 0; i < s->nr_vms; i++)
		for (j = 0; j < s->vm[i].nr_devices; j++)
			for (k = 0; k < s->vm[i].devices[j].nr_irqs; k++)
				if (s->vm[i].devices[j].irqs[k].intid == intid)
					return &s->vm[i];
	return NULL;
}

static int read_irqs(struct dev_scan *d, const struct cfg_vm *vm, struct cfg_device *dev)
{
	struct dtw_irqs irqs = dtw_irqs_of(&d->w);
	const struct cfg_board *b = d->p->b;
	const struct cfg_vm *owner;
	struct cfg_irq irq;
	enum dtw_result ret;
	u32 i;

	for (i = 0; (ret = dtw_irq(&irqs, &d->gic, i, &irq)) == DTW_OK; i++) {
		if (irq.intid < 32)
			return fail_device(d->p, vm, dev->path,
					   "a device whose interrupts are SPIs");
		if (b->console.irq.intid == irq.intid)
			return fail_device(
				d->p, vm, dev->path,
				"a device that does not share interrupt %u with the console",
				irq.intid);
		owner = irq_owner(d->p->s, irq.intid);
		if (owner && owner != vm)
			return fail_device(
				d->p, vm, dev->path,
				"a device that does not share interrupt %u with one of vm%u",
				irq.intid, owner->id);
		if (i == CFG_DEV_IRQS_MAX)
			return fail_device(d->p, vm, dev->path, "at most %d interrupts",
					   CFG_DEV_IRQS_MAX);
		dev->irqs[i] = irq;
		dev->nr_irqs = i + 1;
	}
	if (ret == DTW_BAD)
		return fail_device(d->p, vm, dev->path,
				   "a device whose interrupts go to the GIC, as SPIs 0 to 987");
	return 0;
}

/* A relocated VM's RAM must leave room for the devices, which stay where the board has them. */
static int check_ram(struct dev_scan *d, const struct cfg_vm *vm, const struct cfg_device *dev)
{
	struct cfg_range ram = sys_vm_ram(vm);
	u32 i;

	for (i = 0; vm->has_ram_base && i < dev->nr_regs; i++)
		if (ranges_overlap(&ram, &dev->regs[i]))
			return fail_device(d->p, vm, dev->path,
					   "memory's base elsewhere, the device is at 0x%llx",
					   (unsigned long long)dev->regs[i].base);
	return 0;
}

static int read_device(struct dev_scan *d)
{
	struct cfg_vm *vm, *outer;
	struct cfg_device *dev = given(d->p->s, d->w.node, &vm);
	const char *why;
	int i;

	if (!dev)
		return 0;
	why = refused(d);
	if (why)
		return fail_device(d->p, vm, dev->path, "%s", why);
	for (i = 0; i < d->w.depth; i++)
		if (given(d->p->s, d->w.bus[i].node, &outer))
			return fail_device(d->p, vm, dev->path,
					   "a device that is not part of another one, of vm%u",
					   outer->id);
	if (read_regs(d, vm, dev) || read_irqs(d, vm, dev))
		return -1;
	return check_ram(d, vm, dev);
}

/* The VM that has the current node, itself or as a part of a device. */
static const struct cfg_vm *node_owner(const struct dev_scan *d)
{
	struct cfg_vm *vm;
	int i;

	for (i = d->w.depth; i >= 0; i--)
		if (given(d->p->s, d->w.bus[i].node, &vm))
			return vm;
	return NULL;
}

/* A page of the current node that is also one of a device of somebody else. */
static int check_page(struct dev_scan *d, const struct cfg_vm *owner, const struct cfg_range *page)
{
	const struct cfg_system *s = d->p->s;
	u32 i, j, k;

	for (i = 0; i < s->nr_vms; i++) {
		const struct cfg_vm *vm = &s->vm[i];

		for (j = 0; vm != owner && j < vm->nr_devices; j++)
			for (k = 0; k < vm->devices[j].nr_regs; k++)
				if (ranges_overlap(&vm->devices[j].regs[k], page))
					return fail_device(d->p, vm, vm->devices[j].path,
							   "no page in common with %s, at 0x%llx",
							   dt_name(d->w.fdt, d->w.node),
							   (unsigned long long)page->base);
	}
	return 0;
}

static int check_node_pages(struct dev_scan *d)
{
	const struct cfg_vm *owner;
	struct cfg_range r;
	u32 i;

	if (!d->w.p[DTW_REG].data || !dtw_enabled(&d->w))
		return 0;
	owner = node_owner(d);
	for (i = 0; dtw_reg(&d->w, i, &r) == DTW_OK; i++) {
		u64 end = ALIGN_UP(r.base + r.size, PAGE_SIZE);

		r.base = ALIGN_DOWN(r.base, PAGE_SIZE);
		r.size = end - r.base;
		if (check_page(d, owner, &r))
			return -1;
	}
	return 0;
}

static int for_each_node(struct dev_scan *d, int (*fn)(struct dev_scan *d))
{
	dtw_start(&d->w, d->p->b->fdt);
	do {
		if (fn(d))
			return -1;
	} while (dtw_next(&d->w));
	return 0;
}

int sys_check_devices(struct sys_parse *p)
{
	const struct cfg_gic *gic = &p->b->gic;
	struct dev_scan d = {.p = p, .gic = {gic->phandle, gic->irq_cells}};
	u32 i, n = 0;

	for (i = 0; i < p->s->nr_vms; i++)
		n += p->s->vm[i].nr_devices;
	if (!n)
		return 0;
	if (for_each_node(&d, read_device))
		return -1;
	return for_each_node(&d, check_node_pages);
}

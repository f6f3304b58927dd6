// SPDX-License-Identifier: Apache-2.0
/* Devices of the board that VMs are given whole. */
#include "config/system/system.h"
#include "lib/string.h"

/* A walk over the board's tree. */
struct dev_scan {
	struct sys_parse *p;
	struct dtw w;
	struct dtw_gic gic;
};

/* Fills the error for a given device; fmt has one %llx, %llu or none. */
static int fail_device(const struct sys_parse *p, const struct sys_given *g, const char *fmt,
		       u64 arg)
{
	struct dt_prop path = {g->dev->path, (u32)strlen(g->dev->path) + 1};

	return dt_fail(p->err, p->fdt, g->vm->node.at, "devices", &path, fmt,
		       (unsigned long long)arg);
}

/* The device that is this node, and who has it; or NULL. */
static struct sys_given *find_given(struct sys_parse *p, int node)
{
	u32 i;

	for (i = 0; i < p->nr_given; i++)
		if (p->given[i].dev->node == node)
			return &p->given[i];
	return NULL;
}

static int add_device(struct sys_parse *p, struct cfg_vm *vm, const char *path)
{
	struct cfg_device *d = &vm->devices[vm->nr_devices];
	struct sys_given *g = &p->given[p->nr_given];
	const struct sys_given *owner;

	if (vm->nr_devices == CFG_DEV_MAX || p->nr_given == CFG_DEVICES_MAX)
		return dt_fail_at(p->err, p->fdt, vm->node.at, "devices",
				  "too many: %d for a VM, %d for all VMs together", CFG_DEV_MAX,
				  CFG_DEVICES_MAX);
	d->path = path;
	d->node = fdt_path_offset_namelen(p->b->fdt, path, strlen(path));
	*g = (struct sys_given){.vm = vm, .dev = d};
	if (d->node < 0)
		return fail_device(p, g, "the full path of a node of the board", 0);
	owner = find_given(p, d->node);
	if (owner)
		return fail_device(p, g, "a device that vm%llu does not have already",
				   owner->vm->id);
	vm->nr_devices++;
	p->nr_given++;
	return 0;
}

static int read_ipas(struct sys_parse *p, const struct cfg_vm *vm, const struct dt_prop *ipa)
{
	u32 i, first = p->nr_given - vm->nr_devices;

	if (ipa->len % 8 || ipa->len / 8 > vm->nr_devices)
		return dt_fail(p->err, p->fdt, vm->node.at, "ipa", ipa,
			       "two cells for each of devices, or for the first ones");
	for (i = 0; i < ipa->len / 8; i++)
		p->given[first + i].ipa = dt_cells(ipa, 2 * i, 2);
	return 0;
}

int sys_devices(struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value,
		const struct dt_prop *ipa)
{
	const char *list = value->data;
	u32 at = 0;

	while (at < value->len) {
		if (add_device(p, vm, list + at))
			return -1;
		at += (u32)strlen(list + at) + 1;
	}
	return read_ipas(p, vm, ipa);
}

/* What would be right instead of a node that no VM can have, or NULL. */
static const char *why_refused(const struct dev_scan *d)
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
	if (dtw_compatible(w, "arm,armv8-timer"))
		return "a device; each VM has timers of its own";
	if (w->p[DTW_RANGES].len)
		return "a device, not a bus";
	if (!dtw_enabled(w))
		return "a device that the board has enabled";
	for (i = 0; i < w->depth; i++)
		if (find_given(d->p, w->bus[i].node))
			return "a device that is not part of another given one";
	return NULL;
}

/* A region of the current node, rounded to whole pages. */
static enum dtw_result page_reg(const struct dev_scan *d, u32 i, struct range *r)
{
	enum dtw_result ret = dtw_reg(&d->w, i, r);

	if (ret == DTW_OK) {
		u64 end = ALIGN_UP(r->base + r->size, PAGE_SIZE);

		r->base = ALIGN_DOWN(r->base, PAGE_SIZE);
		r->size = end - r->base;
		if (end <= r->base)
			return DTW_BAD;
	}
	return ret;
}

/* What would be right: an address that is so to that one. */
static int fail_ipa(const struct sys_parse *p, const struct sys_given *g, const char *how,
		    u64 address)
{
	const struct cfg_device *dev = g->dev;

	return dt_fail_at(p->err, p->fdt, g->vm->node.at, "ipa",
			  "0x%llx, of %s: an address %s 0x%llx",
			  (unsigned long long)(dev->first[0] + dev->moved), dev->path, how,
			  (unsigned long long)address);
}

/* Another device of the VM that is in the way; those that are moved as far are as the board has them. */
static const struct cfg_device *device_there(const struct sys_given *g, const struct range *pages)
{
	u32 i, j;

	for (i = 0; i < g->vm->nr_devices; i++) {
		const struct cfg_device *other = &g->vm->devices[i];

		for (j = 0; other->moved != g->dev->moved && j < other->nr_regs; j++) {
			struct range r = {other->regs[j].base + other->moved, other->regs[j].size};

			if (ranges_overlap(&r, pages))
				return other;
		}
	}
	return NULL;
}

/* What the VM finds emulated in these pages, or NULL. */
static const struct sys_frame *frame_there(const struct sys_parse *p, const struct cfg_vm *vm,
					   const struct range *pages, struct sys_frame *frames)
{
	u32 i, n = sys_frames(p, vm, frames);

	for (i = 0; i < n; i++)
		if (ranges_overlap(&frames[i].range, pages))
			return &frames[i];
	return NULL;
}

/* The piece of the VM's RAM that is known to be there, or NULL. */
static const struct cfg_ram *ram_there(const struct cfg_vm *vm, const struct range *pages)
{
	u32 i;

	for (i = 0; i < vm->nr_ram; i++) {
		struct range seen = cfg_ram_seen(&vm->ram[i]);

		if (ranges_overlap(&seen, pages))
			return &vm->ram[i];
	}
	return NULL;
}

/* Whether the pages of a device that was moved are where nothing else of the VM is. */
static int check_place(const struct sys_parse *p, const struct sys_given *g,
		       const struct range *pages)
{
	struct sys_frame frames[SYS_FRAMES_MAX];
	const struct cfg_ram *ram = ram_there(g->vm, pages);
	const struct sys_frame *frame = frame_there(p, g->vm, pages, frames);

	if (pages->base >= SYS_IPA_END || pages->size > SYS_IPA_END - pages->base)
		return fail_ipa(p, g, "below", SYS_IPA_END);
	if (ram)
		return fail_ipa(p, g, "beside the RAM at", cfg_ram_seen(ram).base);
	if (frame)
		return fail_ipa(p, g, "beside the VM's emulated device at", frame->range.base);
	return 0;
}

/* Where the board has the device, RAM with a base or a frame of the VM's own may be in the way. */
static int check_own(const struct sys_parse *p, const struct sys_given *g,
		     const struct range *pages)
{
	struct sys_frame frames[SYS_FRAMES_MAX];
	const struct cfg_ram *ram = ram_there(g->vm, pages);
	const struct sys_frame *frame = frame_there(p, g->vm, pages, frames);
	struct dt_prop value = {g->dev->path, (u32)strlen(g->dev->path) + 1};

	if (ram)
		return dt_fail(p->err, p->fdt, g->vm->node.at, "devices", &value,
			       "%s's base elsewhere, the device is at 0x%llx", ram->name,
			       (unsigned long long)pages->base);
	if (!frame || !frame->own)
		return 0; /* which device shares a page with the board's, check_pages() says */
	value = dt_get(p->fdt, g->vm->node.at, frame->own);
	return dt_fail(p->err, p->fdt, g->vm->node.at, frame->own, &value,
		       "the %s beside %s, 0x%llx to 0x%llx", frame->name, g->dev->path,
		       (unsigned long long)pages->base, (unsigned long long)range_end(pages) - 1);
}

/* All of its regions are moved as far as the first one is, by whole pages. */
static int move_device(const struct sys_parse *p, const struct sys_given *g)
{
	struct cfg_device *dev = g->dev;
	const struct cfg_device *other;
	u32 i;

	if (g->ipa)
		dev->moved = g->ipa - dev->first[0];
	if (!IS_ALIGNED(dev->moved, PAGE_SIZE))
		return fail_ipa(p, g, "whose last three digits are those of the board's,",
				dev->first[0]);
	for (i = 0; i < dev->nr_regs; i++) {
		struct range pages = {dev->regs[i].base + dev->moved, dev->regs[i].size};

		if (dev->moved ? check_place(p, g, &pages) : check_own(p, g, &pages))
			return -1;
		other = device_there(g, &pages);
		if (other)
			return fail_ipa(p, g, "beside another device's, at",
					other->first[0] + other->moved);
	}
	return 0;
}

static int read_regs(struct dev_scan *d, const struct sys_given *g)
{
	struct range r;
	enum dtw_result ret;
	u32 i;

	for (i = 0; (ret = page_reg(d, i, &r)) == DTW_OK; i++) {
		if (i == CFG_DEV_REGS_MAX)
			return fail_device(d->p, g, "at most %llu regions in its reg", i);
		g->dev->regs[i] = r;
		dtw_reg(&d->w, i, &r);
		g->dev->first[i] = r.base;
	}
	g->dev->nr_regs = i;
	if (ret == DTW_BAD || !i)
		return fail_device(d->p, g, "a device with registers at addresses of the CPU", 0);
	g->dev->address_cells = d->w.bus[d->w.depth - 1].address_cells;
	g->dev->size_cells = d->w.bus[d->w.depth - 1].size_cells;
	return move_device(d->p, g);
}

/* The interrupt of that INTID that a VM has already, and whose it is; or NULL. */
static const struct cfg_irq *irq_taken(const struct sys_parse *p, u32 intid,
				       const struct cfg_vm **owner)
{
	u32 i, j;

	for (i = 0; i < p->nr_given; i++)
		for (j = 0; j < p->given[i].dev->nr_irqs; j++)
			if (p->given[i].dev->irqs[j].intid == intid) {
				*owner = p->given[i].vm;
				return &p->given[i].dev->irqs[j];
			}
	return NULL;
}

/* Devices of one VM may share an interrupt, if both mean the same by it. */
static int check_irq(const struct dev_scan *d, const struct sys_given *g, const struct cfg_irq *irq)
{
	const struct cfg_vm *owner = NULL;
	const struct cfg_irq *other = irq_taken(d->p, irq->intid, &owner);

	if (cfg_console_has_irq(&d->p->b->console, irq->intid) || (other && owner != g->vm))
		return fail_device(d->p, g,
				   "a device that does not share interrupt %llu with the console "
				   "or another VM",
				   irq->intid);
	if (other && other->trigger != irq->trigger)
		return fail_device(d->p, g,
				   "a device with which interrupt %llu is level or edge triggered "
				   "as with the other one that has it",
				   irq->intid);
	return 0;
}

/* The VM's UART has that interrupt for itself. */
static int fail_uart(const struct sys_parse *p, const struct sys_given *g)
{
	struct dt_prop value = dt_get(p->fdt, g->vm->node.at, "uart");

	return dt_fail(p->err, p->fdt, g->vm->node.at, "uart", &value,
		       "an interrupt that is not of %s", g->dev->path);
}

static int read_irqs(struct dev_scan *d, const struct sys_given *g)
{
	struct dtw_irqs irqs = dtw_irqs_of(&d->w);
	struct cfg_irq irq;
	enum dtw_result ret;
	u32 i;

	/* Its node is copied without the bus that has the map. */
	if (irqs.nexus >= 0 && irqs.interrupts.len)
		return fail_device(d->p, g, "a device whose interrupts go through no interrupt-map",
				   0);
	for (i = 0; (ret = dtw_irq(&irqs, &d->gic, i, &irq)) == DTW_OK; i++) {
		if (irq.intid < 32)
			break;
		if (check_irq(d, g, &irq))
			return -1;
		if (irq.intid == g->vm->uart_intid)
			return fail_uart(d->p, g);
		if (i == CFG_DEV_IRQS_MAX)
			return fail_device(d->p, g, "at most %llu interrupts", i);
		g->dev->irqs[i] = irq;
		g->dev->nr_irqs = i + 1;
	}
	if (ret != DTW_NONE)
		return fail_device(d->p, g, "a device whose interrupts are SPIs of the GIC", 0);
	return 0;
}

u32 cfg_device_pages(const struct cfg_vm *vm, u32 index, struct range *r)
{
	u64 moved = vm->devices[index].moved;
	u32 i, j, n = 0;

	for (i = 0; i < index; i++)
		if (vm->devices[i].moved == moved)
			return 0;
	for (; i < vm->nr_devices; i++)
		for (j = 0; vm->devices[i].moved == moved && j < vm->devices[i].nr_regs; j++)
			r[n++] = vm->devices[i].regs[j];
	ranges_merge(r, &n);
	return n;
}

static int read_device(struct dev_scan *d)
{
	const struct sys_given *g = find_given(d->p, d->w.node);
	const char *right;

	if (!g)
		return 0;
	right = why_refused(d);
	if (right)
		return fail_device(d->p, g, right, 0);
	return read_regs(d, g) || read_irqs(d, g) ? -1 : 0;
}

static int fail_shared(const struct dev_scan *d, const struct sys_given *g, u64 page)
{
	struct dt_prop path = {g->dev->path, (u32)strlen(g->dev->path) + 1};

	return dt_fail(d->p->err, d->p->fdt, g->vm->node.at, "devices", &path,
		       "no page in common with %s, at 0x%llx", dt_name(d->w.fdt, d->w.node),
		       (unsigned long long)page);
}

/* No page of the current node may also be one of a device of somebody else. */
static int check_page(const struct dev_scan *d, const struct cfg_vm *owner,
		      const struct range *page)
{
	u32 i, j;

	for (i = 0; i < d->p->nr_given; i++) {
		const struct sys_given *g = &d->p->given[i];

		for (j = 0; g->vm != owner && j < g->dev->nr_regs; j++)
			if (ranges_overlap(&g->dev->regs[j], page))
				return fail_shared(d, g, page->base);
	}
	return 0;
}

static int check_pages(struct dev_scan *d)
{
	const struct cfg_vm *owner = NULL;
	struct range r;
	u32 i;
	int up;

	if (!d->w.p[DTW_REG].data || !dtw_enabled(&d->w))
		return 0;
	/* The parts of a device belong to whoever has it. */
	for (up = d->w.depth; up >= 0; up--)
		if (find_given(d->p, d->w.bus[up].node))
			owner = find_given(d->p, d->w.bus[up].node)->vm;
	for (i = 0; page_reg(d, i, &r) == DTW_OK; i++)
		if (check_page(d, owner, &r))
			return -1;
	return 0;
}

static int walk_nodes(struct dev_scan *d, int (*fn)(struct dev_scan *d))
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
	struct dev_scan d = {.p = p, .gic = board_dtw_gic(gic)};

	if (!p->nr_given)
		return 0;
	if (walk_nodes(&d, read_device))
		return -1;
	return walk_nodes(&d, check_pages);
}

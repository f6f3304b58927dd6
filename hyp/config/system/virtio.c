// SPDX-License-Identifier: Apache-2.0
/*
 * Nodes `vl,virtio-device,mmio` of a VM's vplatform: VirtIO devices that another VM serves. Source: manual, VLX VirtIO
 * Kernel API; what it does not say is ours: `share`, `grants`, `wait`.
 */
#include "config/system/system.h"
#include "lib/string.h"
#include "nk/virtio.h"

#define REGS_SIZE_MIN 0x100U /* up to the configuration space */
#define REGS_SIZE_MAX PAGE_SIZE
#define SPI_MAX 959 /* some above the highest are left for cross interrupts */
#define WAIT_MS 10000
#define GRANTS 1024 /* pages */

enum {
	VIO_COMPATIBLE,
	VIO_REG,
	VIO_IRQ,
	VIO_VM,
	VIO_NAME,
	VIO_SHARE,
	VIO_GRANTS,
	VIO_WAIT,
	VIO_NR
};

static const struct dt_rule rules[VIO_NR] = {
	[VIO_COMPATIBLE] = {"compatible", "\"" CFG_VIRTIO_COMPATIBLE "\"", 0, 0, DT_STRING, true},
	[VIO_REG] = {"reg", "an address in two cells, a multiple of 8, and a size, 0x100 to 0x1000",
		     0, 0, DT_CELLS, true},
	[VIO_IRQ] = {"interrupts",
		     "<0 N 1>, N from 0 to 959: an SPI that nothing else of the VM has", 0, 0,
		     DT_CELLS, true},
	[VIO_VM] = {"vl,device-vmid", "the id of the VM that serves the device, another one",
		    NK_VM_ID_FIRST, NK_VM_ID_MAX, DT_CELL, true},
	[VIO_NAME] = {"vl,device-name", "1 to 31 characters, by which that VM finds the device", 1,
		      NK_VIRTIO_NAME - 1, DT_STRING, true},
	[VIO_SHARE] = {"share",
		       "what of its RAM that VM may read and write: \"all\", \"grants\", or "
		       "bytes in one or two cells, a multiple of 2 MiB (0x200000)",
		       0, 0, DT_ANY, false},
	[VIO_GRANTS] = {"grants", "one cell, 1 to 8192 pages, with share = \"grants\"", 1,
			CFG_VIRTIO_GRANTS_MAX, DT_CELL, false},
	[VIO_WAIT] = {"wait", "milliseconds that a driver may wait for the back-end, 0 to 15000", 0,
		      15000, DT_CELL, false},
};
DT_RULES_FIT(VIO_NR);

/* Flags are those of an edge, of a level, or not given, as the manual has it. */
static int read_irq(struct cfg_virtio *d, const struct dt_view *w)
{
	const struct dt_prop *irq = &w->v[VIO_IRQ];
	u32 flags = irq->len == 12 ? dt_cell(irq, 2) : ~0U;

	if ((flags && flags != 1 && flags != 4) || dt_cell(irq, 0) || dt_cell(irq, 1) > SPI_MAX)
		return dt_wrong(w, VIO_IRQ, NULL);
	d->intid = 32 + dt_cell(irq, 1);
	return 0;
}

/* The size has one cell, as the manual prints it, or two, as the guest's tree has. */
static int read_reg(struct cfg_virtio *d, const struct dt_view *w)
{
	const struct dt_prop *reg = &w->v[VIO_REG];

	if (reg->len != 12 && reg->len != 16)
		return dt_wrong(w, VIO_REG, NULL);
	d->reg.base = dt_cells(reg, 0, 2);
	d->reg.size = dt_cells(reg, 2, reg->len / 4 - 2);
	if (!IS_ALIGNED(d->reg.base | d->reg.size, 8UL) || d->reg.size < REGS_SIZE_MIN ||
	    d->reg.size > REGS_SIZE_MAX)
		return dt_wrong(w, VIO_REG, NULL);
	if (d->reg.base > SYS_IPA_END - d->reg.size)
		return dt_wrong(w, VIO_REG, "an address below 0x%llx",
				(unsigned long long)SYS_IPA_END);
	return 0;
}

/* At the end of the VM's RAM, in the last piece that has room: what nk puts there is at the start of the first. */
static int place_pool(const struct cfg_system *s, const struct cfg_vm *vm, struct cfg_virtio *d,
		      u64 size, const struct dt_view *w)
{
	u64 end, most = 0;

	for (u32 i = vm->nr_ram; i--;) {
		end = cfg_ram_below_pools(s, vm, i);
		most = MAX(most, end);
		if (end < size)
			continue;
		d->pool = (struct range){end - size, size};
		d->pool_piece = i;
		return 0;
	}
	return dt_wrong(w, VIO_SHARE, "at most 0x%llx bytes, what a piece of the VM's RAM has left",
			(unsigned long long)most);
}

static int read_share(const struct sys_parse *p, const struct cfg_vm *vm, struct cfg_virtio *d,
		      const struct dt_view *w)
{
	const struct dt_prop *share = &w->v[VIO_SHARE];
	const char *word = dt_string(share);
	u64 size;

	d->share = share->data;
	if (word && !strcmp(word, "grants")) {
		d->grants = w->v[VIO_GRANTS].data ? dt_cell(&w->v[VIO_GRANTS], 0) : GRANTS;
		return 0;
	}
	if (w->v[VIO_GRANTS].data)
		return dt_wrong(w, VIO_GRANTS, NULL);
	if (!d->share || (word && !strcmp(word, "all")))
		return 0;
	size = share->len == 4 || share->len == 8 ? dt_number(share) : 0;
	if (!size || !IS_ALIGNED(size, BLOCK_SIZE))
		return dt_wrong(w, VIO_SHARE, NULL);
	return place_pool(p->s, vm, d, size, w);
}

static int read_device(struct sys_parse *p, const struct cfg_vm *vm, int node)
{
	struct cfg_virtio *d = &p->s->virtio[p->s->nr_virtio];
	struct dt_view w;

	if (p->s->nr_virtio == CFG_VIRTIO_MAX)
		return dt_fail_at(p->err, p->fdt, node, "compatible",
				  "too many: at most %d VirtIO devices", CFG_VIRTIO_MAX);
	if (dt_read(&w, p->fdt, node, rules, VIO_NR, p->err) ||
	    dt_read_children(p->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	*d = (struct cfg_virtio){
		.node = {p->fdt, node},
		.vm = vm->id,
		.back = dt_count(&w.v[VIO_VM]),
		.name = w.v[VIO_NAME].data,
		.wait_ms = w.v[VIO_WAIT].data ? dt_cell(&w.v[VIO_WAIT], 0) : WAIT_MS,
	};
	p->s->nr_virtio++;
	return read_reg(d, &w) || read_irq(d, &w) || read_share(p, vm, d, &w) ? -1 : 0;
}

int sys_virtio(struct sys_parse *p, const struct cfg_vm *vm, int vplatform)
{
	int node = vplatform < 0 ? -1 : fdt_first_subnode(p->fdt, vplatform);

	for (; node >= 0; node = fdt_next_subnode(p->fdt, node)) {
		struct dt_prop compatible = dt_get(p->fdt, node, "compatible");

		if (dt_strings_have(&compatible, CFG_VIRTIO_COMPATIBLE) && read_device(p, vm, node))
			return -1;
	}
	return 0;
}

/* right: with one %llx or %llu, for arg, or none. */
static int wrong(struct sys_parse *p, const struct cfg_virtio *d, u32 which, const char *right,
		 u64 arg)
{
	struct dt_prop value = dt_get(p->fdt, d->node.at, rules[which].name);

	return dt_fail(p->err, p->fdt, d->node.at, rules[which].name, &value, right,
		       (unsigned long long)arg);
}

/* Something of the VM's that has one of these bytes, or NULL. Of a board that is not known, RAM may be anywhere. */
static const struct range *ram_there(const struct sys_parse *p, const struct cfg_vm *vm,
				     const struct range *r, struct range *seen)
{
	u32 i, j;

	for (i = 0; i < vm->nr_ram; i++) {
		*seen = cfg_ram_seen(&vm->ram[i]);
		if (seen->size && ranges_overlap(seen, r))
			return seen;
		for (j = 0; !seen->size && p->b->gic.version && j < p->b->nr_ram; j++)
			if (ranges_overlap(&p->b->ram[j], r))
				return &p->b->ram[j];
	}
	return NULL;
}

static const struct range *device_there(const struct cfg_vm *vm, const struct range *r,
					struct range *seen)
{
	u32 i, j;

	for (i = 0; i < vm->nr_devices; i++) {
		const struct cfg_device *dev = &vm->devices[i];

		for (j = 0; j < dev->nr_regs; j++) {
			*seen = (struct range){dev->regs[j].base + dev->moved, dev->regs[j].size};
			if (ranges_overlap(seen, r))
				return seen;
		}
	}
	return NULL;
}

/* Whole pages of its registers' must be free, as what stage 2 maps there would hide them. */
static int check_place(struct sys_parse *p, const struct cfg_vm *vm, const struct cfg_virtio *d)
{
	u64 base = ALIGN_DOWN(d->reg.base, PAGE_SIZE);
	const struct range pages = {base, ALIGN_UP(range_end(&d->reg), PAGE_SIZE) - base};
	struct sys_frame frames[SYS_FRAMES_MAX];
	struct range seen;
	const struct range *r = ram_there(p, vm, &pages, &seen);
	u32 i, n = sys_frames(p, vm, frames);

	if (r)
		return wrong(p, d, VIO_REG, "an address beside the VM's RAM at 0x%llx", r->base);
	r = device_there(vm, &pages, &seen);
	if (r)
		return wrong(p, d, VIO_REG, "an address beside the VM's device at 0x%llx", r->base);
	for (i = 0; i < n; i++)
		if (ranges_overlap(&frames[i].range, &pages))
			return wrong(p, d, VIO_REG,
				     "an address beside what is emulated for the VM at 0x%llx",
				     frames[i].range.base);
	return 0;
}

static bool has_irq(const struct cfg_vm *vm, u32 intid)
{
	u32 i, j;

	for (i = 0; i < vm->nr_devices; i++)
		for (j = 0; j < vm->devices[i].nr_irqs; j++)
			if (vm->devices[i].irqs[j].intid == intid)
				return true;
	return vm->uart_intid == intid;
}

/* Against one that comes before it. */
static int check_pair(struct sys_parse *p, const struct cfg_virtio *d, const struct cfg_virtio *o)
{
	if (o->vm != d->vm)
		return 0;
	if (ranges_overlap(&o->reg, &d->reg))
		return wrong(p, d, VIO_REG, "an address beside the VM's other one at 0x%llx",
			     o->reg.base);
	if (o->intid == d->intid)
		return wrong(p, d, VIO_IRQ, rules[VIO_IRQ].right, 0);
	if (!strcmp(o->name, d->name))
		return wrong(p, d, VIO_NAME, "a name that no other device of the VM has", 0);
	return 0;
}

static u32 count_of(const struct cfg_system *s, u32 vm, u32 back)
{
	u32 n = 0;

	for (const struct cfg_virtio *d = s->virtio; d < s->virtio + s->nr_virtio; d++)
		n += d->vm == vm || d->back == back;
	return n;
}

static int check_device(struct sys_parse *p, const struct cfg_virtio *d)
{
	const struct cfg_vm *vm = sys_vm(p->s, d->vm);

	if (d->back == d->vm || !sys_vm(p->s, d->back))
		return wrong(p, d, VIO_VM, rules[VIO_VM].right, 0);
	if (has_irq(vm, d->intid))
		return wrong(p, d, VIO_IRQ, rules[VIO_IRQ].right, 0);
	if (count_of(p->s, d->vm, 0) > CFG_VIRTIO_VM_MAX)
		return wrong(p, d, VIO_COMPATIBLE, "at most %llu of a VM", CFG_VIRTIO_VM_MAX);
	if (count_of(p->s, 0, d->back) > NK_VIRTIO_DEVICES)
		return wrong(p, d, VIO_VM, "a VM that serves %llu devices at most",
			     NK_VIRTIO_DEVICES);
	return check_place(p, vm, d);
}

int sys_check_virtio(struct sys_parse *p)
{
	const struct cfg_virtio *d, *o, *end = p->s->virtio + p->s->nr_virtio;

	for (d = p->s->virtio; d < end; d++) {
		if (check_device(p, d))
			return -1;
		for (o = p->s->virtio; o < d; o++)
			if (check_pair(p, d, o))
				return -1;
	}
	return 0;
}

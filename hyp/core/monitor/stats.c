// SPDX-License-Identifier: Apache-2.0
/*
 * Counters: memory for them, laid out once at boot, and the matrices of nk/monitor.h out of them. A matrix has columns
 * only for what can occur; column 0 is for all else. Each is written by the CPU that runs the vCPU, or by the one
 * that it is of, and only ever grows.
 */
#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "core/calls/hypercall.h"
#include "core/link/vlink.h"
#include "core/monitor/priv.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "lib/string.h"

#define PRIVATE_IRQS 32
#define CLASSES 64
#define CLASS_HVC 0x16
#define CLASS_SYSREG 0x18
#define CLASS_DABT 0x24
#define VDEVS (2 * ARCH_MMIO_REGIONS)
#define COLUMNS_MAX 255
#define IDS_A_PIECE 128 /* are looked through between two looks at interrupts */

/* Exception classes that guests of nk can cause: Arm ARM D17.2.37. */
static const u8 classes[] = {0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
			     0x0c, 0x0d, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1d,
			     0x20, 0x24, 0x2f, 0x30, 0x32, 0x34, 0x38, 0x3c};

/* Columns that all VMs have alike. */
static u8 hcall_map[NK_HC_LIMIT], class_map[CLASSES], vdev_map[VDEVS];
static u32 nr_hwirqs, nr_hcalls;

/* Of each VM: which INTID has which column. */
static struct {
	u16 *map;
	u32 nr;
} virqs[NK_VM_IDS];

/* Memory is taken from here: first only added up, then handed out. */
static u8 *arena;
static u64 arena_used;

static void *take(u64 size)
{
	u8 *at = arena ? arena + arena_used : NULL;

	arena_used += ALIGN_UP(size, 8UL);
	return at;
}

static struct watch_cell *take_cells(u32 n)
{
	return take(n * sizeof(struct watch_cell));
}

static void hwirq_column(u32 intid)
{
	if (intid < WATCH_INTIDS && !watch_hwirq_map[intid] && nr_hwirqs <= COLUMNS_MAX)
		watch_hwirq_map[intid] = (u8)nr_hwirqs++;
}

static void make_maps(void)
{
	nr_hwirqs = nr_hcalls = 1;
	for (u32 i = 0; i < PRIVATE_IRQS; i++)
		hwirq_column(i);
	for (u32 i = 0; i < board.console.nr_irqs; i++)
		hwirq_column(board.console.irqs[i].intid);
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		for (u32 d = 0; d < sys_config.vm[i].nr_devices; d++)
			for (u32 j = 0; j < sys_config.vm[i].devices[d].nr_irqs; j++)
				hwirq_column(sys_config.vm[i].devices[d].irqs[j].intid);
	for (u32 i = 1; i < nr_hypercalls; i++)
		hcall_map[hypercalls[i].nr] = (u8)nr_hcalls++;
	hcall_map[NK_STAT_PSCI] = (u8)nr_hcalls++;
	for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
		class_map[classes[i]] = (u8)(i + 1);
	for (u32 i = 0; i < VDEVS; i++)
		vdev_map[i] = (u8)i;
}

static void virq_column(u32 id, u32 intid)
{
	if (intid >= WATCH_INTIDS)
		return;
	if (virqs[id].map && !virqs[id].map[intid])
		virqs[id].map[intid] = (u16)virqs[id].nr;
	virqs[id].nr++;
}

/* Without memory for the map, only how many columns there may be: that of one counts for each of its names. */
static void make_virqs(const struct vm *vm)
{
	u32 id = vm->arch.id, nr_xirqs = vlinks_of_vm(id) ? vm->xirqs.nr : 1;

	virqs[id].map = take(WATCH_INTIDS * sizeof(u16));
	virqs[id].nr = 1;
	for (u32 i = 0; i < PRIVATE_IRQS; i++)
		virq_column(id, i);
	virq_column(id, vm->cfg->uart_intid);
	for (u32 d = 0; d < vm->cfg->nr_devices; d++)
		for (u32 j = 0; j < vm->cfg->devices[d].nr_irqs; j++)
			virq_column(id, vm->cfg->devices[d].irqs[j].intid);
	for (u32 i = 0; i < nr_xirqs; i++)
		virq_column(id, vm->xirqs.first_intid + i);
}

static void set_columns(struct watch_columns *c, const u8 *map, u32 n)
{
	c->map = map;
	c->pairs = take(n * sizeof(struct watch_pair));
}

static void lay_out_vcpu(struct arch_vcpu *v)
{
	struct watch_vcpu *w = &v->watch;
	u32 nr = virqs[v->vm->id].nr;

	set_columns(&w->columns[WATCH_HWIRQ], watch_hwirq_map, nr_hwirqs);
	set_columns(&w->columns[WATCH_HCALL], hcall_map, nr_hcalls);
	set_columns(&w->columns[WATCH_TRAP], class_map, ARRAY_SIZE(classes) + 1);
	w->sysregs = w->columns[WATCH_TRAP].pairs + class_map[CLASS_SYSREG];
	set_columns(&w->columns[WATCH_VDEV], vdev_map, VDEVS);
	w->latency = take_cells(nr);
	w->vswitch = take_cells(nr);
	w->virq_map = virqs[v->vm->id].map;
	w->virqs = take(nr * sizeof(u64));
	w->ops = take(NK_VCPU_OP_NR * sizeof(u64));
}

static void lay_out(void)
{
	arena_used = 0;
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		struct vm *vm = vm_by_id(sys_config.vm[i].id);

		make_virqs(vm);
		for (u32 j = 0; j < vm->arch.nr_vcpus; j++)
			lay_out_vcpu(vm->arch.vcpu[j]);
	}
	for (u32 i = 0; i < board.nr_cpus; i++) {
		percpus[i].watch.hwirqs = take(nr_hwirqs * sizeof(u64));
		percpus[i].watch.ops = take(NK_CPU_OP_NR * sizeof(u64));
	}
}

int stats_create(struct cfg_error *err)
{
	u64 size = 0, pa;

	if (!sys_config.monitor.on)
		return 0;
	make_maps();
	lay_out();
	size = ALIGN_UP(arena_used, PAGE_SIZE);
	if (!ram_alloc_top(size, ~0UL, &pa))
		return cfg_fail_at(err, &sys_config.monitor.node, "name",
				   "0x%llx bytes for counters are not free in one piece",
				   (unsigned long long)size);
	arena = phys_to_virt(pa);
	cache_wipe(arena, size);
	lay_out();
	for (u32 i = 0; i < board.nr_cpus; i++)
		percpus[i].watch.ops[NK_CPU_OP_START] = 1;
	return 0;
}

/* One matrix of a vCPU or CPU. */
struct view {
	u32 limit; /* ids are below it */
	const u8 *map; /* NULL: an id is its own column */
	const u16 *wide_map;
	const u64 *counts; /* else: */
	const struct watch_cell *cells; /* each `step` of them */
	u32 step;
	u64 ticks[NK_VCPU_TIME_NR]; /* which counts may be */
	bool times; /* their sums and buckets are told */
	bool others; /* column 0 is that of all else */
};

static void view_cells(struct view *w, const struct watch_columns *c, u32 limit, u32 which)
{
	w->limit = limit;
	w->map = c->map;
	w->others = c->map != vdev_map;
	w->cells = which == 2 ? &c->pairs->wait : &c->pairs->exec;
	w->step = 2;
	w->times = which;
}

static bool view_cpu(struct view *w, u32 matrix, u32 nr)
{
	const struct watch_cpu *cpu = &percpus[nr].watch;

	if (nr >= board.nr_cpus)
		return false;
	w->limit = matrix == NK_STAT_HWIRQ ? WATCH_INTIDS : NK_CPU_OP_NR;
	w->map = matrix == NK_STAT_HWIRQ ? watch_hwirq_map : NULL;
	w->others = w->map;
	w->counts = matrix == NK_STAT_HWIRQ ? cpu->hwirqs : cpu->ops;
	return true;
}

static void view_virqs(struct view *w, const struct watch_vcpu *v, u32 matrix)
{
	w->limit = WATCH_INTIDS;
	w->wide_map = v->virq_map;
	w->others = true;
	w->times = matrix != NK_STAT_VIRQ;
	if (matrix == NK_STAT_VIRQ)
		w->counts = v->virqs;
	else
		w->cells = matrix == NK_STAT_HWIRQ_LATENCY ? v->latency : v->vswitch;
	w->step = 1;
}

static u64 exec_ticks(const struct watch_columns *c, u32 n)
{
	u64 sum = 0;

	while (n--)
		sum += READ_ONCE(c->pairs[n].exec.sum);
	return sum;
}

static void view_time(struct view *w, const struct arch_vcpu *v)
{
	const struct watch_columns *c = v->watch.columns;

	w->limit = NK_VCPU_TIME_NR;
	w->counts = w->ticks;
	w->ticks[NK_VCPU_TIME_EL1] = monitor_vcpu_ran(v);
	w->ticks[NK_VCPU_TIME_EL2] = exec_ticks(&c[WATCH_HWIRQ], nr_hwirqs) +
				     exec_ticks(&c[WATCH_HCALL], nr_hcalls) +
				     exec_ticks(&c[WATCH_TRAP], ARRAY_SIZE(classes) + 1) +
				     exec_ticks(&c[WATCH_VDEV], VDEVS);
}

static bool view_vcpu(struct view *w, u32 matrix, const struct arch_vcpu *vcpu)
{
	const struct watch_vcpu *v = &vcpu->watch;
	static const struct {
		u8 kind, which; /* 0: counts, 1: exec, 2: wait */
		u16 limit;
	} by_matrix[NK_STAT_NR] = {
		[NK_STAT_TRAP] = {WATCH_TRAP, 0, CLASSES},
		[NK_STAT_HCALL] = {WATCH_HCALL, 0, NK_HC_LIMIT},
		[NK_STAT_VDEV] = {WATCH_VDEV, 0, VDEVS},
		[NK_STAT_HWIRQ_EXEC] = {WATCH_HWIRQ, 1, WATCH_INTIDS},
		[NK_STAT_HWIRQ_WAIT] = {WATCH_HWIRQ, 2, WATCH_INTIDS},
		[NK_STAT_HCALL_EXEC] = {WATCH_HCALL, 1, NK_HC_LIMIT},
		[NK_STAT_HCALL_WAIT] = {WATCH_HCALL, 2, NK_HC_LIMIT},
		[NK_STAT_TRAP_EXEC] = {WATCH_TRAP, 1, CLASSES},
		[NK_STAT_TRAP_WAIT] = {WATCH_TRAP, 2, CLASSES},
		[NK_STAT_VDEV_EXEC] = {WATCH_VDEV, 1, VDEVS},
		[NK_STAT_VDEV_WAIT] = {WATCH_VDEV, 2, VDEVS},
	};

	if (matrix == NK_STAT_VCPU_OPS) {
		w->limit = NK_VCPU_OP_NR;
		w->counts = v->ops;
	} else if (matrix == NK_STAT_VCPU_TIME) {
		view_time(w, vcpu);
	} else if (by_matrix[matrix].limit) {
		view_cells(w, &v->columns[by_matrix[matrix].kind], by_matrix[matrix].limit,
			   by_matrix[matrix].which);
	} else {
		view_virqs(w, v, matrix);
	}
	return true;
}

static u64 cell_count(const struct watch_cell *c)
{
	u64 n = 0;

	for (u32 i = 0; i < NK_STAT_BUCKETS; i++)
		n += READ_ONCE(c->bucket[i]);
	return n;
}

static u64 pairs_count(const struct watch_columns *c, u32 n)
{
	u64 sum = 0;

	for (u32 i = 0; i < n; i++)
		sum += cell_count(&c->pairs[i].exec);
	return sum;
}

/* Exits that other matrices have the times of. */
static u64 count_elsewhere(const struct watch_vcpu *v, u32 class)
{
	if (class == CLASS_HVC)
		return pairs_count(&v->columns[WATCH_HCALL], nr_hcalls);
	if (class == CLASS_DABT)
		return pairs_count(&v->columns[WATCH_VDEV], VDEVS);
	return 0;
}

static void read_column(const struct view *w, u32 column, struct nk_stat *to)
{
	const struct watch_cell *cell;

	if (w->counts) {
		to->count = READ_ONCE(w->counts[column]);
		return;
	}
	if (!w->cells)
		return;
	cell = &w->cells[column * w->step];
	to->count = cell_count(cell);
	if (!w->times)
		return;
	to->sum = READ_ONCE(cell->sum);
	for (u32 i = 0; i < NK_STAT_BUCKETS; i++)
		to->bucket[i] = READ_ONCE(cell->bucket[i]);
}

static u32 column_of(const struct view *w, u32 id)
{
	if (w->wide_map)
		return w->wide_map[id];
	return w->map ? w->map[id] : id;
}

/* The next column from id on that has anything, or false. */
static bool next_column(const struct view *w, const struct watch_vcpu *traps, u32 id,
			struct nk_stat *to)
{
	for (; id < w->limit; id++) {
		u32 column = column_of(w, id);

		if (id % IDS_A_PIECE == 0)
			arch_cpu_poll();
		if (!column && w->others)
			continue;
		*to = (struct nk_stat){.id = id};
		read_column(w, column, to);
		if (traps)
			to->count += count_elsewhere(traps, id);
		if (to->count)
			return true;
	}
	if (!w->others || id > NK_STAT_OTHER)
		return false;
	*to = (struct nk_stat){.id = NK_STAT_OTHER};
	read_column(w, 0, to);
	return to->count;
}

int monitor_stats(u32 matrix, const struct vm *vm, u32 vcpu, u32 first, struct nk_stat *to, u32 max)
{
	const struct arch_vcpu *v = NULL;
	struct view w = {0};
	u32 n = 0;

	if (matrix >= NK_STAT_NR || !(sys_config.monitor.matrices >> matrix & 1) ||
	    (matrix <= NK_STAT_CPU_OPS) != !vm || (vm && vcpu >= vm->arch.nr_vcpus))
		return -1;
	if (vm)
		v = vm->arch.vcpu[vcpu];
	if (vm ? !view_vcpu(&w, matrix, v) : !view_cpu(&w, matrix, vcpu))
		return -1;
	while (n < max && next_column(&w, matrix == NK_STAT_TRAP ? &v->watch : NULL, first, &to[n]))
		first = to[n++].id + 1;
	return (int)n;
}

int monitor_vdevs(const struct vm *vm, struct nk_stat_vdev *to, u32 max)
{
	u32 n = MIN(vm->arch.nr_mmio, max);

	for (u32 i = 0; i < n; i++)
		to[i] = (struct nk_stat_vdev){.base = vm->arch.mmio[i].base,
					      .size = vm->arch.mmio[i].size,
					      .kind = vm->arch.mmio[i].kind};
	return (int)n;
}

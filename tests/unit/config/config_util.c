// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/system/prop_names.h"
#include "config/system/props.h"
#include "config_util.h"

void *load_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	void *data;
	long n;

	if (!f)
		fail_msg("%s: cannot be opened", path);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	data = malloc((size_t)n);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)n, f), n);
	fclose(f);
	*size = (size_t)n;
	return data;
}

void *load_blob(const char *name, size_t *size)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/" BLOBS "%s.dtb", UNIT_BUILD, name);
	return load_file(path, size);
}

void *copy_blob(const void *blob, size_t size)
{
	void *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	if (size)
		memcpy(copy, blob, size);
	return copy;
}

const struct cfg_board *virt_board(int gic)
{
	static struct cfg_board boards[4];
	struct cfg_board *b = &boards[gic];
	struct cfg_error err;
	size_t size;
	void *blob;

	if (b->fdt)
		return b;
	blob = load_blob(gic == 2 ? "virt-gicv2" : "virt-gicv3", &size);
	if (cfg_board_parse(b, blob, size, &err))
		fail_msg("QEMU's own tree: %s", err.text);
	return b;
}

char *case_text(const char *path, const char *key)
{
	char line[512], start[64];
	FILE *f = fopen(path, "r");
	char *text = NULL;

	if (!f)
		fail_msg("%s: cannot be opened", path);
	snprintf(start, sizeof(start), "// %s: ", key);
	while (!text && fgets(line, sizeof(line), f) && !strncmp(line, "//", 2)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, start, strlen(start)))
			text = strdup(line + strlen(start));
	}
	fclose(f);
	return text;
}

void check_board_bounds(const struct cfg_board *b)
{
	assert_in_range(b->nr_ram, 1, CFG_RANGES_MAX);
	assert_in_range(b->nr_reserved, 0, CFG_RANGES_MAX);
	assert_in_range(b->nr_cpus, 1, NK_CPUS_MAX);
	assert_in_range(b->gic.version, 2, 3);
	assert_in_range(b->gic.nr_redist, b->gic.version == 3, CFG_REDIST_MAX);
	assert_in_range(b->gic.irq_cells, 3, 4);
	assert_in_range(b->timer_virt.intid, 16, 31);
	assert_in_range(b->timer_phys.intid, 16, 31);
	assert_in_range(b->timer_hyp.intid, 16, 31);
	assert_in_range(b->gic.maintenance.intid, 16, 31);
	assert_non_null(b->bootargs);
	assert_true(strlen(b->bootargs) < 1 << 20);
}

static void check_gic(const struct cfg_vm *vm, const struct cfg_board *b)
{
	u64 step = b->gic.version == 3 ? KIB(64) : PAGE_SIZE;

	if (!vm->has_gic)
		return;
	assert_int_equal((vm->gic_dist.base | vm->gic_cpu.base) % step, 0);
	assert_in_range(range_end(&vm->gic_dist), step, BIT(40));
	assert_in_range(range_end(&vm->gic_cpu), step, BIT(40));
	assert_false(ranges_overlap(&vm->gic_dist, &vm->gic_cpu));
}

static void check_uart(const struct cfg_vm *vm)
{
	u32 i, j;

	assert_int_equal(!vm->uart.size, !vm->uart_intid);
	if (!vm->has_uart || !vm->uart.size)
		return;
	assert_int_equal(vm->uart.base % PAGE_SIZE, 0);
	assert_in_range(range_end(&vm->uart), PAGE_SIZE, BIT(40));
	assert_in_range(vm->uart_intid, 32, 991);
	assert_false(ranges_overlap(&vm->uart, &vm->gic_dist) ||
		     ranges_overlap(&vm->uart, &vm->gic_cpu));
	for (i = 0; i < vm->nr_devices; i++)
		for (j = 0; j < vm->devices[i].nr_irqs; j++)
			assert_int_not_equal(vm->devices[i].irqs[j].intid, vm->uart_intid);
}

static void check_ram(const struct cfg_vm *vm, u32 i)
{
	const struct cfg_ram *ram = &vm->ram[i];
	struct range seen = cfg_ram_seen(ram);

	assert_true(ram->size && ram->size % BLOCK_SIZE == 0);
	assert_true(ram->base % BLOCK_SIZE == 0 && ram->pa % BLOCK_SIZE == 0);
	assert_true(!ram->has_base || ram->base + ram->size <= BIT(40));
	assert_memory_equal(ram->name, "memory", strlen("memory"));
	assert_false(ranges_overlap(&seen, &vm->uart) || ranges_overlap(&seen, &vm->gic_dist) ||
		     ranges_overlap(&seen, &vm->gic_cpu));
	while (i--) {
		struct range other = cfg_ram_seen(&vm->ram[i]);

		assert_false(ranges_overlap(&seen, &other));
	}
}

static void check_vm(const struct cfg_vm *vm, const struct cfg_board *b)
{
	u32 i, j, cpus = 0;

	assert_in_range(vm->id, NK_VM_ID_FIRST, NK_VM_ID_MAX);
	assert_true(memchr(vm->name, 0, sizeof(vm->name)) && vm->name[0]);
	assert_true(vm->kernel && strlen(vm->kernel) > 0);
	assert_in_range(vm->nr_ram, 1, CFG_RAM_PIECES);
	for (i = 0; i < vm->nr_ram; i++)
		check_ram(vm, i);
	check_gic(vm, b);
	check_uart(vm);
	assert_in_range(vm->nr_vcpus, 1, NK_VCPUS_MAX);
	for (i = 0; i < vm->nr_vcpus; i++) {
		assert_in_range(vm->vcpu_cpu[i], 0, b->nr_cpus - 1);
		assert_false(cpus & BIT(vm->vcpu_cpu[i]));
		cpus |= (u32)BIT(vm->vcpu_cpu[i]);
	}
	assert_int_equal(cpus & ~vm->affinity, 0);
	assert_int_equal(vm->handover_affinity & ~vm->affinity, 0);
	assert_in_range(vm->time_slice_us, CFG_US_MIN, CFG_US_MAX);
	assert_in_range(vm->budget_us, 0, vm->period_us);
	assert_int_equal(!vm->budget_us, !vm->period_us);
	assert_in_range(vm->nr_devices, 0, CFG_DEV_MAX);
	for (i = 0; i < vm->nr_devices; i++) {
		const struct cfg_device *d = &vm->devices[i];

		assert_in_range(d->nr_regs, 1, CFG_DEV_REGS_MAX);
		assert_in_range(d->nr_irqs, 0, CFG_DEV_IRQS_MAX);
		for (j = 0; j < d->nr_regs; j++)
			assert_int_equal((d->regs[j].base | d->regs[j].size) % PAGE_SIZE, 0);
		for (j = 0; j < d->nr_irqs; j++)
			assert_in_range(d->irqs[j].intid, 32, 1019);
	}
}

static void check_prop(const struct cfg_prop *prop)
{
	u8 *value = malloc(prop->size ? prop->size : 1);

	assert_in_range(strlen(prop->name), 1, 63);
	assert_true(prop->builtin >= -1 && prop->builtin < PROP_NR);
	if (prop->builtin < 0) {
		assert_in_range(prop->size, 1, 4096);
		assert_in_range(cfg_prop_value(prop, value), 0, prop->size);
	}
	free(value);
}

static bool is_pair(const struct cfg_link *a, const struct cfg_link *b)
{
	return a->end[0] == b->end[1] && a->end[1] == b->end[0];
}

/* One number for each link of a name, but for the two of a pair. */
static void check_links(const struct cfg_system *s)
{
	u64 pmem = 0;

	assert_in_range(s->nr_links, 0, CFG_LINKS_MAX);
	for (u32 i = 0; i < s->nr_links; i++) {
		const struct cfg_link *a = &s->links[i];

		assert_true(a->end[0] < s->nr_vdevs && a->end[1] < s->nr_vdevs);
		assert_int_not_equal(a->end[0], a->end[1]);
		assert_true(a->number >= 0);
		assert_in_range(a->pdev_size, 1, MIB(16));
		assert_int_equal(a->pmem_size % PAGE_SIZE, 0);
		pmem += a->pmem_size;
		for (u32 j = 0; j < i; j++)
			assert_true(a->number != s->links[j].number || is_pair(a, &s->links[j]) ||
				    strcmp(s->vdevs[a->end[0]].compatible,
					   s->vdevs[s->links[j].end[0]].compatible));
	}
	assert_in_range(pmem, 0, s->pmem_size);
}

/* Each CPU has one at most; windows come one behind the other. */
static void check_tables(const struct cfg_system *s, const struct cfg_board *b)
{
	u32 cpus = 0;

	assert_in_range(s->nr_tables, 0, CFG_TABLES_MAX);
	for (u32 i = 0; i < s->nr_tables; i++) {
		const struct cfg_table *t = &s->table[i];
		u32 end = 0;

		assert_true(t->cpus && t->cpus < BIT(b->nr_cpus) && !(t->cpus & cpus));
		cpus |= t->cpus;
		assert_in_range(t->nr_windows, 1, CFG_WINDOWS_MAX);
		for (u32 n = 0; n < t->nr_windows; n++) {
			const struct cfg_window *w = &t->window[n];

			assert_true(w->vms && w->start_us >= end);
			assert_in_range(w->length_us, CFG_US_MIN, CFG_US_MAX);
			end = w->start_us + w->length_us;
		}
		assert_in_range(end, 0, t->frame_us);
	}
}

/* VMs have a CPU together only where each names it. */
static void check_sharing(const struct cfg_system *s)
{
	u32 taken = 0, by_default = 0;

	for (u32 i = 0; i < s->nr_vms; i++) {
		const struct cfg_vm *vm = &s->vm[i];
		u32 cpus = 0;

		for (u32 n = 0; n < vm->nr_vcpus; n++)
			cpus |= (u32)BIT(vm->vcpu_cpu[n]);
		assert_int_equal(cpus & (vm->has_affinity ? by_default : taken), 0);
		taken |= cpus;
		by_default |= vm->has_affinity ? 0 : cpus;
	}
}

void check_system_bounds(const struct cfg_system *s, const struct cfg_board *b)
{
	u32 i;

	assert_in_range(s->nr_vms, 1, NK_VM_ID_MAX - 1);
	for (i = 0; i < s->nr_vms; i++) {
		check_vm(&s->vm[i], b);
		assert_true(!i || s->vm[i - 1].id < s->vm[i].id);
	}
	assert_in_range(s->nr_vdevs, 0, CFG_VDEVS_MAX);
	for (i = 0; i < s->nr_vdevs; i++) {
		assert_non_null(s->vdevs[i].compatible);
		assert_in_range(strlen(s->vdevs[i].compatible), 1, 15);
	}
	check_sharing(s);
	check_tables(s, b);
	check_links(s);
	assert_in_range(s->nr_props, 0, CFG_PROPS_MAX);
	for (i = 0; i < s->nr_props; i++)
		check_prop(&s->props[i]);
}

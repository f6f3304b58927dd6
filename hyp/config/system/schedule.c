// SPDX-License-Identifier: Apache-2.0
/* The child `schedule` of hyp: time tables of CPUs. */
#include "config/system/system.h"
#include "lib/string.h"

#define US "microseconds, 100 to 10000000"
#define CPUS "CPUs of the board, as \"0,2-3\""
#define VMS "ids of VMs, as \"2,4-5\""

enum { TABLE_CPUS, TABLE_FRAME, TABLE_NR };

static const struct dt_rule table_rules[TABLE_NR] = {
	[TABLE_CPUS] = {"cpus", CPUS, 1, ~0u, DT_STRING, true},
	[TABLE_FRAME] = {"frame", US, CFG_US_MIN, CFG_US_MAX, DT_CELL, true},
};
DT_RULES_FIT(TABLE_NR);

enum { WINDOW_START, WINDOW_LENGTH, WINDOW_VMS, WINDOW_UNUSED, WINDOW_NR };

static const struct dt_rule window_rules[WINDOW_NR] = {
	[WINDOW_START] = {"start", "microseconds from the frame's begin", 0, CFG_US_MAX, DT_CELL,
			  true},
	[WINDOW_LENGTH] = {"length", US, CFG_US_MIN, CFG_US_MAX, DT_CELL, true},
	[WINDOW_VMS] = {"vms", VMS, 1, ~0u, DT_STRING, true},
	[WINDOW_UNUSED] = {"unused", "\"idle\" or \"others\"", 0, 0, DT_STRING, false},
};
DT_RULES_FIT(WINDOW_NR);

/* Windows stay in the order of their starts, and do not touch the same moment. */
static int place_window(const struct dt_view *w, struct cfg_table *t, const struct cfg_window *new)
{
	u32 i = t->nr_windows;

	for (; i && t->window[i - 1].start_us > new->start_us; i--)
		t->window[i] = t->window[i - 1];
	t->window[i] = *new;
	t->nr_windows++;
	if ((i && t->window[i - 1].start_us + t->window[i - 1].length_us > new->start_us) ||
	    (i + 1 < t->nr_windows && new->start_us + new->length_us > t->window[i + 1].start_us))
		return dt_wrong(w, WINDOW_START, "a time that no other window of the table has");
	return 0;
}

static int read_unused(const struct dt_view *w, bool *others)
{
	const char *does = w->v[WINDOW_UNUSED].data;

	*others = does && !strcmp(does, "others");
	return does && !*others && strcmp(does, "idle") ? dt_wrong(w, WINDOW_UNUSED, NULL) : 0;
}

static int read_window(struct sys_parse *p, int node, u32 nr)
{
	struct cfg_table *t = &p->s->table[nr];
	struct cfg_window new;
	struct dt_view w;

	if (strncmp(dt_name(p->fdt, node), "window@", 7))
		return dt_fail_at(p->err, p->fdt, node, "name", "unknown: window@0, window@1, ...");
	if (dt_read(&w, p->fdt, node, window_rules, WINDOW_NR, p->err))
		return -1;
	if (t->nr_windows == CFG_WINDOWS_MAX)
		return dt_wrong(&w, WINDOW_START, "at most %u windows in a table", CFG_WINDOWS_MAX);
	new.start_us = dt_cell(&w.v[WINDOW_START], 0);
	new.length_us = dt_cell(&w.v[WINDOW_LENGTH], 0);
	if (new.start_us + new.length_us > t->frame_us)
		return dt_wrong(&w, WINDOW_LENGTH, "at most what is left of the frame, <%u>",
				t->frame_us - MIN(new.start_us, t->frame_us));
	if (!sys_list(&w.v[WINDOW_VMS], NK_VM_ID_FIRST, NK_VM_ID_MAX, &new.vms))
		return dt_wrong(&w, WINDOW_VMS, NULL);
	return read_unused(&w, &new.others) || place_window(&w, t, &new) ? -1 : 0;
}

static int read_table(struct sys_parse *p, int node, u32 last_cpu)
{
	u32 nr = p->s->nr_tables;
	struct cfg_table *t = &p->s->table[nr];
	u32 taken = 0, i;
	struct dt_view w;

	if (strncmp(dt_name(p->fdt, node), "table@", 6))
		return dt_fail_at(p->err, p->fdt, node, "name", "unknown: table@0, table@1, ...");
	if (dt_read(&w, p->fdt, node, table_rules, TABLE_NR, p->err))
		return -1;
	for (i = 0; i < nr; i++)
		taken |= p->s->table[i].cpus;
	memset(t, 0, sizeof(*t));
	t->node = (struct cfg_node){p->fdt, node};
	if (!sys_list(&w.v[TABLE_CPUS], 0, last_cpu, &t->cpus) || !t->cpus)
		return dt_wrong(&w, TABLE_CPUS, CPUS ", from 0 to %u", last_cpu);
	if (t->cpus & taken)
		return dt_wrong(&w, TABLE_CPUS, "CPUs that no other table has");
	t->frame_us = dt_cell(&w.v[TABLE_FRAME], 0);
	p->s->nr_tables++;
	for (node = fdt_first_subnode(p->fdt, node); node >= 0;
	     node = fdt_next_subnode(p->fdt, node))
		if (read_window(p, node, nr))
			return -1;
	if (!t->nr_windows)
		return dt_wrong(&w, TABLE_FRAME, "missing: a window at least");
	return 0;
}

int sys_schedule(struct sys_parse *p, int node)
{
	return sys_each_child(p, node, p->b->nr_cpus - 1, read_table);
}

/* CPUs that a VM has a vCPU on. */
static u32 cpus_of(const struct cfg_vm *vm)
{
	u32 cpus = 0, i;

	for (i = 0; i < vm->nr_vcpus; i++)
		cpus |= (u32)BIT(vm->vcpu_cpu[i]);
	return cpus;
}

/* Each VM of a window has a vCPU there, and each vCPU there has a window, or what a window leaves. */
static int check_table(struct sys_parse *p, const struct cfg_table *t)
{
	u32 named = 0, here = 0, i;
	bool others = false;

	for (i = 0; i < t->nr_windows; i++) {
		named |= t->window[i].vms;
		others |= t->window[i].others;
	}
	for (i = 0; i < p->s->nr_vms; i++)
		if (cpus_of(&p->s->vm[i]) & t->cpus)
			here |= (u32)BIT(p->s->vm[i].id);
	if (named & ~here)
		return cfg_fail_at(p->err, &t->node, "cpus",
				   "vm%u has a window and no vCPU there: CPUs of its `affinity`",
				   (u32)__builtin_ctz(named & ~here));
	if (!others && here & ~named)
		return cfg_fail_at(p->err, &t->node, "cpus",
				   "vm%u has a vCPU there and would never run: a window for it",
				   (u32)__builtin_ctz(here & ~named));
	return 0;
}

int sys_check_schedule(struct sys_parse *p)
{
	u32 i;

	for (i = 0; i < p->s->nr_tables; i++)
		if (check_table(p, &p->s->table[i]))
			return -1;
	return 0;
}

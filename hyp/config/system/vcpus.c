// SPDX-License-Identifier: Apache-2.0
/* The node `vcpus` of a VM: how many, and on which CPUs of the board. */
#include "config/system/system.h"
#include "lib/string.h"

#define UNBOUND 0xffu
#define LIST "CPUs of the board, as \"0,2-3\", or \"*\""

#define US "microseconds, 100 to 10000000"
#define SLICE_US 10000
#define TIMEOUT_MS 10000

enum {
	CPU_COUNT,
	CPU_AFFINITY,
	CPU_HANDOVER,
	CPU_MIGRATION,
	CPU_PRIORITY,
	CPU_SLICE,
	CPU_BUDGET,
	CPU_PERIOD,
	CPU_TIMEOUT,
	CPU_NR
};

static const struct dt_rule rules[CPU_NR] = {
	[CPU_COUNT] = {"#count", "1 to 16 vCPUs, or \"*\" for one on each CPU of affinity", 1,
		       NK_VCPUS_MAX, DT_COUNT_ALL, false},
	[CPU_AFFINITY] = {"affinity", LIST, 1, ~0u, DT_STRING, false},
	[CPU_HANDOVER] = {"handover-affinity", LIST, 0, 0, DT_LIST, false},
	[CPU_MIGRATION] = {"migration", "\"on\" or \"off\"", 0, 0, DT_ON_OFF, false},
	[CPU_PRIORITY] = {"priority", "one cell, 0 to 255", 0, 255, DT_CELL, false},
	[CPU_SLICE] = {"time-slice", US, CFG_US_MIN, CFG_US_MAX, DT_CELL, false},
	[CPU_BUDGET] = {"budget", US, CFG_US_MIN, CFG_US_MAX, DT_CELL, false},
	[CPU_PERIOD] = {"period", US, CFG_US_MIN, CFG_US_MAX, DT_CELL, false},
	[CPU_TIMEOUT] = {"handover-timeout", "milliseconds, 100 to 600000", 100, 600000, DT_CELL,
			 false},
};
DT_RULES_FIT(CPU_NR);

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* Reads a number and the blanks behind it; one above any CPU and VM may end early. */
static bool read_number(const char **text, u32 *value)
{
	const char *s = *text;

	*value = 0;
	while (*s >= '0' && *s <= '9' && *value < 1000)
		*value = *value * 10 + (u32)(*s++ - '0');
	if (s == *text)
		return false;
	*text = skip_blanks(s);
	return true;
}

bool sys_list(const struct dt_prop *list, u32 first, u32 last, u32 *mask)
{
	const char *s = list->len ? list->data : "";
	u32 from, to;

	*mask = 0;
	s = skip_blanks(s);
	if (!*s)
		return true;
	if (*s == '*') {
		*mask = (u32)(BIT(last + 1) - BIT(first));
		return !s[1];
	}
	for (;; s++) {
		s = skip_blanks(s);
		if (!read_number(&s, &from))
			return false;
		to = from;
		if (*s == '-') {
			s = skip_blanks(s + 1);
			if (!read_number(&s, &to))
				return false;
		}
		if (from < first || to > last || to < from)
			return false;
		*mask |= (u32)(BIT(to + 1) - BIT(from));
		if (*s != ',')
			return !*s;
	}
}

static int read_cpus(const struct sys_parse *p, const struct dt_view *w, u32 which, u32 *mask)
{
	u32 last = p->b->nr_cpus - 1;

	if (!sys_list(&w->v[which], 0, last, mask))
		return dt_wrong(w, which, LIST ", from 0 to %u", last);
	return 0;
}

static int read_affinity(struct sys_parse *p, struct cfg_vm *vm, const struct dt_view *w)
{
	const struct dt_prop *handover = &w->v[CPU_HANDOVER];

	vm->affinity = (u32)(BIT(p->b->nr_cpus) - 1);
	vm->has_affinity = w->v[CPU_AFFINITY].data;
	if (vm->has_affinity && read_cpus(p, w, CPU_AFFINITY, &vm->affinity))
		return -1;
	if (!vm->affinity)
		return dt_wrong(w, CPU_AFFINITY, NULL);
	/* The manual's "0" means no handover at all, not CPU 0. */
	if (handover->len == 2 && !strcmp(handover->data, "0"))
		return 0;
	if (read_cpus(p, w, CPU_HANDOVER, &vm->handover_affinity))
		return -1;
	if (vm->handover_affinity & ~vm->affinity)
		return dt_wrong(w, CPU_HANDOVER,
				"only CPUs that are in affinity, or \"0\" for none");
	if (vm->handover_affinity == vm->affinity)
		return dt_wrong(w, CPU_HANDOVER,
				"not all of affinity: vCPU 0 needs a CPU that stays");
	return 0;
}

/*
 * A VM begins with vCPU 0, so where vCPUs stay on their CPUs, that one's is not to be given away; and who has no
 * vCPU on a CPU has no use for it.
 */
static int check_handover(const struct cfg_vm *vm, const struct dt_view *w)
{
	u32 bound = 0;
	u32 i;

	if (vm->migration)
		return 0;
	if (vm->handover_affinity & BIT(vm->vcpu_cpu[0]))
		return dt_wrong(w, CPU_HANDOVER,
				"without CPU %u: vCPU 0 needs one that stays, another `affinity` "
				"or vcpu@0",
				vm->vcpu_cpu[0]);
	for (i = 0; i < vm->nr_vcpus; i++)
		bound |= (u32)BIT(vm->vcpu_cpu[i]);
	if (vm->handover_affinity & ~bound)
		return dt_wrong(w, CPU_HANDOVER,
				"only CPUs with a vCPU of this VM, which CPU %u has not: a larger "
				"`#count`, or a vcpu@N",
				(u32)__builtin_ctz(vm->handover_affinity & ~bound));
	return 0;
}

static int read_count(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_view *w)
{
	const struct cfg_gic *gic = &p->b->gic;
	u32 cpus = popcount32(vm->affinity);

	vm->nr_vcpus = dt_count(&w->v[CPU_COUNT]);
	if (!vm->nr_vcpus)
		vm->nr_vcpus = cpus;
	if (vm->nr_vcpus > cpus)
		return dt_wrong(w, CPU_COUNT,
				"at most %u: each vCPU needs a CPU of its own in affinity", cpus);
	/* A guest finds its redistributors in the board's first region, if `gic` says no other place. */
	if (gic->version == 3 && !vm->has_gic && vm->nr_vcpus > gic->redist[0].size / GICR_FRAMES)
		return dt_wrong(w, CPU_COUNT,
				"at most %u: as many as the GIC's first region has redistributors",
				(u32)(gic->redist[0].size / GICR_FRAMES));
	return 0;
}

/* vcpu@N { cpu = <M>; }: binds vCPU N to physical CPU M. */
static int read_binding(const struct sys_parse *p, struct cfg_vm *vm, int node, u32 *taken)
{
	static const struct dt_rule rule = {
		"cpu", "a CPU of its own that is in affinity", 0, NK_CPUS_MAX - 1, DT_CELL, true};
	const char *id = dt_name(p->fdt, node);
	struct dt_view w;
	u32 vcpu = UNBOUND, cpu;

	if (!strncmp(id, "vcpu@", 5)) {
		id += 5;
		if (!read_number(&id, &vcpu) || *id)
			vcpu = UNBOUND;
	}
	if (vcpu >= vm->nr_vcpus || vm->vcpu_cpu[vcpu] != UNBOUND)
		return dt_fail_at(p->err, p->fdt, node, "name",
				  "unknown: vcpu@0 to vcpu@%u, each once", vm->nr_vcpus - 1);
	if (dt_read(&w, p->fdt, node, &rule, 1, p->err))
		return -1;
	cpu = dt_cell(&w.v[0], 0);
	if (!(vm->affinity & ~*taken & BIT(cpu)))
		return dt_wrong(&w, 0, NULL);
	*taken |= (u32)BIT(cpu);
	vm->vcpu_cpu[vcpu] = cpu;
	return 0;
}

/* Of these CPUs, that which the fewest vCPUs have so far. */
static u32 least_used(const struct sys_parse *p, u32 cpus)
{
	u32 best = (u32)__builtin_ctz(cpus);

	for (; cpus; cpus &= cpus - 1) {
		u32 cpu = (u32)__builtin_ctz(cpus);

		if (p->cpu_owner[cpu].users < p->cpu_owner[best].users)
			best = cpu;
	}
	return best;
}

/*
 * The others get what is left of the affinity, in order: CPUs that nobody has, then shared ones. vCPU 0 gets one that
 * stays the VM's, as long as there is one.
 */
static void bind_others(const struct sys_parse *p, struct cfg_vm *vm, u32 taken)
{
	u32 left = vm->affinity & ~taken;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		u32 stays = left & ~vm->handover_affinity;

		if (vm->vcpu_cpu[i] != UNBOUND)
			continue;
		vm->vcpu_cpu[i] = least_used(p, i || !stays ? left : stays);
		left &= ~(u32)BIT(vm->vcpu_cpu[i]);
	}
}

static int read_shares(struct cfg_vm *vm, const struct dt_view *w)
{
	vm->priority = dt_count(&w->v[CPU_PRIORITY]);
	vm->time_slice_us = w->v[CPU_SLICE].data ? dt_count(&w->v[CPU_SLICE]) : SLICE_US;
	vm->budget_us = dt_count(&w->v[CPU_BUDGET]);
	vm->period_us = dt_count(&w->v[CPU_PERIOD]);
	if (!vm->budget_us != !vm->period_us)
		return dt_wrong(w, vm->budget_us ? CPU_BUDGET : CPU_PERIOD,
				"`budget` and `period` together");
	if (vm->budget_us > vm->period_us)
		return dt_wrong(w, CPU_BUDGET, "at most `period`, <%u>", vm->period_us);
	return 0;
}

/* Two VMs have a CPU together only where both name it: by default nothing is shared. */
static int claim_cpus(struct sys_parse *p, const struct cfg_vm *vm, const struct dt_view *w)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		u32 cpu = vm->vcpu_cpu[i];

		if (p->cpu_owner[cpu].users++) {
			if (p->cpu_owner[cpu].shares && vm->has_affinity)
				continue;
			return dt_wrong(w, CPU_AFFINITY,
					"another CPU for vCPU %u, or `affinity` in both: CPU %u is "
					"taken by vCPU %u of vm%u",
					i, cpu, p->cpu_owner[cpu].vcpu, p->cpu_owner[cpu].vm);
		}
		p->cpu_owner[cpu].shares = vm->has_affinity;
		p->cpu_owner[cpu].vm = (u8)vm->id;
		p->cpu_owner[cpu].vcpu = (u8)i;
	}
	return 0;
}

int sys_vcpus(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	struct dt_view w;
	u32 taken = 0;
	u32 i;

	if (dt_read(&w, p->fdt, node, rules, CPU_NR, p->err))
		return -1;
	if (node < 0)
		w.node = vm->node.at; /* what an error names */
	if (read_affinity(p, vm, &w) || read_count(p, vm, &w))
		return -1;
	vm->migration = dt_is_on(&w.v[CPU_MIGRATION], false);
	vm->handover_ms = w.v[CPU_TIMEOUT].data ? dt_count(&w.v[CPU_TIMEOUT]) : TIMEOUT_MS;
	if (read_shares(vm, &w))
		return -1;
	for (i = 0; i < vm->nr_vcpus; i++)
		vm->vcpu_cpu[i] = UNBOUND;
	node = node < 0 ? node : fdt_first_subnode(p->fdt, node);
	for (; node >= 0; node = fdt_next_subnode(p->fdt, node))
		if (read_binding(p, vm, node, &taken))
			return -1;
	bind_others(p, vm, taken);
	return check_handover(vm, &w) || claim_cpus(p, vm, &w) ? -1 : 0;
}

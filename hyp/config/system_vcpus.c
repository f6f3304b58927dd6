// SPDX-License-Identifier: Apache-2.0
#include "config/system.h"
#include "lib/string.h"

#define PRIORITY_MAX 255
#define UNBOUND 0xffu

enum { CPU_COUNT, CPU_AFFINITY, CPU_HANDOVER, CPU_MIGRATION, CPU_PRIORITY, CPU_NR };

static const struct dt_rule rules[CPU_NR] = {
	[CPU_COUNT] = {"#count", DT_COUNT},
	[CPU_AFFINITY] = {"affinity", DT_STRING},
	[CPU_HANDOVER] = {"handover-affinity", DT_LIST},
	[CPU_MIGRATION] = {"migration", DT_STRING},
	[CPU_PRIORITY] = {"priority", DT_CELL},
};

/* Reads digits; false when there is none or the number is above any CPU and VM. */
static bool read_number(const char **text, u32 *value)
{
	const char *s = *text;

	*value = 0;
	while (*s >= '0' && *s <= '9' && *value < 1000)
		*value = *value * 10 + (u32)(*s++ - '0');
	if (s == *text)
		return false;
	*text = s;
	return true;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

const char *sys_list(const char *text, u32 first, u32 last, u32 *mask)
{
	static const char form[] = "numbers and ranges, as \"0,2-3\", or \"*\"";
	const char *s = skip_blanks(text);

	*mask = 0;
	if (!*s)
		return NULL;
	if (*s == '*' && !*skip_blanks(s + 1)) {
		*mask = (u32)(BIT(last + 1) - BIT(first));
		return NULL;
	}
	for (;;) {
		u32 from, to;

		if (!read_number(&s, &from))
			return form;
		to = from;
		s = skip_blanks(s);
		if (*s == '-') {
			s = skip_blanks(s + 1);
			if (!read_number(&s, &to) || to < from)
				return form;
			s = skip_blanks(s);
		}
		if (from < first || to > last)
			return "";
		*mask |= (u32)(BIT(to + 1) - BIT(from));
		if (!*s)
			return NULL;
		if (*s != ',')
			return form;
		s = skip_blanks(s + 1);
	}
}

static int read_cpus(struct sys_parse *p, int node, u32 which, const struct dt_prop *value,
		     u32 *mask)
{
	const char *text = value->len ? value->data : "";
	u32 last = p->b->nr_cpus - 1;
	const char *wrong = sys_list(text, 0, last, mask);

	if (wrong && *wrong)
		return dt_fail(p->err, p->s->fdt, node, rules[which].name, value, "%s", wrong);
	if (wrong)
		return dt_fail(p->err, p->s->fdt, node, rules[which].name, value,
			       "CPUs of the board, 0 to %u", last);
	return 0;
}

static int read_affinity(struct sys_parse *p, struct cfg_vm *vm, int node, const struct dt_prop *v)
{
	const char *handover = v[CPU_HANDOVER].len ? v[CPU_HANDOVER].data : "";

	vm->affinity = (u32)(BIT(p->b->nr_cpus) - 1);
	if (v[CPU_AFFINITY].data) {
		if (read_cpus(p, node, CPU_AFFINITY, &v[CPU_AFFINITY], &vm->affinity))
			return -1;
		if (!vm->affinity)
			return dt_fail(p->err, p->s->fdt, node, "affinity", &v[CPU_AFFINITY],
				       "a CPU at least, as \"0,1\"");
	}
	/* The manual's "0" means no handover at all, not CPU 0. */
	if (!strcmp(handover, "0"))
		return 0;
	if (read_cpus(p, node, CPU_HANDOVER, &v[CPU_HANDOVER], &vm->handover_affinity))
		return -1;
	if (vm->handover_affinity & ~vm->affinity)
		return dt_fail(p->err, p->s->fdt, node, "handover-affinity", &v[CPU_HANDOVER],
			       "only CPUs that are in affinity, or \"0\" for none");
	return 0;
}

/* A guest finds its redistributors in the board's first region. */
static int check_redistributors(struct sys_parse *p, const struct cfg_vm *vm, int node,
				const struct dt_prop *count)
{
	const struct cfg_gic *gic = &p->b->gic;
	u64 most = gic->redist[0].size / GICR_FRAME;

	if (gic->version == 3 && vm->nr_vcpus > most)
		return dt_fail(p->err, p->s->fdt, node < 0 ? vm->node : node, "#count", count,
			       "at most %u: as many as the GIC's first region has redistributors",
			       (u32)most);
	return 0;
}

static int read_count(struct sys_parse *p, struct cfg_vm *vm, int node, const struct dt_prop *count)
{
	const char *text = dt_string(count);
	u32 cpus = (u32)__builtin_popcount(vm->affinity);

	if (!count->data || (text && !strcmp(text, "*"))) {
		vm->nr_vcpus = cpus;
		return check_redistributors(p, vm, node, count);
	}
	vm->nr_vcpus = count->len == 4 && !(text && text[0]) ? dt_cell(count, 0) : 0;
	if (!vm->nr_vcpus || vm->nr_vcpus > NK_VCPUS_MAX)
		return dt_fail(p->err, p->s->fdt, node, "#count", count,
			       "1 to %d vCPUs, or \"*\" for one on each CPU of affinity",
			       NK_VCPUS_MAX);
	if (vm->nr_vcpus > cpus)
		return dt_fail(p->err, p->s->fdt, node, "#count", count,
			       "at most %u: each vCPU needs a CPU of its own in affinity", cpus);
	return check_redistributors(p, vm, node, count);
}

static int read_modes(struct sys_parse *p, struct cfg_vm *vm, int node, const struct dt_prop *v)
{
	const char *migration = dt_string(&v[CPU_MIGRATION]);

	if (migration && strcmp(migration, "on") && strcmp(migration, "off"))
		return dt_fail(p->err, p->s->fdt, node, "migration", &v[CPU_MIGRATION],
			       "\"on\" or \"off\"");
	vm->migration = migration && !strcmp(migration, "on");
	vm->priority = v[CPU_PRIORITY].data ? dt_cell(&v[CPU_PRIORITY], 0) : 0;
	if (vm->priority > PRIORITY_MAX)
		return dt_fail(p->err, p->s->fdt, node, "priority", &v[CPU_PRIORITY], "0 to %d",
			       PRIORITY_MAX);
	return 0;
}

/* vcpu@N { cpu = <M>; }: binds vCPU N to physical CPU M. */
static int read_binding(struct sys_parse *p, struct cfg_vm *vm, int node, u32 *taken)
{
	static const struct dt_rule rule[] = {{"cpu", DT_CELL}};
	const void *fdt = p->s->fdt;
	const char *id = dt_name(fdt, node);
	struct dt_prop cpu;
	u32 vcpu, value;

	if (strncmp(id, "vcpu@", 5))
		return cfg_fail_at(p->err, fdt, node, "cpu", "unknown node: nodes vcpu@N");
	id += 5;
	if (!read_number(&id, &vcpu) || *id || vcpu >= vm->nr_vcpus)
		return cfg_fail_at(p->err, fdt, node, "cpu", "unknown vCPU: vcpu@0 to vcpu@%u",
				   vm->nr_vcpus - 1);
	if (vm->vcpu_cpu[vcpu] != UNBOUND)
		return cfg_fail_at(p->err, fdt, node, "cpu", "vCPU %u there twice: one such node",
				   vcpu);
	if (dt_read(fdt, node, rule, 1, &cpu, p->err))
		return -1;
	value = cpu.data ? dt_cell(&cpu, 0) : NK_CPUS_MAX;
	if (value >= NK_CPUS_MAX || !(vm->affinity & BIT(value)))
		return dt_fail(p->err, fdt, node, "cpu", &cpu, "a CPU that is in affinity");
	if (*taken & BIT(value))
		return dt_fail(p->err, fdt, node, "cpu", &cpu,
			       "a CPU of its own, another vCPU of vm%u has it", vm->id);
	*taken |= (u32)BIT(value);
	vm->vcpu_cpu[vcpu] = value;
	return 0;
}

/* The others get the lowest CPUs of the affinity that are left, in order. */
static void bind_others(struct cfg_vm *vm, u32 taken)
{
	u32 left = vm->affinity & ~taken;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpu_cpu[i] != UNBOUND)
			continue;
		vm->vcpu_cpu[i] = (u32)__builtin_ctz(left);
		left &= left - 1;
	}
}

/* No two vCPUs on one CPU. */
static int claim_cpus(struct sys_parse *p, const struct cfg_vm *vm, int node,
		      const struct dt_prop *affinity)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		u32 cpu = vm->vcpu_cpu[i];

		if (p->cpu_owner[cpu].vm)
			return dt_fail(
				p->err, p->s->fdt, node < 0 ? vm->node : node, "affinity", affinity,
				"another CPU for vCPU %u: CPU %u is taken by vCPU %u of vm%u", i,
				cpu, p->cpu_owner[cpu].vcpu, p->cpu_owner[cpu].vm);
		p->cpu_owner[cpu].vm = (u8)vm->id;
		p->cpu_owner[cpu].vcpu = (u8)i;
	}
	return 0;
}

int sys_vcpus(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	struct dt_prop v[CPU_NR] = {0};
	u32 taken = 0;
	int child;
	u32 i;

	if (node >= 0 && dt_read(p->s->fdt, node, rules, CPU_NR, v, p->err))
		return -1;
	if (read_affinity(p, vm, node, v) || read_count(p, vm, node, &v[CPU_COUNT]) ||
	    read_modes(p, vm, node, v))
		return -1;
	for (i = 0; i < vm->nr_vcpus; i++)
		vm->vcpu_cpu[i] = UNBOUND;
	child = node < 0 ? -1 : dt_first_child(p->s->fdt, node);
	for (; child >= 0; child = dt_next_child(p->s->fdt, child))
		if (read_binding(p, vm, child, &taken))
			return -1;
	bind_others(vm, taken);
	return claim_cpus(p, vm, node, &v[CPU_AFFINITY]);
}

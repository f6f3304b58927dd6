// SPDX-License-Identifier: GPL-2.0-only
/* What nk's properties ask for; see hotplug.h. */
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/of.h>
#include <asm/cputype.h>
#include <vlx/prop.h>
#include "hotplug.h"

#define VCPU_LIMIT 32 /* in a mask */

static char source[NK_PROP_NAME_LIMIT]; /* nk.vm.N.vcpus-target, or nk.vm.N.cpus */
static bool floating;

/* nk numbers a VM's vCPUs by 16 in a cluster; the affinity of each is in the tree. VCPU_LIMIT: it is not known. */
static unsigned int vcpu_of(unsigned int cpu)
{
	struct device_node *node = of_get_cpu_node(cpu, NULL);
	unsigned int vcpu = VCPU_LIMIT;
	const __be32 *reg;
	u64 mpidr;
	int len;

	reg = of_get_property(node, "reg", &len);
	if (reg) {
		mpidr = of_read_number(reg, len / sizeof(*reg));
		vcpu = MPIDR_AFFINITY_LEVEL(mpidr, 1) * 16 + MPIDR_AFFINITY_LEVEL(mpidr, 0);
	}
	of_node_put(node);
	return vcpu;
}

static int own_prop(char *name, const char *what)
{
	return snprintf(name, NK_PROP_NAME_LIMIT, "nk.vm.%u.%s", nkops.nk_id_get(), what);
}

/* Whether this VM may read the property and is told of it; if not, what is missing is in the log. */
static int check(const char *name)
{
	struct vlx_prop prop;

	if (!vlx_prop_find(&prop, name)) {
		pr_err("vlx-cpu-hotplug: this hypervisor has no property %s: no CPU is handed "
		       "over\n",
		       name);
		return -ENOENT;
	}
	if (!(prop.attr & NK_PROP_ATTR_GET))
		return vlx_prop_explain(-EACCES, name, "allow-get");
	if (!(prop.attr & NK_PROP_ATTR_NOTIFY))
		return vlx_prop_explain(-EACCES, name, "allow-notify");
	return 0;
}

static int read_own(const char *what, u32 *mask)
{
	char name[NK_PROP_NAME_LIMIT];
	u64 value;
	int err;

	own_prop(name, what);
	err = vlx_prop_get_u64(name, &value);
	if (err == -ENOENT)
		pr_err("vlx-cpu-hotplug: this hypervisor has no property %s: no CPU is handed "
		       "over\n",
		       name);
	else
		vlx_prop_explain(err, name, "allow-get");
	*mask = value;
	return err;
}

/* The CPU's bit in masks; 0: it has none. */
static u32 vcpu_bit(unsigned int cpu)
{
	unsigned int vcpu = cpu_present(cpu) ? vcpu_of(cpu) : VCPU_LIMIT;

	return vcpu < VCPU_LIMIT ? BIT(vcpu) : 0;
}

/* The CPUs that this kernel can have on, as nk numbers them. */
static u32 known_vcpus(void)
{
	unsigned int cpu;
	u32 mask = 0;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		mask |= vcpu_bit(cpu);
	return mask;
}

int mode_init(void)
{
	u32 shared, target, vcpus;

	if (read_own("handover-affinity", &shared))
		return 0;
	if (!shared) {
		pr_info("vlx-cpu-hotplug: no CPU of this VM is ever handed over\n");
		return 0;
	}
	if (read_own("vcpus-target", &target) || read_own("vcpus", &vcpus))
		return 0;
	floating = !target;
	own_prop(source, floating ? "cpus" : "vcpus-target");
	if (check(source))
		return 0;
	if ((target | vcpus) & ~known_vcpus()) {
		pr_err("vlx-cpu-hotplug: vCPUs %#x, of which this kernel has only %#x: no CPU is "
		       "handed over\n",
		       target | vcpus, known_vcpus());
		return 0;
	}
	pr_info("vlx-cpu-hotplug: %s\n", floating ? "floating" : "pinned");
	return 1;
}

/* The first CPU that is on, or off, and whose bit is in the mask, or not. */
static bool find(bool is_on, u32 vcpus, bool in_mask, unsigned int *cpu)
{
	unsigned int i;

	for (i = 0; i < nr_cpu_ids; i++) {
		if (cpu_present(i) && cpu_online(i) == is_on && !(vcpus & vcpu_bit(i)) != in_mask) {
			*cpu = i;
			return true;
		}
	}
	return false;
}

/* As many are to be on as there are CPUs: the last ones go, the first ones come. */
static int next_floating(u32 cpus, unsigned int *cpu, bool *on)
{
	unsigned int have = num_online_cpus(), want = hweight32(cpus);

	*on = have < want;
	if (*on)
		return find(false, 0, false, cpu); /* false: more CPUs than vCPUs */
	*cpu = cpumask_last(cpu_online_mask);
	return have > want;
}

/* Off before on: somebody waits for those that go. */
static int next_pinned(u32 vcpus, unsigned int *cpu, bool *on)
{
	*on = false;
	if (find(true, vcpus, false, cpu))
		return 1;
	*on = true;
	return find(false, vcpus, true, cpu);
}

int mode_next(unsigned int *cpu, bool *on, u32 *target)
{
	u64 value;
	int err = vlx_prop_get_u64(source, &value);

	if (err)
		return err;
	*target = value;
	return floating ? next_floating(value, cpu, on) : next_pinned(value, cpu, on);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-cpu-hotplug: takes CPUs of this VM off and on line, as the hypervisor asks for it when a physical CPU goes to
 * another VM or comes back. Manual: VLX-CPU-HANDOVER(4D).
 */
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <nk/nkern.h>
#include <nk/xirq.h>
#include "hotplug.h"

#define TRIES 50 /* for one and the same target, if the kernel cannot now */
#define RETRY_MS 100

static NkXIrqId sysconf;
static u32 tried; /* the target */
static unsigned int failures; /* for that one, and the last error told */
static int told;

static void work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(hotplug_work, work_fn);

static int change(unsigned int cpu, bool on)
{
	int err = on ? add_cpu(cpu) : remove_cpu(cpu);

	if (err && err != told)
		pr_warn("vlx-cpu-hotplug: CPU %u cannot go %s line: error %d\n", cpu,
			on ? "on" : "off", err);
	told = err;
	return err;
}

/* Not for ever: a kernel that cannot says so each time. Another target, or 1 and 0 to the switch, begins anew. */
static void again(u32 target)
{
	failures = target == tried ? failures + 1 : 1;
	tried = target;
	if (failures < TRIES)
		queue_delayed_work(system_long_wq, &hotplug_work, msecs_to_jiffies(RETRY_MS));
}

static void work_fn(struct work_struct *work)
{
	unsigned int cpu;
	u32 target;
	bool on;
	int todo;

	while (!inhibited()) {
		todo = mode_next(&cpu, &on, &target);
		if (todo > 0 && !change(cpu, on))
			continue;
		if (todo)
			again(target);
		else
			failures = 0;
		return;
	}
	failures = 0;
}

void hotplug_look(void)
{
	if (sysconf)
		mod_delayed_work(system_long_wq, &hotplug_work, 0);
}

static void on_sysconf(void *cookie, NkXIrq xirq)
{
	hotplug_look();
}

/* Without handover, or a hypervisor that has it, the module stays, and does nothing. */
static int __init hotplug_init(void)
{
	inhibit_init();
	if (mode_init() != 1)
		return 0;
	sysconf = nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, NULL, "vlx-cpu-hotplug");
	if (!sysconf) {
		inhibit_exit();
		return -EIO;
	}
	hotplug_look();
	return 0;
}

static void __exit hotplug_exit(void)
{
	if (sysconf)
		nkops.nk_xirq_detach(sysconf);
	inhibit_exit();
	cancel_delayed_work_sync(&hotplug_work);
}
module_init(hotplug_init);
module_exit(hotplug_exit);

MODULE_DESCRIPTION("CPUs that go to other VMs and come back");
MODULE_LICENSE("GPL");

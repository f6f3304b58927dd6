// SPDX-License-Identifier: GPL-2.0-only
/*
 * perfmonitor: how the time of CPUs went, in /proc/nk/cpu/N/pmon and /proc/nk/pcpustats. A file `cpustats` tells of the time since
 * that file was opened before; what it tells is fixed when it is opened.
 */
#include <linux/arm-smccc.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <nk/nkern.h>
#include "monitor.h"
#include "times.h"

/* A file cpustats. */
struct stats_file {
	unsigned int cpu;
	struct mutex lock;
	struct nk_cpu_times before; /* when it was opened last */
};

static struct proc_dir_entry *dir;
static struct stats_file *stats_files; /* of each CPU: in ascii, and in raw */

static int take_stats(struct stats_file *file, struct PmonCpuStats *stats)
{
	struct nk_cpu_times now;
	int err = nk_monitor_cpu(file->cpu, &now);

	if (err)
		return err;
	stats->cpu = file->cpu;
	stats->nr_os = nkops.nk_last_id_get();
	mutex_lock(&file->lock);
	times_since(stats, &file->before, &now);
	mutex_unlock(&file->lock);
	return 0;
}

/* Opens a file that shows one PmonCpuStats. */
static int stats_open(struct inode *inode, struct file *filp,
		      int (*show)(struct seq_file *seq, void *v))
{
	struct PmonCpuStats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);
	int err;

	if (!stats)
		return -ENOMEM;
	err = take_stats(pde_data(inode), stats);
	if (!err)
		err = single_open(filp, show, stats);
	if (err)
		kfree(stats);
	return err;
}

static int stats_release(struct inode *inode, struct file *filp)
{
	kfree(((struct seq_file *)filp->private_data)->private);
	return single_release(inode, filp);
}

static int show_stats(struct seq_file *seq, void *v)
{
	times_show_cpu(seq, seq->private);
	return 0;
}

static int show_stats_raw(struct seq_file *seq, void *v)
{
	return seq_write(seq, seq->private, sizeof(struct PmonCpuStats));
}

static int stats_open_ascii(struct inode *inode, struct file *filp)
{
	return stats_open(inode, filp, show_stats);
}

static int stats_open_raw(struct inode *inode, struct file *filp)
{
	return stats_open(inode, filp, show_stats_raw);
}

static const struct proc_ops stats_ascii_ops = {
	.proc_open = stats_open_ascii,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = stats_release,
};

static const struct proc_ops stats_raw_ops = {
	.proc_open = stats_open_raw,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = stats_release,
};

static struct PmonSysInfo system_info(void)
{
	struct arm_smccc_res res;

	arm_smccc_hvc(NK_HC_FID(NK_HC_TIMER_GETCOUNT), 0, 0, 0, 0, 0, 0, 0, &res);
	return (struct PmonSysInfo){
		.major = PMON_VERSION_MAJOR,
		.minor = PMON_VERSION_MINOR,
		.nr_os = nkops.nk_last_id_get(),
		.nr_cpus = monitor_info.nr_cpus,
		.timer = {.frequency = monitor_info.hz, .counter = res.a0},
	};
}

static int show_system(struct seq_file *seq, void *v)
{
	struct PmonSysInfo info = system_info();

	times_show_system(seq, &info);
	return 0;
}

static int show_system_raw(struct seq_file *seq, void *v)
{
	struct PmonSysInfo info = system_info();

	return seq_write(seq, &info, sizeof(info));
}

static int show_all(struct seq_file *seq, void *v)
{
	unsigned int last = nkops.nk_last_id_get();
	struct nk_cpu_times *times;
	unsigned int cpu;

	times = kcalloc(monitor_info.nr_cpus, sizeof(*times), GFP_KERNEL);
	if (!times)
		return -ENOMEM;
	for (cpu = 0; cpu < monitor_info.nr_cpus; cpu++)
		nk_monitor_cpu(cpu, &times[cpu]);
	times_show_ticks_head(seq, monitor_info.hz, last);
	for (cpu = 0; cpu < monitor_info.nr_cpus; cpu++)
		times_show_line(seq, cpu, &times[cpu], last, 0);
	times_show_msecs_head(seq);
	for (cpu = 0; cpu < monitor_info.nr_cpus; cpu++)
		times_show_line(seq, cpu, &times[cpu], last, monitor_info.hz);
	kfree(times);
	return 0;
}

static struct stats_file *stats_file(unsigned int cpu, bool raw)
{
	struct stats_file *file = &stats_files[2 * cpu + raw];

	mutex_init(&file->lock);
	file->cpu = cpu;
	return file;
}

static bool make_ascii(struct proc_dir_entry *pmon, unsigned int cpu)
{
	struct proc_dir_entry *in = proc_mkdir("ascii", pmon);

	return in &&
	       proc_create_data("cpustats", 0400, in, &stats_ascii_ops, stats_file(cpu, false)) &&
	       proc_create_single("sysinfo", 0400, in, show_system);
}

static bool make_raw(struct proc_dir_entry *pmon, unsigned int cpu)
{
	struct proc_dir_entry *in = proc_mkdir("raw", pmon);

	return in &&
	       proc_create_data("cpustats", 0400, in, &stats_raw_ops, stats_file(cpu, true)) &&
	       proc_create_single("sysinfo", 0400, in, show_system_raw);
}

static bool make_cpu(unsigned int cpu)
{
	struct proc_dir_entry *own;
	struct proc_dir_entry *pmon;
	char name[12];

	snprintf(name, sizeof(name), "%u", cpu);
	own = proc_mkdir(name, dir);
	pmon = own ? proc_mkdir("pmon", own) : NULL;
	return pmon && make_ascii(pmon, cpu) && make_raw(pmon, cpu);
}

static bool make_files(void)
{
	unsigned int cpu;

	dir = proc_mkdir("cpu", nk_proc_root);
	if (!dir)
		return false;
	for (cpu = 0; cpu < monitor_info.nr_cpus; cpu++) {
		if (!make_cpu(cpu))
			return false;
	}
	return proc_create_single("pcpustats", 0400, nk_proc_root, show_all);
}

static int __init perfmonitor_init(void)
{
	if (!monitor_dir)
		return 0;
	stats_files = kcalloc(2 * monitor_info.nr_cpus, sizeof(*stats_files), GFP_KERNEL);
	if (!stats_files)
		return -ENOMEM;
	if (make_files())
		return 0;
	proc_remove(dir);
	kfree(stats_files);
	return -ENOMEM;
}

static void __exit perfmonitor_exit(void)
{
	if (!dir)
		return;
	remove_proc_entry("pcpustats", nk_proc_root);
	proc_remove(dir);
	kfree(stats_files);
}
module_init(perfmonitor_init);
module_exit(perfmonitor_exit);

MODULE_DESCRIPTION("How the time of CPUs went, in /proc/nk/cpu and /proc/nk/pcpustats");
MODULE_LICENSE("GPL");

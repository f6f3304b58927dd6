// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-event-stats: /proc/nk/monitoring/vl,evt-stats-0, nk's matrices of counters and times as text. There are files of what the
 * system tree has, as far as this VM may see it: all, or what is its own. In raw/ are those of vCPUs for programs (vlx/evtstats.h).
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <nk/nkern.h>
#include "table.h"

#define GLOBAL 0 /* for a VM's id: matrices of CPUs */

static struct proc_dir_entry *dir;
static struct proc_dir_entry *times_dir;
static struct proc_dir_entry *raw_dir;

/* A reader of a file in raw/. */
struct raw {
	struct table table;
	VlxStat column;
};

/* Which matrix a file has, in its data. */
static void *pack(unsigned int matrix, unsigned int vm, unsigned int vcpu)
{
	return (void *)((unsigned long)matrix | vm << 8 | vcpu << 16);
}

static void unpack(struct table *t, void *data)
{
	unsigned long which = (unsigned long)data;

	t->matrix = &matrices[which & 0xff];
	t->info = &monitor_info;
	t->vm = which >> 8 & 0xff;
	t->vcpu = which >> 16;
}

static void *stats_start(struct seq_file *seq, loff_t *pos)
{
	struct table *t = seq->private;

	if (!*pos)
		table_begin(t);
	return t->at == TABLE_END ? NULL : t;
}

static void *stats_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct table *t = seq->private;

	++*pos;
	table_next(t);
	return t->at == TABLE_END ? NULL : t;
}

static void stats_stop(struct seq_file *seq, void *v)
{
}

static int stats_show(struct seq_file *seq, void *v)
{
	table_show(seq, v);
	return 0;
}

static const struct seq_operations stats_seq = {
	.start = stats_start,
	.next = stats_next,
	.stop = stats_stop,
	.show = stats_show,
};

static int stats_open(struct inode *inode, struct file *filp)
{
	struct table *t = __seq_open_private(filp, &stats_seq, sizeof(*t));

	if (!t)
		return -ENOMEM;
	unpack(t, pde_data(inode));
	return 0;
}

static const struct proc_ops stats_ops = {
	.proc_open = stats_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release_private,
};

/* The column of the table's id, or the next one. */
static void *raw_at(struct raw *raw)
{
	return table_column(&raw->table, raw->table.id, &raw->column) ? raw : NULL;
}

static void *raw_start(struct seq_file *seq, loff_t *pos)
{
	struct raw *raw = seq->private;

	if (!*pos) {
		table_begin(&raw->table);
		raw->table.id = 0;
	}
	return raw_at(raw);
}

static void *raw_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct raw *raw = seq->private;

	++*pos;
	raw->table.id = raw->column.stat.id + 1;
	return raw_at(raw);
}

static int raw_show(struct seq_file *seq, void *v)
{
	struct raw *raw = v;

	seq_write(seq, &raw->column, sizeof(raw->column));
	return 0;
}

static const struct seq_operations raw_seq = {
	.start = raw_start,
	.next = raw_next,
	.stop = stats_stop,
	.show = raw_show,
};

static int raw_open(struct inode *inode, struct file *filp)
{
	struct raw *raw = __seq_open_private(filp, &raw_seq, sizeof(*raw));

	if (!raw)
		return -ENOMEM;
	unpack(&raw->table, pde_data(inode));
	return 0;
}

static const struct proc_ops raw_ops = {
	.proc_open = raw_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release_private,
};

/* Whether nk has that row, and tells us of it. */
static bool may_see(unsigned int stat, unsigned int vm, unsigned int vcpu)
{
	struct nk_stat first;

	return nk_monitor_stats(stat, vm, vcpu, 0, &first, 1) >= 0;
}

/* A file for each vCPU. */
static int make_vcpus(unsigned int which, unsigned int vm, struct proc_dir_entry *in,
		      const struct proc_ops *ops, const char *end)
{
	const struct matrix *matrix = &matrices[which];
	unsigned int vcpu;
	char name[48];

	for (vcpu = 0; vcpu < TABLE_ROWS_MAX && may_see(matrix->stat, vm, vcpu); vcpu++) {
		snprintf(name, sizeof(name), "%s-%u-%u%s", matrix->name, vm, vcpu, end);
		if (!proc_create_data(name, 0400, in, ops, pack(which, vm, vcpu)))
			return -ENOMEM;
	}
	return 0;
}

static int make_counts(unsigned int which, unsigned int vm)
{
	const struct matrix *matrix = &matrices[which];
	char name[48];

	if (!may_see(matrix->stat, vm, 0))
		return 0;
	if (vm == GLOBAL)
		snprintf(name, sizeof(name), "%s-cntrs", matrix->name);
	else
		snprintf(name, sizeof(name), "%s-%u-cntrs", matrix->name, vm);
	return proc_create_data(name, 0400, dir, &stats_ops, pack(which, vm, 0)) ? 0 : -ENOMEM;
}

static bool is_global(const struct matrix *matrix)
{
	return matrix->stat == NK_STAT_HWIRQ || matrix->stat == NK_STAT_CPU_OPS;
}

static int make_vm(unsigned int vm)
{
	const struct matrix *matrix;
	unsigned int which;
	int err = 0;

	for (which = 0; which < nr_matrices && !err; which++) {
		matrix = &matrices[which];
		if (!(monitor_info.matrices >> matrix->stat & 1) ||
		    is_global(matrix) != (vm == GLOBAL))
			continue;
		if (matrix->row)
			err = make_counts(which, vm);
		else
			err = make_vcpus(which, vm, times_dir, &stats_ops, "-cntrs");
		if (!err && vm != GLOBAL)
			err = make_vcpus(which, vm, raw_dir, &raw_ops, "");
	}
	return err;
}

static int make_files(void)
{
	unsigned int vm;
	int err;

	times_dir = proc_mkdir("el2time", dir);
	raw_dir = proc_mkdir("raw", dir);
	if (!times_dir || !raw_dir)
		return -ENOMEM;
	err = make_vm(GLOBAL);
	for (vm = NK_OS_NKERNEL + 1; vm <= nkops.nk_last_id_get() && !err; vm++)
		err = make_vm(vm);
	return err;
}

static int __init event_stats_init(void)
{
	int err;

	if (!monitor_dir || !monitor_info.matrices)
		return 0;
	dir = proc_mkdir("vl,evt-stats-0", monitor_dir);
	if (!dir)
		return -ENOMEM;
	err = make_files();
	if (err)
		proc_remove(dir);
	return err;
}

static void __exit event_stats_exit(void)
{
	proc_remove(dir);
}
module_init(event_stats_init);
module_exit(event_stats_exit);

MODULE_DESCRIPTION("nk's counters and times, in /proc/nk/monitoring/vl,evt-stats-0");
MODULE_LICENSE("GPL");

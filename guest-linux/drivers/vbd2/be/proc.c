// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vbd2-be: /proc/nk/vbd2-be: the disks, a line each; what is written to it changes them. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "be.h"

static const char *state_of(const struct be_disk *disk)
{
	return disk->dev.bdev ? "open" : be_is_there(disk) ? "empty" : "absent";
}

static void show_device(struct seq_file *seq, const struct be_export *e)
{
	if (e->path[0])
		seq_printf(seq, " %s\n", e->path);
	else
		seq_printf(seq, " %u,%u\n", MAJOR(e->dev), MINOR(e->dev));
}

static void show_disk(struct seq_file *seq, const struct be_link *link, const struct be_disk *disk)
{
	const struct be_export *e = &disk->what;

	seq_printf(seq, "%2d %2u %3u %3u %s %-6s %5u %10llu %8llu %8llu %8llu %10llu %10llu",
		   link->number, e->owner, VBD2_MAJOR(e->devid), VBD2_MINOR(e->devid),
		   e->read_only ? "ro" : "rw", state_of(disk), disk->genid, disk->sectors,
		   disk->reads, disk->writes, disk->others, disk->sectors_read,
		   disk->sectors_written);
	show_device(seq, e);
}

static void show_link(struct seq_file *seq, struct be_link *link)
{
	struct be_disk *disk;

	mutex_lock(&link->lock);
	seq_printf(seq,
		   "link %d: vm%u %s %s, %u requests of %u segments, %u buffers of %u;"
		   " %llu probes, %llu changes, %llu stale, %llu direct, %llu bad\n",
		   link->number, vmq_peer_osid(link->vmq), link->on ? "up" : "down",
		   vbd2_mode_name(&link->comm), link->comm.msg_count, link->comm.segs,
		   link->requests_config.data_count, link->requests_config.data_max, link->probes,
		   link->changes, link->stale, link->direct, link->bad);
	list_for_each_entry(disk, &link->disks, entry)
		show_disk(seq, link, disk);
	mutex_unlock(&link->lock);
}

static int show(struct seq_file *seq, void *unused)
{
	struct be *be = seq->private;
	struct be_link *link;

	seq_puts(seq, "Li Vm Maj Min    State    Gen    Sectors    Reads   Writes   Others"
		      "       Read    Written Device\n");
	list_for_each_entry(link, &be->list, entry)
		show_link(seq, link);
	return 0;
}

static int proc_open(struct inode *inode, struct file *file)
{
	return single_open(file, show, pde_data(inode));
}

/* In the writer's context, whose paths are what he means. */
static ssize_t proc_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	struct be *be = ((struct seq_file *)file->private_data)->private;
	struct be_link *link;
	char *text;
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	text = memdup_user_nul(buf, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = be_add_exports(be, NULL, text);
	kfree(text);
	list_for_each_entry(link, &be->list, entry)
		be_look_at_disks(link);
	return err ?: size;
}

static const struct proc_ops ops = {
	.proc_open = proc_open,
	.proc_read = seq_read,
	.proc_write = proc_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

void be_proc_add(struct be *be)
{
	be->proc = proc_create_data("vbd2-be", 0644, nk_proc_root, &ops, be);
}

// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nk/log-N: nothing waits, neither a read at the end nor a write that is too much for now. */
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include "log.h"

static int proc_open(struct inode *inode, struct file *filp)
{
	struct log_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return -ENOMEM;
	if (log_file_open(file, pde_data(inode))) {
		kfree(file);
		return -ENOMEM;
	}
	filp->private_data = file;
	return nonseekable_open(inode, filp);
}

static ssize_t proc_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	return log_file_read(filp->private_data, buf, size);
}

static ssize_t proc_write(struct file *filp, const char __user *buf, size_t size, loff_t *pos)
{
	struct log_file *file = filp->private_data;

	return log_file_write(file->log, buf, size);
}

static int proc_release(struct inode *inode, struct file *filp)
{
	log_file_close(filp->private_data);
	kfree(filp->private_data);
	return 0;
}

static const struct proc_ops log_proc_ops = {
	.proc_open = proc_open,
	.proc_read = proc_read,
	.proc_write = proc_write,
	.proc_release = proc_release,
};

int log_proc_init(struct vlx_log *log)
{
	return proc_create_data(log->name + strlen("vlx-"), log->mode, nk_proc_root, &log_proc_ops,
				log)
		       ? 0
		       : -ENOMEM;
}

void log_proc_exit(struct vlx_log *log)
{
	remove_proc_entry(log->name + strlen("vlx-"), nk_proc_root);
}

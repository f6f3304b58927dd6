// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vinfo: the table of /proc/nk's files, and what is common to those a VM's id is written to. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <nk/nkern.h>
#include "vinfo.h"

struct vinfo_file {
	const char *name;
	int (*show)(struct seq_file *seq, void *v);
	int (*set)(unsigned int vm);
};

static const struct vinfo_file files[] = {
	{"id", vinfo_show_id},
	{"last", vinfo_show_last},
	{"state", vinfo_show_state},
	{"focus", vinfo_show_focus, vinfo_set_focus},
	{"memstat", vinfo_show_memstat},
	{"regions", vinfo_show_regions},
	{"props", vinfo_show_props},
	{"xirqmap", vinfo_show_xirqmap},
	{"counter-timer-offset", vinfo_show_counter_offset},
	{"restart", NULL, vinfo_restart},
	{"vmstart", NULL, vinfo_start},
	{"vmstop", NULL, vinfo_stop},
	{"vmsuspend", NULL, vinfo_suspend},
	{"vmresume", NULL, vinfo_resume},
	/* Older names. */
	{"stop", NULL, vinfo_stop},
	{"resume", NULL, vinfo_resume},
};

static int vinfo_open(struct inode *inode, struct file *filp)
{
	const struct vinfo_file *file = pde_data(inode);

	return file->show ? single_open(filp, file->show, NULL) : 0;
}

static ssize_t vinfo_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	const struct vinfo_file *file = pde_data(file_inode(filp));

	return file->show ? seq_read(filp, buf, size, pos) : -EINVAL;
}

static ssize_t vinfo_write(struct file *filp, const char __user *buf, size_t size, loff_t *pos)
{
	const struct vinfo_file *file = pde_data(file_inode(filp));
	unsigned int vm;
	int err;

	if (!file->set)
		return -EINVAL;
	err = kstrtouint_from_user(buf, size, 10, &vm);
	if (err)
		return err == -EFAULT ? err : -EINVAL;
	if (vm <= NK_OS_NKERNEL || vm > nkops.nk_last_id_get())
		return -EINVAL;
	err = file->set(vm);
	return err ? err : size;
}

static int vinfo_release(struct inode *inode, struct file *filp)
{
	const struct vinfo_file *file = pde_data(inode);

	return file->show ? single_release(inode, filp) : 0;
}

static const struct proc_ops vinfo_ops = {
	.proc_open = vinfo_open,
	.proc_read = vinfo_read,
	.proc_write = vinfo_write,
	.proc_lseek = default_llseek,
	.proc_release = vinfo_release,
};

static void vinfo_remove_files(size_t nr)
{
	while (nr--)
		remove_proc_entry(files[nr].name, nk_proc_root);
}

static int vinfo_create_files(void)
{
	size_t nr;
	umode_t mode;

	for (nr = 0; nr < ARRAY_SIZE(files); nr++) {
		mode = (files[nr].show ? 0444 : 0) | (files[nr].set ? 0200 : 0);
		if (!proc_create_data(files[nr].name, mode, nk_proc_root, &vinfo_ops,
				      (void *)&files[nr])) {
			vinfo_remove_files(nr);
			return -ENOMEM;
		}
	}
	return 0;
}

static int __init vinfo_init(void)
{
	int err = vinfo_create_files();

	if (err)
		return err;
	err = vinfo_links_init();
	if (err)
		vinfo_remove_files(ARRAY_SIZE(files));
	return err;
}

static void __exit vinfo_exit(void)
{
	vinfo_links_exit();
	vinfo_remove_files(ARRAY_SIZE(files));
}
module_init(vinfo_init);
module_exit(vinfo_exit);

MODULE_DESCRIPTION("What nk says of VMs, properties and links, in /proc/nk and /sys/nk/vlinks");
MODULE_LICENSE("GPL");

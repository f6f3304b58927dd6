// SPDX-License-Identifier: GPL-2.0-only
/*
 * xirq-bench: how long a cross interrupt takes to another VM and back, over each vlink "xirqb".
 * Servers echo; reading /proc/nk/bench/ID in a client runs the rounds over its links to the server
 * in VM ID, writing a number to it says how many.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include "bench.h"

#define ROUNDS_MAX 1000000

static unsigned int rounds = 1000;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "rounds that a read of /proc/nk/bench/ID runs over each link (1000)");

static struct proc_dir_entry *dir;
static DEFINE_MUTEX(running); /* one run at a time; and rounds */

/* Whose file it is, by what was given to proc_create_data(). */
static NkOsId server_of(const void *data)
{
	return (unsigned long)data;
}

/* Whether this endpoint is the client of a server in that VM. */
static bool is_to(const struct bench_end *e, NkOsId server)
{
	return e && !e->vlink->server && e->vlink->id_peer == server;
}

static int bench_show(struct seq_file *m, void *v)
{
	Vlink *vlink;
	int err = 0;

	if (mutex_lock_interruptible(&running))
		return -EINTR;
	vlink_for_each(vlink, &bench_drv) {
		if (is_to(vlink->private, server_of(m->private)))
			err = bench_report(m, vlink->private, rounds);
		if (err)
			break;
	}
	mutex_unlock(&running);
	return err;
}

static int bench_proc_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, bench_show, pde_data(inode), PAGE_SIZE);
}

static ssize_t bench_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	unsigned int value;
	int err = kstrtouint_from_user(buf, size, 0, &value);

	if (err)
		return err;
	if (!value || value > ROUNDS_MAX)
		return -ERANGE;
	mutex_lock(&running);
	rounds = value;
	mutex_unlock(&running);
	return size;
}

static const struct proc_ops bench_proc_ops = {
	.proc_open = bench_proc_open,
	.proc_read = seq_read,
	.proc_write = bench_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

/* Whether a link before this one in the list has made the server's file. */
static bool has_file(const Vlink *end)
{
	const Vlink *vlink;

	vlink_for_each(vlink, &bench_drv) {
		if (vlink == end)
			break;
		if (is_to(vlink->private, end->id_peer))
			return true;
	}
	return false;
}

static int add_files(void)
{
	char name[16];
	Vlink *vlink;

	dir = proc_mkdir("bench", nk_proc_root);
	if (!dir)
		return -ENOMEM;
	vlink_for_each(vlink, &bench_drv) {
		if (vlink->server || !vlink->private || has_file(vlink))
			continue;
		snprintf(name, sizeof(name), "%u", vlink->id_peer);
		if (!proc_create_data(name, 0644, dir, &bench_proc_ops,
				      (void *)(unsigned long)vlink->id_peer))
			return -ENOMEM;
	}
	return 0;
}

static int __init bench_init(void)
{
	int err = vlink_drv_open(&bench_drv);

	if (err)
		return err;
	err = add_files();
	if (err) {
		proc_remove(dir);
		vlink_drv_close(&bench_drv);
	}
	return err;
}

static void __exit bench_exit(void)
{
	proc_remove(dir);
	vlink_drv_close(&bench_drv);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Benchmark of nk's cross interrupts");
MODULE_LICENSE("GPL");

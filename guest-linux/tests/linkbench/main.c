// SPDX-License-Identifier: GPL-2.0-only
/*
 * link-bench: what calls by vrpc and messages by vmq cost between two VMs that have it loaded, one of them with
 * frontend=1: that one has the clients' ends of the links "vrpc" with the infos "bench-direct" and "bench-thread", and of
 * "vmqb". What is written to /proc/nk/link-bench there runs so many of
 *   rpc-busy N, rpc-direct N, rpc-thread N    calls: of a server in its interrupt, busy or asleep; of a thread, asleep
 *   mq N                                      messages
 * and reading it says what the last one took: "linkbench NAME N NS".
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <nk/nkern.h>
#include "linkbench.h"

static bool frontend;
module_param(frontend, bool, 0444);
MODULE_PARM_DESC(frontend, "this VM calls and sends");

static struct proc_dir_entry *proc;
static ktime_t begun;

/* The last run; one at a time. */
static DEFINE_MUTEX(running);
static char last_name[16];
static u32 last_count;
static u64 last_ns;

void bench_begin(void)
{
	begun = ktime_get();
	asm volatile("hint #104" ::: "memory");
}

u64 bench_end(void)
{
	asm volatile("hint #105" ::: "memory");
	return ktime_to_ns(ktime_sub(ktime_get(), begun));
}

static int run(const char *name, u32 count, u64 *ns)
{
	if (!strcmp(name, "rpc-busy"))
		return rpc_run(true, true, count, ns);
	if (!strcmp(name, "rpc-direct"))
		return rpc_run(true, false, count, ns);
	if (!strcmp(name, "rpc-thread"))
		return rpc_run(false, false, count, ns);
	if (!strcmp(name, "mq"))
		return mq_run(count, ns);
	return -EINVAL;
}

static ssize_t link_bench_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char text[32] = {}, name[16];
	u32 count;
	int err;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	if (!frontend || sscanf(text, "%15s %u", name, &count) != 2 || !count)
		return -EINVAL;
	mutex_lock(&running);
	err = run(name, count, &last_ns);
	last_count = err ? 0 : count;
	strscpy(last_name, name, sizeof(last_name));
	mutex_unlock(&running);
	return err ?: size;
}

static int link_bench_show(struct seq_file *seq, void *unused)
{
	mutex_lock(&running);
	if (last_count)
		seq_printf(seq, "linkbench %s %u %llu\n", last_name, last_count, last_ns);
	mutex_unlock(&running);
	return 0;
}

static int link_bench_open(struct inode *inode, struct file *file)
{
	return single_open(file, link_bench_show, NULL);
}

static const struct proc_ops link_bench_ops = {
	.proc_open = link_bench_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = link_bench_write,
};

static int __init link_bench_init(void)
{
	int err = rpc_start();

	if (!err)
		err = mq_start(frontend);
	if (!err)
		proc = proc_create("link-bench", 0600, nk_proc_root, &link_bench_ops);
	if (!err && proc)
		return 0;
	mq_stop();
	rpc_stop();
	return err ?: -ENOMEM;
}

static void __exit link_bench_exit(void)
{
	proc_remove(proc);
	mq_stop();
	rpc_stop();
}
module_init(link_bench_init);
module_exit(link_bench_exit);

MODULE_DESCRIPTION("Benchmark of vrpc and vlx-vmq");
MODULE_LICENSE("GPL");

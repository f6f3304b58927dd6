// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq-test: tests vlx-vmq between two VMs, over links "vmqt-0" to "vmqt-3", of each level one. It serves the
 * other side while it is loaded; /proc/nk/vmq-test takes:
 *   early     when the other side is not there; reports in TAP to the kernel's log, as the next one
 *   test      all calls, on each link
 *   load N    so many messages on each link, and says how long it took
 *   start, stop    messages without end, also when the other side goes and comes back
 *   mark, traffic  waits until since the mark each link has come up again, and messages go both ways
 * and shows what was counted.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/math64.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#define TAP_MAIN
#include "test.h"

#define TRAFFIC 50 /* messages each way are some */

static bool frontend;
module_param(frontend, bool, 0444);

static struct proc_dir_entry *proc;

static int for_links(int (*fn)(struct node *node, u32 arg), u32 arg)
{
	unsigned int n;
	int err = 0;

	for (n = 0; n < LEVELS && !err; n++)
		if (nodes[n].link)
			err = fn(&nodes[n], arg);
	return err;
}

static int early(struct node *node, u32 unused)
{
	test_early(node);
	return 0;
}

static int test(struct node *node, u32 unused)
{
	struct node *other = &nodes[(node->level + 1) % LEVELS];

	node_ok(wait_up(node, 1) && wait_up(other, 1), node, "is up");
	if (tap_failed())
		return -EIO;
	test_arguments(node);
	test_messages(node);
	test_room(node, other);
	test_abort(node);
	test_freed(node, other);
	return 0;
}

static int load_one(struct node *node, u32 messages)
{
	u32 received, wrong = node->wrong;
	ktime_t begin;
	s64 us;

	if (!wait_up(node, 1) || !ask(node, OP_STATS, 0, 0))
		return -EIO;
	received = node->last.received;
	begin = ktime_get();
	if (load(node, messages) || !ask(node, OP_STATS, 0, 0))
		return -EIO;
	us = max_t(s64, 1, ktime_us_delta(ktime_get(), begin));
	pr_info("level %u: %u messages, %lld us, %llu a second\n", node->level, messages, us,
		div64_u64((u64)messages * USEC_PER_SEC, us));
	if (node->last.received != received + messages + 1 || node->last.bad ||
	    node->wrong != wrong)
		return -EBADMSG;
	return 0;
}

static int start(struct node *node, u32 unused)
{
	return load_start(node);
}

static int stop(struct node *node, u32 unused)
{
	load_stop(node, false);
	return 0;
}

static int mark(struct node *node, u32 unused)
{
	node->marked = node->ups;
	return 0;
}

static bool is_busy(const struct node *node, u32 answered, u32 received)
{
	return READ_ONCE(node->ups) > node->marked &&
	       READ_ONCE(node->answered) - answered >= TRAFFIC &&
	       READ_ONCE(node->received) - received >= TRAFFIC;
}

static int traffic(struct node *node, u32 unused)
{
	const u32 answered = node->answered, received = node->received;
	const unsigned long end = jiffies + WAIT;

	while (!is_busy(node, answered, received)) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
	return 0;
}

static int report(int (*fn)(struct node *node, u32 arg))
{
	int err = for_links(fn, 0), bad = tap_end();

	return err ?: bad;
}

static int command(const char *text)
{
	u32 messages;

	if (sscanf(text, "load %u", &messages) == 1)
		return for_links(load_one, messages);
	if (sysfs_streq(text, "early"))
		return report(early);
	if (sysfs_streq(text, "test"))
		return report(test);
	if (sysfs_streq(text, "start"))
		return for_links(start, 0);
	if (sysfs_streq(text, "mark"))
		return for_links(mark, 0);
	if (sysfs_streq(text, "traffic"))
		return for_links(traffic, 0);
	if (sysfs_streq(text, "stop"))
		return for_links(stop, 0);
	return -EINVAL;
}

static ssize_t write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char text[32] = {};
	int err;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	err = command(text);
	return err ?: size;
}

static int show(struct seq_file *seq, void *unused)
{
	unsigned int n;

	for (n = 0; n < LEVELS; n++) {
		const struct node *node = &nodes[n];

		if (!node->link)
			continue;
		seq_printf(
			seq,
			"level %u up %d ups %u offs %u completed %u sent %u answered %u wrong %u",
			n, node->up, node->ups, node->offs, node->completed, node->sent,
			node->answered, node->wrong);
		seq_printf(seq, " received %u bad %u notified %u aborted %u\n", node->received,
			   node->bad, node->notified, node->aborted);
	}
	return 0;
}

static int open(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static const struct proc_ops proc_ops = {
	.proc_open = open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = write,
};

static int __init vmq_test_init(void)
{
	int err = nodes_start(frontend);

	if (!err)
		proc = proc_create("vmq-test", 0600, nk_proc_root, &proc_ops);
	if (!err && proc)
		return 0;
	nodes_stop();
	return err ?: -ENOMEM;
}

static void __exit vmq_test_exit(void)
{
	proc_remove(proc);
	nodes_stop();
}
module_init(vmq_test_init);
module_exit(vmq_test_exit);

MODULE_DESCRIPTION("Tests of vlx-vmq");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-event-log-filtering: /proc/nk/monitoring/event-log/filter-set and filter-clr, by the property nk.event-log.filter. There are
 * files where this VM may get that, and they can be written where it may set it.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <vlx/prop.h>
#include "filter.h"

#define FILTER "nk.event-log.filter"
#define NAME_SHOWN 32 /* of a name that is none, in the kernel's log */

static struct proc_dir_entry *dir;
static DEFINE_MUTEX(changing); /* of this VM's */
static const bool set = true;
static const bool clr; /* what is not in it */

static int get_filter(u8 *filter)
{
	int got;

	memset(filter, 0, NK_EVT_FILTER_BYTES);
	got = vlx_prop_explain(vlx_prop_get(FILTER, filter, NK_EVT_FILTER_BYTES), FILTER,
			       "allow-get");
	return got < 0 ? got : 0;
}

static int show(struct seq_file *seq, void *v)
{
	const bool *in = seq->private;
	u8 filter[NK_EVT_FILTER_BYTES];
	int err = get_filter(filter);

	if (!err)
		filter_show(seq, filter, *in);
	return err;
}

/* All names or none have their effect. */
static int change(const char *text, size_t size, bool in)
{
	u8 filter[NK_EVT_FILTER_BYTES];
	const char *unknown;
	size_t len;
	int err = get_filter(filter);

	if (err)
		return err;
	unknown = filter_change(filter, text, size, in, &len);
	if (unknown) {
		pr_notice_ratelimited("%s: no event: %*pE\n", KBUILD_MODNAME,
				      (int)min_t(size_t, len, NAME_SHOWN), unknown);
		return -EINVAL;
	}
	err = vlx_prop_explain(vlx_prop_set(FILTER, filter, sizeof(filter)), FILTER, "allow-set");
	return err < 0 ? err : 0;
}

static ssize_t filter_write(struct file *filp, const char __user *buf, size_t size, loff_t *pos)
{
	const bool *in = pde_data(file_inode(filp));
	char *text;
	int err;

	if (size > PAGE_SIZE)
		return -EINVAL;
	text = memdup_user(buf, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&changing);
	err = change(text, size, *in);
	mutex_unlock(&changing);
	kfree(text);
	return err ? err : size;
}

static int filter_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, show, pde_data(inode));
}

static const struct proc_ops filter_ops = {
	.proc_open = filter_open,
	.proc_read = seq_read,
	.proc_write = filter_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int __init filtering_init(void)
{
	struct vlx_prop prop;
	umode_t mode;

	if (!monitor_dir || !vlx_prop_find(&prop, FILTER) || !(prop.attr & NK_PROP_ATTR_GET))
		return 0;
	mode = prop.attr & NK_PROP_ATTR_SET ? 0600 : 0400;
	dir = proc_mkdir("event-log", monitor_dir);
	if (!dir)
		return -ENOMEM;
	if (proc_create_data("filter-set", mode, dir, &filter_ops, (void *)&set) &&
	    proc_create_data("filter-clr", mode, dir, &filter_ops, (void *)&clr))
		return 0;
	proc_remove(dir);
	return -ENOMEM;
}

static void __exit filtering_exit(void)
{
	proc_remove(dir);
}
module_init(filtering_init);
module_exit(filtering_exit);

MODULE_DESCRIPTION("Which events nk records, in /proc/nk/monitoring/event-log");
MODULE_LICENSE("GPL");

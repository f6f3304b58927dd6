// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vlx-console: the history from its oldest character on, and then what is printed, as it is.
 * There is no interrupt for that, so who waits has a look at it several times a second.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <vlx/prop.h>
#include "history.h"

#define LOOK_PERIOD msecs_to_jiffies(50)

struct reader {
	struct mutex lock;
	nku64_f ordinal; /* behind what is in text */
	int len;
	int pos;
	char *text; /* a page */
	wait_queue_head_t wait;
	struct delayed_work look; /* while somebody polls */
};

/* Whether there is something to be read: 1, 0, or a negative errno. */
static int fill(struct reader *reader)
{
	int got;

	if (reader->pos < reader->len)
		return 1;
	got = nk_con_hist_read(&reader->ordinal, reader->text, PAGE_SIZE);
	reader->pos = 0;
	reader->len = max(got, 0);
	return got < 0 ? vlx_prop_explain(got, "nk.history", "allow-get") : got > 0;
}

static int fill_locked(struct reader *reader)
{
	int there;

	mutex_lock(&reader->lock);
	there = fill(reader);
	mutex_unlock(&reader->lock);
	return there;
}

static void look(struct work_struct *work)
{
	struct reader *reader = container_of(to_delayed_work(work), struct reader, look);

	/* poll() adds itself before it looks, and then starts this: nobody is missed. */
	if (fill_locked(reader))
		wake_up_interruptible(&reader->wait);
	else if (wq_has_sleeper(&reader->wait))
		schedule_delayed_work(&reader->look, LOOK_PERIOD);
}

static int console_open(struct inode *inode, struct file *filp)
{
	struct reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);

	if (!reader)
		return -ENOMEM;
	reader->text = (char *)__get_free_page(GFP_KERNEL);
	if (!reader->text) {
		kfree(reader);
		return -ENOMEM;
	}
	mutex_init(&reader->lock);
	init_waitqueue_head(&reader->wait);
	INIT_DELAYED_WORK(&reader->look, look);
	filp->private_data = reader;
	return nonseekable_open(inode, filp);
}

static ssize_t copy_out(struct reader *reader, char __user *buf, size_t size)
{
	int len = min_t(size_t, size, reader->len - reader->pos);

	if (copy_to_user(buf, reader->text + reader->pos, len))
		return -EFAULT;
	reader->pos += len;
	return len;
}

static ssize_t console_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	struct reader *reader = filp->private_data;
	ssize_t got;

	while (size) {
		if (mutex_lock_interruptible(&reader->lock))
			return -ERESTARTSYS;
		got = fill(reader);
		if (got > 0)
			got = copy_out(reader, buf, size);
		mutex_unlock(&reader->lock);
		if (got)
			return got;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (schedule_timeout_interruptible(LOOK_PERIOD) || signal_pending(current))
			return -ERESTARTSYS;
	}
	return 0;
}

static __poll_t console_poll(struct file *filp, poll_table *table)
{
	struct reader *reader = filp->private_data;
	int there;

	poll_wait(filp, &reader->wait, table);
	there = fill_locked(reader);
	if (there < 0)
		return EPOLLERR;
	if (there)
		return EPOLLIN | EPOLLRDNORM;
	schedule_delayed_work(&reader->look, LOOK_PERIOD);
	return 0;
}

static int console_release(struct inode *inode, struct file *filp)
{
	struct reader *reader = filp->private_data;

	cancel_delayed_work_sync(&reader->look);
	free_page((unsigned long)reader->text);
	kfree(reader);
	return 0;
}

static const struct file_operations console_ops = {
	.owner = THIS_MODULE,
	.open = console_open,
	.read = console_read,
	.poll = console_poll,
	.release = console_release,
};

static struct miscdevice console = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vlx-console",
	.fops = &console_ops,
	.mode = 0400,
};

int history_dev_init(void)
{
	return misc_register(&console);
}

void history_dev_exit(void)
{
	misc_deregister(&console);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vlx-log-N: who reads waits for what comes, and who writes until it may. There is no interrupt for either, so
 * who waits has a look several times a second.
 */
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "log.h"

#define LOOK_PERIOD msecs_to_jiffies(50)

struct dev_file {
	struct log_file file;
	fmode_t mode;
	unsigned long full; /* when a write had to wait last, in jiffies; 0: none */
	wait_queue_head_t wait;
	struct delayed_work look; /* while somebody polls */
};

static bool may_write(struct dev_file *dev)
{
	unsigned long full = READ_ONCE(dev->full);

	return (dev->mode & FMODE_WRITE) && (!full || time_after_eq(jiffies, full + LOOK_PERIOD));
}

static __poll_t mask_of(struct dev_file *dev)
{
	__poll_t mask = may_write(dev) ? EPOLLOUT | EPOLLWRNORM : 0;
	int there = dev->mode & FMODE_READ ? log_file_look(&dev->file) : 0;

	if (there < 0)
		return mask | EPOLLERR;
	return there ? mask | EPOLLIN | EPOLLRDNORM : mask;
}

static void look(struct work_struct *work)
{
	struct dev_file *dev = container_of(to_delayed_work(work), struct dev_file, look);

	/* poll() adds itself before it looks, and then starts this: nobody is missed. */
	if (mask_of(dev))
		wake_up_interruptible(&dev->wait);
	else if (wq_has_sleeper(&dev->wait))
		schedule_delayed_work(&dev->look, LOOK_PERIOD);
}

static __poll_t dev_poll(struct file *filp, poll_table *table)
{
	struct dev_file *dev = filp->private_data;
	__poll_t all =
		(dev->mode & FMODE_READ ? EPOLLIN : 0) | (dev->mode & FMODE_WRITE ? EPOLLOUT : 0);
	__poll_t mask;

	poll_wait(filp, &dev->wait, table);
	mask = mask_of(dev);
	if (!(mask & EPOLLERR) && (mask & all) != all)
		schedule_delayed_work(&dev->look, LOOK_PERIOD);
	return mask;
}

static int dev_open(struct inode *inode, struct file *filp)
{
	struct miscdevice *misc = filp->private_data;
	struct dev_file *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return -ENOMEM;
	if (log_file_open(&dev->file, container_of(misc, struct vlx_log, dev))) {
		kfree(dev);
		return -ENOMEM;
	}
	dev->mode = filp->f_mode;
	init_waitqueue_head(&dev->wait);
	INIT_DELAYED_WORK(&dev->look, look);
	filp->private_data = dev;
	return nonseekable_open(inode, filp);
}

/* Until it is time for another look. Returns false when the caller is to end. */
static bool wait_a_little(void)
{
	return !schedule_timeout_interruptible(LOOK_PERIOD) && !signal_pending(current);
}

static ssize_t dev_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	struct dev_file *dev = filp->private_data;

	while (size) {
		ssize_t got = log_file_read(&dev->file, buf, size);

		if (got)
			return got;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (!wait_a_little())
			return -ERESTARTSYS;
	}
	return 0;
}

static ssize_t dev_write(struct file *filp, const char __user *buf, size_t size, loff_t *pos)
{
	struct dev_file *dev = filp->private_data;

	for (;;) {
		ssize_t got = log_file_write(dev->file.log, buf, size);

		if (got != -EAGAIN)
			return got;
		WRITE_ONCE(dev->full, jiffies | 1);
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (!wait_a_little())
			return -ERESTARTSYS;
	}
}

static int dev_release(struct inode *inode, struct file *filp)
{
	struct dev_file *dev = filp->private_data;

	cancel_delayed_work_sync(&dev->look);
	log_file_close(&dev->file);
	kfree(dev);
	return 0;
}

static const struct file_operations log_dev_ops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.read = dev_read,
	.write = dev_write,
	.poll = dev_poll,
	.release = dev_release,
};

int log_dev_init(struct vlx_log *log)
{
	log->dev = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = log->name,
		.fops = &log_dev_ops,
		.mode = log->mode,
	};
	return misc_register(&log->dev);
}

void log_dev_exit(struct vlx_log *log)
{
	misc_deregister(&log->dev);
}

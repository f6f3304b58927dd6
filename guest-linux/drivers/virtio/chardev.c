// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio-console: /dev/virtio-NAME, of bytes; for root, and for one at a time. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "console.h"

#define PART 512u /* bytes copied at a time */

struct chardev {
	struct miscdevice misc;
	struct vcon *console;
	unsigned long open; /* bit 0: somebody has it */
	char name[48];
};

static int chardev_open(struct inode *inode, struct file *file)
{
	struct chardev *d = container_of(file->private_data, struct chardev, misc);

	if (test_and_set_bit(0, &d->open))
		return -EBUSY;
	file->private_data = d;
	return stream_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct chardev *d = file->private_data;

	clear_bit(0, &d->open);
	return 0;
}

static int wait_for(struct vcon *c, const struct file *file, bool (*ready)(struct vcon *c))
{
	if (ready(c))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(c->wait, ready(c));
}

static ssize_t chardev_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct chardev *d = file->private_data;
	u8 part[PART];
	unsigned int n = 0;
	int err;

	while (size && !n) {
		err = wait_for(d->console, file, console_has_output);
		if (err)
			return err;
		n = console_take(d->console, part, min_t(size_t, size, PART));
	}
	return copy_to_user(to, part, n) ? -EFAULT : n;
}

/* As much as the driver takes, a byte at least. */
static ssize_t chardev_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	struct chardev *d = file->private_data;
	unsigned int n = 0, some = min_t(size_t, size, PART);
	u8 part[PART];
	int err;

	if (copy_from_user(part, from, some))
		return -EFAULT;
	while (some && !n) {
		n = console_put(d->console, part, some);
		err = n ? 0 : wait_for(d->console, file, console_has_room);
		if (err)
			return err;
	}
	return n;
}

static __poll_t chardev_poll(struct file *file, poll_table *table)
{
	struct chardev *d = file->private_data;
	struct vcon *c = d->console;

	poll_wait(file, &c->wait, table);
	return (console_has_output(c) ? EPOLLIN | EPOLLRDNORM : 0) |
	       (console_has_room(c) ? EPOLLOUT | EPOLLWRNORM : 0);
}

/* As long as it is open the module stays, and with it all that belongs to it. */
static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.read = chardev_read,
	.write = chardev_write,
	.poll = chardev_poll,
};

static void remove_chardev(void *data)
{
	struct chardev *d = data;

	misc_deregister(&d->misc);
}

int console_chardev(struct vcon *c)
{
	struct chardev *d = devm_kzalloc(c->dev, sizeof(*d), GFP_KERNEL);
	const char *name;
	int err;

	if (!d)
		return -ENOMEM;
	err = of_property_read_string(c->dev->of_node, "vl,device-name", &name);
	if (err)
		return err;
	snprintf(d->name, sizeof(d->name), "virtio-%s", name);
	strreplace(d->name, '/', '-');
	d->console = c;
	d->misc = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = d->name,
		.fops = &chardev_fops,
		.mode = 0600,
	};
	err = misc_register(&d->misc);
	return err ? err : devm_add_action_or_reset(c->dev, remove_chardev, d);
}

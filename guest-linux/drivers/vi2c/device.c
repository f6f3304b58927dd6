// SPDX-License-Identifier: GPL-2.0-only
/* vi2c-be: /dev/vi2c-be, of which each open file is a back-end, a program's. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/uaccess.h>
#include "be.h"

static DEFINE_MUTEX(lock); /* `all`, and of each file its private data */
static LIST_HEAD(all);

static int check_bus(u32 bus)
{
	struct i2c_adapter *adap = i2c_get_adapter(bus);
	int err;

	if (!adap)
		return -ENODEV;
	err = i2c_check_functionality(adap, I2C_FUNC_I2C) ? 0 : -EOPNOTSUPP;
	i2c_put_adapter(adap);
	return err;
}

static int check(const struct vi2c_be_config *c)
{
	struct vi2c_be *other;

	if (!memchr(c->vlink, 0, sizeof(c->vlink)) || !vi2c_policy_good(c))
		return -EINVAL;
	list_for_each_entry(other, &all, entry)
		if (vi2c_policy_conflict(c, &other->config))
			return -EBUSY;
	return check_bus(c->bus);
}

static int start(struct file *file, struct vi2c_be *b)
{
	int err = file->private_data ? -EBUSY : check(&b->config);

	err = err ?: vi2c_be_open(b);
	if (err)
		return err;
	list_add_tail(&b->entry, &all);
	file->private_data = b;
	return 0;
}

static long be_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vi2c_be *b;
	long err = 0;

	if (cmd != VI2C_BE_START)
		return -ENOTTY;
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	if (copy_from_user(&b->config, (void __user *)arg, sizeof(b->config)))
		err = -EFAULT;
	mutex_lock(&lock);
	err = err ?: start(file, b);
	mutex_unlock(&lock);
	if (err)
		kfree(b);
	return err;
}

/* misc_open() has put the device there. */
static int be_file_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static int be_release(struct inode *inode, struct file *file)
{
	struct vi2c_be *b = file->private_data;

	if (!b)
		return 0;
	mutex_lock(&lock);
	vi2c_be_close(b);
	list_del(&b->entry);
	mutex_unlock(&lock);
	kfree(b);
	return 0;
}

static const struct file_operations ops = {
	.owner = THIS_MODULE,
	.open = be_file_open,
	.release = be_release,
	.unlocked_ioctl = be_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = VI2C_BE_DEVICE,
	.fops = &ops,
	.mode = 0600,
};

/* A bus that sleeps is not to be used: front-ends wait, as long as they do for any answer. */
static int on_sleep(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		vi2c_be_suspend();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		vi2c_be_resume();
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sleep = {.notifier_call = on_sleep};

static int __init vi2c_be_init(void)
{
	int err = register_pm_notifier(&sleep);

	if (err)
		return err;
	err = misc_register(&device);
	if (err)
		unregister_pm_notifier(&sleep);
	return err;
}

static void __exit vi2c_be_exit(void)
{
	misc_deregister(&device);
	unregister_pm_notifier(&sleep);
}

module_init(vi2c_be_init);
module_exit(vi2c_be_exit);
MODULE_DESCRIPTION("I2C buses of this VM for the front-ends of others");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio-user: /dev/vlx-virtio, by which programs serve VirtIO devices; see <vlx/vlx-uvirtio.h>. */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "uvirtio.h"

typedef __u64 (*signal_many_fn)(struct eventfd_ctx *ctx, __u64 n); /* before Linux 6.8 */
typedef void (*signal_one_fn)(struct eventfd_ctx *ctx);

static void __maybe_unused signal_many(void *fn, struct eventfd_ctx *ctx)
{
	((signal_many_fn)fn)(ctx, 1);
}

static void __maybe_unused signal_one(void *fn, struct eventfd_ctx *ctx)
{
	((signal_one_fn)fn)(ctx);
}

static void signal(struct eventfd_ctx *ctx)
{
	_Generic(&eventfd_signal, signal_many_fn
		 : signal_many, signal_one_fn
		 : signal_one)(eventfd_signal, ctx);
}

/* In the interrupt. */
static void on_kick(struct vlx_virtq *vq)
{
	struct uv_file *uf = vq->dev->private_data;
	unsigned long flags;

	spin_lock_irqsave(&uf->kick_lock, flags);
	if (uf->kick[vq->num])
		signal(uf->kick[vq->num]);
	spin_unlock_irqrestore(&uf->kick_lock, flags);
}

/* nk's number of the device. */
static int number_of(const struct vlx_virtio_dev_reg *reg, unsigned int *nr)
{
	struct nk_virtio_info info;

	for (*nr = 0; !nk_virtio_info(*nr, &info); ++*nr) {
		if (info.vm == reg->vm && !strcmp(info.name, reg->name))
			return 0;
	}
	return -ENODEV;
}

static int do_claim(struct uv_file *uf, const void *arg)
{
	const struct vlx_virtio_dev_reg *reg = arg;
	struct vlx_virtio_dev *dev;
	int err;

	if (uf->dev)
		return -EBUSY;
	if (strnlen(reg->name, sizeof(reg->name)) == sizeof(reg->name) ||
	    (reg->api != VLX_VIRTIO_USER && reg->api != VLX_VIRTIO_VHOST))
		return -EINVAL;
	err = number_of(reg, &uf->nr);
	if (err)
		return err;
	dev = vlx_virtio_lookup_device(reg->vm, reg->name, reg->api);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	uf->dev = dev;
	return 0;
}

static int begin(struct uv_file *uf, const struct vlx_virtio_dev_regs *regs)
{
	struct vlx_virtio_dev *dev = uf->dev;
	u32 n;
	int err = vlx_virtio_device_init_vqs(dev, regs->nr_queues);

	if (err)
		return err;
	for (n = 0; n < regs->nr_queues; n++) {
		dev->vqs[n]->max_qsize = regs->queue_max[n];
		dev->vqs[n]->kick_policy = DIRECT_CALL;
		dev->vqs[n]->kick = on_kick;
	}
	dev->vendor_id = regs->vendor_id;
	dev->device_id = regs->device_id;
	dev->features = regs->features;
	dev->config_space_size = regs->config_size;
	dev->resumes = regs->flags & VLX_UVIRTIO_RESUMES;
	dev->ops = &uv_ops;
	dev->private_data = uf;
	memcpy(uf->config, regs->config, sizeof(uf->config));
	err = vlx_virtio_register_device(dev);
	if (err)
		vlx_virtio_device_destroy_vqs(dev);
	return err;
}

static int do_register(struct uv_file *uf, const void *arg)
{
	const struct vlx_virtio_dev_regs *regs = arg;
	int err;

	if (!uf->dev)
		return -ENODEV;
	if (uf->nr_queues)
		return -EBUSY;
	if (!regs->nr_queues || regs->nr_queues > VLX_UVIRTIO_QUEUES ||
	    (regs->flags & ~VLX_UVIRTIO_RESUMES))
		return -EINVAL;
	err = begin(uf, regs);
	if (!err)
		uf->nr_queues = regs->nr_queues;
	return err;
}

static int do_kick(struct uv_file *uf, const void *arg)
{
	const struct vlx_virtio_bind_eventfd *bind = arg;
	struct eventfd_ctx *ctx = NULL, *old;

	if (!uf->dev)
		return -ENODEV;
	if (bind->queue >= VLX_UVIRTIO_QUEUES)
		return -EINVAL;
	if (bind->fd >= 0)
		ctx = eventfd_ctx_fdget(bind->fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	spin_lock_irq(&uf->kick_lock);
	old = uf->kick[bind->queue];
	uf->kick[bind->queue] = ctx;
	if (ctx)
		signal(ctx); /* for those that came before */
	spin_unlock_irq(&uf->kick_lock);
	if (old)
		eventfd_ctx_put(old);
	return 0;
}

static int do_irqfd(struct uv_file *uf, const void *arg)
{
	const struct vlx_virtio_irqfd *bind = arg;

	if (!uf->dev)
		return -ENODEV;
	if (bind->queue >= VLX_UVIRTIO_QUEUES)
		return -EINVAL;
	return uv_irqfd_bind(&uf->irqfd[bind->queue], uf->nr, bind->fd);
}

static int do_post(struct uv_file *uf, const void *arg)
{
	const struct vlx_virtio_post_irq *post = arg;

	return uf->nr_queues ? nk_virtio_interrupt(uf->nr, post->bits) : -ENODEV;
}

static int do_config(struct uv_file *uf, const void *arg)
{
	const struct vlx_virtio_config *config = arg;

	if (!uf->nr_queues)
		return -ENODEV;
	if (config->size > sizeof(uf->config))
		return -EINVAL;
	memcpy(uf->config, config->config, config->size);
	if (config->changed)
		vlx_virtio_config_changed(uf->dev);
	return 0;
}

static int do_status(struct uv_file *uf, const void *arg)
{
	const __u32 *status = arg;

	if (!uf->nr_queues)
		return -ENODEV;
	vlx_virtio_status_set(uf->dev, *status);
	return 0;
}

static const struct {
	unsigned int cmd;
	int (*fn)(struct uv_file *uf, const void *arg);
} calls[] = {
	{VLX_VIRTIO_CLAIM, do_claim},	{VLX_VIRTIO_REGISTER, do_register},
	{VLX_VIRTIO_KICK, do_kick},	{VLX_VIRTIO_IRQFD, do_irqfd},
	{VLX_VIRTIO_POST, do_post},	{VLX_VIRTIO_CONFIG, do_config},
	{VLX_VIRTIO_STATUS, do_status},
};

union uv_arg {
	struct vlx_virtio_dev_reg reg;
	struct vlx_virtio_dev_regs regs;
	struct vlx_virtio_bind_eventfd kick;
	struct vlx_virtio_irqfd irqfd;
	struct vlx_virtio_post_irq post;
	struct vlx_virtio_config config;
	struct vlx_virtio_load_ack ack;
	__u32 status;
};

static int call(struct uv_file *uf, unsigned int cmd, const void __user *from)
{
	union uv_arg *arg;
	int err = -ENOTTY;
	u32 i;

	if (_IOC_SIZE(cmd) > sizeof(*arg))
		return err;
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].cmd != cmd)
			continue;
		err = -EFAULT;
		if (copy_from_user(arg, from, _IOC_SIZE(cmd)))
			break;
		mutex_lock(&uf->lock);
		err = calls[i].fn(uf, arg);
		mutex_unlock(&uf->lock);
	}
	kfree(arg);
	return err;
}

static int memory(struct uv_file *uf, void __user *to)
{
	struct uv_memory m;
	int err = -ENODEV;

	mutex_lock(&uf->lock);
	if (uf->dev)
		err = uv_memory(uf, &m);
	mutex_unlock(&uf->lock);
	if (err)
		return err;
	if (copy_to_user(to, &m.told, sizeof(m.told))) {
		uv_memory_drop(&m);
		return -EFAULT;
	}
	uv_memory_install(&m);
	return 0;
}

/* The acknowledgement takes no mutex: an ioctl that has it may wait for the work queue, and that for this. */
static long uv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vlx_virtio_load_ack ack;
	void __user *user = (void __user *)arg;

	if (cmd == VLX_VIRTIO_MEMORY)
		return memory(file->private_data, user);
	if (cmd != VLX_VIRTIO_ACK)
		return call(file->private_data, cmd, user);
	if (copy_from_user(&ack, user, sizeof(ack)))
		return -EFAULT;
	return uv_ack(file->private_data, ack.result);
}

static_assert(VLX_UVIRTIO_NAME == NK_VIRTIO_NAME);
static_assert(VLX_UVIRTIO_QUEUES == NK_VIRTIO_QUEUES);
static_assert(VLX_UVIRTIO_CONFIG == NK_VIRTIO_CONFIG);

static int uv_open(struct inode *inode, struct file *file)
{
	struct uv_file *uf = kzalloc(sizeof(*uf), GFP_KERNEL);

	if (!uf)
		return -ENOMEM;
	mutex_init(&uf->lock);
	spin_lock_init(&uf->kick_lock);
	spin_lock_init(&uf->event_lock);
	init_waitqueue_head(&uf->readers);
	init_waitqueue_head(&uf->worker);
	file->private_data = uf;
	return 0;
}

/* The device goes first, so nothing is signalled or asked behind it. */
static int uv_release(struct inode *inode, struct file *file)
{
	struct uv_file *uf = file->private_data;
	u32 n;

	uv_end_events(uf);
	for (n = 0; n < VLX_UVIRTIO_QUEUES; n++)
		uv_irqfd_unbind(&uf->irqfd[n]);
	if (uf->dev)
		vlx_virtio_release_device(uf->dev);
	for (n = 0; n < VLX_UVIRTIO_QUEUES; n++) {
		if (uf->kick[n])
			eventfd_ctx_put(uf->kick[n]);
	}
	kfree(uf);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = uv_open,
	.release = uv_release,
	.read = uv_read,
	.poll = uv_poll,
	.unlocked_ioctl = uv_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vlx-virtio",
	.fops = &fops,
	.mode = 0600,
};

module_misc_device(misc);

MODULE_DESCRIPTION("VirtIO devices of other VMs, served by programs");
MODULE_LICENSE("GPL");

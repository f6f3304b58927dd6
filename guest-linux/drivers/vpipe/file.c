// SPDX-License-Identifier: GPL-2.0-only
/* Opening, closing, polling. */
#include <linux/compat.h>
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <asm/ioctls.h>
#include "vpipe.h"

#define HANDSHAKE_TIMEOUT HZ

static struct vpipe *find(struct inode *inode)
{
	struct vpipe_face *face = container_of(inode->i_cdev, struct vpipe_face, cdev);
	struct vpipe *dev = iminor(inode) < VPIPE_MINORS ? face->devs[iminor(inode)] : NULL;

	return dev && vpipe_enabled(dev) ? dev : NULL;
}

static bool may_open(const struct vpipe *dev, const struct file *file)
{
	fmode_t can = (dev->in.vlink ? FMODE_READ : 0) | (dev->out.vlink ? FMODE_WRITE : 0);
	fmode_t mode = file->f_mode & (FMODE_READ | FMODE_WRITE);

	return mode && !(mode & ~can);
}

/* Whether the other end is opened, or about to be, as far as it says. */
static bool peer_is_there(const struct vpipe_end *end)
{
	const NkDevVlink *nk;

	if (!end->vlink)
		return true;
	nk = end->vlink->nk_vlink;
	return READ_ONCE(*(end->vlink->server ? &nk->c_state : &nk->s_state)) != NK_DEV_VLINK_OFF;
}

/* As for a FIFO. Where both ends are being opened, this one waits for the handshake, but not for long. */
static int connect_nonblock(struct vpipe *dev, fmode_t mode)
{
	long left = 0;

	if (peer_is_there(&dev->in) && peer_is_there(&dev->out))
		left = wait_event_interruptible_timeout(
			dev->wait, vpipe_state(dev) != VPIPE_WAITING, HANDSHAKE_TIMEOUT);
	if (left < 0)
		return left;
	return mode & FMODE_READ || vpipe_state(dev) != VPIPE_WAITING ? 0 : -ENXIO;
}

static int connect(struct vpipe *dev, const struct file *file)
{
	if (file->f_flags & O_NONBLOCK)
		return connect_nonblock(dev, file->f_mode);
	return wait_event_freezable(dev->wait, vpipe_state(dev) != VPIPE_WAITING);
}

static void put(struct vpipe *dev)
{
	mutex_lock(&dev->open_lock);
	if (!--dev->count)
		vpipe_stop(dev);
	mutex_unlock(&dev->open_lock);
}

static int vpipe_open(struct inode *inode, struct file *file)
{
	struct vpipe *dev = find(inode);
	int err;

	if (!dev)
		return -ENXIO;
	if (!may_open(dev, file))
		return -EACCES;
	if (mutex_lock_interruptible(&dev->open_lock))
		return -ERESTARTSYS;
	if (!dev->count++)
		vpipe_start(dev);
	mutex_unlock(&dev->open_lock);
	err = connect(dev, file);
	if (err) {
		put(dev);
		return err;
	}
	file->private_data = dev;
	return stream_open(inode, file);
}

static int vpipe_release(struct inode *inode, struct file *file)
{
	put(file->private_data);
	return 0;
}

static bool is_nonblock(const struct kiocb *iocb)
{
	return iocb->ki_filp->f_flags & O_NONBLOCK;
}

static ssize_t vpipe_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct vpipe *dev = iocb->ki_filp->private_data;

	return vpipe_take(dev, to, is_nonblock(iocb), dev->config.partial);
}

static ssize_t vpipe_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct vpipe *dev = iocb->ki_filp->private_data;
	bool small = iov_iter_count(from) <= dev->out.ring.size;

	return vpipe_put(dev, from, is_nonblock(iocb), small);
}

/* Asks first, so that what comes after the look is told. */
static bool is_ready(struct vpipe_end *end, enum vpipe_state state)
{
	spin_lock(&end->dev->lock);
	exring_ask(&end->ring);
	spin_unlock(&end->dev->lock);
	return state != VPIPE_WAITING && exring_ready(&end->ring);
}

static __poll_t vpipe_poll(struct file *file, poll_table *wait)
{
	struct vpipe *dev = file->private_data;
	enum vpipe_state state;
	__poll_t events = 0;

	poll_wait(file, &dev->wait, wait);
	state = vpipe_state(dev);
	if (file->f_mode & FMODE_READ) {
		if (is_ready(&dev->in, state))
			events |= EPOLLIN | EPOLLRDNORM;
		if (state == VPIPE_DOWN)
			events |= EPOLLHUP;
	}
	if (file->f_mode & FMODE_WRITE) {
		if (is_ready(&dev->out, state) || state == VPIPE_DOWN)
			events |= EPOLLOUT | EPOLLWRNORM;
		if (state == VPIPE_DOWN)
			events |= EPOLLERR;
	}
	return events;
}

static long vpipe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vpipe *dev = file->private_data;
	int pending = 0;

	if (cmd != FIONREAD || !dev->in.vlink)
		return -ENOTTY;
	if (vpipe_state(dev) != VPIPE_WAITING)
		pending = exring_pending(&dev->in.ring);
	return put_user(pending, (int __user *)arg);
}

const struct file_operations vpipe_file_ops = {
	.owner = THIS_MODULE,
	.open = vpipe_open,
	.release = vpipe_release,
	.read_iter = vpipe_read_iter,
	.write_iter = vpipe_write_iter,
	.poll = vpipe_poll,
	.unlocked_ioctl = vpipe_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.splice_read = vpipe_splice_read,
	.splice_write = vpipe_splice_write,
};

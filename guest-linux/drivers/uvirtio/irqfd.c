// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio-user: eventfds whose signals raise the driver's interrupt, with nobody woken for it. */
#include <linux/err.h>
#include <linux/file.h>
#include "uvirtio.h"

/* Whoever signals it is here, in any context, with the eventfd's lock held. */
static int on_signal(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct uv_irqfd *irqfd = container_of(wait, struct uv_irqfd, wait);
	u64 count;

	if (!(key_to_poll(key) & EPOLLIN))
		return 0;
	eventfd_ctx_do_read(irqfd->ctx, &count);
	nk_virtio_interrupt(irqfd->device, NK_VIRTIO_INT_USED);
	return 1;
}

static void on_poll(struct file *file, wait_queue_head_t *head, poll_table *pt)
{
	struct uv_irqfd *irqfd = container_of(pt, struct uv_irqfd, pt);

	add_wait_queue_priority(head, &irqfd->wait);
}

/* It is kept open as long as it is bound, so it does not end meanwhile. What was signalled before counts. */
static int bind(struct uv_irqfd *irqfd, struct file *file)
{
	irqfd->ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(irqfd->ctx))
		return PTR_ERR(irqfd->ctx);
	irqfd->file = file;
	init_waitqueue_func_entry(&irqfd->wait, on_signal);
	init_poll_funcptr(&irqfd->pt, on_poll);
	if (vfs_poll(file, &irqfd->pt) & EPOLLIN)
		nk_virtio_interrupt(irqfd->device, NK_VIRTIO_INT_USED);
	return 0;
}

int uv_irqfd_bind(struct uv_irqfd *irqfd, unsigned int device, int fd)
{
	struct file *file;
	int err;

	uv_irqfd_unbind(irqfd);
	if (fd < 0)
		return 0;
	file = fget(fd);
	if (!file)
		return -EBADF;
	irqfd->device = device;
	err = bind(irqfd, file);
	if (err)
		fput(file);
	return err;
}

void uv_irqfd_unbind(struct uv_irqfd *irqfd)
{
	u64 count;

	if (!irqfd->file)
		return;
	eventfd_ctx_remove_wait_queue(irqfd->ctx, &irqfd->wait, &count);
	eventfd_ctx_put(irqfd->ctx);
	fput(irqfd->file);
	irqfd->file = NULL;
}

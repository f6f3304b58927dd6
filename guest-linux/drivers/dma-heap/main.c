// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-dma-heap: the heaps that Linux' own CONFIG_DMABUF_HEAPS would have, with the same interface for programs
 * (<linux/dma-heap.h>), for kernels without: /dev/dma_heap/system, and "reserved", whose buffers are one piece.
 */
#include <uapi/linux/dma-heap.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>
#include "heap.h"

struct device *heap_device;

static struct platform_device *platform_device;

/* The file descriptor is the program's once it has been told of it, and not before. */
static int give(struct dma_buf *dmabuf, struct dma_heap_allocation_data *data, void __user *arg)
{
	int fd = get_unused_fd_flags(data->fd_flags & O_CLOEXEC);

	if (fd < 0)
		return fd;
	data->fd = fd;
	if (copy_to_user(arg, data, sizeof(*data))) {
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, dmabuf->file);
	return 0;
}

static int allocate(const struct heap *heap, void __user *arg)
{
	struct dma_heap_allocation_data data;
	struct dma_buf *dmabuf;
	int err;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	if (data.fd || data.fd_flags & ~DMA_HEAP_VALID_FD_FLAGS ||
	    data.heap_flags & ~DMA_HEAP_VALID_HEAP_FLAGS || !data.len)
		return -EINVAL;
	if (data.len >> PAGE_SHIFT > totalram_pages())
		return -ENOMEM;
	dmabuf = heap_buffer_make(heap, PAGE_ALIGN(data.len), data.fd_flags);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	err = give(dmabuf, &data, arg);
	if (err)
		dma_buf_put(dmabuf);
	return err;
}

static long heap_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	const struct heap *heap = container_of(file->private_data, struct heap, misc);

	return command == DMA_HEAP_IOCTL_ALLOC ? allocate(heap, (void __user *)arg) : -ENOTTY;
}

static const struct file_operations heap_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = heap_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct heap heaps[] = {
	{
		.name = "system",
		.alloc = heap_alloc_system,
		.free = heap_free_system,
		.misc.minor = MISC_DYNAMIC_MINOR,
		.misc.name = "dma_heap_system",
		.misc.nodename = "dma_heap/system",
		.misc.fops = &heap_fops,
	},
	{
		.name = "reserved",
		.alloc = heap_alloc_cma,
		.free = heap_free_cma,
		.misc.minor = MISC_DYNAMIC_MINOR,
		.misc.name = "dma_heap_reserved",
		.misc.nodename = "dma_heap/reserved",
		.misc.fops = &heap_fops,
	},
};

static void remove_heaps(unsigned int n)
{
	while (n--)
		misc_deregister(&heaps[n].misc);
}

static int add_heaps(void)
{
	unsigned int n;
	int err;

	for (n = 0; n < ARRAY_SIZE(heaps); n++) {
		err = misc_register(&heaps[n].misc);
		if (err) {
			remove_heaps(n);
			return err;
		}
	}
	return 0;
}

static int __init heap_init(void)
{
	int err;

	platform_device =
		platform_device_register_simple("vlx-dma-heap", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(platform_device))
		return PTR_ERR(platform_device);
	heap_device = &platform_device->dev;
	err = dma_coerce_mask_and_coherent(heap_device, DMA_BIT_MASK(64));
	if (!err)
		err = add_heaps();
	if (err)
		platform_device_unregister(platform_device);
	return err;
}
module_init(heap_init);

static void __exit heap_exit(void)
{
	remove_heaps(ARRAY_SIZE(heaps));
	platform_device_unregister(platform_device);
}
module_exit(heap_exit);

MODULE_DESCRIPTION("Heaps of dma-bufs for kernels that have none");
MODULE_IMPORT_NS(DMA_BUF);
MODULE_LICENSE("GPL");

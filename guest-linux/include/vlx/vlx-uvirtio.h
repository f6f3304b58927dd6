/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * /dev/vlx-virtio: a program serves a VirtIO device of another VM. Each time that the file is opened serves one device:
 *
 *   VLX_VIRTIO_CLAIM      which one
 *   VLX_VIRTIO_MEMORY     what of the driver's memory there is, a file for each piece, to be mapped from offset 0 on
 *   VLX_VIRTIO_KICK       an eventfd for each queue, which a kick of the driver's signals
 *   VLX_VIRTIO_IRQFD      eventfds that raise the driver's interrupt when they are signalled
 *   VLX_VIRTIO_REGISTER   the device is there
 *   read()                the next event (it waits for one, unless O_NONBLOCK); poll() says whether there is one
 *   VLX_VIRTIO_ACK        what follows from it has been done: only then there is another one
 *
 * A driver that resets its device, stops a queue or stores to the configuration space waits for that, a second at the most.
 * The end of the file is the end of the device, unless it VLX_UVIRTIO_RESUMES: then the driver sees nothing of it, and whoever
 * registers the same (ids, features, number of queues, which are not smaller; and this flag) is told of what the driver has set up,
 * and finds the queues as they were left. If another is registered, or without the flag, the device needs a reset. The manual names these structs, and no more of them; fields are ours.
 */
#ifndef VLX_UVIRTIO_H
#define VLX_UVIRTIO_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VLX_UVIRTIO_NAME 32
#define VLX_UVIRTIO_QUEUES 32
#define VLX_UVIRTIO_CONFIG 256
#define VLX_UVIRTIO_REGIONS 4

enum {
	VLX_UVIRTIO_START = 1, /* the driver's VM has started */
	VLX_UVIRTIO_STOP, /* and stopped */
	VLX_UVIRTIO_FEATURES, /* value: that the driver has accepted */
	VLX_UVIRTIO_QUEUE_READY, /* queue, size and addresses, which are the driver's */
	VLX_UVIRTIO_QUEUE_IDLE, /* queue: not to be touched behind the acknowledgement */
	VLX_UVIRTIO_STATUS, /* value: bits of the status */
	VLX_UVIRTIO_STORE, /* value, of size bytes, at offset `queue` of the configuration space */
};

struct vlx_virtio_event {
	__u32 type;
	__u32 queue;
	__u32 size;
	__u32 unused;
	__u64 value;
	__u64 desc, driver, device;
};

struct vlx_virtio_dev_reg {
	__u32 vm; /* of the driver */
	__u32 api; /* enum vlx_virtio_api: 1 or 2 */
	char name[VLX_UVIRTIO_NAME]; /* vl,device-name */
};

/* flags: there will be somebody to go on when this file, or the VM, has ended. */
#define VLX_UVIRTIO_RESUMES 1

struct vlx_virtio_dev_regs {
	__u32 device_id;
	__u32 vendor_id;
	__u64 features; /* all of them, those of rings too */
	__u32 config_size;
	__u32 nr_queues;
	__u32 flags; /* VLX_UVIRTIO_RESUMES */
	__u32 unused;
	__u16 queue_max[VLX_UVIRTIO_QUEUES];
	__u8 config[VLX_UVIRTIO_CONFIG];
};

struct vlx_virtio_vm_region {
	__u64 driver; /* address in the driver's VM */
	__u64 size;
	__s32 fd; /* a new file descriptor */
	__u32 unused;
};

struct vlx_virtio_vm_memory {
	__u32 nr;
	__u32 unused;
	struct vlx_virtio_vm_region region[VLX_UVIRTIO_REGIONS];
};

struct vlx_virtio_load_ack {
	__s32 result; /* of VLX_UVIRTIO_QUEUE_READY: negative, the device needs a reset */
	__u32 unused;
};

struct vlx_virtio_bind_eventfd {
	__u32 queue;
	__s32 fd; /* -1: none any more */
};

struct vlx_virtio_irqfd {
	__u32 queue; /* one for each; they all raise the same interrupt */
	__s32 fd; /* -1: none any more */
};

struct vlx_virtio_post_irq {
	__u32 bits; /* of InterruptStatus: 1 used buffers, 2 configuration */
};

/* The configuration space becomes another. */
struct vlx_virtio_config {
	__u32 size;
	__u32 changed; /* 1: the driver is told; 0: it waits for a store of its own */
	__u8 config[VLX_UVIRTIO_CONFIG];
};

#define VLX_VIRTIO_CLAIM _IOW('V', 1, struct vlx_virtio_dev_reg)
#define VLX_VIRTIO_MEMORY _IOR('V', 2, struct vlx_virtio_vm_memory)
#define VLX_VIRTIO_REGISTER _IOW('V', 3, struct vlx_virtio_dev_regs)
#define VLX_VIRTIO_ACK _IOW('V', 4, struct vlx_virtio_load_ack)
#define VLX_VIRTIO_KICK _IOW('V', 5, struct vlx_virtio_bind_eventfd)
#define VLX_VIRTIO_IRQFD _IOW('V', 6, struct vlx_virtio_irqfd)
#define VLX_VIRTIO_POST _IOW('V', 7, struct vlx_virtio_post_irq)
#define VLX_VIRTIO_CONFIG _IOW('V', 8, struct vlx_virtio_config)
#define VLX_VIRTIO_STATUS _IOW('V', 9, __u32)

#endif

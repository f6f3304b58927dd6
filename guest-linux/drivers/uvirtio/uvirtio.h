/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-virtio-user: what its files share. */
#ifndef UVIRTIO_H
#define UVIRTIO_H

#include <linux/eventfd.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include <nk/nkern.h>
#include <nk/virtio.h>
#include <vlx/vlx-uvirtio.h>
#include <vlx/vlx-virtio.h>

/* An eventfd of the program's that raises the driver's interrupt. */
struct uv_irqfd {
	unsigned int device; /* as nk numbers them */
	struct file *file; /* NULL: none */
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table pt;
};

struct uv_file {
	struct mutex lock; /* all that ioctls change */
	struct vlx_virtio_dev *dev; /* NULL: not claimed */
	unsigned int nr;
	u32 nr_queues; /* 0: not registered */
	struct eventfd_ctx *kick[VLX_UVIRTIO_QUEUES];
	spinlock_t kick_lock; /* of those, as they are signalled in interrupts */
	struct uv_irqfd irqfd[VLX_UVIRTIO_QUEUES];
	u8 config[VLX_UVIRTIO_CONFIG];

	spinlock_t event_lock; /* what follows */
	wait_queue_head_t readers, worker;
	bool ends; /* nobody is asked any more */
	enum { UV_NONE, UV_WAITS, UV_TAKEN, UV_DONE } stage; /* of the event */
	struct vlx_virtio_event event;
	s32 result;
};

/* irqfd.c: fd -1 is none. Returns 0 or an error. Context: the file's lock held. */
int uv_irqfd_bind(struct uv_irqfd *irqfd, unsigned int device, int fd);
void uv_irqfd_unbind(struct uv_irqfd *irqfd);

/* Files of the driver's memory, which the program does not have yet. */
struct uv_memory {
	struct vlx_virtio_vm_memory told;
	struct file *file[VLX_UVIRTIO_REGIONS];
};

/* memslots.c. 0 or an error; then one of these: the program has them, or nobody. */
int uv_memory(struct uv_file *uf, struct uv_memory *m);
void uv_memory_install(const struct uv_memory *m);
void uv_memory_drop(struct uv_memory *m);

/* events.c: the device's operations, each of which is an event for the program; and the program's side. */
extern const struct vlx_virtio_dev_cb uv_ops;
ssize_t uv_read(struct file *file, char __user *to, size_t size, loff_t *pos);
__poll_t uv_poll(struct file *file, poll_table *table);
int uv_ack(struct uv_file *uf, s32 result);
void uv_end_events(struct uv_file *uf);

#endif

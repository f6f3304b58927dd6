/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-virtio-console: what its files share. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <linux/kfifo.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "backend.h"

#define CONSOLE_KEPT 16384 /* bytes of the driver's output that nobody has read */
#define CONSOLE_PIECES 16

struct vcon {
	struct device *dev;
	struct vlx_virtio_dev *vdev;
	wait_queue_head_t wait; /* for output, and for room for input */
	spinlock_t lock; /* of output */
	DECLARE_KFIFO_PTR(output, u8);
	struct mutex input; /* one writer at a time */
	struct kvec in_iov[CONSOLE_PIECES], out_iov[CONSOLE_PIECES];
	u16 in_flags[CONSOLE_PIECES], out_flags[CONSOLE_PIECES];
};

/* What the driver has written, the oldest first. Returns how many bytes. Context: any. */
unsigned int console_take(struct vcon *c, u8 *to, unsigned int size);
bool console_has_output(struct vcon *c);

/* Whether the driver has room for input, and as much of it as it takes now, 0 too. May sleep. */
bool console_has_room(struct vcon *c);
unsigned int console_put(struct vcon *c, const u8 *from, unsigned int size);

/* tty.c, chardev.c: where the bytes go, until the node's device goes. 0 or an error. */
int console_tty(struct vcon *c, const char *path);
int console_chardev(struct vcon *c);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlx-pipe share, and what vpipe and vbpipe are for it. */
#ifndef VPIPE_H
#define VPIPE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <vlx/vlink-lib.h>
#include "exring.h"

struct file;
struct iov_iter;
struct module;
struct pipe_inode_info;

#define VPIPE_MINORS 256
#define VPIPE_NAME 16

/* Whoever moves bytes: one at a time in each direction. */
struct vpipe_turn {
	unsigned long bits;
	wait_queue_head_t wait;
};

/* An endpoint of a link. */
struct vpipe_end {
	struct vpipe *dev;
	Vlink *vlink; /* NULL: the device has none that way */
	struct exring ring;
	NkXIrq to_peer;
	bool ready; /* has all it needs */
	bool up; /* by dev->lock */
	struct vpipe_turn turn;
	/* By who has the turn. */
	unsigned int calls;
	u64 bytes;
};

enum vpipe_state {
	VPIPE_IDLE, /* nobody has it open */
	VPIPE_WAITING, /* for the peer */
	VPIPE_UP,
	VPIPE_DOWN, /* the peer was there, and has gone: until the last close */
};

struct vpipe_config {
	bool partial;
	u32 size; /* of shared memory */
	int minor; /* -1: any */
	unsigned int wakeup; /* ms */
	char name[VPIPE_NAME]; /* "": none */
};

struct vpipe {
	struct vpipe_face *face;
	unsigned int minor;
	char name[VPIPE_NAME];
	struct vpipe_config config; /* this VM's */
	struct wakeup_source *ws;
	struct vpipe_end in, out;
	wait_queue_head_t wait; /* for the state, and for bytes and room in both directions */
	struct mutex open_lock; /* count, and starting and stopping the links */
	unsigned int count; /* of those who have it open, or wait in open */
	spinlock_t lock; /* state, ends' up, their rings' flags */
	enum vpipe_state state;
	unsigned int opens;
};

/* Fields of an info string that have no name. */
enum vpipe_field {
	VPIPE_FIELD_NONE,
	VPIPE_FIELD_PARTIAL,
	VPIPE_FIELD_SIZE,
	VPIPE_FIELD_MINOR,
};

/* vpipe, or vbpipe. */
struct vpipe_face {
	/* By the module. */
	const char *name;
	struct module *owner;
	unsigned int major; /* if it is free */
	bool both_ways;
	struct exring_layout layout;
	enum vpipe_field fields[4];
	VlinkDrv drv;
	/* vlx-pipe's own. */
	dev_t first;
	struct cdev cdev;
	struct class class;
	struct vpipe *devs[VPIPE_MINORS];
};

/* face.c: all that the module's init and exit do. The first returns 0 or errno. */
int vpipe_face_open(struct vpipe_face *face);
void vpipe_face_close(struct vpipe_face *face);

/* device.c: a device for each link, or pair; found by vlink->private, which is the end. */
int vpipe_devices_create(VlinkDrv *drv);
void vpipe_devices_free(VlinkDrv *drv);
bool vpipe_enabled(const struct vpipe *dev);

/* info.c: returns 0, or -EINVAL with the defaults. info may be NULL. */
int vpipe_parse(const struct vpipe_face *face, const char *info, struct vpipe_config *config);

/* link.c: what nk has for an end, and the steps of its link's life. */
int vpipe_vlink_init(Vlink *vlink);
void vpipe_start(struct vpipe *dev);
void vpipe_stop(struct vpipe *dev);

static inline enum vpipe_state vpipe_state(const struct vpipe *dev)
{
	return smp_load_acquire(&dev->state); /* before the rings */
}

/* Whether this end is told of bytes although nobody waits for them, to keep the system awake. */
static inline bool vpipe_always_asks(const struct vpipe_end *end)
{
	return end->dev->ws && !end->ring.producer;
}

/*
 * turn.c: to wait for the peer with the turn taken is to be asleep; who may not block gets -EAGAIN then.
 * -ERESTARTSYS after a signal.
 */
void vpipe_turn_init(struct vpipe_turn *turn);
int vpipe_turn_take(struct vpipe_turn *turn, bool nonblock);
void vpipe_turn_give(struct vpipe_turn *turn);
void vpipe_turn_asleep(struct vpipe_turn *turn, bool asleep);

/* file.c */
extern const struct file_operations vpipe_file_ops;

/*
 * io.c: bytes between the ring and memory. They take their turn, and return bytes, 0 for the end of what the
 * peer has sent, or errno: -EAGAIN, -EFAULT, -EIO (the ring is broken), -EPIPE, -ERESTARTSYS.
 */
ssize_t vpipe_take(struct vpipe *dev, struct iov_iter *to, bool nonblock, bool partial);
/* whole: all of it or nothing, if it does not block. */
ssize_t vpipe_put(struct vpipe *dev, struct iov_iter *from, bool nonblock, bool whole);
/* Return when there is something to take, or room, or never will be; -ERESTARTSYS. */
int vpipe_wait_bytes(struct vpipe *dev);
int vpipe_wait_room(struct vpipe *dev);

/* splice.c */
ssize_t vpipe_splice_read(struct file *in, loff_t *ppos, struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags);
ssize_t vpipe_splice_write(struct pipe_inode_info *pipe, struct file *out, loff_t *ppos, size_t len,
			   unsigned int flags);

/* proc.c */
int vpipe_proc_create(struct vpipe_face *face);
void vpipe_proc_remove(struct vpipe_face *face);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vlx-vbuf: dma-bufs of one VM in others, without a copy. What a face of it (vdmaheap, vion) sees. A face has channels,
 * exports and a device file of its own.
 *
 * Context: may sleep, unless something else is said.
 */
#ifndef VBUF_FACE_H
#define VBUF_FACE_H

#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/types.h>
#include <linux/uuid.h>

struct vbuf_dev;
struct vbuf_client;

struct vbuf_face {
	const char *name; /* of channels, by their info, and of the file in /dev */
	const char *compatible; /* of the node with memory-granting-flags */
	struct module *owner;
	const struct file_operations *fops; /* of the three functions below */
	unsigned char magic; /* of ioctls */
	size_t info_size, link_state_size; /* of what two of them have */
	/* The face's part of the ioctl INFO: from and to user space. Returns 0 or an error. */
	int (*info)(struct vbuf_client *client, void __user *arg);
	const int *secure; /* parameters */
	const int *debug;
	struct vbuf_dev *dev; /* the engine's */
};

/* Returns 0 or an error. A face that is registered is not unloaded while it has clients, or shares pages. */
int vbuf_face_register(struct vbuf_face *face);
void vbuf_face_unregister(struct vbuf_face *face);

/* Of the face's file, whose owner the face is, so that who has it open holds the face. */
int vbuf_file_open(struct inode *inode, struct file *file);
int vbuf_file_release(struct inode *inode, struct file *file);
long vbuf_ioctl(struct file *file, unsigned int command, unsigned long arg);

/* Trusted: in this VM, it needs no credentials. Returns NULL for no memory. */
struct vbuf_client *vbuf_client_create(struct vbuf_dev *dev, bool trusted);

/* What it has exported cannot be imported any more; what was imported stays. */
void vbuf_client_destroy(struct vbuf_client *client);

struct vbuf_props {
	bool strict_import; /* the exporter is asked each time */
	unsigned long grace_requested, grace_accepted; /* jiffies */
};

void vbuf_client_set(struct vbuf_client *client, const struct vbuf_props *props);
void vbuf_client_get(struct vbuf_client *client, struct vbuf_props *props);

/* Exports it: gid is the buffer's, cred this export's. Returns 0, -EXDEV for one of another VM's, or an error. */
int vbuf_export(struct vbuf_client *client, struct dma_buf *dmabuf, u32 *gid, uuid_t *cred,
		u32 *size);

/* cred may be NULL: one of the client's own. Returns 0; -ENOENT: not exported; -EACCES: these are not its credentials. */
int vbuf_unexport(struct vbuf_client *client, u32 gid, const uuid_t *cred);

/*
 * Imports n buffers; creds, and each of them, may be NULL. Each of dmabufs becomes the caller's, or ERR_PTR(): -ENOENT,
 * -EACCES, -EPIPE: the exporter is not there, -ETIME: it does not answer. Returns 0, or the first of these errors.
 */
int vbuf_import(struct vbuf_client *client, unsigned int n, const u32 *gids,
		const uuid_t *const *creds, struct dma_buf **dmabufs);

struct vbuf_info {
	u64 flags;
	u32 size;
	char heap[32];
};

/* Of a buffer that is exported here, or imported now. Returns 0, -ENOENT, or -EACCES. */
int vbuf_info(struct vbuf_client *client, u32 gid, const uuid_t *cred, struct vbuf_info *info);

/* Which VMs' exports can be imported now: a bit each. With wait, when those in mask are as *value says. 0 or -ERESTARTSYS. */
int vbuf_link_state(struct vbuf_client *client, bool wait, u32 mask, u32 *value);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlx-vbuf share. */
#ifndef VBUF_PRIV_H
#define VBUF_PRIV_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <vrpc.h>
#include "face.h"
#include "wire.h"

#define VBUF_ORIGIN_SHIFT 24 /* of a gid: the VM; below, the buffer in it */
#define VBUF_CALL_MS 5000
#define VBUF_BATCH 64 /* buffers of a call */
#define VBUF_WRONG_MS 20 /* what wrong credentials cost, each */

/* What memory-granting-flags say of imports. */
struct vbuf_access {
	bool read, write, cpu, dma, nolock;
};

struct vbuf_counts {
	atomic64_t clients[2], exports[2], imports[2], dmabufs[2]; /* made; gone */
};

struct vbuf_vrpc_counts {
	atomic64_t open, close, import, release;
};

struct vbuf_dev {
	struct vbuf_face *face;
	struct platform_device *platform; /* in whose name buffers are mapped */
	struct miscdevice misc;
	struct vbuf_access access;
	struct mutex lock; /* exports, credentials and grants; before locks of dma-buf */
	struct idr exports;
	struct list_head bes, fes; /* from the face's registration on */
	struct mutex link_lock;
	u32 link_state;
	wait_queue_head_t link_wait;
	struct vbuf_counts counts;
};

struct vbuf_client {
	struct vbuf_dev *dev;
	bool trusted;
	struct vbuf_props props;
	struct list_head creds; /* dev->lock */
};

/* One export of a buffer. */
struct vbuf_cred {
	struct list_head of_client, of_export;
	struct vbuf_export *export;
	struct vbuf_client *client;
	uuid_t uuid;
};

/* A buffer that was exported. It is there for its credentials, and for the peers that have its pages. */
struct vbuf_export {
	struct vbuf_dev *dev;
	u32 gid;
	unsigned int refs;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment; /* NULL: no peer has had it */
	struct sg_table *table;
	struct list_head creds, grants;
};

/* Its pages, at a peer. */
struct vbuf_grant {
	struct list_head of_export, of_be;
	struct vbuf_export *export;
	struct vbuf_be *be;
	bool write;
	bool leaving; /* the peer has not let go of all pages yet */
	u32 n; /* pages that it has */
	NkPhAddr addresses[]; /* the peer's */
};

/* A channel by which a peer imports what is exported here. */
struct vbuf_be {
	struct list_head entry;
	struct vbuf_dev *dev;
	struct vrpc_t *vrpc;
	struct list_head grants; /* dev->lock */
	bool open; /* dev->lock */
	struct delayed_work retry;
	unsigned int retries;
	struct vbuf_vrpc_counts counts;
};

/* A channel by which this VM imports. */
struct vbuf_fe {
	struct list_head entry;
	struct vbuf_dev *dev;
	struct vrpc_t *vrpc;
	NkPhAddr window;
	u64 window_size;
	struct mutex call_lock; /* one call at a time, with what belongs to it; before lock */
	struct mutex lock;
	bool up, open;
	unsigned int life; /* of the link; what was imported in an earlier one is nobody's */
	struct list_head imports; /* of this life */
	struct list_head releases; /* what the exporter is still to be told of */
	struct work_struct up_work;
	struct delayed_work release_work;
	struct vbuf_vrpc_counts counts;
};

/* A buffer of another VM's. */
struct vbuf_import {
	struct list_head entry; /* of imports, or of releases */
	struct vbuf_fe *fe;
	unsigned int life;
	unsigned int refs; /* fe->lock */
	u32 gid;
	u32 size;
	bool write;
	bool locked;
	char heap[32];
	u32 nr;
	struct vbuf_piece *pieces;
};

static inline bool vbuf_is_secure(const struct vbuf_dev *dev)
{
	return READ_ONCE(*dev->face->secure);
}

enum { VBUF_SAY_ERROR = 1, VBUF_SAY_INFO, VBUF_SAY_DEBUG };

/* A peer cannot fill the log with it. */
#define vbuf_say(dev, level, fmt, ...)                                                             \
	do {                                                                                       \
		if (READ_ONCE(*(dev)->face->debug) >= (level))                                     \
			pr_info_ratelimited("%s: " fmt, (dev)->face->name, ##__VA_ARGS__);         \
	} while (0)

/* export.c; dev->lock is held. */
struct vbuf_export *vbuf_find_export(struct vbuf_dev *dev, u32 gid);
bool vbuf_cred_is_good(const struct vbuf_export *export, const uuid_t *cred);
void vbuf_export_put(struct vbuf_export *export);

/* export.c; not held. As vbuf_import() of one buffer. */
struct dma_buf *vbuf_import_local(struct vbuf_client *client, u32 gid, const uuid_t *cred);

/* grant.c; dev->lock is held. The peer's, or ERR_PTR(): -EBUSY: it has not let go of the last one. */
struct vbuf_grant *vbuf_grant_get(struct vbuf_export *export, struct vbuf_be *be, bool write);
void vbuf_grant_drop(struct vbuf_grant *grant);
void vbuf_grants_drop(struct vbuf_be *be);
struct vbuf_grant *vbuf_grant_find(struct vbuf_export *export, const struct vbuf_be *be);
void vbuf_grants_retry(struct work_struct *work);

/* Puts the grant's pages as pieces there, room of them at most. Returns how many, or -EMSGSIZE. */
int vbuf_grant_pieces(const struct vbuf_grant *grant, struct vbuf_piece *pieces, u32 room);

/* be.c, fe.c: all channels of a face. */
int vbuf_be_open_all(struct vbuf_dev *dev);
void vbuf_be_close_all(struct vbuf_dev *dev);
int vbuf_fe_open_all(struct vbuf_dev *dev);
void vbuf_fe_close_all(struct vbuf_dev *dev);
struct vbuf_fe *vbuf_fe_of(struct vbuf_dev *dev, u32 vm);

/*
 * fe.c: sends the request that is in the buffer, and waits for an answer to it. Returns its bytes, or -EPIPE, -ETIME,
 * -EINTR, -EPROTO. Context: call_lock is held.
 */
int vbuf_fe_call(struct vbuf_fe *fe, size_t size);

/* Tells the exporter of all that was let go. Returns 0 or an error; what was not told is later. Context: as above. */
int vbuf_fe_flush(struct vbuf_fe *fe);

/* import.c: the last of an import's dma-bufs, or whoever failed to make one, lets go. */
void vbuf_import_put(struct vbuf_import *imp);

/* import.c: of what is imported now. Returns 0 or -ENOENT. */
int vbuf_import_info(struct vbuf_dev *dev, u32 gid, struct vbuf_info *info);

/* layout.c: takes the pieces of an answer and locks their pages. Returns 0 or an error; unlock undoes it. */
int vbuf_layout_take(struct vbuf_import *imp, const struct vbuf_descr *descr, const void *pieces);
void vbuf_layout_drop(struct vbuf_import *imp);

/* dmabuf.c: one more of an import, whose reference it takes; ERR_PTR(), and has not. */
struct dma_buf *vbuf_dmabuf_make(struct vbuf_import *imp);
bool vbuf_dmabuf_is_ours(const struct dma_buf *dmabuf);

#endif

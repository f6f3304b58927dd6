/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ends of a channel say to each other, by vrpc: the importer calls. The sizes are the manual's, by its rule for
 * pmem: 16 bytes (12 are vrpc's own), and for each buffer 112 and 16 for each of its pieces.
 */
#ifndef VBUF_WIRE_H
#define VBUF_WIRE_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define VBUF_MAGIC 0x66756276 /* "vbuf" */
#define VBUF_WIRE_VERSION 1

enum vbuf_op {
	VBUF_OPEN = 1, /* n: 0 */
	VBUF_CLOSE, /* n: 0 */
	VBUF_IMPORT, /* n buffers; the answer may have fewer: those that there was room for */
	VBUF_RELEASE, /* n gids; the answer has as many results */
};

/* Of requests and answers. An answer with another op is none. */
struct vbuf_head {
	u16 op;
	u16 n;
} __packed;

struct vbuf_open {
	u32 magic;
	u32 version;
} __packed;

#define VBUF_LAYOUT 1 /* where the pages are is wanted; else only whether it may be imported */
#define VBUF_CRED 2 /* there are credentials */
#define VBUF_WRITE 4

struct vbuf_want {
	u32 gid;
	u32 flags;
	u8 cred[16];
} __packed;

struct vbuf_descr {
	s32 result; /* 0 or an error, with which nothing else counts */
	u32 gid;
	u64 size; /* bytes */
	u64 flags; /* VBUF_WRITE */
	u32 pieces; /* behind this; 0 without VBUF_LAYOUT */
	u32 reserved;
	char heap[32]; /* what the buffer comes from */
	u8 unused[48];
} __packed;

/* Addresses are the importer's: in the link's window of grants. */
struct vbuf_piece {
	u64 address;
	u64 size; /* whole pages */
} __packed;

static_assert(sizeof(struct vbuf_head) == 4);
static_assert(sizeof(struct vbuf_descr) == 112);
static_assert(sizeof(struct vbuf_piece) == 16);

#endif

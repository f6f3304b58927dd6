/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vbd2: what is in messages, as VBD2(4D) of the manual prints it; what it leaves open says "ours". All words are
 * little-endian.
 */
#ifndef VBD2_LAYOUT_H
#define VBD2_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/types.h>

typedef u16 vbd2_devid_t;
typedef u16 vbd2_genid_t;
typedef u64 vbd2_sector_t;
typedef u64 vbd2_cookie_t;
typedef u8 vbd2_op_t;
typedef u8 vbd2_status_t;
typedef u8 vbd2_count_t;
typedef u16 vbd2_info_t;
typedef u16 vbd2_xinfo_t;

/* The manual has their names, the numbers are ours. */
#define VBD2_OP_PROBE 1
#define VBD2_OP_READ 2
#define VBD2_OP_WRITE 3
#define VBD2_OP_CHANGES 4
#define VBD2_OP_FLUSH_DISK_CACHE 5
#define VBD2_OP_FLUSH VBD2_OP_FLUSH_DISK_CACHE
/* Ours: one segment follows, whose address is how many sectors, and length VBD2_ZEROES_*. */
#define VBD2_OP_DISCARD 16
#define VBD2_OP_WRITE_ZEROES 17

#define VBD2_ZEROES_KEEP 1 /* what is zeroed stays allocated */

#define VBD2_STATUS_OK 0
#define VBD2_STATUS_STALE 0xfd /* ours: of another generation; probe, and send again */
#define VBD2_STATUS_EOPNOTSUPP 0xfe
#define VBD2_STATUS_ERROR 0xff

#define VBD2_SECTOR_SHIFT 9
#define VBD2_SEGMENT 4096u /* bytes at most */
#define VBD2_SEGMENTS 255u /* of a request at most */
#define VBD2_PROBES 253u /* disks of a link at most: other counts are a status */

/* A request; in its answer count is the status. */
typedef struct vbd2_req_header_t {
	vbd2_cookie_t cookie; /* the front-end's, and as it was in the answer */
	vbd2_sector_t sector;
	vbd2_devid_t devid;
	vbd2_op_t op;
	vbd2_count_t count; /* of what follows */
	vbd2_genid_t genid;
	u16 reserved;
} vbd2_req_header_t;

typedef vbd2_req_header_t vbd2_resp_t;

/* Ours: where data is. */
struct vbd2_segment {
	u64 address; /* offset of a buffer of vmq's, or what a granted page begins with */
	u32 length; /* bytes */
	u32 offset; /* into the page; 0 in a buffer */
};

typedef struct vbd2_probe_t {
	vbd2_devid_t devid;
	vbd2_info_t info; /* VBD2_INFO_* */
	vbd2_genid_t genid;
	vbd2_xinfo_t xinfo; /* VBD2_XINFO_* */
	vbd2_sector_t sectors;
} vbd2_probe_t;

typedef struct vbd2_probe_link_t {
	vbd2_req_header_t common;
	vbd2_probe_t probe[];
} vbd2_probe_link_t;

/* A disk's id is its numbers in the front-end's VM. */
#define VBD2_DEVID(major, minor) ((u16)((major) << 8 | (minor)))
#define VBD2_MAJOR(devid) ((devid) >> 8)
#define VBD2_MINOR(devid) (0xffu & (devid))

/* Ours. */
#define VBD2_INFO_READ_ONLY 1
#define VBD2_XINFO_ABSENT 1 /* exported, and its device is not there */
#define VBD2_XINFO_FLUSH 2 /* keeps writes in a cache */
#define VBD2_XINFO_DISCARD 4
#define VBD2_XINFO_WRITE_ZEROES 8
#define VBD2_XINFO_ROTATIONAL 16
/* Blocks as powers of two of sectors. */
#define VBD2_XINFO_LOGICAL_SHIFT 8
#define VBD2_XINFO_PHYSICAL_SHIFT 12

static_assert(sizeof(vbd2_req_header_t) == 24);
static_assert(sizeof(struct vbd2_segment) == 16);
static_assert(sizeof(vbd2_probe_t) == 16);

#endif

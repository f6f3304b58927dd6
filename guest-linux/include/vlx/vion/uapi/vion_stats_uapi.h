/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Virtual ION: counts for programs (vion_stats_uapi.h of the manual). Those of objects that were made and that are gone are the same when
 * nothing is shared any more.
 */
#ifndef VLX_VION_STATS_UAPI_H
#define VLX_VION_STATS_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

enum vion_stats_type {
	VION_STATS_DEV, /* of the device */
	VION_STATS_VRPC_BE, /* of a channel whose peer imports */
	VION_STATS_VRPC_FE, /* of a channel by which this VM imports */
};

struct vion_stats_dev {
	__u64 client_create;
	__u64 client_destroy;
	__u64 export_create;
	__u64 export_destroy;
	__u64 import_create;
	__u64 import_destroy;
	__u64 dmabuf_create; /* imported ones */
	__u64 dmabuf_destroy;
};

/* Requests: that came, of a back-end; that were sent, of a front-end. */
struct vion_stats_vrpc {
	__u64 open;
	__u64 close;
	__u64 import; /* buffers */
	__u64 release;
};

union vion_stats_res {
	struct vion_stats_dev dev;
	struct vion_stats_vrpc vrpc;
};

struct vion_stats_arg {
	__u32 type; /* enum vion_stats_type */
	__u32 peer; /* the VM at the channel's other end */
};

union vion_stats_data {
	struct vion_stats_arg arg; /* in */
	union vion_stats_res res; /* out */
};

#define VION_IOC_STATS _IOWR(VION_IOC_MAGIC, 55, union vion_stats_data)

#endif

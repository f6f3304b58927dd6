/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Virtual ION: dma-bufs that programs share with others of the same VM and of other VMs (vion_uapi.h of the manual). /dev/vion.
 * A buffer that is exported has a number that is the same in all VMs, and each export of it has credentials.
 */
#ifndef VLX_VION_UAPI_H
#define VLX_VION_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/uuid.h>
#endif
#include "vion_stats_uapi.h"

#ifndef ION_IOC_MAGIC /* no kernel has ION any more */
#define ION_IOC_MAGIC 'I'
#endif
#define VION_IOC_MAGIC ION_IOC_MAGIC

typedef __u32 vion_buffer_gid_t;

#ifndef __KERNEL__
#ifndef UUID_SIZE
#define UUID_SIZE 16

typedef struct {
	__u8 b[UUID_SIZE];
} uuid_t;
#endif
#endif

#define VION_VERSION_0 0
#define VION_VERSION_1 1
#define VION_VERSION_2 2
#define VION_VERSION_3 3
#define VION_VERSION_4 4
#define VION_VERSION VION_VERSION_4

#define VION_CAP_SECURE (1U << 0) /* imports take credentials */
#define VION_CAP_LOCAL (1U << 1) /* from programs of the same VM */
#define VION_CAP_REMOTE (1U << 2) /* from other VMs */
#define VION_CAP_VBB (1U << 3)
#define VION_CAP_STRICT_IMPORT (1U << 4) /* the exporter is asked at each import */

struct vion_version_data {
	__u32 version; /* in: what the program expects; out: the driver's */
	__u32 caps; /* out */
	__u64 reserved;
};

struct vion_export_data {
	__u32 fd; /* in: a dma-buf */
	vion_buffer_gid_t gid; /* out, and so on */
	uuid_t cred;
	__u32 size;
};

struct vion_unexport_data {
	vion_buffer_gid_t gid;
	uuid_t cred;
};

struct vion_import_data {
	__u32 fd; /* out: a dma-buf */
	vion_buffer_gid_t gid; /* in */
	uuid_t cred; /* in */
	__u32 size; /* out */
};

/* Ours, as ION's heaps were numbered: pages from anywhere, or pieces of CMA; others. */
#define VION_HEAP_SYSTEM 0
#define VION_HEAP_DMA 4
#define VION_HEAP_OTHER 16

struct vion_info_data {
	vion_buffer_gid_t gid; /* in */
	uuid_t cred; /* in */
	__u64 flags; /* out: VION_INFO_* */
	__u32 size; /* out */
	__u32 heap_id; /* out: VION_HEAP_* */
};

#define VION_INFO_WRITE 4 /* ours: the buffer may be written to */

struct vion_link_state {
	__u32 wait; /* not 0: until those in mask are as value */
	__u32 mask; /* a bit a VM */
	__u32 value; /* in and out: 1 for a VM whose exports can be imported */
};

#define VION_IOC_EXPORT _IOWR(VION_IOC_MAGIC, 50, struct vion_export_data)
#define VION_IOC_UNEXPORT _IOWR(VION_IOC_MAGIC, 51, struct vion_unexport_data)
#define VION_IOC_IMPORT _IOWR(VION_IOC_MAGIC, 52, struct vion_import_data)
#define VION_IOC_INFO _IOWR(VION_IOC_MAGIC, 53, struct vion_info_data)
#define VION_IOC_VERSION _IOWR(VION_IOC_MAGIC, 54, struct vion_version_data)
/* Its argument is struct vion_link_state; the number is as the manual prints it. */
#define VION_IOC_LINK_STATE _IOWR(VION_IOC_MAGIC, 55, struct vion_info_data)

/* The VM in which it was exported. */
static inline int vion_gid_origin(vion_buffer_gid_t gid)
{
	return (int)(gid >> 24);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Virtual DMAHEAP: dma-bufs that programs share with others of the same VM and of other VMs (vdmaheap_uapi.h of the manual). /dev/vdmaheap.
 * A buffer that is exported has a number that is the same in all VMs, and each export of it has credentials.
 */
#ifndef VLX_VDMAHEAP_UAPI_H
#define VLX_VDMAHEAP_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/uuid.h>
#include <uapi/linux/dma-heap.h>
#else
#include <linux/dma-heap.h>
#endif
#include "vdmaheap_stats_uapi.h"

#define VDMAHEAP_IOC_MAGIC DMA_HEAP_IOC_MAGIC

typedef __u32 vdmaheap_buffer_gid_t;

#ifndef __KERNEL__
#ifndef UUID_SIZE
#define UUID_SIZE 16

typedef struct {
	__u8 b[UUID_SIZE];
} uuid_t;
#endif
#endif

#define VDMAHEAP_VERSION_0 0
#define VDMAHEAP_VERSION_1 1
#define VDMAHEAP_VERSION_2 2
#define VDMAHEAP_VERSION_3 3
#define VDMAHEAP_VERSION_4 4
#define VDMAHEAP_VERSION VDMAHEAP_VERSION_4

#define VDMAHEAP_CAP_SECURE (1U << 0) /* imports take credentials */
#define VDMAHEAP_CAP_LOCAL (1U << 1) /* from programs of the same VM */
#define VDMAHEAP_CAP_REMOTE (1U << 2) /* from other VMs */
#define VDMAHEAP_CAP_VBB (1U << 3)
#define VDMAHEAP_CAP_STRICT_IMPORT (1U << 4) /* the exporter is asked at each import */

struct vdmaheap_version_data {
	__u32 version; /* in: what the program expects; out: the driver's */
	__u32 caps; /* out */
	__u64 reserved;
};

struct vdmaheap_export_data {
	__u32 fd; /* in: a dma-buf */
	vdmaheap_buffer_gid_t gid; /* out, and so on */
	uuid_t cred;
	__u32 size;
};

struct vdmaheap_unexport_data {
	vdmaheap_buffer_gid_t gid;
	uuid_t cred;
};

struct vdmaheap_import_data {
	__u32 fd; /* out: a dma-buf */
	vdmaheap_buffer_gid_t gid; /* in */
	uuid_t cred; /* in */
	__u32 size; /* out */
};

#define VDMAHEAP_HEAP_NAME 32 /* ours: bytes of a heap's name */

struct vdmaheap_info_data {
	vdmaheap_buffer_gid_t gid; /* in */
	uuid_t cred; /* in */
	__u64 flags; /* out: VDMAHEAP_INFO_* */
	__u32 size; /* out */
	const char *heap_name; /* in: so many bytes there, or NULL; out: the name, there */
};

#define VDMAHEAP_INFO_WRITE 4 /* ours: the buffer may be written to */

struct vdmaheap_link_state {
	__u32 wait; /* not 0: until those in mask are as value */
	__u32 mask; /* a bit a VM */
	__u32 value; /* in and out: 1 for a VM whose exports can be imported */
};

#define VDMAHEAP_IOC_EXPORT _IOWR(VDMAHEAP_IOC_MAGIC, 50, struct vdmaheap_export_data)
#define VDMAHEAP_IOC_UNEXPORT _IOWR(VDMAHEAP_IOC_MAGIC, 51, struct vdmaheap_unexport_data)
#define VDMAHEAP_IOC_IMPORT _IOWR(VDMAHEAP_IOC_MAGIC, 52, struct vdmaheap_import_data)
#define VDMAHEAP_IOC_INFO _IOWR(VDMAHEAP_IOC_MAGIC, 53, struct vdmaheap_info_data)
#define VDMAHEAP_IOC_VERSION _IOWR(VDMAHEAP_IOC_MAGIC, 54, struct vdmaheap_version_data)
/* Its argument is struct vdmaheap_link_state; the number is as the manual prints it. */
#define VDMAHEAP_IOC_LINK_STATE _IOWR(VDMAHEAP_IOC_MAGIC, 55, struct vdmaheap_info_data)

/* The VM in which it was exported. */
static inline int vdmaheap_gid_origin(vdmaheap_buffer_gid_t gid)
{
	return (int)(gid >> 24);
}

#endif

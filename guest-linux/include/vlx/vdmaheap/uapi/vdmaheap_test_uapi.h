/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Virtual DMAHEAP: commands that the manual has for tests (vdmaheap_test_uapi.h). */
#ifndef VLX_VDMAHEAP_TEST_UAPI_H
#define VLX_VDMAHEAP_TEST_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include "vdmaheap_uapi.h"

#define VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX 10

struct vdmaheap_import_mult_data_in {
	vdmaheap_buffer_gid_t gids[VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX];
	uuid_t creds[VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX];
};

struct vdmaheap_import_mult_data_out {
	__s32 fd; /* or an error, negative */
	__u32 size;
};

/* When not all could be imported the command fails, and says of each in `out`. */
struct vdmaheap_import_mult_data {
	__u32 n; /* in: buffers */
	union {
		struct vdmaheap_import_mult_data_in in;
		struct vdmaheap_import_mult_data_out out[VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX];
	};
};

#define VDMAHEAP_IOC_IMPORT_MULTIPLE _IOWR(VDMAHEAP_IOC_MAGIC, 57, struct vdmaheap_import_mult_data)

#endif

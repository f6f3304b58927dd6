/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Virtual ION: commands that the manual has for tests (vion_test_uapi.h). */
#ifndef VLX_VION_TEST_UAPI_H
#define VLX_VION_TEST_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include "vion_uapi.h"

#define VION_IOC_IMPORT_MULTIPLE_MAX 10

struct vion_import_mult_data_in {
	vion_buffer_gid_t gids[VION_IOC_IMPORT_MULTIPLE_MAX];
	uuid_t creds[VION_IOC_IMPORT_MULTIPLE_MAX];
};

struct vion_import_mult_data_out {
	__s32 fd; /* or an error, negative */
	__u32 size;
};

/* When not all could be imported the command fails, and says of each in `out`. */
struct vion_import_mult_data {
	__u32 n; /* in: buffers */
	union {
		struct vion_import_mult_data_in in;
		struct vion_import_mult_data_out out[VION_IOC_IMPORT_MULTIPLE_MAX];
	};
};

#define VION_IOC_IMPORT_MULTIPLE _IOWR(VION_IOC_MAGIC, 57, struct vion_import_mult_data)

#endif

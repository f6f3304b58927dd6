// SPDX-License-Identifier: GPL-2.0-only
/* vpipe: VPIPE(4D), a device for each endpoint of a link: the server's is read, the client's written. */
#include <linux/module.h>
#include <linux/stddef.h>
#include "vpipe.h"

struct shared {
	u32 s_idx;
	u32 c_idx;
	u8 ring[];
};

static struct vpipe_face vpipe = {
	.name = "vpipe",
	.owner = THIS_MODULE,
	.major = 221,
	.layout.s_idx = offsetof(struct shared, s_idx),
	.layout.c_idx = offsetof(struct shared, c_idx),
	.layout.data = offsetof(struct shared, ring),
	.fields = {VPIPE_FIELD_SIZE},
	.drv.name = "vpipe",
	.drv.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT | VLINK_DRV_ON_DEMAND,
};

static int __init vpipe_init(void)
{
	return vpipe_face_open(&vpipe);
}

static void __exit vpipe_exit(void)
{
	vpipe_face_close(&vpipe);
}
module_init(vpipe_init);
module_exit(vpipe_exit);

MODULE_DESCRIPTION("Virtual pipes between VMs");
MODULE_LICENSE("GPL");

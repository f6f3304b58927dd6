// SPDX-License-Identifier: GPL-2.0-only
/* vbpipe: VBPIPE(4D), a device for each pair of links. */
#include <linux/module.h>
#include <linux/stddef.h>
#include "vpipe.h"

struct shared {
	u32 s_idx;
	u32 s_wait;
	u32 c_idx;
	u32 c_wait;
	u8 ring[];
};

static struct vpipe_face vbpipe = {
	.name = "vbpipe",
	.owner = THIS_MODULE,
	.major = 223,
	.both_ways = true,
	.layout.s_idx = offsetof(struct shared, s_idx),
	.layout.s_wait = offsetof(struct shared, s_wait),
	.layout.c_idx = offsetof(struct shared, c_idx),
	.layout.c_wait = offsetof(struct shared, c_wait),
	.layout.data = offsetof(struct shared, ring),
	.fields = {VPIPE_FIELD_PARTIAL, VPIPE_FIELD_SIZE, VPIPE_FIELD_MINOR},
	.drv.name = "vbpipe",
	.drv.flags = VLINK_DRV_TYPE_SYMMETRIC | VLINK_DRV_ON_DEMAND,
};

static int __init vbpipe_init(void)
{
	return vpipe_face_open(&vbpipe);
}

static void __exit vbpipe_exit(void)
{
	vpipe_face_close(&vbpipe);
}
module_init(vbpipe_init);
module_exit(vbpipe_exit);

MODULE_DESCRIPTION("Virtual bidirectional pipes between VMs");
MODULE_LICENSE("GPL");

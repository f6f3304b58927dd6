// SPDX-License-Identifier: GPL-2.0-only
/* vion: a face of vlx-vbuf: its parameters, what only it has, and its functions for drivers. */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vlx/vdmaheap/uapi/vdmaheap_test_uapi.h>
#include <vlx/vion/uapi/vion_test_uapi.h>
#include <vlx/vion/vion_kapi.h>
#include "face.h"

static int vion_secure = 1;
module_param(vion_secure, int, 0644);
MODULE_PARM_DESC(vion_secure, "imports need credentials (1), or not (0)");

static int vion_debug = 1;
module_param(vion_debug, int, 0644);
MODULE_PARM_DESC(vion_debug, "what is said: nothing (0), errors (1), more (2), all (3)");

/* Both faces have one set of commands. */
static_assert(sizeof(struct vion_export_data) == sizeof(struct vdmaheap_export_data));
static_assert(sizeof(struct vion_unexport_data) == sizeof(struct vdmaheap_unexport_data));
static_assert(sizeof(struct vion_import_data) == sizeof(struct vdmaheap_import_data));
static_assert(sizeof(struct vion_version_data) == sizeof(struct vdmaheap_version_data));
static_assert(sizeof(union vion_stats_data) == sizeof(union vdmaheap_stats_data));
static_assert(sizeof(struct vion_import_mult_data) == sizeof(struct vdmaheap_import_mult_data));

/* Of the kernel's heaps, and of vlx-dma-heap's. */
static u32 heap_id(const char *name)
{
	if (!strcmp(name, "system"))
		return VION_HEAP_SYSTEM;
	if (!strcmp(name, "reserved") || !strcmp(name, "linux,cma"))
		return VION_HEAP_DMA;
	return VION_HEAP_OTHER;
}

static int vion_info(struct vbuf_client *client, void __user *arg)
{
	struct vion_info_data data;
	struct vbuf_info info;
	int err;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	err = vbuf_info(client, data.gid, &data.cred, &info);
	if (err)
		return err;
	data.flags = info.flags;
	data.size = info.size;
	data.heap_id = heap_id(info.heap);
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}

static const struct file_operations vion_fops = {
	.owner = THIS_MODULE,
	.open = vbuf_file_open,
	.release = vbuf_file_release,
	.unlocked_ioctl = vbuf_ioctl,
};

static struct vbuf_face face = {
	.name = "vion",
	.compatible = "vl,vion",
	.owner = THIS_MODULE,
	.fops = &vion_fops,
	.magic = VION_IOC_MAGIC,
	.info_size = sizeof(struct vion_info_data),
	.link_state_size = _IOC_SIZE(VION_IOC_LINK_STATE),
	.info = vion_info,
	.secure = &vion_secure,
	.debug = &vion_debug,
};

static struct vbuf_client *vbuf(struct vion_client *client)
{
	return (struct vbuf_client *)client;
}

int vion_kapi_client_create(struct vion_client **clientp)
{
	struct vbuf_client *client = vbuf_client_create(face.dev, true);

	*clientp = (struct vion_client *)client;
	return client ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_GPL(vion_kapi_client_create);

int vion_kapi_client_release(struct vion_client *client)
{
	vbuf_client_destroy(vbuf(client));
	return 0;
}
EXPORT_SYMBOL_GPL(vion_kapi_client_release);

int vion_kapi_export(struct vion_client *client, struct dma_buf *dmabuf, vion_buffer_gid_t *gidp,
		     uuid_t *cred)
{
	return vbuf_export(vbuf(client), dmabuf, gidp, cred, NULL);
}
EXPORT_SYMBOL_GPL(vion_kapi_export);

int vion_kapi_unexport(struct vion_client *client, vion_buffer_gid_t gid, const uuid_t *cred)
{
	return vbuf_unexport(vbuf(client), gid, cred);
}
EXPORT_SYMBOL_GPL(vion_kapi_unexport);

int vion_kapi_import(struct vion_client *client, vion_buffer_gid_t gid, const uuid_t *cred,
		     struct dma_buf **dmabufp)
{
	return vbuf_import(vbuf(client), 1, &gid, &cred, dmabufp);
}
EXPORT_SYMBOL_GPL(vion_kapi_import);

int vion_kapi_import_multiple(struct vion_client *client, unsigned int n, vion_buffer_gid_t gids[],
			      const uuid_t *creds[], struct dma_buf *dmabufs[])
{
	return vbuf_import(vbuf(client), n, gids, creds, dmabufs);
}
EXPORT_SYMBOL_GPL(vion_kapi_import_multiple);

void vion_kapi_set_client_props(struct vion_client *client, struct vion_client_props *props)
{
	const struct vbuf_props own = {
		.strict_import = props->strict_import,
		.grace_requested = props->grace.requested,
		.grace_accepted = props->grace.accepted,
	};

	vbuf_client_set(vbuf(client), &own);
}
EXPORT_SYMBOL_GPL(vion_kapi_set_client_props);

void vion_kapi_get_client_props(struct vion_client *client, struct vion_client_props *props)
{
	struct vbuf_props own;

	vbuf_client_get(vbuf(client), &own);
	*props = (struct vion_client_props){
		.strict_import = own.strict_import,
		.grace.requested = own.grace_requested,
		.grace.accepted = own.grace_accepted,
	};
}
EXPORT_SYMBOL_GPL(vion_kapi_get_client_props);

int vion_kapi_link_state(struct vion_client *client, bool wait, __u32 mask, __u32 *value)
{
	return vbuf_link_state(vbuf(client), wait, mask, value);
}
EXPORT_SYMBOL_GPL(vion_kapi_link_state);

static int __init vion_init(void)
{
	return vbuf_face_register(&face);
}
module_init(vion_init);

static void __exit vion_exit(void)
{
	vbuf_face_unregister(&face);
}
module_exit(vion_exit);

MODULE_DESCRIPTION("Virtual ION: buffers that VMs share without a copy");
MODULE_LICENSE("GPL");

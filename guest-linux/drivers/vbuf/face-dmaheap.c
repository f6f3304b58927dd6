// SPDX-License-Identifier: GPL-2.0-only
/* vdmaheap: a face of vlx-vbuf: its parameters, what only it has, and its functions for drivers. */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vlx/vdmaheap/vdmaheap_kapi.h>
#include "face.h"

static int vdmaheap_secure = 1;
module_param(vdmaheap_secure, int, 0644);
MODULE_PARM_DESC(vdmaheap_secure, "imports need credentials (1), or not (0)");

static int vdmaheap_debug = 1;
module_param(vdmaheap_debug, int, 0644);
MODULE_PARM_DESC(vdmaheap_debug, "what is said: nothing (0), errors (1), more (2), all (3)");

static_assert(sizeof(((struct vbuf_info *)0)->heap) == VDMAHEAP_HEAP_NAME);

static int vdmaheap_info(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_info_data data;
	struct vbuf_info info;
	int err;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	err = vbuf_info(client, data.gid, &data.cred, &info);
	if (err)
		return err;
	data.flags = info.flags;
	data.size = info.size;
	if (data.heap_name &&
	    copy_to_user((void __user *)data.heap_name, info.heap, sizeof(info.heap)))
		return -EFAULT;
	return copy_to_user(arg, &data, sizeof(data)) ? -EFAULT : 0;
}

static const struct file_operations vdmaheap_fops = {
	.owner = THIS_MODULE,
	.open = vbuf_file_open,
	.release = vbuf_file_release,
	.unlocked_ioctl = vbuf_ioctl,
};

static struct vbuf_face face = {
	.name = "vdmaheap",
	.compatible = "vl,vdmaheap",
	.owner = THIS_MODULE,
	.fops = &vdmaheap_fops,
	.magic = VDMAHEAP_IOC_MAGIC,
	.info_size = sizeof(struct vdmaheap_info_data),
	.link_state_size = _IOC_SIZE(VDMAHEAP_IOC_LINK_STATE),
	.info = vdmaheap_info,
	.secure = &vdmaheap_secure,
	.debug = &vdmaheap_debug,
};

static struct vbuf_client *vbuf(struct vdmaheap_client *client)
{
	return (struct vbuf_client *)client;
}

int vdmaheap_kapi_client_create(struct vdmaheap_client **clientp)
{
	struct vbuf_client *client = vbuf_client_create(face.dev, true);

	*clientp = (struct vdmaheap_client *)client;
	return client ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_client_create);

int vdmaheap_kapi_client_release(struct vdmaheap_client *client)
{
	vbuf_client_destroy(vbuf(client));
	return 0;
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_client_release);

int vdmaheap_kapi_export(struct vdmaheap_client *client, struct dma_buf *dmabuf,
			 vdmaheap_buffer_gid_t *gidp, uuid_t *cred)
{
	return vbuf_export(vbuf(client), dmabuf, gidp, cred, NULL);
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_export);

int vdmaheap_kapi_unexport(struct vdmaheap_client *client, vdmaheap_buffer_gid_t gid,
			   const uuid_t *cred)
{
	return vbuf_unexport(vbuf(client), gid, cred);
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_unexport);

int vdmaheap_kapi_import(struct vdmaheap_client *client, vdmaheap_buffer_gid_t gid,
			 const uuid_t *cred, struct dma_buf **dmabufp)
{
	return vbuf_import(vbuf(client), 1, &gid, &cred, dmabufp);
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_import);

int vdmaheap_kapi_import_multiple(struct vdmaheap_client *client, unsigned int n,
				  vdmaheap_buffer_gid_t gids[], const uuid_t *creds[],
				  struct dma_buf *dmabufs[])
{
	return vbuf_import(vbuf(client), n, gids, creds, dmabufs);
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_import_multiple);

void vdmaheap_kapi_set_client_props(struct vdmaheap_client *client,
				    struct vdmaheap_client_props *props)
{
	const struct vbuf_props own = {
		.strict_import = props->strict_import,
		.grace_requested = props->grace.requested,
		.grace_accepted = props->grace.accepted,
	};

	vbuf_client_set(vbuf(client), &own);
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_set_client_props);

void vdmaheap_kapi_get_client_props(struct vdmaheap_client *client,
				    struct vdmaheap_client_props *props)
{
	struct vbuf_props own;

	vbuf_client_get(vbuf(client), &own);
	*props = (struct vdmaheap_client_props){
		.strict_import = own.strict_import,
		.grace.requested = own.grace_requested,
		.grace.accepted = own.grace_accepted,
	};
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_get_client_props);

int vdmaheap_kapi_link_state(struct vdmaheap_client *client, bool wait, __u32 mask, __u32 *value)
{
	return vbuf_link_state(vbuf(client), wait, mask, value);
}
EXPORT_SYMBOL_GPL(vdmaheap_kapi_link_state);

static int __init vdmaheap_init(void)
{
	return vbuf_face_register(&face);
}
module_init(vdmaheap_init);

static void __exit vdmaheap_exit(void)
{
	vbuf_face_unregister(&face);
}
module_exit(vdmaheap_exit);

MODULE_DESCRIPTION("Virtual DMAHEAP: buffers that VMs share without a copy");
MODULE_LICENSE("GPL");

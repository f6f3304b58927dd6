// SPDX-License-Identifier: GPL-2.0-only
/* vmbox: a box, from vmbox_init() to vmbox_exit(), and sending. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <vsmq.h>
#include "vmbox_priv.h"

int vmbox_init(const char *name, bool frontend, unsigned int msgsize, unsigned int msgcount,
	       void **phandle)
{
	struct vmbox *box = kzalloc(sizeof(*box), GFP_KERNEL);
	int err;

	*phandle = NULL;
	if (!box)
		return -ENOMEM;
	box->frontend = frontend;
	INIT_LIST_HEAD(&box->links);
	mutex_init(&box->lock);
	init_waitqueue_head(&box->wait);
	err = vmbox_links_find(box, name, msgsize, msgcount);
	if (!err)
		err = vmbox_thread_start(box);
	if (!err)
		err = vmbox_links_start(box);
	if (err) {
		vmbox_exit(box);
		return err;
	}
	*phandle = box;
	return 0;
}
EXPORT_SYMBOL(vmbox_init);

void vmbox_exit(void *handle)
{
	struct vmbox *box = handle;

	vmbox_thread_stop(box);
	vmbox_links_free(box);
	kfree(box);
}
EXPORT_SYMBOL(vmbox_exit);

void vmbox_cb_ops_register(void *handle, vmbox_cb_ops_t *ops, void *cookie)
{
	struct vmbox *box = handle;

	mutex_lock(&box->lock);
	box->ops = *ops;
	box->cookie = cookie;
	WRITE_ONCE(box->registered, true);
	mutex_unlock(&box->lock);
	vmbox_wakeup(box);
}
EXPORT_SYMBOL(vmbox_cb_ops_register);

unsigned int vmbox_vms_mask(void *handle)
{
	struct vmbox *box = handle;
	struct vmbox_link *link;
	unsigned int mask = 0;

	list_for_each_entry(link, &box->links, entry)
		mask |= 1u << link->vmid;
	return mask;
}
EXPORT_SYMBOL(vmbox_vms_mask);

int vmbox_msg_alloc(void *handle, unsigned int vmid, void **vmq, void **msg)
{
	struct vmbox_link *link = vmbox_link_to(handle, vmid);

	if (!link)
		return -ENOTCONN;
	*vmq = link->tx;
	return vsmq_msg_allocate(link->tx, msg);
}
EXPORT_SYMBOL(vmbox_msg_alloc);

int vmbox_msg_alloc_early(void *handle, unsigned int vmid, void **vmq, void **msg)
{
	struct vmbox_link *link = vmbox_link_to(handle, vmid);

	if (!link)
		return -ENOTCONN;
	*vmq = link->tx;
	return vsmq_msg_allocate_early(link->tx, msg);
}
EXPORT_SYMBOL(vmbox_msg_alloc_early);

int vmbox_msg_send(void *vmq, void *msg)
{
	return vsmq_msg_send(vmq, msg);
}
EXPORT_SYMBOL(vmbox_msg_send);

int vmbox_msg_send_early(void *vmq, void *msg)
{
	return vsmq_msg_send_early(vmq, msg);
}
EXPORT_SYMBOL(vmbox_msg_send_early);

int vmbox_msg_free(void *vmq, void *msg)
{
	return vsmq_msg_free(vmq, msg);
}
EXPORT_SYMBOL(vmbox_msg_free);

MODULE_DESCRIPTION("Message boxes among VMs");
MODULE_LICENSE("GPL");

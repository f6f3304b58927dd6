// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vbd2-fe: disks that other VMs have for this one, VBD2(4D) of the manual. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include "fe.h"

struct fe vbd2_fe;

static bool add_link(vmq_link_t *vmq, void *cookie)
{
	struct fe_link *link = ((vmq_link_public_t *)vmq)->priv;
	int *number = cookie;

	if (!link)
		return false;
	link->number = (*number)++;
	list_add_tail(&link->entry, &vbd2_fe.list);
	return false;
}

static int init_links(void)
{
	struct fe_link *link;
	int err, number = 0;

	vmq_links_iterate(vbd2_fe.links, add_link, &number);
	list_for_each_entry(link, &vbd2_fe.list, entry) {
		err = fe_link_init(link);
		if (err)
			return err;
	}
	return 0;
}

/* From then on nothing of the links is begun. */
static void stop(void)
{
	struct fe_link *link;

	vbd2_gate_close(&vbd2_fe.gate);
	list_for_each_entry(link, &vbd2_fe.list, entry)
		cancel_delayed_work_sync(&link->admin);
	flush_workqueue(vbd2_fe.gate.wq);
}

static void free_fe(void)
{
	fe_release_majors();
	fe_free_links(&vbd2_fe);
	destroy_workqueue(vbd2_fe.disks);
	destroy_workqueue(vbd2_fe.gate.wq);
}

static void leave(void)
{
	struct fe_link *link;

	proc_remove(vbd2_fe.proc);
	stop();
	list_for_each_entry(link, &vbd2_fe.list, entry)
		fe_remove_disks(link);
	vmq_links_finish(vbd2_fe.links);
	free_fe();
}

static int init_fe(void)
{
	INIT_LIST_HEAD(&vbd2_fe.all);
	INIT_LIST_HEAD(&vbd2_fe.list);
	spin_lock_init(&vbd2_fe.gate.lock);
	INIT_WORK(&vbd2_fe.sysconf, fe_sysconf);
	init_waitqueue_head(&vbd2_fe.added);
	vbd2_fe.gate.wq = alloc_workqueue("vbd2-fe", WQ_MEM_RECLAIM, 0);
	if (!vbd2_fe.gate.wq)
		return -ENOMEM;
	vbd2_fe.disks = alloc_workqueue("vbd2-fe-disks", WQ_UNBOUND, 0);
	if (vbd2_fe.disks)
		return 0;
	destroy_workqueue(vbd2_fe.gate.wq);
	return -ENOMEM;
}

static int __init vbd2_fe_init(void)
{
	int err = init_fe();

	if (err)
		return err;
	err = vmq_links_init_ex(&vbd2_fe.links, VBD2_NAME, &fe_callbacks, NULL, NULL, &vbd2_fe,
				true);
	if (err)
		goto free;
	err = init_links();
	if (err)
		goto finish;
	fe_proc_add(&vbd2_fe);
	vmq_links_start(vbd2_fe.links);
	err = fe_wait_disks(&vbd2_fe);
	if (err)
		leave();
	return err;
finish:
	vmq_links_finish(vbd2_fe.links);
free:
	free_fe();
	return err;
}

static void __exit vbd2_fe_exit(void)
{
	leave();
}

module_init(vbd2_fe_init);
module_exit(vbd2_fe_exit);
MODULE_DESCRIPTION("Virtual disks: the front-end");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-be: block devices of this VM as disks of other VMs, VBD2(4D) of the manual. Which ones, says a link's info,
 * the module's parameter, or what is written to /proc/nk/vbd2-be.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include "be.h"

#define LOOK_EACH HZ

static char *exports = "";
module_param(exports, charp, 0444);
MODULE_PARM_DESC(exports,
		 "Disks beside those of the links' info: vbd2=(...), one behind the other");

struct be vbd2_be;

/* In the seconds in which all wake. A deferrable timer would not do: on a CPU that stays idle it never fires. */
static void look(struct work_struct *work)
{
	struct be_link *link;

	list_for_each_entry(link, &vbd2_be.list, entry)
		be_look_at_disks(link);
	schedule_delayed_work(&vbd2_be.look, round_jiffies_relative(LOOK_EACH));
}

static bool add_link(vmq_link_t *vmq, void *cookie)
{
	struct be_link *link = ((vmq_link_public_t *)vmq)->priv;
	int *number = cookie;

	if (!link)
		return false;
	link->be = &vbd2_be;
	link->number = (*number)++;
	list_add_tail(&link->entry, &vbd2_be.list);
	return false;
}

static int init_links(void)
{
	struct be_link *link;
	int err, number = 0;

	vmq_links_iterate(vbd2_be.links, add_link, &number);
	list_for_each_entry(link, &vbd2_be.list, entry) {
		err = be_link_init(link);
		if (err)
			return err;
	}
	return 0;
}

/* For all links, wherever it is said. */
static void read_dma(struct be *be, const char *text)
{
	const char *at = strstr(text, "vbd2_dma=");

	if (at)
		be->dma = at[strlen("vbd2_dma=")] != '0';
}

/* A mistake in one of them leaves the others as they are, and is in the log. */
static void add_disks(void)
{
	const char *text;
	struct be_link *link;

	list_for_each_entry(link, &vbd2_be.list, entry)
		read_dma(&vbd2_be, vbd2_bootargs(vmq_link_rx_s_info(link->vmq)));
	list_for_each_entry(link, &vbd2_be.list, entry) {
		text = vbd2_bootargs(vmq_link_rx_s_info(link->vmq));
		be_add_exports(&vbd2_be, link, text);
	}
	be_add_exports(&vbd2_be, NULL, exports);
}

static void init_be(void)
{
	vbd2_be.dma = -1;
	INIT_LIST_HEAD(&vbd2_be.all);
	INIT_LIST_HEAD(&vbd2_be.list);
	spin_lock_init(&vbd2_be.gate.lock);
	INIT_WORK(&vbd2_be.sysconf, be_sysconf);
	INIT_DELAYED_WORK(&vbd2_be.look, look);
	init_waitqueue_head(&vbd2_be.idle);
}

static int __init vbd2_be_init(void)
{
	int err;

	init_be();
	vbd2_be.gate.wq = alloc_workqueue("vbd2-be", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!vbd2_be.gate.wq)
		return -ENOMEM;
	err = vmq_links_init_ex(&vbd2_be.links, VBD2_NAME, &be_callbacks, NULL, NULL, &vbd2_be,
				false);
	if (err)
		goto free;
	err = init_links();
	if (err)
		goto finish;
	add_disks();
	be_proc_add(&vbd2_be);
	vmq_links_start(vbd2_be.links);
	schedule_delayed_work(&vbd2_be.look, round_jiffies_relative(LOOK_EACH));
	return 0;
finish:
	vmq_links_finish(vbd2_be.links);
free:
	be_free_links(&vbd2_be);
	destroy_workqueue(vbd2_be.gate.wq);
	return err;
}

/* What devices have to do is waited for: their results are of nobody's afterwards. */
static void __exit vbd2_be_exit(void)
{
	proc_remove(vbd2_be.proc);
	cancel_delayed_work_sync(&vbd2_be.look);
	WRITE_ONCE(vbd2_be.stopping, true);
	flush_workqueue(vbd2_be.gate.wq);
	wait_event(vbd2_be.idle, !atomic_read(&vbd2_be.held));
	vbd2_gate_close(&vbd2_be.gate);
	vmq_links_finish(vbd2_be.links);
	be_free_links(&vbd2_be);
	destroy_workqueue(vbd2_be.gate.wq);
}

module_init(vbd2_be_init);
module_exit(vbd2_be_exit);
MODULE_DESCRIPTION("Virtual disks: the back-end");
MODULE_LICENSE("GPL");

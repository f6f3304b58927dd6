// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: links. While one is down the requests of its disks are held; when it is up again, and the disks have been
 * probed, they are sent again.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "fe.h"

static struct fe_link *link_of(vmq_link_t *vmq)
{
	return ((vmq_link_public_t *)vmq)->priv;
}

void fe_sysconf(struct work_struct *work)
{
	struct fe *fe = container_of(work, struct fe, sysconf);

	if (fe->links)
		vmq_links_sysconf(fe->links);
}

static void sysconf_notify(vmq_links_t *links)
{
	vbd2_gate_queue(&vbd2_fe.gate, &vbd2_fe.sysconf);
}

/* Something has changed: what, is asked for. */
static void receive_notify(vmq_link_t *vmq)
{
	vbd2_gate_queue(&vbd2_fe.gate, &link_of(vmq)->admin.work);
}

static void return_notify(vmq_link_t *vmq)
{
	struct fe_link *link = link_of(vmq);
	void *msg;

	while (!vmq_return_msg_receive(vmq, &msg)) {
		if (!fe_probe_returned(link, msg))
			fe_returned(link, msg);
	}
	fe_begin_take_back(link);
}

static void link_on(vmq_link_t *vmq)
{
	struct fe_link *link = link_of(vmq);

	mutex_lock(&link->lock);
	link->on = true;
	mutex_unlock(&link->lock);
	fe_want_probe(link);
}

/* A request that is just coming back ends: whoever takes it out of sent has it. */
static void take_back(struct fe_link *link)
{
	struct fe_disk *disk;
	struct request *rq;
	u32 n;

	for (n = 0; n < link->comm.msg_count; n++) {
		rq = xchg(&link->sent[n], NULL);
		if (!rq)
			continue;
		disk = rq->q->queuedata;
		disk->kept++;
		link->resent++;
		fe_send_again(link, rq);
	}
	fe_begin_take_back(link);
}

/* Who removes a disk waits until all its requests have failed. */
static void let_dying_go(struct fe_link *link)
{
	struct fe_disk *disk;

	mutex_lock(&link->lock);
	list_for_each_entry(disk, &link->disks, entry) {
		if (disk->dying)
			fe_resume_disk(disk);
	}
	mutex_unlock(&link->lock);
}

/* Nothing is being sent once the queues are quiet. */
void fe_hold(struct fe_link *link)
{
	struct fe_disk *disk;

	mutex_lock(&link->lock);
	link->on = false;
	list_for_each_entry(disk, &link->disks, entry)
		fe_hold_disk(disk);
	mutex_unlock(&link->lock);
	take_back(link);
	let_dying_go(link);
	spin_lock_irq(&link->probe_lock);
	link->probe_slot = -1;
	link->nr_records = -1;
	spin_unlock_irq(&link->probe_lock);
}

static void link_off(vmq_link_t *vmq)
{
	fe_hold(link_of(vmq));
}

static struct fe_link *new_link(vmq_link_t *vmq)
{
	struct fe_link *link = kvzalloc(sizeof(*link), GFP_KERNEL);
	const char *wrong;

	if (!link)
		return NULL;
	link->vmq = vmq;
	link->fe = &vbd2_fe;
	list_add_tail(&link->all, &vbd2_fe.all);
	mutex_init(&link->lock);
	spin_lock_init(&link->room);
	spin_lock_init(&link->probe_lock);
	spin_lock_init(&link->back_lock);
	INIT_LIST_HEAD(&link->back);
	INIT_LIST_HEAD(&link->kept);
	INIT_DELAYED_WORK(&link->take_back, fe_take_back_work);
	INIT_LIST_HEAD(&link->disks);
	INIT_DELAYED_WORK(&link->admin, fe_admin);
	INIT_WORK(&link->add_remove, fe_add_remove);
	link->probe_slot = -1;
	link->nr_records = -1;
	if (vbd2_parse_comm(vmq_link_tx_s_info(vmq), &link->comm, &wrong))
		pr_err("vbd2-fe: info of vm%u: not understood from here on: %.40s\n",
		       vmq_peer_osid(vmq), wrong);
	vbd2_find_window(vmq_tx_plink(vmq), NK_GRANT_OWN, &link->window);
	link->usable = vbd2_data_ok(&link->comm, &link->window, vmq_peer_osid(vmq));
	vbd2_configs(&link->comm, &link->requests_config, &link->changes_config);
	((vmq_link_public_t *)vmq)->priv = link;
	return link;
}

/* What the back-end's info says. */
static const vmq_xx_config_t *get_tx_config(vmq_link_t *vmq, const char *info)
{
	struct fe_link *link = link_of(vmq) ?: new_link(vmq);

	return link && link->usable ? &link->requests_config : NULL;
}

static const vmq_xx_config_t *get_rx_config(vmq_link_t *vmq, const char *info)
{
	struct fe_link *link = link_of(vmq) ?: new_link(vmq);

	return link && link->usable ? &link->changes_config : NULL;
}

const vmq_callbacks_t fe_callbacks = {
	.link_on = link_on,
	.link_off = link_off,
	.sysconf_notify = sysconf_notify,
	.receive_notify = receive_notify,
	.return_notify = return_notify,
	.get_tx_config = get_tx_config,
	.get_rx_config = get_rx_config,
	.wants_link = vbd2_is_fe,
};

static void set_tags(struct fe_link *link)
{
	size_t each = link->comm.mode == VBD2_GRANT ? sizeof(NkPhAddr) : sizeof(unsigned int);

	link->tags = (struct blk_mq_tag_set){
		.ops = &fe_mq_ops,
		.nr_hw_queues = 1,
		.queue_depth = link->comm.msg_count,
		.numa_node = NUMA_NO_NODE,
		.cmd_size = sizeof(struct fe_request) + link->comm.segs * each,
		.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT,
	};
}

int fe_link_init(struct fe_link *link)
{
	int err;

	link->sent = kvcalloc(link->comm.msg_count, sizeof(*link->sent), GFP_KERNEL);
	if (!link->sent)
		return -ENOMEM;
	link->look_at_kept = jiffies;
	link->lost_pages = fe_take_back_old(link);
	link->nr_pages = link->lost_pages;
	set_tags(link);
	err = blk_mq_alloc_tag_set(&link->tags);
	if (err)
		link->tags.tags = NULL;
	return err;
}

void fe_free_links(struct fe *fe)
{
	struct fe_link *link, *next;

	list_for_each_entry_safe(link, next, &fe->all, all) {
		cancel_delayed_work_sync(&link->take_back);
		if (link->tags.tags)
			blk_mq_free_tag_set(&link->tags);
		kvfree(link->sent);
		kvfree(link);
	}
}

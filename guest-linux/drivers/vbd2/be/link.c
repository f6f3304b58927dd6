// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vbd2-be: links, which come up and go down, and what this side tells the other one by itself. */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "be.h"

static struct be_link *link_of(vmq_link_t *vmq)
{
	return ((vmq_link_public_t *)vmq)->priv;
}

static struct be *be_of(vmq_links_t *links)
{
	return vmq_links_priv(links);
}

void be_sysconf(struct work_struct *work)
{
	struct be *be = container_of(work, struct be, sysconf);

	if (be->links)
		vmq_links_sysconf(be->links);
}

static void sysconf_notify(vmq_links_t *links)
{
	vbd2_gate_queue(&be_of(links)->gate, &be_of(links)->sysconf);
}

static void receive_notify(vmq_link_t *vmq)
{
	struct be_link *link = link_of(vmq);

	vbd2_gate_queue(&link->be->gate, &link->work);
}

static void link_on(vmq_link_t *vmq)
{
	struct be_link *link = link_of(vmq);

	mutex_lock(&link->lock);
	link->on = true;
	mutex_unlock(&link->lock);
	vbd2_gate_queue(&link->be->gate, &link->work);
}

/* What is on its way to a device ends there; the link stays down until it has. */
static void link_off(vmq_link_t *vmq)
{
	struct be_link *link = link_of(vmq);

	mutex_lock(&link->lock);
	link->on = false;
	mutex_unlock(&link->lock);
}

/* By whichever of the two is asked first. */
static struct be_link *new_link(vmq_link_t *vmq)
{
	struct be_link *link = kzalloc(sizeof(*link), GFP_KERNEL);
	const char *wrong;

	if (!link)
		return NULL;
	link->vmq = vmq;
	link->be = &vbd2_be;
	list_add_tail(&link->all, &vbd2_be.all);
	mutex_init(&link->lock);
	INIT_LIST_HEAD(&link->disks);
	INIT_WORK(&link->work, be_work);
	init_llist_head(&link->done);
	INIT_LIST_HEAD(&link->busy);
	INIT_DELAYED_WORK(&link->look_again, be_look_again);
	if (vbd2_parse_comm(vmq_link_rx_s_info(vmq), &link->comm, &wrong))
		pr_err("vbd2-be: info: not understood from here on: %.40s\n", wrong);
	vbd2_find_window(vmq_rx_plink(vmq), NK_GRANT_PEERS, &link->window.place);
	link->usable = vbd2_data_ok(&link->comm, &link->window.place, vmq_peer_osid(vmq));
	vbd2_configs(&link->comm, &link->requests_config, &link->changes_config);
	link->seg_max = link->requests_config.data_max ?: VBD2_SEGMENT;
	((vmq_link_public_t *)vmq)->priv = link;
	return link;
}

static const vmq_xx_config_t *get_rx_config(vmq_link_t *vmq, const char *info)
{
	struct be_link *link = link_of(vmq) ?: new_link(vmq);

	return link && link->usable ? &link->requests_config : NULL;
}

static const vmq_xx_config_t *get_tx_config(vmq_link_t *vmq, const char *info)
{
	struct be_link *link = link_of(vmq) ?: new_link(vmq);

	return link && link->usable ? &link->changes_config : NULL;
}

const vmq_callbacks_t be_callbacks = {
	.link_on = link_on,
	.link_off = link_off,
	.sysconf_notify = sysconf_notify,
	.receive_notify = receive_notify,
	.get_tx_config = get_tx_config,
	.get_rx_config = get_rx_config,
	.wants_link = vbd2_is_be,
};

/* Where there is no room, there are others that have not been seen yet. */
void be_tell_changes(struct be_link *link)
{
	vbd2_req_header_t *head;
	void *msg;

	if (vmq_msg_allocate_ex(link->vmq, 0, &msg, NULL, true))
		return;
	head = msg;
	*head = (vbd2_req_header_t){.op = VBD2_OP_CHANGES};
	vmq_msg_send(link->vmq, msg);
	link->changes++;
}

int be_link_init(struct be_link *link)
{
	u32 n, count = link->comm.msg_count;

	link->requests = kvcalloc(count, sizeof(*link->requests), GFP_KERNEL);
	if (!link->requests)
		return -ENOMEM;
	for (n = 0; n < count; n++) {
		struct be_request *r = &link->requests[n];

		r->link = link;
		r->segs = kcalloc(link->comm.segs, sizeof(*r->segs), GFP_KERNEL);
		r->pages = kcalloc(link->comm.segs, sizeof(*r->pages), GFP_KERNEL);
		if (!r->segs || !r->pages)
			return -ENOMEM;
	}
	return be_map_window(link);
}

static void free_requests(struct be_link *link)
{
	u32 n;

	for (n = 0; link->requests && n < link->comm.msg_count; n++) {
		kfree(link->requests[n].segs);
		kfree(link->requests[n].pages);
	}
	kvfree(link->requests);
}

void be_free_links(struct be *be)
{
	struct be_link *link, *next;

	list_for_each_entry_safe(link, next, &be->all, all) {
		be_free_disks(link);
		cancel_delayed_work_sync(&link->look_again);
		be_unmap_window(link);
		free_requests(link);
		be_free_spares(link);
		kfree(link);
	}
}

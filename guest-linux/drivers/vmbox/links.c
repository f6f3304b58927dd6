// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmbox: the pairs of queues. To another VM there is one queue each way. In a loop this VM has both ends of both:
 * the front-end sends by the one with the smaller id, the back-end by the other one.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <vsmq.h>
#include "vmbox_priv.h"

static void on_receive(void *cookie)
{
	const struct vmbox_half *half = cookie;

	vmbox_wakeup(half->link->box);
}

static void on_sysconf(void *cookie)
{
	const struct vmbox_half *half = cookie;

	if (!vsmq_link_is_online(half->queue))
		atomic_inc(&half->link->downs);
	on_receive(cookie);
}

static vsmq_cb_ops_t link_ops = {.sysconf = on_sysconf, .receive = on_receive};

static void set_callbacks(struct vmbox_link *link, struct vmbox_half *half, void *queue)
{
	*half = (struct vmbox_half){.link = link, .queue = queue};
	vsmq_cb_register(queue, &link_ops, half);
}

static bool is_loop(void *queue)
{
	return vsmq_peer_vmid(queue) == vsmq_my_vmid(queue);
}

/* Whether rx is the way back of tx. */
static bool is_way_back(const struct vmbox *box, void *tx, void *rx)
{
	vsmq_link_id_t there = vsmq_link_id(tx), back = vsmq_link_id(rx);

	if (vsmq_peer_vmid(tx) != vsmq_peer_vmid(rx))
		return false;
	if (!is_loop(tx))
		return true;
	return there != back && (there < back) == box->frontend;
}

/* Looks through all of what vsmq finds by *queue, the first one; what is passed by is freed. */
static int find_way_back(const struct vmbox *box, void *tx, void **queue)
{
	void *rx = *queue, *next;
	int err = 0;

	while (rx && !is_way_back(box, tx, rx)) {
		err = vsmq_lookup_next(rx, &next);
		vsmq_free(rx);
		rx = err ? NULL : next;
	}
	*queue = rx;
	return err;
}

struct vmbox_link *vmbox_link_to(struct vmbox *box, unsigned int vmid)
{
	struct vmbox_link *link;

	list_for_each_entry(link, &box->links, entry) {
		if (link->vmid == vmid)
			return link;
	}
	return NULL;
}

/* Takes both queues, also where it fails. */
static int add_link(struct vmbox *box, void *tx, void *rx)
{
	struct vmbox_link *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link) {
		vsmq_free(tx);
		vsmq_free(rx);
		return -ENOMEM;
	}
	link->box = box;
	link->vmid = vsmq_peer_vmid(tx);
	link->tx = tx;
	link->rx = rx;
	set_callbacks(link, &link->halves[0], tx);
	set_callbacks(link, &link->halves[1], rx);
	list_add_tail(&link->entry, &box->links);
	return 0;
}

/* Adds the pair that tx is half of, unless there is one to that VM; takes tx. */
static int add_pair(struct vmbox *box, const char *name, u32 msgsize, u32 msgcount, void *tx)
{
	void *rx = NULL;
	int err = 0;

	if (!vmbox_link_to(box, vsmq_peer_vmid(tx)))
		err = vsmq_lookup_rx(name, msgsize, msgcount, &rx);
	if (!err)
		err = find_way_back(box, tx, &rx);
	if (!err && rx)
		return add_link(box, tx, rx);
	vsmq_free(tx);
	return err;
}

static void free_link(struct vmbox_link *link)
{
	vsmq_free(link->tx);
	vsmq_free(link->rx);
	list_del(&link->entry);
	kfree(link);
}

/* A front-end beside its back-end: links to other VMs are the back-end's. */
static void leave_others(struct vmbox *box)
{
	struct vmbox_link *link, *next, *loop = NULL;

	list_for_each_entry(link, &box->links, entry) {
		if (is_loop(link->tx))
			loop = link;
	}
	if (!box->frontend || !loop)
		return;
	list_for_each_entry_safe(link, next, &box->links, entry) {
		if (link != loop)
			free_link(link);
	}
}

int vmbox_links_find(struct vmbox *box, const char *name, u32 msgsize, u32 msgcount)
{
	void *tx, *next;
	int err = vsmq_lookup_tx(name, msgsize, msgcount, &tx);

	while (!err && tx) {
		err = vsmq_lookup_next(tx, &next);
		if (err) {
			vsmq_free(tx);
			return err;
		}
		err = add_pair(box, name, msgsize, msgcount, tx);
		tx = next;
	}
	if (err && tx)
		vsmq_free(tx);
	leave_others(box);
	return err;
}

int vmbox_links_start(struct vmbox *box)
{
	struct vmbox_link *link;
	int err = 0;

	list_for_each_entry(link, &box->links, entry) {
		err = vsmq_start(link->rx) ?: vsmq_start(link->tx);
		if (err)
			break;
	}
	return err;
}

void vmbox_links_free(struct vmbox *box)
{
	struct vmbox_link *link, *next;

	list_for_each_entry_safe(link, next, &box->links, entry)
		free_link(link);
}

// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vcall: the endpoints of a family, from their lookup to their release. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "vcall_priv.h"

static void server_up(void *cookie)
{
	struct vcall_end *end = cookie;

	WRITE_ONCE(end->is_up, true);
}

static void server_down(void *cookie)
{
	struct vcall_end *end = cookie;

	WRITE_ONCE(end->is_up, false);
	if (end->family->down)
		end->family->down(end);
}

static const struct vrpc_watch server_watch = {.up = server_up, .down = server_down};

/* A client's is told by its watch. */
static void ready(void *cookie)
{
}

static int open_end(struct vcall_end *end)
{
	const struct vcall_family *family = end->family;
	int err = family->events ? vcall_events_make(end) : 0;

	if (err)
		return err;
	vrpc_watch(end->vrpc, family->server ? &server_watch : &vcall_client_watch, end);
	if (family->server)
		return vrpc_server_open(end->vrpc, family->call, end, family->direct);
	return vrpc_client_open(end->vrpc, ready, end);
}

/* Who waits for the back-end gives up; then it is not called, and up() not entered, any more. */
static void close_end(struct vcall_end *end)
{
	WRITE_ONCE(end->closing, true);
	wake_up_all(&end->wait);
	vrpc_close(end->vrpc);
	cancel_work_sync(&end->up_work);
	vcall_events_stop(end);
}

static void free_end(struct vcall_end *end)
{
	vcall_events_free(end);
	vrpc_release(end->vrpc);
	kfree(end);
}

static struct vcall_end *make_end(struct vcall_family *family, struct vrpc_t *vrpc,
				  unsigned int unit)
{
	struct vcall_end *end = kzalloc(sizeof(*end), GFP_KERNEL);

	if (!end)
		return NULL;
	end->family = family;
	end->vrpc = vrpc;
	end->unit = unit;
	mutex_init(&end->lock);
	init_waitqueue_head(&end->wait);
	INIT_WORK(&end->up_work, vcall_set_up);
	return end;
}

static int probe(struct vcall_end *end)
{
	const struct vcall_family *family = end->family;
	int err;

	if (vrpc_maxsize(end->vrpc) < family->room)
		return -EMSGSIZE;
	err = family->probe ? family->probe(end) : 0;
	if (err)
		return err;
	err = open_end(end);
	if (!err)
		return 0;
	close_end(end);
	if (family->remove)
		family->remove(end);
	return err;
}

/* The endpoint was looked up, and is released when this fails. */
static int add(struct vcall_family *family, struct vrpc_t *vrpc, unsigned int unit)
{
	struct vcall_end *end = make_end(family, vrpc, unit);
	int err;

	if (!end) {
		vrpc_release(vrpc);
		return -ENOMEM;
	}
	err = probe(end);
	if (!err) {
		list_add_tail(&end->entry, &family->ends);
		return 0;
	}
	pr_err("%s: endpoint to vm%u: error %d\n", family->name, vrpc_peer_id(vrpc), err);
	free_end(end);
	return err;
}

static struct vrpc_t *lookup(const struct vcall_family *family, struct vrpc_t *last)
{
	if (family->links)
		return vrpc_links_lookup(family->links, last);
	return family->server ? vrpc_server_lookup(family->name, last)
			      : vrpc_client_lookup(family->name, last);
}

static int open_links(struct vcall_family *family)
{
	struct vrpc_links *links;

	if (!family->own_links)
		return 0;
	links = vrpc_links_open(family->name, family->server, family->room);
	if (IS_ERR(links))
		return PTR_ERR(links);
	family->links = links;
	return 0;
}

int vcall_open(struct vcall_family *family)
{
	struct vrpc_t *vrpc = NULL;
	unsigned int unit;
	int err;

	INIT_LIST_HEAD(&family->ends);
	family->links = NULL;
	err = open_links(family);
	if (err)
		return err;
	for (unit = 0; (vrpc = lookup(family, vrpc)); unit++) {
		if (add(family, vrpc, unit) == -ENOMEM) {
			vcall_close(family);
			return -ENOMEM;
		}
	}
	return 0;
}
EXPORT_SYMBOL_GPL(vcall_open);

void vcall_close(struct vcall_family *family)
{
	struct vcall_end *end, *next;

	list_for_each_entry_safe(end, next, &family->ends, entry) {
		list_del(&end->entry);
		close_end(end);
		if (family->remove)
			family->remove(end);
		free_end(end);
	}
	if (family->links)
		vrpc_links_close(family->links);
	family->links = NULL;
}
EXPORT_SYMBOL_GPL(vcall_close);

MODULE_DESCRIPTION("What devices shared by calls between VMs have in common");
MODULE_LICENSE("GPL");

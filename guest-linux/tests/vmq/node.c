// SPDX-License-Identifier: GPL-2.0-only
/* vmq-test: links of each level, and the thread that tells what becomes of them. */
#include <linux/err.h>
#include "test.h"

struct node nodes[LEVELS];

static struct task_struct *sysconf_thread;
static DECLARE_WAIT_QUEUE_HEAD(sysconf_wait);
static atomic_t sysconf_event;

static struct node *node_of(vmq_link_t *link)
{
	return ((vmq_link_public_t *)link)->priv;
}

static void link_on(vmq_link_t *link)
{
	struct node *node = node_of(link);

	node->ups++;
	WRITE_ONCE(node->up, true);
	wake_up_all(&node->change);
}

static void link_off(vmq_link_t *link)
{
	struct node *node = node_of(link);

	node->offs++;
	spin_lock_irq(&node->lock);
	WRITE_ONCE(node->up, false);
	spin_unlock_irq(&node->lock);
	serve_forget(node);
	wake_up_all(&node->change);
}

/* Nobody has a message now, nor can get one. */
static void link_off_completed(vmq_link_t *link)
{
	struct node *node = node_of(link);

	node->seq = 0;
	node->expected = 0;
	node->completed++;
	wake_up_all(&node->change);
}

static void sysconf_notify(vmq_links_t *links)
{
	atomic_set(&sysconf_event, 1);
	wake_up_all(&sysconf_wait);
}

static void receive_notify(vmq_link_t *link)
{
	struct node *node = node_of(link);

	node->notified++;
	if (!node->server) {
		serve(node);
		return;
	}
	WRITE_ONCE(node->pending, true);
	wake_up_all(&node->change);
}

static void return_notify(vmq_link_t *link)
{
	answers(node_of(link));
}

static const vmq_callbacks_t callbacks = {
	.link_on = link_on,
	.link_off = link_off,
	.link_off_completed = link_off_completed,
	.sysconf_notify = sysconf_notify,
	.receive_notify = receive_notify,
	.return_notify = return_notify,
};

static int sysconf(void *unused)
{
	unsigned int n;

	while (!kthread_should_stop()) {
		wait_event_idle(sysconf_wait,
				atomic_xchg(&sysconf_event, 0) || kthread_should_stop());
		for (n = 0; n < LEVELS; n++)
			if (nodes[n].links)
				vmq_links_sysconf(nodes[n].links);
	}
	return 0;
}

static _Bool take_link(vmq_link_t *link, void *cookie)
{
	struct node *node = cookie;

	((vmq_link_public_t *)link)->priv = node;
	node->link = link;
	return true;
}

static int node_start(struct node *node, bool frontend)
{
	const vmq_xx_config_t config = {MSGS, MSG_MAX, BUFS, BUF_MAX, node->level};
	char name[16];
	int err;

	init_waitqueue_head(&node->change);
	spin_lock_init(&node->lock);
	snprintf(name, sizeof(name), "vmqt-%u", node->level);
	if (node->level & 1) {
		node->server = kthread_run(server, node, "%s", name);
		if (IS_ERR(node->server))
			return PTR_ERR(node->server);
	}
	err = vmq_links_init_ex(&node->links, name, &callbacks, &config, &config, node, frontend);
	if (err)
		return err;
	vmq_links_iterate(node->links, take_link, node);
	return vmq_links_start(node->links);
}

static void node_stop(struct node *node)
{
	load_stop(node, true);
	if (node->links)
		vmq_links_abort(node->links);
	if (!IS_ERR_OR_NULL(node->server))
		kthread_stop(node->server);
	vmq_links_finish(node->links);
}

int nodes_start(bool frontend)
{
	unsigned int n;
	int err = 0;

	for (n = 0; n < LEVELS && !err; n++) {
		nodes[n].level = n;
		err = node_start(&nodes[n], frontend);
	}
	if (err)
		return err;
	sysconf_thread = kthread_run(sysconf, NULL, "vmqt-sysconf");
	return PTR_ERR_OR_ZERO(sysconf_thread);
}

void nodes_stop(void)
{
	unsigned int n;

	if (!IS_ERR_OR_NULL(sysconf_thread))
		kthread_stop(sysconf_thread);
	for (n = 0; n < LEVELS; n++)
		node_stop(&nodes[n]);
}

bool wait_up(struct node *node, unsigned int ups)
{
	return wait_event_interruptible_timeout(
		       node->change, READ_ONCE(node->up) && READ_ONCE(node->ups) >= ups, WAIT) > 0;
}

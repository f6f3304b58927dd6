// SPDX-License-Identifier: GPL-2.0-only
/* vmq-test: every call, with what must work and what must not. */
#include <linux/string.h>
#include "test.h"

#define BASE BUF_SIZE /* where data begins */

static void no_notify(vmq_links_t *links)
{
}

static int init_with(const char *name, const vmq_callbacks_t *callbacks,
		     const vmq_xx_config_t *config)
{
	vmq_links_t *links = NULL;
	int err = vmq_links_init(&links, name, callbacks, config, config);

	vmq_links_finish(links);
	return err;
}

static int init_config(u32 msgs, u32 msg_max, u32 bufs, u32 buf_max, unsigned int level)
{
	const vmq_callbacks_t callbacks = {.sysconf_notify = no_notify};
	const vmq_xx_config_t config = {msgs, msg_max, bufs, buf_max, level};

	return init_with("vmqt-none", &callbacks, &config);
}

static void test_init(struct node *node)
{
	const vmq_callbacks_t callbacks = {.sysconf_notify = no_notify}, none = {};
	const vmq_xx_config_t config = {4, 64, 0, 0, VMQ_PDEV_NONE};
	char name[16];

	node_ok(init_config(0, 64, 0, 0, 0) == -EINVAL, node, "no messages");
	node_ok(init_config(12, 64, 0, 0, 0) == -EINVAL, node, "not a power of two of them");
	node_ok(init_config(4, 0, 0, 0, 0) == -EINVAL, node, "messages of no size");
	node_ok(init_config(4, 64, 4, 0, 0) == -EINVAL, node, "data of no size");
	node_ok(init_config(0x10000, 0x100000, 0, 0, 0) == -EINVAL, node, "too much of all");
	node_ok(init_config(4, 64, 0x10000, UINT_MAX, 0) == -EINVAL, node, "too much data");
	node_ok(init_config(4, 64, 0, 0, 4) == -EINVAL, node, "a level there is not");
	node_ok(init_with("vmqt-none", &none, &config) == -EINVAL, node, "no sysconf_notify");
	node_ok(init_with("vmqt-none", NULL, &config) == -EINVAL, node, "no callbacks");
	node_ok(init_with(NULL, &callbacks, &config) == -EINVAL, node, "no name");
	node_ok(init_with("a name too long", &callbacks, &config) == 0, node,
		"a name of 15 characters");
	node_ok(init_with("a name too long.", &callbacks, &config) == -EINVAL, node, "of 16");
	node_ok(init_with("vmqt-none", &callbacks, NULL) == -EINVAL, node, "no configuration");
	node_ok(init_with("vmqt-none", &callbacks, &config) == 0, node, "no links are fine");
	node_ok(vmq_links_start(NULL) == -EINVAL, node, "nothing to start");
	snprintf(name, sizeof(name), "vmqt-%u", node->level);
	node_ok(init_with(name, &callbacks, &config) == -EAGAIN, node, "links that are another's");
}

static _Bool count_link(vmq_link_t *link, void *cookie)
{
	unsigned int *count = cookie;

	++*count;
	return false;
}

static void test_public(struct node *node)
{
	const vmq_link_public_t *pub = (vmq_link_public_t *)node->link;
	const char *own = vmq_link_s_info(node->link), *peer = vmq_link_tx_s_info(node->link);
	unsigned int count = 0;

	node_ok(!vmq_links_iterate(node->links, count_link, &count) && count == 1, node, "iterate");
	node_ok(vmq_links_priv(node->links) == node, node, "links' private value");
	node_ok(pub->local_osid == nkops.nk_id_get() &&
			vmq_peer_osid(node->link) != pub->local_osid,
		node, "VMs of the link");
	node_ok(!strcmp(own, pub->local_osid < pub->peer_osid ? "be" : "fe") &&
			!strcmp(peer, pub->local_osid < pub->peer_osid ? "fe" : "be"),
		node, "infos of both ends");
	node_ok(vmq_msg_max(node->link) == ALIGN(MSG_MAX, 64), node, "msg_max");
	node_ok(vmq_data_max(node->link) == BUF_SIZE, node, "data_max");
	node_ok(vmq_prx_data_area_size(node->link) == BASE + BUFS * BUF_SIZE, node,
		"size of the data");
	node_ok(vmq_rx_data_area(node->link) && vmq_tx_data_area(node->link) &&
			vmq_prx_data_area(node->link) && vmq_ptx_data_area(node->link),
		node, "areas of data");
}

static void test_offsets(struct node *node)
{
	node_ok(!vmq_data_offset_ok(node->link, 0), node, "no data is no offset");
	node_ok(vmq_data_offset_ok(node->link, BASE), node, "the first buffer");
	node_ok(!vmq_data_offset_ok(node->link, BASE + 4), node, "inside it");
	node_ok(vmq_data_offset_ok(node->link, BASE + (BUFS - 1) * BUF_SIZE), node, "the last one");
	node_ok(!vmq_data_offset_ok(node->link, BASE + BUFS * BUF_SIZE), node, "behind it");
	node_ok(!vmq_data_offset_ok(node->link, UINT_MAX), node, "far behind it");
}

static void test_allocate(struct node *node)
{
	unsigned int offset = 1, many[BUFS + 1];
	void *msg, *more;

	node_ok(vmq_msg_allocate(node->link, BUF_SIZE + 1, &msg, &offset) == -E2BIG, node, "E2BIG");
	node_ok(vmq_msg_allocate_many_data(node->link, BUFS + 1, &msg, many, 1) == -E2BIG, node,
		"E2BIG, buffers");
	node_ok(vmq_msg_allocate(node->link, 1, &msg, NULL) == -EINVAL, node,
		"nowhere for the offset");
	node_ok(vmq_msg_allocate(node->link, 0, NULL, &offset) == -EINVAL, node, "nor the message");
	node_ok(!vmq_msg_allocate(node->link, 0, &msg, &offset) && !offset, node, "without data");
	node_ok(vmq_msg_slot(node->link, msg) < MSGS, node, "its slot");
	node_ok(!vmq_msg_allocate(node->link, 0, &more, NULL) && more != msg &&
			vmq_msg_slot(node->link, more) != vmq_msg_slot(node->link, msg),
		node, "another one");
	node_ok(vmq_msg_slot(node->link, msg + 1) == UINT_MAX &&
			vmq_msg_slot(node->link, NULL) == UINT_MAX,
		node, "what is no message has no slot");
	*(struct req *)msg = (struct req){.op = OP_FREE, .seq = node->seq++};
	*(struct req *)more = (struct req){.op = OP_FREE, .seq = node->seq++};
	vmq_msg_send(node->link, msg);
	vmq_msg_send(node->link, more);
}

/* Nothing of it has an effect, but that it is counted. */
static void test_misuse(struct node *node)
{
	void *msg;

	vmq_msg_send(node->link, NULL);
	vmq_msg_free(node->link, &msg);
	vmq_msg_return(node->link, node);
	vmq_return_msg_free(node->link, NULL);
	vmq_return_all_free(node->link, node);
	vmq_data_free(node->link, 0);
	vmq_return_data_free(node->link, BASE);
	node_ok(ask(node, OP_ECHO, 0, 0), node, "misuse does no harm");
	node_ok(vmq_return_msg_receive(node->link, &msg) == -EAGAIN, node,
		"nothing else came back");
}

void test_early(struct node *node)
{
	void *msg;

	node_ok(vmq_msg_allocate(node->link, 0, &msg, NULL) == -EAGAIN, node, "EAGAIN: no peer");
	node_ok(vmq_msg_receive(node->link, &msg) == -EAGAIN, node, "nothing to receive");
	node_ok(vmq_return_msg_receive(node->link, &msg) == -EAGAIN, node, "nothing came back");
	vmq_msg_send_flush(node->link);
	vmq_data_free(node->link, BASE);
	vmq_links_abort(node->links);
	node_ok(vmq_msg_allocate(node->link, 0, &msg, NULL) == -EAGAIN, node, "nothing to abort");
}

void test_arguments(struct node *node)
{
	if (!node->level)
		test_init(node);
	test_public(node);
	test_offsets(node);
	test_allocate(node);
	test_misuse(node);
}

/* Eight are kept, and come back in the reverse order. */
static void test_order(struct node *node)
{
	bool good = ask(node, OP_ECHO, 0, 0);
	u32 seq = node->seq, first = node->answered, n;

	for (n = 0; n < 8; n++)
		good &= !put(node, OP_HOLD, 0, 0);
	good &= ask(node, OP_RELEASE, 0, node->level);
	for (n = 0; n < 8; n++)
		good &= node->order[(first + n) % MSGS] == seq + 7 - n;
	node_ok(good && node->answered == first + 9, node, "returned in another order");
}

/* Ten that are not told, and one that is: one interrupt for the peer. */
static void test_flush(struct node *node)
{
	bool good = ask(node, OP_STATS, 0, 0);
	u32 notified = node->last.notified, received = node->last.received, n;
	struct req *req;

	for (n = 0; n < 10; n++) {
		good &= !prepare(node, OP_FREE, 0, true, &req);
		vmq_msg_send_async(node->link, req);
	}
	good &= ask(node, OP_STATS, 0, 0);
	node_ok(good && node->last.received == received + 11, node, "all of them are received");
	/* None, where the receiver was still looking. */
	node_ok(node->last.notified <= notified + 1, node, "one notification for eleven messages");
	good = !prepare(node, OP_ECHO, 0, true, &req);
	n = node->answered;
	vmq_msg_send_async(node->link, req);
	vmq_msg_send_flush(node->link);
	node_ok(good && wait_event_interruptible_timeout(node->change,
							 READ_ONCE(node->answered) > n, WAIT) > 0,
		node, "a flush tells of it");
}

void test_messages(struct node *node)
{
	node_ok(ask(node, OP_ECHO, 0, 0), node, "an answer");
	node_ok(!put(node, OP_DATA, MANY, 0) && ask(node, OP_FILL, MANY, 0), node,
		"data both ways");
	node_ok(ask(node, OP_STATS, 0, 0) && !node->last.bad, node, "as it was sent");
	test_order(node);
	test_flush(node);
}

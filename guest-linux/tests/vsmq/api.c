// SPDX-License-Identifier: GPL-2.0-only
/* vsmq-test: lookups, states and errors of the API. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <nk/nkern.h>
#include "test.h"

bool loop_wait_online(void *handle, bool online)
{
	unsigned long until = jiffies + msecs_to_jiffies(WAIT_MS);

	while (vsmq_link_is_online(handle) != online && time_before(jiffies, until))
		usleep_range(200, 400);
	return vsmq_link_is_online(handle) == online;
}

static void test_lookups(void)
{
	void *handle = &handle, *next = &next, *other;

	ok(vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, 48, &handle) == -EINVAL && !handle,
	   "a size that is no power of 2");
	ok(vsmq_lookup_rx(LOOP_NAME, 0, QUEUE_SIZE, &handle) == -EINVAL &&
		   vsmq_lookup_rx(NULL, MSG_SIZE, QUEUE_SIZE, &handle) == -EINVAL,
	   "no size, no name");
	ok(vsmq_lookup_tx(LOOP_NAME, 1u << 31, 1u << 31, &handle) == -ENOMEM,
	   "more memory than there is");
	ok(!vsmq_lookup_tx("no such link", MSG_SIZE, QUEUE_SIZE, &handle) && !handle &&
		   !vsmq_lookup_tx("a name that is too long", MSG_SIZE, QUEUE_SIZE, &handle) &&
		   !handle,
	   "a name that there is not");
	ok(!vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &handle) && handle, "a sender's end");
	ok(!vsmq_lookup_next(handle, &next) && next && vsmq_link_id(next) != vsmq_link_id(handle),
	   "and the next one");
	ok(!vsmq_lookup_next(next, &other) && !other, "which is the last one");
	vsmq_free(next);
	ok(!vsmq_lookup_rx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &other) && other &&
		   vsmq_link_id(other) == vsmq_link_id(handle),
	   "a loop's ends have one id");
	ok(vsmq_my_vmid(handle) == nkops.nk_id_get() && vsmq_peer_vmid(handle) == nkops.nk_id_get(),
	   "and are in one VM");
	vsmq_free(other);
	vsmq_free(handle);
}

static void test_off(void)
{
	void *tx, *rx, *msg;

	if (vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &tx) ||
	    vsmq_lookup_rx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &rx))
		return ok(false, "lookup");
	ok(vsmq_msg_allocate(tx, &msg) == -ENOTCONN &&
		   vsmq_msg_allocate_early(tx, &msg) == -ENOTCONN,
	   "no message of what is not started");
	ok(vsmq_msg_send(tx, tx) == -ENOTCONN && vsmq_msg_send_early(tx, tx) == -ENOTCONN,
	   "none is sent");
	ok(vsmq_msg_receive(rx, &msg) == -ENOMSG && vsmq_msg_free(rx, rx) == -EINVAL,
	   "none received");
	ok(vsmq_msg_receive(tx, &msg) == -EINVAL && vsmq_msg_allocate(rx, &msg) == -EINVAL &&
		   vsmq_msg_free(tx, tx) == -EINVAL && vsmq_msg_send(rx, rx) == -EINVAL,
	   "a sender's end does not receive, nor the other way round");
	vsmq_stop(tx);
	ok(!vsmq_link_is_online(tx), "stopping what was not started");
	vsmq_free(tx);
	vsmq_free(rx);
}

static void test_starting(void)
{
	void *tx, *second, *wrong;

	if (vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &tx) ||
	    vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, QUEUE_SIZE, &second) ||
	    vsmq_lookup_tx(LOOP_NAME, MSG_SIZE, 2 * QUEUE_SIZE, &wrong))
		return ok(false, "lookup");
	ok(!vsmq_start(tx) && vsmq_start(tx) == -EBUSY && vsmq_start(second) == -EBUSY,
	   "an endpoint is started once");
	vsmq_stop(tx);
	ok(!vsmq_start(second), "and again when it was stopped");
	vsmq_free(second);
	ok(vsmq_start(wrong) == -ENOMEM, "not with another size than the first time");
	ok(!vsmq_start(tx) && !vsmq_link_is_online(tx), "alone it is not online");
	vsmq_free(wrong);
	vsmq_free(tx);
}

void test_api(void)
{
	test_lookups();
	test_off();
	test_starting();
}

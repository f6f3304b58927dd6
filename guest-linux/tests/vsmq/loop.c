// SPDX-License-Identifier: GPL-2.0-only
/* vsmq-test: messages over a loop: early ones, in any order, more than there is room for, over restarts. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include "test.h"

static void *tx, *rx;
static atomic_t sysconfs, receives;
static void *msgs[QUEUE_SIZE + 1];

static void on_sysconf(void *cookie)
{
	atomic_inc(&sysconfs);
}

static void on_receive(void *cookie)
{
	atomic_inc(&receives);
}

static vsmq_cb_ops_t tx_ops = {.sysconf = on_sysconf};
static vsmq_cb_ops_t rx_ops = {.receive = on_receive};

static bool wait_count(atomic_t *counter, unsigned int times)
{
	unsigned long until = jiffies + msecs_to_jiffies(WAIT_MS);

	while (atomic_read(counter) < times && time_before(jiffies, until))
		usleep_range(100, 200);
	return atomic_read(counter) >= times;
}

static bool wait_called(unsigned int times)
{
	return wait_count(&receives, times);
}

static bool send_one(u32 number)
{
	void *msg;

	if (vsmq_msg_allocate(tx, &msg))
		return false;
	fill(msg, 1, number);
	return !vsmq_msg_send(tx, msg);
}

static bool send_early_one(u32 number)
{
	void *msg;

	if (vsmq_msg_allocate_early(tx, &msg))
		return false;
	fill(msg, 1, number);
	return !vsmq_msg_send_early(tx, msg);
}

/* Receives the message with that number, which stays. */
static struct message *take(u32 number)
{
	void *msg;
	struct message *m;

	if (vsmq_msg_receive(rx, &msg))
		return NULL;
	m = msg;
	return m->number == number && is_whole(m) ? m : NULL;
}

static bool receive_one(u32 number)
{
	struct message *m = take(number);

	return m && !vsmq_msg_free(rx, m);
}

static bool is_empty(void)
{
	void *msg;

	return vsmq_msg_receive(rx, &msg) == -ENOMSG;
}

static void test_early(void)
{
	void *msg;
	bool good = !vsmq_start(tx);

	for (u32 n = 1; n <= 3; n++)
		good &= send_early_one(n);
	ok(good, "early messages are sent to nobody");
	ok(vsmq_msg_allocate(tx, &msg) == -ENOTCONN, "others are not");
	ok(!vsmq_start(rx) && loop_wait_online(tx, true) && loop_wait_online(rx, true) &&
		   wait_called(1),
	   "the other end is told of them");
	ok(receive_one(1) && receive_one(2) && receive_one(3) && is_empty(),
	   "and has them when it comes");
	ok(atomic_read(&sysconfs) == 1, "the sender is told that it came");
}

static void test_orders(void)
{
	struct message *m[3];

	for (u32 n = 0; n < 3; n++) {
		if (vsmq_msg_allocate(tx, &msgs[n]))
			return ok(false, "allocate");
		fill(msgs[n], 1, n);
	}
	ok(!vsmq_msg_send(tx, msgs[2]) && !vsmq_msg_send(tx, msgs[0]) &&
		   !vsmq_msg_send(tx, msgs[1]),
	   "messages are sent in another order than they were allocated");
	m[2] = take(2);
	m[0] = take(0);
	m[1] = take(1);
	ok(m[0] && m[1] && m[2] && is_empty(), "they come as they were sent");
	ok(vsmq_msg_send(tx, msgs[1]) == -EINVAL && vsmq_msg_send(tx, msgs[1] + 8) == -EINVAL &&
		   vsmq_msg_send(tx, &msgs) == -EINVAL,
	   "what is not allocated is not sent");
	if (!m[0] || !m[1] || !m[2])
		return;
	ok(!vsmq_msg_free(rx, m[1]) && !vsmq_msg_free(rx, m[2]) && !vsmq_msg_free(rx, m[0]),
	   "they are freed in any order");
	ok(vsmq_msg_free(rx, m[0]) == -EINVAL && vsmq_msg_free(rx, (void *)m[1] + 1) == -EINVAL &&
		   vsmq_msg_free(rx, &m) == -EINVAL,
	   "and once");
}

/* One that is kept does not keep others from coming. */
static void test_kept(void)
{
	struct message *kept = send_one(1) ? take(1) : NULL;
	bool good = kept;

	for (u32 n = 2; n < 10 * QUEUE_SIZE && good; n++)
		good = send_one(n) && receive_one(n);
	ok(good && is_whole(kept) && kept->number == 1,
	   "a message that is kept is in nobody's way");
	ok(kept && !vsmq_msg_free(rx, kept), "and is freed in the end");
}

static void test_full(void)
{
	u32 n = 0;
	bool good = true;

	while (n < QUEUE_SIZE && send_one(n))
		n++;
	ok(n == QUEUE_SIZE && vsmq_msg_allocate(tx, &msgs[0]) == -EAGAIN,
	   "as many messages as were asked for");
	good = receive_one(0);
	ok(good && send_one(QUEUE_SIZE), "one that is freed is there again");
	for (n = 1; n <= QUEUE_SIZE && good; n++)
		good = receive_one(n);
	ok(good && is_empty(), "none is lost");
}

/* A caller that takes one at each call gets all of them: there is a call for what comes behind. */
static void test_calls(void)
{
	unsigned int before = atomic_read(&receives);

	ok(send_one(1) && wait_called(before + 1) && send_one(2) && wait_called(before + 2),
	   "receive is called for each message that is new");
	ok(receive_one(1) && receive_one(2), "and both are there");
}

/* The receiver's end goes and comes back. */
static void test_restart(void)
{
	struct message *kept = send_one(1) ? take(1) : NULL;
	unsigned int calls = atomic_read(&sysconfs);
	void *mine;

	if (!kept || vsmq_msg_allocate(tx, &mine))
		return ok(false, "a message at each end");
	fill(mine, 1, 3);
	ok(send_one(2), "one is under way");
	vsmq_stop(rx);
	ok(loop_wait_online(tx, false) && wait_count(&sysconfs, calls + 1),
	   "the peer's end is told that one stopped");
	ok(vsmq_msg_send(tx, mine) == -ENOTCONN && is_empty(), "nothing is sent or received then");
	ok(is_whole(kept) && kept->number == 1, "what was received stays");
	ok(!vsmq_start(rx) && loop_wait_online(tx, true) && loop_wait_online(rx, true),
	   "it comes back");
	ok(!vsmq_msg_send(tx, mine) && receive_one(3) && is_empty(),
	   "what was allocated is sent, what was under way is lost");
	ok(!vsmq_msg_free(rx, kept), "what was kept is freed");
	test_full();
}

/* All copies are held from before, and there is a message: it is told of again when one is freed. */
static void test_starved(void)
{
	unsigned int calls;
	bool good = true;

	for (u32 n = 0; n < QUEUE_SIZE && good; n++)
		good = send_one(n) && (msgs[n] = take(n));
	vsmq_stop(rx);
	good = good && !vsmq_start(rx) && loop_wait_online(tx, true) && loop_wait_online(rx, true);
	calls = atomic_read(&receives);
	ok(good && send_one(100) && wait_called(calls + 1) && is_empty(),
	   "no copy is free for a message");
	calls = atomic_read(&receives);
	ok(good && !vsmq_msg_free(rx, msgs[0]) && wait_called(calls + 1) && receive_one(100),
	   "when one is freed there is a call again");
	for (u32 n = 1; n < QUEUE_SIZE && good; n++)
		good = !vsmq_msg_free(rx, msgs[n]);
	ok(good, "all are freed");
	test_full();
}

void test_messages(void)
{
	if (vsmq_lookup_tx(LOOP_NAME, sizeof(struct message), QUEUE_SIZE, &tx) ||
	    vsmq_lookup_rx(LOOP_NAME, sizeof(struct message), QUEUE_SIZE, &rx))
		return ok(false, "lookup");
	vsmq_cb_register(tx, &tx_ops, NULL);
	vsmq_cb_register(rx, &rx_ops, NULL);
	test_early();
	test_orders();
	test_kept();
	test_full();
	test_calls();
	test_restart();
	test_starved();
	vsmq_free(tx);
	vsmq_free(rx);
}

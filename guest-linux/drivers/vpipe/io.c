// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes between the ring and memory, copied once. Memory of a user may fault, and wait for what
 * that needs; nothing but the turn is held then, and no other VM waits for it.
 */
#include <linux/freezer.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/uio.h>
#include "vpipe.h"

#define CHUNK SZ_64K /* so that the peer begins before all is copied */

/* Unless somebody else waits: who polls is in the queue when he asks. */
static void hush(struct vpipe_end *end)
{
	struct vpipe *dev = end->dev;

	spin_lock(&dev->lock);
	/* By dev->lock: who comes into the queue later asks later. */
	if (!waitqueue_active(&dev->wait) && !vpipe_always_asks(end))
		exring_hush(&end->ring);
	spin_unlock(&dev->lock);
}

/* Until there is something to do for this end, or the device is down. Needs the turn. */
static int wait_for_peer(struct vpipe_end *end)
{
	struct vpipe *dev = end->dev;
	int err;

	vpipe_turn_asleep(&end->turn, true);
	spin_lock(&dev->lock);
	exring_ask(&end->ring);
	spin_unlock(&dev->lock);
	err = wait_event_freezable(dev->wait,
				   vpipe_state(dev) != VPIPE_UP || exring_ready(&end->ring));
	hush(end);
	vpipe_turn_asleep(&end->turn, false);
	return err;
}

static int count(struct vpipe_end *end)
{
	int n = exring_count(&end->ring);

	if (n < 0)
		vlink_broken(end->vlink, "its index in the ring cannot be");
	return n;
}

/* The state first: a ring of a device that was down is as the peer has left it. */
static int wait_bytes(struct vpipe *dev, bool nonblock)
{
	enum vpipe_state state;
	int n;

	for (;;) {
		state = vpipe_state(dev);
		if (state == VPIPE_WAITING)
			return 0;
		n = count(&dev->in);
		if (n < 0)
			return -EIO;
		if (n || state != VPIPE_UP)
			return n;
		if (nonblock)
			return -EAGAIN;
		n = wait_for_peer(&dev->in);
		if (n)
			return n;
	}
}

/* Returns the room, want at least. */
static int wait_room(struct vpipe *dev, size_t want, bool nonblock)
{
	int n;

	for (;;) {
		if (vpipe_state(dev) != VPIPE_UP)
			return -EPIPE;
		n = count(&dev->out);
		if (n < 0)
			return -EPIPE;
		if (n >= want)
			return n;
		if (nonblock)
			return -EAGAIN;
		n = wait_for_peer(&dev->out);
		if (n)
			return n;
	}
}

static void advance(struct vpipe_end *end, u32 bytes)
{
	end->bytes += bytes;
	if (exring_advance(&end->ring, bytes))
		vlink_trigger(end->vlink, end->to_peer);
}

/* Returns how much was copied; less than bytes where memory faults. */
static u32 copy(struct exring *ring, struct iov_iter *iter, u32 bytes)
{
	u32 done = 0;
	u32 piece, n;
	u8 *at;

	while (done < bytes) {
		piece = bytes - done;
		at = exring_at(ring, done, &piece);
		n = ring->producer ? copy_from_iter(at, piece, iter)
				   : copy_to_iter(at, piece, iter);
		done += n;
		if (n < piece)
			break;
	}
	return done;
}

static ssize_t take(struct vpipe *dev, struct iov_iter *to, bool nonblock, bool partial)
{
	ssize_t done = 0;
	u32 bytes, copied;
	int n;

	while (iov_iter_count(to)) {
		n = wait_bytes(dev, nonblock || (partial && done));
		if (n <= 0)
			return done ?: n;
		bytes = min3(iov_iter_count(to), (size_t)n, (size_t)CHUNK);
		copied = copy(&dev->in.ring, to, bytes);
		advance(&dev->in, copied);
		done += copied;
		if (copied < bytes)
			return done ?: -EFAULT;
	}
	return done;
}

ssize_t vpipe_take(struct vpipe *dev, struct iov_iter *to, bool nonblock, bool partial)
{
	ssize_t done;

	if (!iov_iter_count(to))
		return 0;
	done = vpipe_turn_take(&dev->in.turn, nonblock);
	if (done)
		return done;
	done = take(dev, to, nonblock, partial);
	dev->in.calls += done >= 0;
	vpipe_turn_give(&dev->in.turn);
	return done;
}

static ssize_t put_whole(struct vpipe *dev, struct iov_iter *from)
{
	size_t bytes = iov_iter_count(from);
	int n = wait_room(dev, bytes, true);

	if (n < 0)
		return n;
	if (copy(&dev->out.ring, from, bytes) < bytes)
		return -EFAULT;
	advance(&dev->out, bytes);
	return bytes;
}

static ssize_t put_parts(struct vpipe *dev, struct iov_iter *from, bool nonblock)
{
	ssize_t done = 0;
	u32 bytes, copied;
	int n;

	while (iov_iter_count(from)) {
		n = wait_room(dev, 1, nonblock);
		if (n < 0)
			return done ?: n;
		bytes = min3(iov_iter_count(from), (size_t)n, (size_t)CHUNK);
		copied = copy(&dev->out.ring, from, bytes);
		advance(&dev->out, copied);
		done += copied;
		if (copied < bytes)
			return done ?: -EFAULT;
	}
	return done;
}

ssize_t vpipe_put(struct vpipe *dev, struct iov_iter *from, bool nonblock, bool whole)
{
	ssize_t done;

	if (!iov_iter_count(from))
		return 0;
	done = vpipe_turn_take(&dev->out.turn, nonblock);
	if (done)
		return done;
	done = nonblock && whole ? put_whole(dev, from) : put_parts(dev, from, nonblock);
	dev->out.calls += done >= 0;
	vpipe_turn_give(&dev->out.turn);
	return done;
}

int vpipe_wait_bytes(struct vpipe *dev)
{
	int n = vpipe_turn_take(&dev->in.turn, false);

	if (n)
		return n;
	n = wait_bytes(dev, false);
	vpipe_turn_give(&dev->in.turn);
	return min(n, 0);
}

int vpipe_wait_room(struct vpipe *dev)
{
	int n = vpipe_turn_take(&dev->out.turn, false);

	if (n)
		return n;
	n = wait_room(dev, 1, false);
	vpipe_turn_give(&dev->out.turn);
	return min(n, 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns: one of those who have a pipe open moves bytes at a time, so that a write is in one piece.
 *
 * No mutex, since who waits for the peer keeps the turn: others must be able to see that, and to be
 * interrupted and frozen.
 */
#include <linux/bitops.h>
#include <linux/freezer.h>
#include "vpipe.h"

#define TAKEN 0
#define ASLEEP 1

void vpipe_turn_init(struct vpipe_turn *turn)
{
	turn->bits = 0;
	init_waitqueue_head(&turn->wait);
}

static bool try_take(struct vpipe_turn *turn)
{
	return !test_and_set_bit_lock(TAKEN, &turn->bits);
}

static void wake(struct vpipe_turn *turn)
{
	if (wq_has_sleeper(&turn->wait))
		wake_up_all(&turn->wait);
}

int vpipe_turn_take(struct vpipe_turn *turn, bool nonblock)
{
	bool taken = try_take(turn);
	int err;

	if (taken)
		return 0;
	if (!nonblock)
		return wait_event_freezable(turn->wait, try_take(turn));
	err = wait_event_interruptible(turn->wait,
				       (taken = try_take(turn)) || test_bit(ASLEEP, &turn->bits));
	if (err || taken)
		return err;
	return -EAGAIN;
}

void vpipe_turn_give(struct vpipe_turn *turn)
{
	clear_bit_unlock(TAKEN, &turn->bits);
	wake(turn);
}

void vpipe_turn_asleep(struct vpipe_turn *turn, bool asleep)
{
	if (!asleep) {
		clear_bit(ASLEEP, &turn->bits);
		return;
	}
	set_bit(ASLEEP, &turn->bits);
	wake(turn);
}

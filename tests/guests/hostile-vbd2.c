// SPDX-License-Identifier: Apache-2.0
/*
 * A peer of vbd2: the front-end of two links, and the back-end of two others. For some `seconds` it keeps the rules of the
 * queues, mostly, and none of the disks': requests, answers, disks of any kind. For as many its own disks
 * come and go each time that it is asked for them, which it has done all the time. Then it is honest: it probes, and has
 * a disk full of 0x5a, until it is written to at a certain place.
 * Only for nk; guest-linux/drivers/vbd2/README.md and vmq/README.md have the layouts.
 */
#include "hostile-vbd2/peer.h"
#include "rt/rt.h"

#define BOUND 200 /* seconds for the other side, which may have to boot */

static void chaos_step(void)
{
	struct end *end = &ends[chance(ENDS)];
	u32 what = chance(200000);

	shake_all();
	for (u32 link = 0; link < LINKS; link += 2) {
		fe_step(link, false);
		be_step(link + 1, false);
	}
	if (what < 10)
		scribble(end);
	else if (what < 12)
		say(end, chance(3));
	else if (what < 400)
		post(end);
}

static u64 chaos(u64 seconds)
{
	u64 end = counter() + seconds * counter_hz(), steps = 0;

	for (; counter() < end; steps++)
		chaos_step();
	return steps;
}

static bool all_up(void)
{
	for (u32 n = 0; n < ENDS; n++) {
		if (!is_up(&ends[n]))
			return false;
	}
	return true;
}

static bool wait_up(void)
{
	u64 end = counter() + BOUND * counter_hz();

	while (!all_up()) {
		shake_all();
		delay_us(100);
		if (counter() > end)
			return false;
	}
	return true;
}

static void begin_anew(void)
{
	for (u32 n = 0; n < ENDS; n++)
		say(&ends[n], NK_DEV_VLINK_OFF);
}

/* Rules are kept, and nothing else is done than what the other side may have to say something of. */
static void flap(u64 seconds)
{
	u64 end = counter() + seconds * counter_hz();

	while (counter() < end) {
		shake_all();
		be_flap(1);
		be_flap(3);
		delay_us(1000); /* so that the other side can follow */
	}
}

/* For good; what it takes of the other side is said once. */
static void honest(void)
{
	bool said = false;

	fe_answers = 0;
	be_reads = 0;
	for (;;) {
		shake_all();
		if (fe_answers < 3)
			fe_step(0, true);
		be_step(1, true);
		be_step(3, true);
		delay_us(100);
		if (!said && fe_answers && be_reads) {
			printf("hostile-vbd2: answered\n");
			said = true;
		}
	}
}

void guest_main(void)
{
	u64 steps;

	random_seed(arg_u64("seed", 1));
	find_ends();
	printf("hostile-vbd2: %s\n", wait_up() ? "up" : "not up");
	steps = chaos(arg_u64("seconds", 5));
	printf("hostile-vbd2: %lu steps, %u and %u probes, up %u and %u times\n", steps, fe_answers,
	       be_probes, end_of(0, true)->ups, end_of(1, true)->ups);
	unlock_all(end_of(3, true));
	begin_anew();
	printf("hostile-vbd2: %s\n", wait_up() ? "up again" : "not up again");
	flap(arg_u64("seconds", 5));
	printf("hostile-vbd2: %u flaps\n", be_flaps);
	begin_anew();
	honest();
}

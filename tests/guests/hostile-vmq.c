// SPDX-License-Identifier: Apache-2.0
/*
 * A peer of vlx-vmq on the pair of links "vmqt-1". It says another configuration, until it gets a line. Then it
 * lies: for some `seconds` it goes through handshakes, and writes whatever it likes to what they share: indices
 * and numbers that could be, and those that cannot, messages, anything anywhere. Then it is honest, sends a
 * message, and waits until it is answered.
 * Only for nk; vmq-test is at the other side. guest-linux/drivers/vmq/README.md has the layout.
 */
#include "nk/vlink.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define BOUND 200 /* seconds for the other side, which may have to boot */

#define MSGS 64
#define MSG_BYTES 128
#define BUFS 24
#define BUF_BYTES 1024
#define LEVEL 1

#define SEND 0
#define FREE 128
#define RET 256
#define DATA 384
#define SAID_SENDER 512
#define SAID_RECEIVER 576
#define INDEX 640
#define PDEV_BYTES (INDEX + 3 * 4 * MSGS + 128)
#define LONG (MSGS * MSG_BYTES)
#define PMEM_BYTES (LONG + (BUFS + 1) * BUF_BYTES)

#define OP_ECHO 2
#define OPS 8
#define ANSWER 28 /* where it is in a message */

/* An end of a vlink. */
struct end {
	u64 link;
	u64 pdev, pmem;
	u64 xirq, peer; /* to post */
	bool server; /* receives */
	u32 state;
	u32 ups;
};

static struct end ends[2];
static char name[16] __aligned(64) = "vmqt-1";
static u64 scribbled;
static bool differs; /* says another configuration */

static u32 rings(u32 n)
{
	static const u16 offsets[] = {SEND, FREE, RET, DATA};

	return offsets[n];
}

/* Of this end's side of a ring: it produces what it sends, or gives back. */
static u64 own_side(const struct end *end, u32 ring)
{
	bool producer = end->server != (ring == SEND);

	return end->pdev + ring + (producer ? 0 : 64);
}

static u64 entries(const struct end *end, u32 ring)
{
	return end->pdev + INDEX + 4 * MSGS * (ring / 128);
}

static void find_ends(void)
{
	u64 self = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	u64 link = 0;

	for (u32 n = 0; n < 2; n++) {
		struct end *end = &ends[n];
		const NkDevVlink *nk;

		link = nk_call(NK_HC_VLINK_LOOKUP, (u64)name, link, 0, 0);
		nk = (const NkDevVlink *)link;
		end->link = link;
		end->server = nk->s_id == self;
		end->peer = end->server ? nk->c_id : nk->s_id;
		end->pdev = nk_call(NK_HC_PDEV_ALLOC, link, 0, PDEV_BYTES, 0);
		end->pmem = nk_call(NK_HC_PMEM_ALLOC, link, 0, PMEM_BYTES, 0);
		nk_call(NK_HC_SYSCONF_CTL, link, NK_SYSCONF_ATTACH, 0,
			0); /* to post; none is taken */
		end->xirq = nk_call(NK_HC_PXIRQ_ALLOC, link, end->server ? 2 : 1, end->peer, 1);
	}
}

static u64 state_at(const struct end *end, bool peer)
{
	return end->link + (end->server != peer ? __builtin_offsetof(NkDevVlink, s_state)
						: __builtin_offsetof(NkDevVlink, c_state));
}

static void say(struct end *end, u32 state)
{
	end->state = state;
	write32(state_at(end, false), state);
	nk_call(NK_HC_SYSCONF_POST, end->link, NK_SYSCONF_PEER, 0, 0);
}

static void post(const struct end *end)
{
	nk_call(NK_HC_XIRQ_POST, end->xirq, end->peer, 0, 0);
}

/* What an honest peer does at RESET: its side of the rings, and what it is configured to. */
static void begin(const struct end *end)
{
	static const u32 said[] = {1, MSGS, MSG_BYTES, BUFS, BUF_BYTES, LEVEL};
	u64 at = end->pdev + (end->server ? SAID_RECEIVER : SAID_SENDER);

	for (u32 n = 0; n < 4; n++) {
		write32(own_side(end, rings(n)), 0);
		write32(own_side(end, rings(n)) + 4, 1);
	}
	for (u32 n = 0; n < sizeof(said) / 4; n++)
		write32(at + 4 * n, said[n] + differs);
}

/* A step of the handshake. */
static void shake(struct end *end)
{
	u32 peer = read32(state_at(end, true));

	if (end->state == NK_DEV_VLINK_OFF && peer != NK_DEV_VLINK_ON) {
		begin(end);
		say(end, NK_DEV_VLINK_RESET);
	} else if (end->state == NK_DEV_VLINK_RESET && peer != NK_DEV_VLINK_OFF) {
		say(end, NK_DEV_VLINK_ON);
		end->ups++;
	} else if (end->state == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_OFF) {
		say(end, NK_DEV_VLINK_OFF);
	}
}

static u32 chance(u32 n)
{
	return (u32)(random_u64() >> 33) % n;
}

/* Any word of what this end shares. */
static void anything(const struct end *end)
{
	if (chance(2))
		write32(end->pdev + 4 * chance(PDEV_BYTES / 4), (u32)random_u64());
	else
		write32(end->pmem + 4 * chance(PMEM_BYTES / 4), (u32)random_u64());
}

/* A message of some kind in some slot, with offsets and counts of which some are right. */
static void message(const struct end *end, u32 slot)
{
	u64 at = end->pmem + slot * MSG_BYTES;

	for (u32 n = 0; n < 12; n++)
		write32(at + 4 * n, chance(BUFS + 2) * BUF_BYTES);
	write32(at, chance(OPS + 1));
	write32(at + 8, chance(5));
}

/* One more in some ring, which may even be true. */
static void plausible(const struct end *end)
{
	u32 ring = rings(chance(4));
	u64 side = own_side(end, ring);
	u32 index = read32(side), slot = chance(ring == DATA ? BUFS : MSGS);

	message(end, chance(MSGS));
	write32(entries(end, ring) + 4 * (index % (ring == DATA ? 32 : MSGS)),
		chance(8) ? slot : index % MSGS);
	write32(side, index + 1 + !chance(16));
	write32(side + 4, chance(2) ? index + 1 : (u32)random_u64());
}

static void lie(struct end *end)
{
	u32 what = chance(1000);

	scribbled++;
	if (what < 5)
		anything(end);
	else if (what < 300)
		plausible(end);
	else if (what < 350)
		post(end);
	else if (what == 999)
		say(end, chance(3));
	else if (what > 990)
		shake(end);
}

static void lie_for(u64 seconds)
{
	u64 end = counter() + seconds * counter_hz();

	while (counter() < end)
		lie(&ends[chance(2)]);
}

static bool wait_for(bool (*done)(void))
{
	u64 end = counter() + BOUND * counter_hz();

	while (!done()) {
		shake(&ends[0]);
		shake(&ends[1]);
		delay_us(100);
		if (counter() > end)
			return false;
	}
	return true;
}

static bool up(void)
{
	return ends[0].state == NK_DEV_VLINK_ON && ends[1].state == NK_DEV_VLINK_ON &&
	       read32(state_at(&ends[0], true)) == NK_DEV_VLINK_ON &&
	       read32(state_at(&ends[1], true)) == NK_DEV_VLINK_ON;
}

static const struct end *sender(void)
{
	return &ends[ends[0].server];
}

/* The first message after the links came up; if they went down once more it was lost with them. */
static bool answered(void)
{
	const struct end *end = sender();
	u32 n = read32(own_side(end, SEND));

	if (!up())
		return false;
	if (!n) {
		for (u32 at = 0; at < MSG_BYTES; at += 4)
			write32(end->pmem + at, 0);
		write32(end->pmem, OP_ECHO);
		write32(entries(end, SEND), 0);
		dsb();
		write32(own_side(end, SEND), 1);
		post(end);
	}
	return read32(end->pdev + RET) == 1 && read32(end->pmem + ANSWER) == ~0u;
}

/* Until somebody has looked at what the other side makes of it. */
static void differ(void)
{
	char line[8];

	differs = true;
	printf("hostile-vmq: %s\n", wait_for(up) ? "differs" : "not up");
	getline(line, sizeof(line));
	differs = false;
	say(&ends[0], NK_DEV_VLINK_OFF);
	say(&ends[1], NK_DEV_VLINK_OFF);
}

void guest_main(void)
{
	random_seed(arg_u64("seed", 1));
	find_ends();
	differ();
	lie_for(arg_u64("seconds", 5));
	printf("hostile-vmq: %lu turns, up %u and %u times\n", scribbled, ends[0].ups, ends[1].ups);
	for (u32 n = 0; n < 2; n++)
		say(&ends[n], NK_DEV_VLINK_OFF);
	if (!wait_for(up))
		printf("hostile-vmq: not up\n");
	else
		printf("hostile-vmq: %s\n", wait_for(answered) ? "answered" : "not answered");
	for (;;)
		wfi();
}

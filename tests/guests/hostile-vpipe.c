// SPDX-License-Identifier: Apache-2.0
/*
 * A peer of vpipe and vbpipe that lies: for some `seconds` it goes through handshakes on all of its links and
 * scribbles on rings and descriptors, and posts. When a line is typed, it is honest, puts a line into each pipe that it is
 * the client of, and waits until it was read. Only for nk.
 */
#include "nk/vlink.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define LINKS 8
#define RING_BYTES 4096
#define VISIT 100 /* turns of a visit */
#define LINE "honest\n"

struct link {
	u64 handle;
	u64 ring;
	u64 xirq; /* the peer's */
	u64 peer;
	bool server;
	bool both; /* of a vbpipe */
};

static struct link links[LINKS];
static u32 nr_links;
static u32 visits;
static char names[2][16] __aligned(64) = {"vpipe", "vbpipe"};

static void find_links(bool both)
{
	u64 self = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	u64 handle = 0;

	while ((handle = nk_call(NK_HC_VLINK_LOOKUP, (u64)names[both], handle, 0, 0)) &&
	       nr_links < LINKS) {
		const NkDevVlink *nk = (const NkDevVlink *)handle;
		struct link *link = &links[nr_links++];

		link->handle = handle;
		link->both = both;
		link->server = nk->s_id == self;
		link->peer = link->server ? nk->c_id : nk->s_id;
		link->ring = nk_call(NK_HC_PMEM_ALLOC, handle, 0, RING_BYTES, 0);
		nk_call(NK_HC_SYSCONF_CTL, handle, NK_SYSCONF_ATTACH, 0, 0);
		link->xirq = nk_call(NK_HC_PXIRQ_ALLOC, handle, !link->server, link->peer, 1);
	}
}

static u64 state_addr(const struct link *link, bool server)
{
	return link->handle + (server ? __builtin_offsetof(NkDevVlink, s_state)
				      : __builtin_offsetof(NkDevVlink, c_state));
}

static u32 index_of(const struct link *link, bool server)
{
	return server ? 0 : link->both ? 8 : 4;
}

static void say(const struct link *link, u32 state)
{
	write32(state_addr(link, link->server), state);
	nk_call(NK_HC_SYSCONF_POST, link->handle, NK_SYSCONF_PEER, 0, 0);
}

/* One step of the handshake; returns whether both are ON. */
static bool shake(const struct link *link)
{
	u32 own = read32(state_addr(link, link->server));
	u32 peer = read32(state_addr(link, !link->server));

	if (own == NK_DEV_VLINK_RESET && peer != NK_DEV_VLINK_OFF) {
		say(link, NK_DEV_VLINK_ON);
	} else if (own == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_OFF) {
		say(link, NK_DEV_VLINK_OFF);
	} else if (own != NK_DEV_VLINK_RESET && own != NK_DEV_VLINK_ON && peer != NK_DEV_VLINK_ON) {
		write32(link->ring + index_of(link, link->server), 0);
		say(link, NK_DEV_VLINK_RESET);
	}
	return own == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_ON;
}

static void post(const struct link *link)
{
	nk_call(NK_HC_XIRQ_POST, link->xirq, link->peer, 0, 0);
}

/* An index a little further, mostly, so that the peer goes on. */
static void move_index(const struct link *link)
{
	u64 at = link->ring + index_of(link, link->server);
	u64 chance = random_u64();

	if (chance % 64)
		write32(at, read32(at) + (chance >> 32) % 64);
	else
		write32(at, (u32)(chance >> 32));
	post(link);
}

static void scribble(const struct link *link)
{
	u64 chance = random_u64();
	u32 value = (u32)(chance >> 32);

	switch (chance % 64) {
	case 0:
		write32(link->ring + (chance >> 8) % 8 * 4, value);
		break;
	case 1:
		write32(link->ring + (chance >> 8) % (RING_BYTES / 4) * 4, value);
		break;
	case 2:
		write32(link->handle + (chance >> 8) % (sizeof(NkDevVlink) / 4) * 4, value);
		break;
	case 3:
		write32(state_addr(link, value & 1), value >> 28);
		break;
	case 4:
		nk_call(NK_HC_SYSCONF_POST, link->handle, NK_SYSCONF_PEER, 0, 0);
		break;
	default:
		move_index(link);
	}
}

static void visit(void)
{
	u32 up = 0;

	for (u32 n = 0; n < VISIT; n++) {
		up = 0;
		for (u32 i = 0; i < nr_links; i++)
			up += shake(&links[i]);
		for (u32 i = 0; i < nr_links; i++)
			scribble(&links[i]);
	}
	visits += up != 0;
	for (u32 i = 0; i < nr_links; i++)
		say(&links[i], NK_DEV_VLINK_OFF);
}

/* Gives the peer the time to go off, and to see this side off. */
static void shake_all(void)
{
	for (u32 i = 0; i < nr_links; i++)
		shake(&links[i]);
}

static void put_line(const struct link *link)
{
	u32 data = link->both ? 16 : 8;

	while (!shake(link))
		shake_all();
	for (u32 n = 0; n < sizeof(LINE) - 1; n++)
		write8(link->ring + data + n, (u8)LINE[n]);
	asm volatile("dmb ish" ::: "memory");
	write32(link->ring + index_of(link, false), sizeof(LINE) - 1);
	post(link);
	while (read32(link->ring + index_of(link, true)) != sizeof(LINE) - 1)
		shake_all();
	say(link, NK_DEV_VLINK_OFF); /* the reader waits for more, or the end */
}

/* Who has found its links by then does not look at the rest of their descriptors again. */
static void wait_for_peer(void)
{
	for (u32 i = 0; read32(state_addr(&links[i], !links[i].server)) == NK_DEV_VLINK_OFF;)
		i = (i + 1) % nr_links;
}

void guest_main(void)
{
	char line[20];
	u64 end;

	random_seed(arg_u64("seed", 1));
	find_links(false);
	find_links(true);
	printf("hostile: %u links\n", nr_links);
	wait_for_peer();
	end = read_sysreg(cntvct_el0) + arg_u64("seconds", 5) * counter_hz();
	while (read_sysreg(cntvct_el0) < end)
		visit();
	printf("hostile: %u visits\n", visits);
	getline(line, sizeof(line)); /* nobody has them open any more */
	for (u32 i = 0; i < nr_links; i++) {
		if (!links[i].server)
			put_line(&links[i]);
	}
	printf("hostile: read\n");
	for (u32 i = 0; i < nr_links; i++)
		say(&links[i], NK_DEV_VLINK_OFF);
	printf("hostile: done\n");
	for (;;)
		asm volatile("wfi");
}

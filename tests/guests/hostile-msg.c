// SPDX-License-Identifier: Apache-2.0
/*
 * A peer of vrpc, vsmq and vevent that does the handshake on each of its links and then writes anything to the memory that it
 * shares: indices that are nearly right, others, entries, sizes, data; and comes and goes. For so many `seconds`, by
 * chance from `seed`, once each link was up; then it is off. Only for nk.
 */
#include "nk/vlink.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define LINKS_MAX 16
#define HEAD_BYTES 1024 /* headers, rings, entries: most of the writes go there */

/* What drivers share on links of that name. */
struct kind {
	const char *name;
	u32 pmem; /* bytes of chunk 0 */
	u32 msg_size; /* of vsmq's messages; 0 for the others */
	u32 xirq_server, xirq_client; /* ids of their interrupts; NONE */
};

#define NONE 64

/* Of vsmq: guest-linux/drivers/vsmq/README.md has the layout. */
#define COUNT 64
#define FREED 128
#define SHAPES 256
#define ENTRIES 384
#define MESSAGES (ENTRIES + 8 * COUNT)

static const struct kind kinds[] = {
	{"vrpc", 1024, 0, 0, 1},
	{"test-smq", MESSAGES + COUNT * 200, 200, 0, NONE},
	{"test-mbox", MESSAGES + COUNT * 64, 64, 0, NONE},
	{"vevent", 7804, 0, 1, 0},
};

static struct link {
	u64 plink, pmem, xirq;
	const struct kind *kind;
	volatile int *own, *peer;
	u32 peer_id;
	bool server, was_up;
} links[LINKS_MAX];
static u32 nr_links, nr_up, self;

static u32 chance(u32 below)
{
	return (u32)(random_u64() >> 16) % below;
}

static const struct kind *kind_of(const char *name)
{
	for (u32 i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static void add_link(u64 plink)
{
	NkDevVlink *nk = (NkDevVlink *)plink;
	const struct kind *kind = kind_of(nk->name);
	struct link *l = &links[nr_links];
	bool server = nk->s_id == self;
	u32 id;

	if (!kind || nr_links == LINKS_MAX)
		return;
	id = server ? kind->xirq_client : kind->xirq_server;
	l->plink = plink;
	l->kind = kind;
	l->server = server;
	l->own = server ? &nk->s_state : &nk->c_state;
	l->peer = server ? &nk->c_state : &nk->s_state;
	l->peer_id = server ? nk->c_id : nk->s_id;
	l->pmem = nk_call(NK_HC_PMEM_ALLOC, plink, 0, kind->pmem, 0);
	l->xirq = id == NONE ? 0 : nk_call(NK_HC_PXIRQ_ALLOC, plink, id, l->peer_id, 1);
	nk_call(NK_HC_SYSCONF_CTL, plink, NK_SYSCONF_ATTACH, 0, 0);
	nr_links += l->pmem != 0;
}

static void say(struct link *l, int state)
{
	WRITE_ONCE(*l->own, state);
	asm volatile("dmb ish" ::: "memory");
	nk_call(NK_HC_SYSCONF_POST, l->plink, NK_SYSCONF_PEER, 0, 0);
}

/* As honest drivers do, mostly. */
static void reset(struct link *l)
{
	if (!chance(8))
		return;
	for (u32 at = 0; at < (l->kind->msg_size ? SHAPES : 12); at += 4)
		write32(l->pmem + at, 0);
	for (u32 at = SHAPES; l->kind->msg_size && at < ENTRIES; at += 64) {
		write32(l->pmem + at, l->kind->msg_size);
		write32(l->pmem + at + 4, COUNT);
	}
}

/* Returns whether both are ON. */
static bool handshake(struct link *l)
{
	int own = READ_ONCE(*l->own), peer = READ_ONCE(*l->peer);

	if (own == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_ON)
		return true;
	if (own == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_OFF)
		say(l, NK_DEV_VLINK_OFF);
	else if (own == NK_DEV_VLINK_RESET && peer != NK_DEV_VLINK_OFF)
		say(l, NK_DEV_VLINK_ON);
	else if (own != NK_DEV_VLINK_RESET && own != NK_DEV_VLINK_ON && peer != NK_DEV_VLINK_ON) {
		reset(l);
		say(l, NK_DEV_VLINK_RESET);
	}
	return false;
}

static u32 any_value(u32 was)
{
	switch (chance(8)) {
	case 0:
		return (u32)random_u64();
	case 1:
		return 0xffffffffu - chance(4);
	case 2:
		return was - 1;
	case 3:
		return chance(64);
	case 4:
		return chance(2048);
	default:
		return was + 1;
	}
}

static void scribble(struct link *l)
{
	u32 bytes = chance(4) && l->kind->pmem > HEAD_BYTES ? HEAD_BYTES : l->kind->pmem;
	u32 rows = chance(2) ? 6 : bytes / 64; /* the lines that indices are in, or any */
	u64 at = l->pmem + (chance(2) ? chance(rows) * 64 + chance(3) * 4 : chance(bytes / 4) * 4);

	write32(at, any_value(read32(at)));
}

/* A call, an answer; or a number that can be, and the index behind it: so that the peer goes on. */
static void go_on(struct link *l)
{
	u64 ring = l->pmem + (l->server ? FREED : 0);
	u64 entries = l->pmem + ENTRIES + (l->server ? 4 * COUNT : 0);
	u32 index = read32(ring);

	if (!l->kind->msg_size) {
		write32(l->pmem + (l->server ? 4 : 0),
			read32(l->pmem + (l->server ? 0 : 4)) + !l->server);
		return;
	}
	write32(entries + 4 * (index % COUNT), chance(COUNT));
	write32(ring, index + 1);
}

static void turn(struct link *l)
{
	if (!handshake(l))
		return;
	nr_up += !l->was_up;
	l->was_up = true;
	if (!chance(400))
		return say(l, (int)chance(5) - 1);
	if (chance(8))
		go_on(l);
	else
		scribble(l);
	if (l->xirq && !chance(3))
		nk_call(NK_HC_XIRQ_POST, l->xirq, l->peer_id, 0, 0);
}

void guest_main(void)
{
	u64 link = 0, end;

	random_seed(arg_u64("seed", 1));
	mmu_on();
	self = (u32)nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	while ((link = nk_call(NK_HC_VLINK_LOOKUP, 0, link, 0, 0)))
		add_link(link);
	printf("hostile: %u links\n", nr_links);
	while (nr_up < nr_links)
		turn(&links[chance(nr_links)]);
	printf("hostile: all links were up\n");
	end = read_sysreg(cntvct_el0) + arg_u64("seconds", 5) * counter_hz();
	while (read_sysreg(cntvct_el0) < end)
		turn(&links[chance(nr_links)]);
	printf("hostile: done\n");
}

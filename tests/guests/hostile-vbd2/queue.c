// SPDX-License-Identifier: Apache-2.0
/* hostile-vbd2: four vlinks, their handshakes and rings. */
#include "hostile-vbd2/peer.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define SAID_SENDER 512
#define SAID_RECEIVER 576
#define INDEX 640
#define CHANGES 4
#define LINE(n) (((n) + 63) & ~63u)

struct end ends[ENDS];
static char name[16] __aligned(64) = "vbd2";

static u32 msgs(const struct end *end)
{
	return end->requests ? MSGS : CHANGES;
}

static u32 msg_bytes(const struct end *end)
{
	return end->requests ? MSG_BYTES : 64;
}

static bool has_data(const struct end *end)
{
	return end->requests && !end->granting;
}

static u32 data_entries(const struct end *end)
{
	return has_data(end) ? BUFS : 1;
}

static u64 entries(const struct end *end, u32 ring)
{
	return end->pmem + INDEX + LINE(4 * msgs(end)) * (ring / 128);
}

u64 message(const struct end *end, u32 slot)
{
	u32 index = 3 * LINE(4 * msgs(end)) + LINE(4 * data_entries(end));

	return end->pmem + INDEX + index + slot % msgs(end) * msg_bytes(end);
}

static u32 pmem_bytes(const struct end *end)
{
	return has_data(end) ? 4096 + (BUFS + 1) * BUF_BYTES
			     : (u32)(message(end, 0) - end->pmem) + msgs(end) * msg_bytes(end);
}

/* Of this end's side of a ring: it produces what it sends, or gives back. */
static u64 side(const struct end *end, u32 ring, bool own)
{
	bool producer = end->server != (ring == SEND);

	return end->pmem + ring + (producer == own ? 0 : 64);
}

static u32 size_of(const struct end *end, u32 ring)
{
	return ring == DATA ? data_entries(end) : msgs(end);
}

void find_ends(void)
{
	u64 self = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0), link = 0;

	for (u32 n = 0; n < ENDS; n++) {
		struct end *end = &ends[n];
		const NkDevVlink *nk;

		link = nk_call(NK_HC_VLINK_LOOKUP, (u64)name, link, 0, 0);
		nk = (const NkDevVlink *)link;
		end->link = link;
		end->number = nk->link;
		end->server = nk->s_id == self;
		end->requests = end->server == end->number % 2;
		end->granting = end->number >= 2;
		end->peer = end->server ? nk->c_id : nk->s_id;
		end->pmem = nk_call(NK_HC_PMEM_ALLOC, link, 0, pmem_bytes(end), 0);
		nk_call(NK_HC_SYSCONF_CTL, link, NK_SYSCONF_ATTACH, 0, 0);
		end->xirq = nk_call(NK_HC_PXIRQ_ALLOC, link, end->server ? 2 : 1, end->peer, 1);
	}
}

struct end *end_of(u32 number, bool requests)
{
	for (u32 n = 0; n < ENDS - 1; n++) {
		if (ends[n].number == number && ends[n].requests == requests)
			return &ends[n];
	}
	return &ends[ENDS - 1];
}

static u64 state_at(const struct end *end, bool peer)
{
	return end->link + (end->server != peer ? __builtin_offsetof(NkDevVlink, s_state)
						: __builtin_offsetof(NkDevVlink, c_state));
}

void say(struct end *end, u32 state)
{
	end->state = state;
	write32(state_at(end, false), state);
	nk_call(NK_HC_SYSCONF_POST, end->link, NK_SYSCONF_PEER, 0, 0);
}

bool is_up(const struct end *end)
{
	return end->state == NK_DEV_VLINK_ON && read32(state_at(end, true)) == NK_DEV_VLINK_ON;
}

void post(const struct end *end)
{
	nk_call(NK_HC_XIRQ_POST, end->xirq, end->peer, 0, 0);
}

static void begin(struct end *end)
{
	u32 said[] = {1,
		      msgs(end),
		      msg_bytes(end),
		      has_data(end) ? BUFS : 0,
		      has_data(end) ? BUF_BYTES : 0,
		      0};
	u64 at = end->pmem + (end->server ? SAID_RECEIVER : SAID_SENDER);

	for (u32 n = 0; n < 4; n++) {
		end->index[n] = 0;
		write32(side(end, 128 * n, true), 0);
		write32(side(end, 128 * n, true) + 4, 1);
	}
	for (u32 n = 0; n < sizeof(said) / 4; n++)
		write32(at + 4 * n, said[n]);
}

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

void shake_all(void)
{
	for (u32 n = 0; n < ENDS; n++)
		shake(&ends[n]);
}

void put(struct end *end, u32 ring, u32 value)
{
	u32 *index = &end->index[ring / 128];

	write32(entries(end, ring) + 4 * (*index % size_of(end, ring)), value);
	dsb();
	write32(side(end, ring, true), ++*index);
}

bool take(struct end *end, u32 ring, u32 *value)
{
	u32 *index = &end->index[ring / 128];

	if (read32(side(end, ring, false)) == *index)
		return false;
	dsb();
	*value = read32(entries(end, ring) + 4 * (*index % size_of(end, ring)));
	write32(side(end, ring, true), ++*index);
	write32(side(end, ring, true) + 4, *index + 1);
	return true;
}

u32 chance(u32 n)
{
	return (u32)(random_u64() >> 33) % n;
}

void scribble(const struct end *end)
{
	write32(end->pmem + 4 * chance(pmem_bytes(end) / 4), (u32)random_u64());
}

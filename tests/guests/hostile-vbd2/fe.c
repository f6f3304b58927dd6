// SPDX-License-Identifier: Apache-2.0
/* hostile-vbd2: the front-end of links 0 and 2, whose requests could be, or not, and change while they are looked at. */
#include "hostile-vbd2/peer.h"
#include "rt/rt.h"

u32 fe_answers;
static struct {
	u32 busy; /* slots that the other side has */
	u32 genid;
	u32 ups;
} links[LINKS];

static u32 some_op(void)
{
	static const u8 ops[] = {OP_PROBE, 2, 2, 2, 3, 3, 3, 5, 16, 17};

	return chance(16) ? ops[chance(sizeof(ops))] : chance(256);
}

static u64 some_address(const struct end *end)
{
	if (!chance(12))
		return random_u64() >> chance(64);
	return end->granting ? some_granted() : (1 + chance(BUFS)) * BUF_BYTES;
}

static void fill_segments(const struct end *end, u64 at)
{
	for (u32 n = 0; n < 16; n++) {
		u64 address = some_address(end);

		write32(at + 16 * n, (u32)address);
		write32(at + 16 * n + 4, address >> 32);
		write32(at + 16 * n + 8, chance(12) ? 512 * (1 + chance(8)) : (u32)random_u64());
		write32(at + 16 * n + 12, chance(30) ? 0 : chance(4096));
	}
}

static void fill(const struct end *end, u64 at)
{
	u32 op = some_op(), count = chance(8) ? 1 + chance(4) : chance(256);
	u64 sector = chance(8) ? chance(4096) : random_u64();
	u32 devid = chance(10) ? DEVID : chance(0x10000);

	write32(at, (u32)random_u64());
	write32(at + 4, (u32)random_u64());
	write32(at + 8, (u32)sector);
	write32(at + 12, sector >> 32);
	write32(at + 16, devid | op << 16 | (op == OP_PROBE ? 253 : count) << 24);
	write32(at + 20, (chance(20) ? links[end->number].genid : chance(0x10000)) | chance(2)
											     << 16);
	fill_segments(end, at + HEAD);
}

static void probe(u64 at)
{
	for (u32 n = 0; n < HEAD; n += 4)
		write32(at + n, 0);
	write32(at + 16, OP_PROBE << 16 | 16u << 24);
}

static void came_back(const struct end *end, u32 slot)
{
	u64 at = message(end, slot);
	u32 word = read32(at + 16);

	links[end->number].busy &= ~(1u << slot % MSGS);
	if ((word >> 16 & 255) != OP_PROBE || word >> 24 > 16 || !(word >> 24))
		return;
	links[end->number].genid = read32(at + HEAD + 4) & 0xffff;
	fe_answers++;
}

static void send(struct end *end, bool honest)
{
	u32 slot = chance(MSGS);
	u64 at = message(end, slot);

	if (links[end->number].busy & 1u << slot)
		return;
	if (honest)
		probe(at);
	else
		fill(end, at);
	links[end->number].busy |= 1u << slot;
	put(end, SEND, slot);
	post(end);
	for (u32 n = honest ? 0 : chance(8); n; n--)
		write32(at + 4 * chance(MSG_BYTES / 4), (u32)random_u64() >> chance(32));
}

void fe_step(u32 link, bool honest)
{
	struct end *end = end_of(link, true), *changes = end_of(link, false);
	u32 slot;

	if (!is_up(end) || !is_up(changes))
		return;
	if (links[link].ups != end->ups)
		links[link].busy = 0;
	links[link].ups = end->ups;
	if (end->granting)
		grant_step(end);
	while (take(end, RET, &slot) || take(end, FREE, &slot))
		came_back(end, slot);
	while (take(changes, SEND, &slot)) {
		put(changes, FREE, slot);
		post(changes);
	}
	send(end, honest);
}

// SPDX-License-Identifier: Apache-2.0
/* hostile-vbd2: the back-end of links 1 and 3: disks that come and go, answers to nothing, and none. */
#include "hostile-vbd2/peer.h"
#include "rt/rt.h"

#define FLAPPING 8 /* disks */
#define CHANGES 4
#define ERROR 0xff
/* A write there is answered, and its pages stay locked; then there is no such disk. */
#define KEPT 48

u32 be_reads, be_probes, be_flaps;
static bool kept;

/* Disks of one link's are none of the other's. */
static u32 devid_of(const struct end *end)
{
	return DEVID + 0x100 * end->granting;
}

static void record(const struct end *end, u64 at, bool honest, u32 n)
{
	u32 own = devid_of(end);
	u32 devid = honest ? own : chance(4) ? own | chance(2) * 16 : chance(0x10000);
	u64 sectors = honest	  ? SECTORS
		      : chance(3) ? 2048 + chance(2) * 8
				  : random_u64() >> chance(64);
	u32 xinfo = honest ? 0 : chance(3) ? 2 : chance(0x10000);

	write32(at + 16 * n, devid | (honest ? 0 : chance(2)) << 16);
	write32(at + 16 * n + 4, (honest ? 1 : chance(3)) | xinfo << 16);
	write32(at + 16 * n + 8, (u32)sectors);
	write32(at + 16 * n + 12, sectors >> 32);
}

/* In place of how many. Returns the status, which is here how many records there are. */
static u32 answer_probe(const struct end *end, u64 at, bool honest)
{
	be_probes++;
	for (u32 n = 0; n < 8; n++)
		record(end, at + HEAD, honest, n);
	if (honest)
		return kept && end->granting ? 0 : 1;
	return chance(20) ? chance(5) : chance(256);
}

/* As honest as it is otherwise. Returns whether it is not. */
static bool keep(const struct end *end, u64 at)
{
	if (!end->granting || kept || read32(at + 8) != KEPT)
		return false;
	lock_all(end, at + HEAD, read32(at + 16) >> 24);
	kept = true;
	return true;
}

static u32 answer_read(const struct end *end, u64 at, u32 count)
{
	for (u32 n = 0; n < count && n < 16; n++) {
		u64 segment = at + HEAD + 16 * n;
		u64 buf = (u64)read32(segment + 4) << 32 | read32(segment);

		buf += end->granting ? read32(segment + 12) : end->pmem + 4096;
		for (u32 i = 0; i < read32(segment + 8); i += 4)
			write32(buf + i, PATTERN * 0x01010101u);
	}
	be_reads++;
	return 0;
}

static u32 some_status(void)
{
	static const u8 status[] = {0, 0, 0, 0, 0xfd, 0xfe, 0xff};

	return chance(20) ? status[chance(sizeof(status))] : chance(256);
}

/* Returns whether there is something to tell. */
static bool answer(struct end *end, u32 slot, bool honest)
{
	u64 at = message(end, slot);
	u32 word = read32(at + 16), op = word >> 16 & 255, status = some_status();
	bool tell = honest && op == OP_WRITE && keep(end, at);

	if (op == OP_PROBE)
		status = answer_probe(end, at, honest);
	else if (op == OP_READ && honest)
		status = answer_read(end, at, word >> 24);
	else if (honest)
		status = 0;
	else if (end->granting && (op == OP_READ || op == OP_WRITE))
		lock_some(end, at + HEAD, word >> 24);
	write32(at + 16, (word & 0xffffff) | status << 24);
	if (!honest && !chance(50))
		write32(at + 4 * chance(6), (u32)random_u64());
	/* Given back as if there were nothing to see; its buffers too. */
	if (!honest && !chance(40))
		put(end, DATA, chance(BUFS));
	put(end, honest || chance(40) ? RET : FREE, slot);
	post(end);
	return tell;
}

static void changes(struct end *end, bool honest)
{
	static u32 slot;
	u64 at = message(end, slot);

	for (u32 n = 0; n < HEAD; n += 4)
		write32(at + n, (u32)random_u64());
	write32(at + 16, honest || chance(8) ? OP_CHANGES << 16 : (u32)random_u64());
	put(end, SEND, slot++ % CHANGES);
	post(end);
}

void be_step(u32 link, bool honest)
{
	struct end *end = end_of(link, true), *tell = end_of(link, false);
	u32 slot;

	if (!is_up(end) || !is_up(tell))
		return;
	if (end->granting && !honest)
		unlock_some(end);
	while (take(end, SEND, &slot)) {
		if (answer(end, slot, honest))
			changes(tell, true);
	}
	while (take(tell, FREE, &slot) || take(tell, RET, &slot))
		;
	if (!honest && !chance(500))
		changes(tell, false);
}

static u32 flap_probe(const struct end *end, u64 at)
{
	be_flaps++;
	for (u32 n = 0; n < FLAPPING; n++) {
		write32(at + 16 * n, devid_of(end) + 16 * n);
		write32(at + 16 * n + 4, be_flaps & 0xffff);
		write32(at + 16 * n + 8, SECTORS);
		write32(at + 16 * n + 12, 0);
	}
	return be_flaps % 2 * FLAPPING;
}

static void flap_answer(struct end *end, u32 slot)
{
	u64 at = message(end, slot);
	u32 word = read32(at + 16), op = word >> 16 & 255;

	write32(at + 16, (word & 0xffffff) | (op == OP_PROBE ? flap_probe(end, at + HEAD) : ERROR)
						     << 24);
	put(end, RET, slot);
	post(end);
}

static void flap_change(struct end *tell, u32 slot)
{
	write32(message(tell, slot) + 16, OP_CHANGES << 16);
	put(tell, SEND, slot);
	post(tell);
}

void be_flap(u32 link)
{
	static struct {
		u32 sent, back, ups;
	} links[LINKS];
	struct end *end = end_of(link, true), *tell = end_of(link, false);
	u32 slot;

	if (!is_up(end) || !is_up(tell))
		return;
	if (links[link].ups != tell->ups)
		links[link].sent = links[link].back = 0;
	links[link].ups = tell->ups;
	while (take(end, SEND, &slot))
		flap_answer(end, slot);
	while (take(tell, FREE, &slot) || take(tell, RET, &slot))
		links[link].back++;
	if (links[link].sent - links[link].back < CHANGES)
		flap_change(tell, links[link].sent++ % CHANGES);
}

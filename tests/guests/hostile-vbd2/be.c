// SPDX-License-Identifier: Apache-2.0
/* hostile-vbd2: the back-end of link 1: disks that come and go, answers to nothing, and none. */
#include "hostile-vbd2/peer.h"
#include "rt/rt.h"

#define FLAPPING 8 /* disks */
#define CHANGES 4
#define ERROR 0xff

u32 be_reads, be_probes, be_flaps;

static void record(u64 at, bool honest, u32 n)
{
	u32 devid = honest ? DEVID : chance(4) ? DEVID | chance(2) * 16 : chance(0x10000);
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
static u32 answer_probe(u64 at, bool honest)
{
	be_probes++;
	for (u32 n = 0; n < 8; n++)
		record(at + HEAD, honest, n);
	return honest ? 1 : chance(20) ? chance(5) : chance(256);
}

static u32 answer_read(const struct end *end, u64 at, u32 count)
{
	for (u32 n = 0; n < count && n < 16; n++) {
		u64 buf = buffer(end, read32(at + HEAD + 16 * n) & 0x3ffff);

		for (u32 i = 0; i < BUF_BYTES; i += 4)
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

static void answer(struct end *end, u32 slot, bool honest)
{
	u64 at = message(end, slot);
	u32 word = read32(at + 16), op = word >> 16 & 255, status = some_status();

	if (op == OP_PROBE)
		status = answer_probe(at, honest);
	else if (op == OP_READ && honest)
		status = answer_read(end, at, word >> 24);
	else if (honest)
		status = 0;
	write32(at + 16, (word & 0xffffff) | status << 24);
	if (!honest && !chance(50))
		write32(at + 4 * chance(6), (u32)random_u64());
	/* Given back as if there were nothing to see; its buffers too. */
	if (!honest && !chance(40))
		put(end, DATA, chance(BUFS));
	put(end, honest || chance(40) ? RET : FREE, slot);
	post(end);
}

static void changes(struct end *end)
{
	static u32 slot;
	u64 at = message(end, slot);

	for (u32 n = 0; n < HEAD; n += 4)
		write32(at + n, (u32)random_u64());
	write32(at + 16, chance(8) ? OP_CHANGES << 16 : (u32)random_u64());
	put(end, SEND, slot++ % CHANGES);
	post(end);
}

void be_step(bool honest)
{
	struct end *end = end_of(1, true), *tell = end_of(1, false);
	u32 slot;

	if (!is_up(end) || !is_up(tell))
		return;
	while (take(end, SEND, &slot))
		answer(end, slot, honest);
	while (take(tell, FREE, &slot) || take(tell, RET, &slot))
		;
	if (!honest && !chance(3000))
		changes(tell);
}

static u32 flap_probe(u64 at)
{
	be_flaps++;
	for (u32 n = 0; n < FLAPPING; n++) {
		write32(at + 16 * n, DEVID + 16 * n);
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

	write32(at + 16, (word & 0xffffff) | (op == OP_PROBE ? flap_probe(at + HEAD) : ERROR)
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

void be_flap(void)
{
	static u32 sent, back, ups;
	struct end *end = end_of(1, true), *tell = end_of(1, false);
	u32 slot;

	if (!is_up(end) || !is_up(tell))
		return;
	if (ups != tell->ups)
		sent = back = 0;
	ups = tell->ups;
	while (take(end, SEND, &slot))
		flap_answer(end, slot);
	while (take(tell, FREE, &slot) || take(tell, RET, &slot))
		back++;
	if (sent - back < CHANGES)
		flap_change(tell, sent++ % CHANGES);
}

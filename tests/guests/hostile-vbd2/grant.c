// SPDX-License-Identifier: Apache-2.0
/* hostile-vbd2: pages that are granted, by this side, or to it. */
#include "hostile-vbd2/peer.h"
#include "nk/grant.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define PAGE 4096
#define PAGES 16
#define WINDOW 64 /* of the other side's: as its tree says */

static u8 pages[PAGES][PAGE] __aligned(PAGE);
static u64 granted[PAGES]; /* where the other side has them */
static u64 word;

static u64 move(u32 nr, const struct end *end, u64 address, u32 how)
{
	word = address;
	dsb();
	return nk_call(nr, end->link, (u64)&word, 1, how) ? word : 0;
}

void grant_step(const struct end *end)
{
	u32 n = chance(PAGES);

	if (!granted[n])
		granted[n] = move(NK_HC_GRANT, end, (u64)pages[n],
				  chance(3) ? NK_GRANT_WRITE : NK_GRANT_READ);
	else if (!chance(20) && move(NK_HC_REVOKE, end, granted[n], 0))
		granted[n] = 0;
}

u64 some_granted(void)
{
	return granted[chance(PAGES)];
}

static u64 use(u32 nr, const struct end *end, u64 address, u32 write)
{
	return nk_call(nr, end->link, address, PAGE, write);
}

static void lock(const struct end *end, u64 segment, u32 write)
{
	u64 address = (u64)read32(segment + 4) << 32 | read32(segment);

	use(NK_HC_VM_MEM_VERIFY_AND_LOCK, end, address, write);
}

void lock_some(const struct end *end, u64 segments, u32 count)
{
	for (u32 n = 0; n < count && n < 16; n++) {
		if (chance(2))
			lock(end, segments + 16 * n, chance(2));
	}
}

void lock_all(const struct end *end, u64 segments, u32 count)
{
	for (u32 n = 0; n < count && n < 16; n++)
		lock(end, segments + 16 * n, 0);
}

static u64 window(const struct end *end)
{
	return nk_call(NK_HC_GRANT_NEXT, end->link, NK_GRANT_WINDOW | NK_GRANT_PEERS, 0, 0);
}

void unlock_some(const struct end *end)
{
	u64 base = window(end);

	for (u32 n = chance(16); n; n--)
		use(NK_HC_VM_MEM_UNLOCK, end, base + PAGE * chance(WINDOW), 0);
}

void unlock_all(const struct end *end)
{
	u64 base = window(end);

	for (u32 n = 0; n < WINDOW; n++) {
		while (!use(NK_HC_VM_MEM_UNLOCK, end, base + PAGE * n, 0))
			;
	}
}

// SPDX-License-Identifier: Apache-2.0
/* hostile-veth2: what a peer must not do. */
#include "hostile-veth2/peer.h"
#include "rt/rt.h"

static u32 below(u32 n)
{
	return (u32)(random_u64() % n);
}

/* An Ethernet header for all, and something like IP and TCP, so that it gets far. */
static void some_frame(u8 *data)
{
	for (u32 i = 0; i < 128; i++)
		data[i] = (u8)random_u64();
	if (below(8))
		memset(data, 0xff, 6);
	data[6] = 2;
	data[12] = below(4) ? 0x08 : 0x86;
	data[13] = below(4) ? 0x00 : 0xdd;
	data[14] = below(8) ? 0x45 : (u8)random_u64();
	data[23] = below(2) ? 6 : 17;
}

static u32 some_length(void)
{
	switch (below(12)) {
	case 0:
		return (u32)random_u64();
	case 1:
		return below(14);
	case 2:
		return 65536 + 22 + below(3);
	default:
		return 14 + below(below(2) ? 3000 : 65000);
	}
}

static void some_head(struct head *head)
{
	*head = (struct head){
		.len = some_length(),
		.flags = below(4) ? 1 : (u8)random_u64(),
		.gso_type = (u8)(below(4) ? 1u << below(3) : (u32)random_u64()),
		.hdr_len = (u16)random_u64(),
		.gso_size = (u16)(below(2) ? random_u64() : below(3000)),
		.csum_start = below(2) ? 34 : (u16)random_u64(),
		.csum_offset = below(2) ? 16 : (u16)random_u64(),
	};
	if (!below(3))
		head->gso_type = 0;
}

/* A frame whose index is right at least, while its head is written again. */
static void send_frame(void)
{
	u32 slot = tx.index % CELLS;
	u8 *at = tx.shared + DATA + slot * CELL;
	struct head head;

	some_head(&head);
	memcpy(at, &head, sizeof(head));
	if (slot < CELLS - 3)
		some_frame(at + sizeof(head));
	tx.index += (head.len < 70000 ? head.len : 0) / CELL + 1;
	asm volatile("dmb ish" ::: "memory");
	WRITE_ONCE(*word(&tx, 0), tx.index);
	tell_peer(&tx);
	for (u32 n = below(50); n; n--)
		WRITE_ONCE(*(u32 *)at, some_length());
}

static void index_anywhere(const struct link *l)
{
	u32 theirs = READ_ONCE(*word(l, peer_side(l)));

	WRITE_ONCE(*word(l, own_side(l)),
		   below(2) ? (u32)random_u64() : theirs + below(20000) - 100);
	tell_peer(l);
}

static void scribble(const struct link *l)
{
	u32 span = below(2) ? 160 : SHARED_BYTES;

	for (u32 n = below(100); n; n--)
		WRITE_ONCE(*word(l, below(span / 4) * 4), (u32)random_u64());
	tell_peer(l);
}

/* All that the descriptor has: states, ids, where infos are. */
static void descriptor(const struct link *l)
{
	u32 *words = (u32 *)l->at;
	u32 at = below(sizeof(NkDevVlink) / 4), before = READ_ONCE(words[at]);

	WRITE_ONCE(words[at], (u32)random_u64());
	tell_peer(l);
	delay_us(below(1000));
	WRITE_ONCE(words[at], before);
}

static void take_all(void)
{
	rx.index = READ_ONCE(*word(&rx, 0));
	WRITE_ONCE(*word(&rx, 64), rx.index);
	WRITE_ONCE(*word(&rx, 68), rx.index + 1);
	tell_peer(&rx);
}

void chaos(u32 steps)
{
	bool rarely = below(4); /* so that many frames get through before something breaks */

	while (steps-- && links_are_up()) {
		const struct link *l = below(2) ? &rx : &tx;
		u32 what = below(rarely ? 64 : 8);

		if (what == 0)
			index_anywhere(l);
		else if (what == 1)
			scribble(l);
		else if (what == 2)
			descriptor(l);
		else if (what < 5)
			take_all();
		else
			send_frame();
		delay_us(below(500));
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of hostile-veth2 share: a pair of links, and the rings in them as the driver's README has them. */
#ifndef HOSTILE_VETH2_PEER_H
#define HOSTILE_VETH2_PEER_H

#include "lib/types.h"
#include "nk/vlink.h"

#define CELL 64
#define CELLS 16384
#define DATA 4096
#define SHARED_BYTES (DATA + CELLS * CELL)
#define VERSION 1

struct head {
	u32 len;
	u16 pad;
	u8 flags, gso_type;
	u16 hdr_len, gso_size, csum_start, csum_offset;
};

struct link {
	u64 at; /* of the descriptor */
	bool server; /* frames come in on this one */
	u8 *shared;
	u32 index; /* this side's */
	u64 xirq; /* the peer's */
};

extern struct link rx, tx;
extern u32 peer_vm;

/* Words that the peer may write at the same time. */
static inline u32 *word(const struct link *l, u32 offset)
{
	return (u32 *)(l->shared + offset);
}

/* This side's index and event, and the peer's. */
static inline u32 own_side(const struct link *l)
{
	return l->server ? 64 : 0;
}

static inline u32 peer_side(const struct link *l)
{
	return 64 - own_side(l);
}

bool links_find(void);
/* Goes through the handshakes of both; false: not in ten seconds. */
bool links_up(void);
void links_down(void);
bool links_are_up(void);
void tell_peer(const struct link *l);

/* chaos.c: so many wrong things. */
void chaos(u32 steps);

/* honest.c: answers ARP and ICMP echo until the peer goes. */
void honest(void);

#endif

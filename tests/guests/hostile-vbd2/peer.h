/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of hostile-vbd2 share: queues of vlx-vmq, as that driver's README has them. */
#ifndef HOSTILE_VBD2_PEER_H
#define HOSTILE_VBD2_PEER_H

#include "lib/types.h"
#include "nk/vlink.h"

#define MSGS 8
#define MSG_BYTES 320
#define BUFS 32
#define BUF_BYTES 4096

#define SEND 0
#define FREE 128
#define RET 256
#define DATA 384

#define HEAD 24
#define OP_PROBE 1
#define OP_READ 2
#define OP_WRITE 3
#define OP_CHANGES 4
#define DEVID (202u << 8)
#define SECTORS 64
#define PATTERN 0x5a

#define LINKS 4
#define ENDS (2 * LINKS) /* each link has a vlink each way */

/* An end of a vlink; links 0 and 2 have their back-end at the other side, 1 and 3 here; 2 and 3 have no buffers: pages are
   granted. */
struct end {
	u64 link;
	u64 pmem;
	u64 xirq, peer; /* to post */
	bool server; /* receives */
	bool requests; /* and not changes */
	bool granting;
	u32 number;
	u32 state;
	u32 ups;
	u32 index[4]; /* of this end, by ring */
};

extern struct end ends[ENDS];

void find_ends(void);
/* A step of each handshake. */
void shake_all(void);
void say(struct end *end, u32 state);
bool is_up(const struct end *end);
void post(const struct end *end);

/* Entries of rings, as an honest peer's. */
void put(struct end *end, u32 ring, u32 value);
bool take(struct end *end, u32 ring, u32 *value);
u64 message(const struct end *end, u32 slot);

/* That end of a link which requests go through, or changes. */
struct end *end_of(u32 number, bool requests);

u32 chance(u32 n);
/* Anything anywhere in what is shared. */
void scribble(const struct end *end);

/* fe.c, be.c: a step of each kind, honest or not, on that link. */
void fe_step(u32 link, bool honest);
void be_step(u32 link, bool honest);
/* A back-end that keeps the rules, and whose disks come and go each time that they are asked for. */
void be_flap(u32 link);

/* grant.c: pages of this side's, each of which is granted, or is taken back, whatever it is used for. */
void grant_step(const struct end *end);
/* An address that the other side has, or had. */
u64 some_granted(void);
/* Locks pages of a request, and unlocks others, or none. */
void lock_some(const struct end *end, u64 segments, u32 count);
void lock_all(const struct end *end, u64 segments, u32 count);
void unlock_some(const struct end *end);
/* All that the other side has granted is its own again, if it wants it. */
void unlock_all(const struct end *end);
/* How many probes were answered, how many sectors read. */
extern u32 fe_answers, be_reads, be_probes, be_flaps;

#endif

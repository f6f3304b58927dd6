// SPDX-License-Identifier: Apache-2.0
/* hostile-veth2: the pair of links, and their handshakes, without interrupts. */
#include "hostile-veth2/peer.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define PMEM_ID 4
#define RX_XIRQ_ID 6
#define TX_XIRQ_ID 7
#define TURN_US 200
#define TURNS 50000

struct link rx, tx;
u32 peer_vm;

static char name[4096] __aligned(4096) = "veth2";

static volatile NkDevVlink *desc(const struct link *l)
{
	return (volatile NkDevVlink *)l->at;
}

static volatile int *own_state(const struct link *l)
{
	return l->server ? &desc(l)->s_state : &desc(l)->c_state;
}

static int peer_state(const struct link *l)
{
	return l->server ? desc(l)->c_state : desc(l)->s_state;
}

static bool link_take(struct link *l, u64 at, bool server)
{
	l->at = at;
	l->server = server;
	peer_vm = server ? desc(l)->c_id : desc(l)->s_id;
	l->shared = (u8 *)nk_call(NK_HC_PMEM_ALLOC, at, PMEM_ID, SHARED_BYTES, 0);
	l->xirq = nk_call(NK_HC_PXIRQ_ALLOC, at, server ? TX_XIRQ_ID : RX_XIRQ_ID, peer_vm, 1);
	nk_call(NK_HC_SYSCONF_CTL, at, NK_SYSCONF_ATTACH, 0, 0);
	return l->shared && l->xirq;
}

bool links_find(void)
{
	u64 self = nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0), at = 0;
	bool good = true;

	while ((at = nk_call(NK_HC_VLINK_LOOKUP, (u64)name, at, 0, 0))) {
		bool server = ((volatile NkDevVlink *)at)->s_id == self;

		good &= link_take(server ? &rx : &tx, at, server);
	}
	return good && rx.at && tx.at;
}

void tell_peer(const struct link *l)
{
	nk_call(NK_HC_XIRQ_POST, l->xirq, peer_vm, 0, 0);
}

static void set_state(const struct link *l, int state)
{
	asm volatile("dmb ish" ::: "memory");
	*own_state(l) = state;
	nk_call(NK_HC_SYSCONF_POST, l->at, NK_SYSCONF_PEER, 0, 0);
}

static void reset_ring(struct link *l)
{
	u32 side = own_side(l);

	l->index = 0;
	WRITE_ONCE(*word(l, side), 0);
	WRITE_ONCE(*word(l, side + 4), l->server ? 1 : 0);
	if (!l->server)
		WRITE_ONCE(*word(l, 128), VERSION);
}

static void step(struct link *l)
{
	int peer = peer_state(l);

	if (*own_state(l) == NK_DEV_VLINK_OFF && peer != NK_DEV_VLINK_ON) {
		reset_ring(l);
		set_state(l, NK_DEV_VLINK_RESET);
	} else if (*own_state(l) == NK_DEV_VLINK_RESET && peer != NK_DEV_VLINK_OFF) {
		set_state(l, NK_DEV_VLINK_ON);
	} else if (*own_state(l) == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_OFF) {
		set_state(l, NK_DEV_VLINK_OFF);
	}
}

static bool is_up(const struct link *l)
{
	return *own_state(l) == NK_DEV_VLINK_ON && peer_state(l) == NK_DEV_VLINK_ON;
}

bool links_are_up(void)
{
	return is_up(&rx) && is_up(&tx);
}

bool links_up(void)
{
	for (u32 turn = 0; turn < TURNS; turn++) {
		step(&rx);
		step(&tx);
		if (links_are_up())
			return true;
		delay_us(TURN_US);
	}
	return false;
}

void links_down(void)
{
	set_state(&rx, NK_DEV_VLINK_OFF);
	set_state(&tx, NK_DEV_VLINK_OFF);
	for (u32 turn = 0; turn < TURNS; turn++) {
		if (peer_state(&rx) != NK_DEV_VLINK_ON && peer_state(&tx) != NK_DEV_VLINK_ON)
			return;
		delay_us(TURN_US);
	}
}

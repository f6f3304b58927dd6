// SPDX-License-Identifier: Apache-2.0
/*
 * Grants with real stage-2 tables: what the taker sees and what nobody else does, by the books and by the
 * tables; what is refused; what a stop takes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/mmu.h"
#include "arch/stage2.h"
#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "core/link/grant.h"
#include "core/vm/pieces.h"
#include "fake/fake.h"
#include "nk/grant.h"
#include "unit/s2_entry.h"
#include "vlink_rig.h"

#define OWN_PAGE(n) (NAMES + PAGE_SIZE * (u64)(n))
#define SERVER_MAX 3 /* as the tree says */
#define CLIENT_MAX 1300

static u64 entry(u32 id, ipa_t ipa)
{
	return s2_entry(&vm_of(id)->arch, ipa);
}

/* Puts words into the caller's RAM, where hypercalls read them. */
static u64 *words(u32 id)
{
	return stage2_guest_ptr(&vm_of(id)->arch, NAMES, true);
}

static u64 give(u32 id, u32 link, u32 first, u32 n, u32 how)
{
	for (u32 i = 0; i < n; i++)
		words(id)[i] = OWN_PAGE(first + i);
	return CALL(id, grant, vlinks[link].ipa, NAMES, n, how);
}

/* One page. Returns its address for the peer. */
static u64 give_one(u32 id, u32 link, u32 page, u32 how)
{
	return give(id, link, page, 1, how) == 1 ? words(id)[0] : 0;
}

static u64 take_back(u32 id, u32 link, u64 address)
{
	words(id)[0] = address;
	return CALL(id, revoke, vlinks[link].ipa, NAMES, 1);
}

static u64 verify(u32 id, u32 link, u64 address, u64 size, u32 write)
{
	return CALL(id, vm_mem_verify, vlinks[link].ipa, address, size, write);
}

static u64 lock(u32 id, u32 link, u64 address, u64 size)
{
	return CALL(id, vm_mem_verify_and_lock, vlinks[link].ipa, address, size, 0);
}

static u64 unlock(u32 id, u32 link, u64 address, u64 size)
{
	return CALL(id, vm_mem_unlock, vlinks[link].ipa, address, size);
}

static u64 next(u32 id, u32 link, u32 whose, u64 after)
{
	return CALL(id, grant_next, vlinks[link].ipa, whose, after, whose ? 0 : NAMES);
}

static int setup(void **state)
{
	rig_setup();
	fake_pulses.charges = 0;
	fake_pulses.until = 0;
	return 0;
}

static void test_as_the_tree_says(void **state)
{
	const struct grants *s = vlinks[BIG].grants[VLINK_SERVER];
	const struct grants *c = vlinks[BIG].grants[VLINK_CLIENT];

	assert_int_equal(s->nr, SERVER_MAX);
	assert_int_equal(c->nr, CLIENT_MAX);
	for (u32 i = 0; i < NR_LINKS; i++)
		if (i != BIG)
			assert_true(!vlinks[i].grants[0] && !vlinks[i].grants[1]);
	assert_true(IS_ALIGNED(s->base, BLOCK_SIZE) && IS_ALIGNED(c->base, BLOCK_SIZE));
	assert_true(s->base >= GIB(4) && s->base >= FAKE_RAM + RIG_RAM_SIZE);
	assert_true(c->base >= s->base + BLOCK_SIZE);
}

static void test_what_the_taker_sees(void **state)
{
	u64 r = give_one(2, BIG, 5, NK_GRANT_READ), w = give_one(2, BIG, 6, NK_GRANT_WRITE);

	assert_true(r && w);
	assert_int_equal(entry(3, r),
			 (vm_of(2)->ram[0].pa + 5 * PAGE_SIZE) | S2_GRANT_RO | PTE_PAGE);
	assert_int_equal(entry(3, w), (vm_of(2)->ram[0].pa + 6 * PAGE_SIZE) | S2_GRANT | PTE_PAGE);
	assert_int_equal(CALL(3, mem_extent, r, PAGE_SIZE, 0), PAGE_SIZE);
	assert_int_equal(CALL(3, mem_extent, r, PAGE_SIZE, 1), 0);
	assert_int_equal(CALL(3, mem_extent, w, PAGE_SIZE, 1), PAGE_SIZE);
	assert_int_equal(entry(2, r), 0);
	assert_int_equal(entry(4, r), 0);
	assert_null(stage2_guest_ptr(&vm_of(3)->arch, w, true)); /* no hypercall takes it */
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_SERVER), 2);
}

static void test_quota(void **state)
{
	assert_int_equal(give(2, BIG, 0, 5, NK_GRANT_READ), SERVER_MAX);
	assert_int_equal(give_one(2, BIG, 9, NK_GRANT_READ), 0);
	assert_int_equal(take_back(2, BIG, vlinks[BIG].grants[VLINK_SERVER]->base + PAGE_SIZE), 1);
	assert_int_equal(give_one(2, BIG, 9, NK_GRANT_READ),
			 vlinks[BIG].grants[VLINK_SERVER]->base + PAGE_SIZE);
	assert_int_equal(give(3, BIG, 0, NK_GRANT_CALL + 1, NK_GRANT_READ), NK_GRANT_CALL);
	for (u32 n = NK_GRANT_CALL; n < CLIENT_MAX; n += NK_GRANT_CALL)
		assert_int_equal(give(3, BIG, n, NK_GRANT_CALL, NK_GRANT_READ),
				 MIN(CLIENT_MAX - n, (u32)NK_GRANT_CALL));
	assert_int_equal(give_one(3, BIG, 0, NK_GRANT_READ), 0);
}

static void test_not_its_own(void **state)
{
	const u64 bad[] = {
		NAMES - PAGE_SIZE, NAMES + vm_of(2)->cfg->ram[0].size, NAMES + 8, 0, ~0UL,
		rig_window().base,
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		words(2)[0] = OWN_PAGE(1);
		words(2)[1] = bad[i];
		words(2)[2] = OWN_PAGE(2);
		assert_int_equal(CALL(2, grant, vlinks[BIG].ipa, NAMES, 3, NK_GRANT_READ), 1);
		assert_int_equal(words(2)[1], bad[i]);
		assert_int_equal(take_back(2, BIG, words(2)[0]), 1);
	}
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_SERVER), 0);
}

/* Three pieces of RAM, each where the others are not: the first below the second, the third below both. */
static void test_pieces(void **state)
{
	const ipa_t ipa[] = {NAMES, NAMES + GIB(100), NAMES - GIB(1)};
	const paddr_t pa[] = {vm_of(2)->ram[0].pa, 0x3c0000000, 0x280000000};
	struct cfg_vm *cfg = &sys_config.vm[0];
	u64 first = cfg->ram[0].size, given[4] = {0}, page;

	cfg->nr_ram = 3;
	for (u32 i = 1; i < 3; i++) {
		cfg->ram[i] = (struct cfg_ram){.size = MIB(2) * i};
		vm_of(2)->ram[i] = (struct vm_ram){.pa = pa[i], .ipa = ipa[i]};
	}
	for (u32 i = 0; i < 3; i++) {
		u64 last = cfg->ram[i].size - PAGE_SIZE;
		const u64 in[] = {ipa[i], ipa[i] + PAGE_SIZE, ipa[i] + last};
		const u64 out[] = {ipa[i] - PAGE_SIZE, ipa[i] + last + PAGE_SIZE};

		memcpy(words(2), in, sizeof(in));
		assert_int_equal(CALL(2, grant, vlinks[BIG].ipa, NAMES, 3, NK_GRANT_READ), 3);
		for (u32 n = 0; n < 3; n++) {
			given[n + 1] = next(2, BIG, NK_GRANT_OWN, given[n]);
			page = words(2)[0];
			assert_int_equal(page, in[n]);
			assert_int_equal(entry(3, given[n + 1]),
					 (pa[i] + in[n] - ipa[i]) | S2_GRANT_RO | PTE_PAGE);
		}
		for (u32 n = 3; n; n--) /* the first is free last, and given first again */
			assert_int_equal(take_back(2, BIG, given[n]), 1);
		for (u32 n = 0; n < 2; n++) {
			words(2)[0] = out[n];
			assert_int_equal(CALL(2, grant, vlinks[BIG].ipa, NAMES, 1, NK_GRANT_READ),
					 0);
		}
	}
	assert_int_equal(vm_page_at(vm_of(2), NAMES + first - 1), first / PAGE_SIZE - 1);
	assert_int_equal(vm_page_at(vm_of(2), ipa[1]), first / PAGE_SIZE);
	assert_int_equal(vm_page_at(vm_of(2), ipa[2]), first / PAGE_SIZE + 512);
	assert_int_equal(vm_page_at(vm_of(2), 0), VM_NO_PAGE);
}

static void test_arguments(void **state)
{
	ipa_t big = vlinks[BIG].ipa;

	words(2)[0] = OWN_PAGE(1);
	assert_int_equal(CALL(2, grant, vlinks[RPC_4].ipa, NAMES, 1, 0), 0); /* no grants there */
	assert_int_equal(CALL(4, grant, big, NAMES, 1, 0), 0); /* not its link */
	assert_int_equal(CALL(2, grant, big + 64, NAMES, 1, 0), 0);
	assert_int_equal(CALL(2, grant, big, NAMES, 1, 2), 0);
	assert_int_equal(CALL(2, grant, big, NAMES, 0, 0), 0);
	assert_int_equal(CALL(2, grant, big, NAMES + PAGE_SIZE - 8, 2, 0), 0); /* the list's end */
	assert_int_equal(CALL(2, grant, big, vlinks[BIG].infos.base, 1, 0),
			 0); /* cannot be written */
	assert_int_equal(CALL(2, revoke, big, 0, 1), 0);
	assert_int_equal(CALL(4, revoke, big, NAMES, 1), 0);
	assert_int_equal(CALL(2, grant_next, big, 4, 0, 0), 0);
	assert_int_equal(CALL(2, grant_next, big, NK_GRANT_WINDOW, 1, 0), 0);
	assert_int_equal(CALL(4, grant_next, big, NK_GRANT_WINDOW, 0, 0), 0);
	assert_true(give_one(2, BIG, 1, 0));
	assert_int_equal(CALL(2, grant_next, big, NK_GRANT_OWN, 0, 8), 0);
	assert_int_equal(CALL(3, grant_next, big, NK_GRANT_PEERS, 0, NAMES), 0);
}

static void test_revoke(void **state)
{
	u64 a = give_one(2, BIG, 1, NK_GRANT_WRITE), b = give_one(2, BIG, 2, NK_GRANT_WRITE);
	const u64 bad[] = {a + 8, a - PAGE_SIZE, b + PAGE_SIZE,
			   0,	  ~0UL,		 a + SERVER_MAX * PAGE_SIZE};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(take_back(2, BIG, bad[i]), 0);
	assert_int_equal(take_back(3, BIG, a), 0); /* the taker's own are others */
	assert_true(entry(3, a));
	assert_int_equal(fake_pulses.charges, 0);
	assert_int_equal(take_back(2, BIG, a), 1);
	assert_int_equal(fake_pulses.charges, 1);
	assert_int_equal(entry(3, a), 0);
	assert_int_equal(CALL(3, mem_extent, a, 1, 0), 0);
	assert_int_equal(take_back(2, BIG, a), 0);
	words(2)[0] = b;
	words(2)[1] = b;
	assert_int_equal(CALL(2, revoke, vlinks[BIG].ipa, NAMES, 2), 1); /* once */
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_SERVER), 0);
}

/* Who flushes another VM's TLBs too often waits. */
static void test_owner_pays(void **state)
{
	u64 a = give_one(2, BIG, 1, NK_GRANT_READ);

	fake_pulses.until = 1234;
	assert_int_equal(take_back(2, BIG, a), 1);
	assert_int_equal(xirq_held(vm_of(2)), 1);
	assert_int_equal(xirq_held(vm_of(3)), 0);
}

static void test_verify(void **state)
{
	u64 a, base = vlinks[BIG].grants[VLINK_CLIENT]->base;

	assert_int_equal(give(3, BIG, 0, 64, NK_GRANT_WRITE), 64);
	assert_int_equal(give(3, BIG, 64, 8, NK_GRANT_READ), 8);
	assert_int_equal(verify(2, BIG, base, 64 * PAGE_SIZE, 1), 0);
	assert_int_equal(verify(2, BIG, base + 4095, 2, 1), 0);
	assert_int_equal(verify(2, BIG, base + 1, 64 * PAGE_SIZE, 1),
			 GONE); /* 65: not all writable */
	assert_int_equal(verify(2, BIG, base, 72 * PAGE_SIZE, 0), 0);
	assert_int_equal(verify(2, BIG, base, (NK_GRANT_CALL + 1) * PAGE_SIZE, 0), GONE);
	a = base + 60 * PAGE_SIZE;
	assert_int_equal(verify(2, BIG, a, 12 * PAGE_SIZE, 0), 0);
	assert_int_equal(verify(2, BIG, a, 12 * PAGE_SIZE, 1), GONE);
	assert_int_equal(verify(2, BIG, a, 12 * PAGE_SIZE + 1, 0), GONE);
	assert_int_equal(verify(2, BIG, a, 0, 0), GONE);
	assert_int_equal(verify(2, BIG, a, ~0UL, 0), GONE);
	assert_int_equal(verify(2, BIG, ~0UL, 2, 0), GONE);
	assert_int_equal(verify(2, BIG, base - 1, 2, 0), GONE);
	assert_int_equal(verify(2, BIG, a, 1, 2), GONE);
	assert_int_equal(verify(3, BIG, a, 1, 0), GONE); /* the owner is no taker */
	assert_int_equal(verify(4, BIG, a, 1, 0), GONE);
	assert_int_equal(verify(2, BIG, base + (CLIENT_MAX - 1) * PAGE_SIZE, 2 * PAGE_SIZE, 0),
			 GONE);
}

static void test_locks(void **state)
{
	u64 a = give_one(2, BIG, 1, NK_GRANT_READ), b = give_one(2, BIG, 2, NK_GRANT_READ);

	assert_int_equal(b, a + PAGE_SIZE);
	assert_int_equal(unlock(3, BIG, a, 1), GONE);
	assert_int_equal(lock(3, BIG, a, 2 * PAGE_SIZE), 0);
	assert_int_equal(lock(3, BIG, b, 1), 0);
	assert_int_equal(lock(3, BIG, b, 2 * PAGE_SIZE), GONE); /* the second is not granted */
	assert_int_equal(take_back(2, BIG, a), 0);
	assert_int_equal(unlock(3, BIG, a, 2 * PAGE_SIZE), 0);
	assert_int_equal(unlock(3, BIG, a, 2 * PAGE_SIZE), GONE); /* one has no lock: neither */
	assert_int_equal(take_back(2, BIG, a), 1);
	assert_int_equal(take_back(2, BIG, b), 0);
	assert_int_equal(unlock(3, BIG, b, 1), 0);
	assert_int_equal(take_back(2, BIG, b), 1);
	a = give_one(2, BIG, 1, NK_GRANT_READ);
	for (u32 i = 0; i < 0xffff; i++)
		assert_int_equal(lock(3, BIG, a, 1), 0);
	assert_int_equal(lock(3, BIG, a, 1), GONE);
}

/* What there is can be found again, by both. */
static void test_next(void **state)
{
	u64 base = vlinks[BIG].grants[VLINK_CLIENT]->base, a;
	u32 n = 0;

	assert_int_equal(next(3, BIG, NK_GRANT_OWN, 0), 0);
	for (u32 page = 0; page < CLIENT_MAX; page += 50)
		assert_int_equal(give(3, BIG, page, 50, page & 1), 50);
	for (u32 page = 0; page < CLIENT_MAX; page++)
		if (page % 700 != 699)
			assert_int_equal(take_back(3, BIG, base + page * PAGE_SIZE), 1);
	a = next(3, BIG, NK_GRANT_OWN, 0);
	assert_int_equal(a, base + 699 * PAGE_SIZE);
	assert_int_equal(words(3)[0], OWN_PAGE(699));
	assert_int_equal(next(2, BIG, NK_GRANT_PEERS, 0), a);
	assert_int_equal(next(3, BIG, NK_GRANT_OWN, a), 0);
	assert_int_equal(next(2, BIG, NK_GRANT_OWN, 0), 0);
	assert_int_equal(next(3, BIG, NK_GRANT_OWN, 77), 0); /* nothing that it ever said */
	assert_true(give(2, BIG, 7, 1, NK_GRANT_WRITE));
	a = next(3, BIG, NK_GRANT_PEERS, 0);
	assert_int_equal(a & 4095, NK_GRANT_WRITE);
	for (a = 0; (a = next(2, BIG, NK_GRANT_PEERS, a));)
		n++;
	assert_int_equal(n, 1);
}

static u64 window(u32 id, u32 link, u32 whose)
{
	return CALL(id, grant_next, vlinks[link].ipa, whose | NK_GRANT_WINDOW, 0, NAMES);
}

/* Both sides are told the same of either direction, and nothing of one that has none. */
static void test_window(void **state)
{
	const struct grants *c = vlinks[BIG].grants[VLINK_CLIENT];

	assert_int_equal(window(3, BIG, NK_GRANT_OWN), c->base);
	assert_int_equal(words(3)[0], CLIENT_MAX);
	assert_int_equal(window(2, BIG, NK_GRANT_PEERS), c->base);
	assert_int_equal(words(2)[0], CLIENT_MAX);
	assert_int_equal(window(2, BIG, NK_GRANT_OWN), vlinks[BIG].grants[VLINK_SERVER]->base);
	assert_int_equal(words(2)[0], SERVER_MAX);
	assert_int_equal(window(2, RPC_4, NK_GRANT_OWN), 0);
}

/* What lay side by side does so again. */
static void test_order(void **state)
{
	u64 base = vlinks[BIG].grants[VLINK_CLIENT]->base;

	for (u32 turn = 0; turn < 3; turn++) {
		assert_int_equal(give(3, BIG, 0, 32, NK_GRANT_READ), 32);
		for (u32 n = 0; n < 32; n++)
			assert_int_equal(words(3)[n], base + n * PAGE_SIZE);
		assert_int_equal(CALL(3, revoke, vlinks[BIG].ipa, NAMES, 32), 32);
	}
}

static void test_stop_of_the_owner(void **state)
{
	u64 base = vlinks[BIG].grants[VLINK_CLIENT]->base;

	for (u32 page = 0; page < 640; page += 64)
		assert_int_equal(give(3, BIG, page, 64, NK_GRANT_WRITE), 64);
	assert_true(give(2, BIG, 7, 1, NK_GRANT_WRITE));
	grants_vm_stop(vm_of(3));
	for (u32 page = 0; page < CLIENT_MAX; page++)
		assert_int_equal(entry(2, base + page * PAGE_SIZE), 0);
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_CLIENT), 0);
	assert_int_equal(verify(2, BIG, base, 1, 0), GONE);
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_SERVER), 1); /* the other way it stays */
	for (u32 page = 0; page < CLIENT_MAX / 64 * 64; page += 64)
		assert_int_equal(give(3, BIG, page, 64, NK_GRANT_READ), 64);
}

/* What the taker has locked it may touch until it unlocks it: a page that is nobody's, and not the owner's. */
static void test_stop_of_the_owner_while_locked(void **state)
{
	struct grants *g = vlinks[BIG].grants[VLINK_CLIENT];
	u64 base = g->base;

	assert_int_equal(give(3, BIG, 0, 2, NK_GRANT_WRITE), 2);
	assert_int_equal(give(3, BIG, 2, 1, NK_GRANT_READ), 1);
	assert_int_equal(lock(2, BIG, base + PAGE_SIZE, 2 * PAGE_SIZE), 0);
	assert_int_equal(lock(2, BIG, base + PAGE_SIZE, 1), 0);
	assert_true(grant_mapping_moves(&vm_of(2)->arch, base + 8));
	grants_vm_stop(vm_of(3));
	assert_int_equal(entry(2, base), 0);
	assert_int_equal(entry(2, base + PAGE_SIZE), g->nobodys | S2_GRANT | PTE_PAGE);
	assert_int_equal(entry(2, base + 2 * PAGE_SIZE), g->nobodys | S2_GRANT_RO | PTE_PAGE);
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_CLIENT), 2);
	assert_int_equal(next(3, BIG, NK_GRANT_OWN, 0), 0);
	assert_int_equal(verify(2, BIG, base + PAGE_SIZE, 1, 0), GONE);
	assert_int_equal(lock(2, BIG, base + PAGE_SIZE, 1), GONE);
	assert_int_equal(take_back(3, BIG, base + PAGE_SIZE), 0);
	assert_false(grant_mapping_moves(&vm_of(2)->arch, base));
	assert_true(grant_mapping_moves(&vm_of(2)->arch, base + PAGE_SIZE));
	assert_false(grant_mapping_moves(&vm_of(3)->arch, base + PAGE_SIZE));
	assert_int_equal(unlock(2, BIG, base + PAGE_SIZE, 2 * PAGE_SIZE), 0);
	assert_true(entry(2, base + PAGE_SIZE));
	assert_int_equal(entry(2, base + 2 * PAGE_SIZE), 0);
	assert_int_equal(unlock(2, BIG, base + PAGE_SIZE, 1), 0);
	assert_int_equal(entry(2, base + PAGE_SIZE), 0);
	assert_int_equal(unlock(2, BIG, base + PAGE_SIZE, 1), GONE);
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_CLIENT), 0);
}

/* Each slot is given, and each once. */
static void expect_all_free(u32 id, struct grants *g)
{
	static bool seen[CLIENT_MAX];
	u32 n = 0, got;

	memset(seen, 0, sizeof(seen));
	assert_int_equal(g->given, 0);
	for (; n < CLIENT_MAX; n += got) {
		got = (u32)give(id, BIG, n, MIN(50u, CLIENT_MAX - n), NK_GRANT_READ);
		assert_true(got);
		for (u32 i = 0; i < got; i++) {
			u64 slot = (words(id)[i] - g->base) / PAGE_SIZE;

			assert_true(slot < CLIENT_MAX && !seen[slot]);
			seen[slot] = true;
		}
	}
	assert_int_equal(give(id, BIG, 0, 1, NK_GRANT_READ), 0);
}

static void unlock_two(void)
{
	u64 base = vlinks[BIG].grants[VLINK_CLIENT]->base;

	assert_int_equal(unlock(2, BIG, base, 2 * PAGE_SIZE), 0);
}

/* While the owner's pages are taken back, the taker, on another CPU, is done with what it had locked. */
static void test_unlocked_while_the_owner_stops(void **state)
{
	struct grants *g = vlinks[BIG].grants[VLINK_CLIENT];

	assert_int_equal(give(3, BIG, 0, 3, NK_GRANT_WRITE), 3);
	assert_int_equal(lock(2, BIG, g->base, 2 * PAGE_SIZE), 0);
	fake_during_tlbi = unlock_two;
	grants_vm_stop(vm_of(3));
	for (u32 n = 0; n < 3; n++)
		assert_int_equal(entry(2, g->base + n * PAGE_SIZE), 0);
	expect_all_free(3, g);
}

static void stop_taker(void)
{
	grants_vm_stop(vm_of(2));
}

/* The same by its own end. */
static void test_stops_while_the_owner_does(void **state)
{
	struct grants *g = vlinks[BIG].grants[VLINK_CLIENT];

	assert_int_equal(give(3, BIG, 0, 3, NK_GRANT_WRITE), 3);
	assert_int_equal(lock(2, BIG, g->base, 2 * PAGE_SIZE), 0);
	fake_during_tlbi = stop_taker;
	grants_vm_stop(vm_of(3));
	expect_all_free(3, g);
}

static void stop_owner(void)
{
	grants_vm_stop(vm_of(3));
}

/* The owner's next life ends while the taker lets go of what it has of the one before: each slot gets free once. */
static void test_owner_stops_while_it_is_unlocked(void **state)
{
	struct grants *g = vlinks[BIG].grants[VLINK_CLIENT];

	assert_int_equal(give(3, BIG, 0, 2, NK_GRANT_WRITE), 2);
	assert_int_equal(lock(2, BIG, g->base, 2 * PAGE_SIZE), 0);
	grants_vm_stop(vm_of(3));
	assert_int_equal(give(3, BIG, 0, 5, NK_GRANT_WRITE), 5);
	fake_during_tlbi = stop_owner;
	assert_int_equal(unlock(2, BIG, g->base, 2 * PAGE_SIZE), 0);
	assert_int_equal(unlock(2, BIG, g->base, 1), GONE);
	expect_all_free(3, g);
}

/* The taker stops as well, and has nothing of it in its next life. */
static void test_stop_of_both(void **state)
{
	u64 base = vlinks[BIG].grants[VLINK_CLIENT]->base;

	assert_int_equal(give(3, BIG, 0, 40, NK_GRANT_WRITE), 40);
	assert_int_equal(lock(2, BIG, base, 40 * PAGE_SIZE), 0);
	grants_vm_stop(vm_of(3));
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_CLIENT), 40);
	grants_vm_stop(vm_of(2));
	for (u32 page = 0; page < 40; page++)
		assert_int_equal(entry(2, base + page * PAGE_SIZE), 0);
	assert_int_equal(grant_count(&vlinks[BIG], VLINK_CLIENT), 0);
}

static void test_stop_of_the_taker(void **state)
{
	u64 a = give_one(2, BIG, 1, NK_GRANT_READ);

	assert_int_equal(lock(3, BIG, a, 1), 0);
	grants_vm_stop(vm_of(3));
	assert_true(entry(3, a)); /* its next life finds it */
	assert_int_equal(verify(3, BIG, a, 1, 0), 0);
	assert_int_equal(unlock(3, BIG, a, 1), GONE);
	assert_int_equal(take_back(2, BIG, a), 1);
	grants_vm_stop(vm_of(4)); /* who has none */
}

/* What a call does in pieces is as if it were one; pages of two pieces are locked once. */
static void test_many_locks(void **state)
{
	const u64 size = NK_GRANT_CALL * PAGE_SIZE;
	struct grants *g = vlinks[BIG].grants[VLINK_CLIENT];
	u64 base = g->base;

	assert_int_equal(give(3, BIG, 0, NK_GRANT_CALL, NK_GRANT_WRITE), NK_GRANT_CALL);
	assert_int_equal(lock(2, BIG, base + 8, size - 8), 0);
	for (u32 n = 0; n < NK_GRANT_CALL; n++)
		assert_int_equal(g->slots[n].locks, 1);
	assert_int_equal(lock(2, BIG, base, size + 1), GONE);
	assert_int_equal(unlock(2, BIG, base, size), 0);
	assert_int_equal(take_back(3, BIG, base + 300 * PAGE_SIZE), 1);
	assert_int_equal(lock(2, BIG, base, size), GONE);
	for (u32 n = 0; n < NK_GRANT_CALL; n++)
		assert_int_equal(g->slots[n].locks, 0);
	assert_int_equal(verify(2, BIG, base, 300 * PAGE_SIZE, 1), 0);
	assert_int_equal(verify(2, BIG, base, size, 1), GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_as_the_tree_says, setup),
		cmocka_unit_test_setup(test_what_the_taker_sees, setup),
		cmocka_unit_test_setup(test_quota, setup),
		cmocka_unit_test_setup(test_not_its_own, setup),
		cmocka_unit_test_setup(test_pieces, setup),
		cmocka_unit_test_setup(test_arguments, setup),
		cmocka_unit_test_setup(test_revoke, setup),
		cmocka_unit_test_setup(test_owner_pays, setup),
		cmocka_unit_test_setup(test_verify, setup),
		cmocka_unit_test_setup(test_locks, setup),
		cmocka_unit_test_setup(test_next, setup),
		cmocka_unit_test_setup(test_stop_of_the_owner, setup),
		cmocka_unit_test_setup(test_window, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_stop_of_the_owner_while_locked, setup),
		cmocka_unit_test_setup(test_stop_of_both, setup),
		cmocka_unit_test_setup(test_unlocked_while_the_owner_stops, setup),
		cmocka_unit_test_setup(test_stops_while_the_owner_does, setup),
		cmocka_unit_test_setup(test_owner_stops_while_it_is_unlocked, setup),
		cmocka_unit_test_setup(test_stop_of_the_taker, setup),
		cmocka_unit_test_setup(test_many_locks, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

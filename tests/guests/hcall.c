// SPDX-License-Identifier: Apache-2.0
/*
 * Contract: no argument of a hypercall does more than make it fail. Every number, each address that
 * is not the VM's at each place, then calls by chance from all CPUs at once. With a vlink "hcall" its
 * info page, which may only be read, is tried as well. Arguments: seed=N, rounds=N.
 */
#include "nk/prop.h"
#include "nk/vlink.h"
#include "nk/xirq.h"
#include "rt/gic.h"
#include "rt/nkcall.h"
#include "rt/rt.h"

#define MINUS_1 (~0UL)
#define NUMBERS 256 /* half of them beyond the table */

#define UNKNOWN "no.such"
#define KNOWN "nk.build-id"
#define MOST 4096 /* that a call by chance can write; greater sizes of find_values() fit no VM */

/* Calls by chance write to these three, so each has MOST behind it that is nobody else's. */
static u8 page[4096 + MOST] __attribute__((aligned(4096)));
static char unknown[sizeof(UNKNOWN) + MOST] = UNKNOWN, known[sizeof(KNOWN) + MOST] = KNOWN;
static const char linkname[] = "hcall";
static u64 link_ipa, info; /* 0: there is no vlink */

static u64 bad[16]; /* addresses that are not ours to read */
static u32 nr_bad;
static u64 any[40]; /* arguments of all sorts */
static u32 nr_any;

static u64 call(u32 nr, u64 a, u64 b, u64 c, u64 d)
{
	return nk_call(nr, a, b, c, d);
}

static u64 at(const void *p)
{
	return (u64)p;
}

static void find_values(void)
{
	u64 top = ram_base() + ram_size();
	static const u64 numbers[] = {
		0,	    1,		 8,	  4096,	   1024,	 1025, 0x7fffffff, BIT(31),
		0xffffffff, 0x100000000, BIT(40), BIT(63), 0xdead0000ff, 2,    3};

	bad[nr_bad++] = 0;
	bad[nr_bad++] = 0x1000;
	bad[nr_bad++] = ram_base() - 8;
	bad[nr_bad++] = top;
	bad[nr_bad++] = top - 3; /* begins well, ends in a hole */
	memset((void *)(top - 8), 'x', 8);
	bad[nr_bad++] = ~0UL - 3; /* wraps */
	bad[nr_bad++] = ~0UL;
	bad[nr_bad++] = ram_base() | BIT(40);
	bad[nr_bad++] = ram_base() | BIT(48);
	bad[nr_bad++] = ram_base() | BIT(63);
	bad[nr_bad++] = gicd;
	bad[nr_bad++] = gic_version == 2 ? gicc : gicr;
	bad[nr_bad++] = uart_base;
	for (u32 i = 0; i < nr_bad; i++)
		any[nr_any++] = bad[i];
	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++)
		any[nr_any++] = numbers[i];
	any[nr_any++] = at(page) + 4090;
	any[nr_any++] = at(known);
	any[nr_any++] = at(unknown);
	any[nr_any++] = link_ipa;
	any[nr_any++] = link_ipa + 64;
	any[nr_any++] = info;
}

/* How often a call with the bad address at that place (0 to 3) did not return want. */
static u32 wrong(u32 nr, u32 place, u64 a, u64 b, u64 c, u64 d, u64 want)
{
	u64 args[4] = {a, b, c, d};
	u32 n = 0;

	for (u32 i = 0; i < nr_bad; i++) {
		u64 got;

		if (!bad[i] && nr == NK_HC_VLINK_LOOKUP)
			continue; /* no name: any */
		args[place] = bad[i];
		got = call(nr, args[0], args[1], args[2], args[3]);
		if (got == want)
			continue;
		note("call %u with 0x%lx: 0x%lx, not 0x%lx", nr, bad[i], got, want);
		n++;
	}
	return n;
}

static void addresses(void)
{
	u64 p = at(page);

	is(wrong(NK_HC_CON_WRITE, 0, 0, 8, 0, 0, MINUS_1), 0, "con_write: buffer");
	is(wrong(NK_HC_CON_HIST_READ, 0, 0, p, 8, 0, MINUS_1), 0, "con_hist_read: ordinal");
	is(wrong(NK_HC_CON_HIST_READ, 1, p, 0, 8, 0, MINUS_1), 0, "con_hist_read: buffer");
	is(wrong(NK_HC_VLINK_LOOKUP, 0, 0, 0, 0, 0, 0), 0, "vlink_lookup: name");
	is(wrong(NK_HC_VLINK_LOOKUP, 1, at(linkname), 1, 0, 0, 0) > 1, 0, "vlink_lookup: previous");
	is(wrong(NK_HC_PDEV_ALLOC, 0, 0, 0, 8, 0, 0), 0, "pdev_alloc: link");
	is(wrong(NK_HC_PMEM_ALLOC, 0, 0, 0, 8, 0, 0), 0, "pmem_alloc: link");
	is(wrong(NK_HC_PXIRQ_ALLOC, 0, 0, 0, 2, 1, 0), 0, "pxirq_alloc: link");
	is(wrong(NK_HC_SYSCONF_CTL, 0, 0, 1, 0, 0, 0), 0, "sysconf_ctl: link");
	is(wrong(NK_HC_SYSCONF_POST, 0, 0, 0, 0, 0, MINUS_1), 0, "sysconf_post: link");
	is(wrong(NK_HC_PROP_GET, 0, 0, p, 8, 0, NK_PROP_ERROR), 0, "prop_get: name");
	is(wrong(NK_HC_PROP_GET, 1, at(known), 0, 8, 0, NK_PROP_ERROR), 0, "prop_get: value");
	is(wrong(NK_HC_PROP_SET, 0, 0, p, 8, 0, NK_PROP_ERROR), 0, "prop_set: name");
	is(wrong(NK_HC_PROP_ENUM, 1, 0, 0, 8, p, NK_PROP_ERROR), 0, "prop_enum: name");
	is(wrong(NK_HC_MEM_EXTENT, 0, 0, 1, 0, 0, 0), 1, "mem_extent: one of them is ours");
	is(wrong(NK_HC_GRANT, 0, 0, p, 1, 0, 0), 0, "grant: link");
	is(wrong(NK_HC_GRANT, 1, link_ipa, 0, 1, 0, 0), 0, "grant: list");
	is(wrong(NK_HC_REVOKE, 0, 0, p, 1, 0, 0), 0, "revoke: link");
	is(wrong(NK_HC_REVOKE, 1, link_ipa, 0, 1, 0, 0), 0, "revoke: list");
	is(wrong(NK_HC_GRANT_NEXT, 0, 0, 0, 0, 0, 0), 0, "grant_next: link");
	is(wrong(NK_HC_VM_MEM_VERIFY, 0, 0, p, 8, 0, MINUS_1), 0, "vm_mem_verify: link");
	is(wrong(NK_HC_VM_MEM_VERIFY, 1, link_ipa, 0, 8, 0, MINUS_1), 0, "vm_mem_verify: address");
	is(wrong(NK_HC_VM_MEM_UNLOCK, 1, link_ipa, 0, 8, 0, MINUS_1), 0, "vm_mem_unlock: address");
	is(wrong(NK_HC_CRASH, 0, 0, 8, 0, 0, MINUS_1), 0, "crash: text");
	is(wrong(NK_HC_CRASH_NOTE, 0, 0, 8, 0, 0, MINUS_1), 0, "crash_note: address");
	is(wrong(NK_HC_DUMP_INFO, 1, 2, 0, 0, 0, NK_PROP_PERMISSION), 0, "dump_info: not allowed");
	is(wrong(NK_HC_DUMP_READ, 3, 2, 0, p, 0, NK_PROP_PERMISSION), 0, "dump_read: not allowed");
	is(wrong(NK_HC_DUMP_RAM, 3, 2, 0, 0, 0, NK_PROP_PERMISSION), 0, "dump_ram: not allowed");
	is(wrong(NK_HC_PROP_ENUM, 3, 0, p, 8, 0, NK_PROP_ERROR), 0, "prop_enum: attributes");
	memset(page, 0, 8); /* from the beginning: nk has written there */
	is(wrong(NK_HC_LOG_WRITE, 1, 0, 0, 8, 0, MINUS_1), 0, "log_write: text");
	is(wrong(NK_HC_LOG_READ, 1, 0, 0, p, 8, MINUS_1), 0, "log_read: ordinal");
	is(wrong(NK_HC_LOG_READ, 2, 0, p, 0, 8, MINUS_1), 0, "log_read: text");
	is(wrong(NK_HC_MONITOR_CPU, 1, 0, 0, 0, 0, MINUS_1), 0, "monitor_cpu: times");
	is(wrong(NK_HC_MONITOR_VDEVS, 1, call(NK_HC_MY_VM_ID, 0, 0, 0, 0), 0, 1, 0, MINUS_1), 0,
	   "monitor_vdevs: frames");
}

/* All of a register counts, in each of the four: test_hypercall has each argument of each call. */
static void upper_bits(void)
{
	u64 p = at(page), up = BIT(32);

	is(call(NK_HC_XIRQ_PTOV, up | NK_XIRQ_SYSCONF, 0, 0, 0), MINUS_1, "xirq_ptov");
	is(call(NK_HC_XIRQ_POST, NK_XIRQ_SYSCONF, up | 2, 0, 0), MINUS_1, "xirq_post: VM");
	is(call(NK_HC_PROP_GET, at(known), p, up | 4, 0), NK_PROP_ERROR, "prop_get: size");
	is(call(NK_HC_PXIRQ_ALLOC, link_ipa, 0, 2, up | 1), 0, "pxirq_alloc: count");
}

static void numbers(void)
{
	static const u32 there[] = {1,	2,  3,	4,  6,	7,  8,	9,  10, 11, 12, 13, 14, 15,
				    16, 17, 18, 22, 23, 24, 25, 26, 27, 28, 29, 40, 41, 42,
				    43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 57, 60,
				    61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74};
	u32 strange = 0, next = 0;

	for (u32 nr = 0; nr < NUMBERS; nr++) {
		if (next < ARRAY_SIZE(there) && nr == there[next])
			next++;
		else if (call(nr, at(page), at(page), 8, at(page)) != MINUS_1)
			strange++;
	}
	is(strange, 0, "numbers that are not there");
	is(call(NK_HC_PROP_GET, at(known), at(page), ~0U, 0) - 1 < NK_PROP_SIZE_LIMIT, 1,
	   "a size beyond all is cut to the value's");
}

static void maps(void)
{
	u64 first = call(NK_HC_XIRQ_PTOV, NK_XIRQ_SYSCONF, 0, 0, 0);
	u32 odd = 0, used = 0;

	for (u32 n = 0; n < 16; n++)
		odd += call(NK_HC_XIRQ_PTOV, n, 0, 0, 0) != MINUS_1;
	odd += call(NK_HC_XIRQ_PTOV, 27, 0, 0, 0) != MINUS_1;
	odd += call(NK_HC_XIRQ_PTOV, 30, 0, 0, 0) != MINUS_1;
	for (u32 n = 16; n < 26; n++)
		odd += call(NK_HC_XIRQ_PTOV, n, 0, 0, 0) != n;
	for (u32 n = 32; n < gic_lines(); n++)
		odd += call(NK_HC_XIRQ_PTOV, n, 0, 0, 0) != n;
	for (u32 n = gic_lines(); n < NK_XIRQ_FIRST; n++)
		odd += call(NK_HC_XIRQ_PTOV, n, 0, 0, 0) != MINUS_1;
	while (used < NK_XIRQ_NR &&
	       call(NK_HC_XIRQ_PTOV, NK_XIRQ_FIRST + used, 0, 0, 0) == first + used)
		used++;
	for (u32 n = used; n < NK_XIRQ_NR; n++)
		odd += call(NK_HC_XIRQ_PTOV, NK_XIRQ_FIRST + n, 0, 0, 0) != MINUS_1;
	odd += !used || (link_ipa && used == 1);
	odd += call(NK_HC_XIRQ_PTOV, NK_XIRQ_LIMIT, 0, 0, 0) != MINUS_1;
	is(odd, 0,
	   "SGIs and timers are nobody's, other INTIDs themselves, then what was allocated");
}

/* The page of info strings is both ends' to read. */
static void read_only(void)
{
	if (!info) {
		skip("no vlink", "a page that may only be read");
		return;
	}
	is(call(NK_HC_PROP_GET, at(known), info, 4, 0), NK_PROP_ERROR,
	   "prop_get to a page to read");
	is(call(NK_HC_PROP_ENUM, 0, info, 8, at(page)), NK_PROP_ERROR, "prop_enum to it");
	is(call(NK_HC_CON_HIST_READ, info, at(page), 8, 0), MINUS_1, "con_hist_read to it");
	is(call(NK_HC_PROP_GET, info, at(page), 8, 0), NK_PROP_UNKNOWN, "a name from it");
}

static u32 rounds, finished;

/* What a CPU may do by chance, but flood the console, and die. */
static void chance(void *seed)
{
	u64 state = (u64)seed * 977 + this_cpu()->index + 1;

	cpus_meet(nr_cpus); /* at once, not one after the other */
	for (u32 i = 0; i < rounds; i++) {
		u64 a[4];
		u32 nr;

		state = state * 6364136223846793005UL + 1442695040888963407UL;
		nr = state >> 33 & (i % 4 ? 31 : 127);
		for (u32 k = 0; k < 4; k++)
			a[k] = any[(state >> (10 * k + 4)) % nr_any];
		memcpy(known, KNOWN, sizeof(KNOWN)); /* it may have been written to */
		if (nr != NK_HC_CON_WRITE && nr != NK_HC_CRASH)
			call(nr, a[0], a[1], a[2], a[3]);
	}
	__atomic_add_fetch(&finished, 1, __ATOMIC_RELEASE);
}

void guest_main(void)
{
	u64 seed = arg_u64("seed", 1), me;

	if (!under_nk()) {
		skip("nk is not here", "hypercalls");
		tap_done();
		return;
	}
	rounds = (u32)arg_u64("rounds", 4000);
	mmu_on();
	gic_init();
	me = call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
	link_ipa = call(NK_HC_VLINK_LOOKUP, at(linkname), 0, 0, 0);
	if (link_ipa)
		info = ((const NkDevVlink *)link_ipa)->s_info;
	find_values();
	numbers();
	addresses();
	upper_bits();
	maps();
	read_only();
	for (u32 i = 1; i < nr_cpus; i++)
		cpu_start(i, chance, (void *)seed);
	chance((void *)seed);
	for (u32 i = 1; i < nr_cpus; i++)
		cpu_wait_off(i);
	is(finished, nr_cpus, "%u calls by chance on each of %u CPUs", rounds, nr_cpus);
	is(call(NK_HC_MY_VM_ID, 0, 0, 0, 0), me, "nk is well");
	tap_done();
}

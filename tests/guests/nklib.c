/* SPDX-License-Identifier: Apache-2.0 */
/* nk's assembly routines, with the alignment check on as at EL2: memcpy and its kin, SHA-2. */
#include "nklib/nklib.h"
#include "rt/rt.h"

#define SCTLR_A BIT(1)
#define CPACR_FPEN (3ul << 20)
#define ROOM 512
#define OFFSETS 17 /* two words, and one byte more */

static u8 src[ROOM] __aligned(64);
static u8 dst[ROOM] __aligned(64);
static u8 want[ROOM];
static u8 big[64 * 1024] __aligned(64);

static void fill(u8 *p, u32 n)
{
	while (n--)
		*p++ = (u8)random_u64();
}

static void copy_bytes(u8 *d, const u8 *s, u32 n)
{
	while (n--)
		*d++ = *s++;
}

/* Some lengths of each kind: none, tails, one and more turns of the big loop. */
static u32 next_len(u32 n)
{
	return n < 40 ? n + 1 : n + 1 + (u32)(random_u64() % 16);
}

static bool copy_case(u32 to, u32 from, u32 n)
{
	fill(src, ROOM);
	fill(dst, ROOM);
	copy_bytes(want, dst, ROOM);
	copy_bytes(want + to, src + from, n);
	return nk_memcpy(dst + to, src + from, n) == dst + to && !memcmp(dst, want, ROOM);
}

static bool set_case(u32 to, u32 n)
{
	int byte = (int)random_u64();

	fill(dst, ROOM);
	copy_bytes(want, dst, ROOM);
	for (u32 i = 0; i < n; i++)
		want[to + i] = (u8)byte;
	return nk_memset(dst + to, byte, n) == dst + to && !memcmp(dst, want, ROOM);
}

static bool move_case(u32 to, u32 from, u32 n)
{
	fill(dst, ROOM);
	copy_bytes(src, dst, ROOM);
	copy_bytes(want, dst, ROOM);
	copy_bytes(want + to, src + from, n);
	return nk_memmove(dst + to, dst + from, n) == dst + to && !memcmp(dst, want, ROOM);
}

static void test_copy(void)
{
	u32 bad = 0;

	for (u32 to = 0; to < OFFSETS; to++)
		for (u32 from = 0; from < OFFSETS; from++)
			for (u32 n = 0; n < 300; n = next_len(n))
				bad += !copy_case(to, from, n);
	is(bad, 0, "memcpy: every alignment and length");
}

static void test_set(void)
{
	u32 bad = 0;

	for (u32 to = 0; to < OFFSETS; to++)
		for (u32 n = 0; n < 300; n = next_len(n))
			bad += !set_case(to, n);
	is(bad, 0, "memset: every alignment and length");
}

static void test_move(void)
{
	u32 bad = 0;

	for (u32 to = 0; to < 100; to += 1 + to % 3)
		for (u32 from = 0; from < 100; from += 1 + from % 4)
			for (u32 n = 0; n < 200; n = next_len(n) + n / 2)
				bad += !move_case(to, from, n);
	is(bad, 0, "memmove: up and down, overlapping and not");
}

static void test_sha256(void)
{
	static const u8 abc[] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	u8 one[SHA256_SIZE], two[SHA256_SIZE];
	u32 bad = 0;

	sha256("abc", 3, one);
	ok(!memcmp(one, abc, sizeof(abc)), "sha256: FIPS 180-4's example%s",
	   sha256_ce_present() ? ", by SHA-2 instructions" : "");
	fill(big, sizeof(big));
	for (u32 from = 0; from < OFFSETS; from++) {
		u64 size = sizeof(big) - SHA256_BLOCK * (1 + from);

		sha256(big + from, size, one);
		sha256_portable(big + from, size, two);
		bad += memcmp(one, two, sizeof(one)) != 0;
	}
	is(bad, 0, "sha256: the same in C, whatever the alignment");
}

void guest_main(void)
{
	random_seed(arg_u64("seed", 1));
	mmu_on();
	write_sysreg(cpacr_el1, read_sysreg(cpacr_el1) | CPACR_FPEN);
	write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | SCTLR_A);
	isb();
	test_copy();
	test_set();
	test_move();
	test_sha256();
	tap_done();
}

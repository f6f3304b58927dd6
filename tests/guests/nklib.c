// SPDX-License-Identifier: Apache-2.0
/* nk's assembly routines, with the alignment check on as at EL2: memcpy and its kin, SHA-2. */
#include "nklib/nklib.h"
#include "rt/rt.h"

#define SCTLR_A BIT(1)
#define CPACR_FPEN (3ul << 20)
#define ROOM 256
#define LEN_MAX 160
#define OFFSETS 9 /* a word, and one byte more */

static u8 src[ROOM] __aligned(64);
static u8 dst[ROOM] __aligned(64);
static u8 want[ROOM] __aligned(64);
static u8 big[16 * 1024] __aligned(64);

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

/* All short lengths, then some: none, tails, one and more turns of the big loop. */
static u32 next_len(u32 n)
{
	return n < 36 ? n + 1 : n + 1 + (u32)(random_u64() % 32);
}

/* dst and want get the same noise, of which each byte differs from the same byte of src. */
static void prepare(void)
{
	for (u32 i = 0; i < ROOM / 8; i++)
		((u64 *)dst)[i] = ((u64 *)want)[i] = ~((u64 *)src)[i];
}

static bool copy_case(u32 to, u32 from, u32 n)
{
	prepare();
	copy_bytes(want + to, src + from, n);
	return nk_memcpy(dst + to, src + from, n) == dst + to && !memcmp(dst, want, ROOM);
}

static bool set_case(u32 to, u32 n)
{
	int byte = (int)random_u64();

	prepare();
	for (u32 i = 0; i < n; i++)
		want[to + i] = (u8)byte;
	return nk_memset(dst + to, byte, n) == dst + to && !memcmp(dst, want, ROOM);
}

static bool move_case(u32 to, u32 from, u32 n)
{
	prepare();
	for (u32 i = 0; i < n; i++)
		want[to + i] = (u8)~src[from + i];
	return nk_memmove(dst + to, dst + from, n) == dst + to && !memcmp(dst, want, ROOM);
}

static void test_copy(void)
{
	u32 bad = 0;

	for (u32 to = 0; to < OFFSETS; to++)
		for (u32 from = 0; from < OFFSETS; from++)
			for (u32 n = 0; n < LEN_MAX; n = next_len(n))
				bad += !copy_case(to, from, n);
	is(bad, 0, "memcpy: every alignment and length");
}

static void test_set(void)
{
	u32 bad = 0;

	for (u32 to = 0; to < OFFSETS; to++)
		for (u32 n = 0; n < LEN_MAX; n = next_len(n))
			bad += !set_case(to, n);
	is(bad, 0, "memset: every alignment and length");
}

static void test_move(void)
{
	u32 bad = 0;

	for (u32 to = 0; to < 80; to += 1 + to % 5)
		for (u32 from = 0; from < 80; from += 1 + from % 6)
			for (u32 n = 0; n < LEN_MAX; n = next_len(n) + n / 2)
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

	sha256("abc", 3, one, NULL);
	ok(!memcmp(one, abc, sizeof(abc)), "sha256: FIPS 180-4's example%s",
	   sha256_ce_present() ? ", by SHA-2 instructions" : "");
	fill(big, sizeof(big));
	for (u32 from = 0; from < OFFSETS; from++) {
		u64 size = sizeof(big) - SHA256_BLOCK * (1 + from);

		sha256(big + from, size, one, NULL);
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
	fill(src, ROOM);
	test_copy();
	test_set();
	test_move();
	test_sha256();
	tap_done();
}

// SPDX-License-Identifier: Apache-2.0
/* SHA-256 in C, and the choice between that and the SHA-2 instructions. */
#include "lib/sha256.h"
#include "lib/string.h"

const u32 sha256_k[64] __aligned(16) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static const u32 initial[8] __aligned(16) = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static inline u32 ror(u32 x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static inline u32 load_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline void store_be32(u8 *p, u32 value)
{
	p[0] = (u8)(value >> 24);
	p[1] = (u8)(value >> 16);
	p[2] = (u8)(value >> 8);
	p[3] = (u8)value;
}

static void schedule(u32 w[64], const u8 *data)
{
	for (int i = 0; i < 16; i++)
		w[i] = load_be32(data + 4 * i);
	for (int i = 16; i < 64; i++) {
		u32 a = w[i - 15];
		u32 b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) +
		       (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
	}
}

/* FIPS 180-4 6.2.2 step 3; the caller turns the names instead of the eight values. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		h += (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + (g ^ (e & (f ^ g)));                  \
		h += sha256_k[i] + w[i];                                                           \
		d += h;                                                                            \
		h += (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & b) | (c & (a | b)));            \
	} while (0)

static void portable_blocks(u32 state[8], const u8 *data, u64 blocks)
{
	u32 w[64];

	for (; blocks; blocks--, data += SHA256_BLOCK) {
		u32 a = state[0], b = state[1], c = state[2], d = state[3];
		u32 e = state[4], f = state[5], g = state[6], h = state[7];

		schedule(w, data);
		for (int i = 0; i < 64; i += 8) {
			ROUND(a, b, c, d, e, f, g, h, i);
			ROUND(h, a, b, c, d, e, f, g, i + 1);
			ROUND(g, h, a, b, c, d, e, f, i + 2);
			ROUND(f, g, h, a, b, c, d, e, i + 3);
			ROUND(e, f, g, h, a, b, c, d, i + 4);
			ROUND(d, e, f, g, h, a, b, c, i + 5);
			ROUND(c, d, e, f, g, h, a, b, i + 6);
			ROUND(b, c, d, e, f, g, h, a, i + 7);
		}
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
		state[5] += f;
		state[6] += g;
		state[7] += h;
	}
}

static void do_blocks(u32 state[8], const u8 *data, u64 blocks)
{
	if (!blocks)
		return;
	if (sha256_ce_present())
		sha256_ce_blocks(state, data, blocks);
	else
		portable_blocks(state, data, blocks);
}

static void whole_blocks(u32 state[8], const u8 *data, u64 blocks, void (*between)(void))
{
	u64 piece = (sha256_ce_present() ? SHA256_PIECE_CE : SHA256_PIECE) / SHA256_BLOCK;
	u64 n;

	for (; between && blocks; blocks -= n, data += n * SHA256_BLOCK) {
		n = MIN(blocks, piece);
		do_blocks(state, data, n);
		between();
	}
	do_blocks(state, data, blocks);
}

void sha256(const void *data, u64 size, u8 digest[SHA256_SIZE], void (*between)(void))
{
	u32 state[8] __aligned(16);
	u8 last[2 * SHA256_BLOCK] __aligned(16) = {0};
	u64 whole = size / SHA256_BLOCK;
	u64 rest = size % SHA256_BLOCK;
	u64 end = rest < SHA256_BLOCK - 8 ? SHA256_BLOCK : 2 * SHA256_BLOCK;

	memcpy(state, initial, sizeof(state));
	whole_blocks(state, data, whole, between);

	if (rest)
		memcpy(last, (const u8 *)data + whole * SHA256_BLOCK, rest);
	last[rest] = 0x80;
	store_be32(last + end - 8, (u32)(size >> 29));
	store_be32(last + end - 4, (u32)(size << 3));
	do_blocks(state, last, end / SHA256_BLOCK);

	for (int i = 0; i < 8; i++)
		store_be32(digest + 4 * i, state[i]);
}

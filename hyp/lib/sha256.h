/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4). */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include "lib/types.h"

#define SHA256_SIZE 32
#define SHA256_BLOCK 64
#define SHA256_PIECE 512 /* bytes between two calls of between(): under 20,000 instructions */
#define SHA256_PIECE_CE 8192 /* the same with the SHA-2 instructions */

/*
 * Writes the digest of size bytes at data, of any alignment. between: called after each
 * piece, may be NULL. Uses the SHA-2 instructions where
 * the CPU has them (1.6 instructions a byte, about 35 without).
 * Context: any, no locks. EL2 must be let to use SIMD registers (CPTR_EL2.TFP 0), and all
 * of those are lost: never on a CPU that holds a vCPU's FP/SIMD state.
 */
void sha256(const void *data, u64 size, u8 digest[SHA256_SIZE], void (*between)(void));

/*
 * What differs between machines; sha256() calls them. Hosts link their own, which say no.
 * Source: Arm ARM DDI 0487 D19.2.61 (ID_AA64ISAR0_EL1.SHA2), C7.2 (SHA256H and its siblings).
 */
bool sha256_ce_present(void);
void sha256_ce_blocks(u32 state[8], const void *data, u64 blocks);

/* FIPS 180-4 4.2.2, for both implementations. */
extern const u32 sha256_k[64];

#endif

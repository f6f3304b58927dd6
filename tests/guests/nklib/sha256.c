// SPDX-License-Identifier: Apache-2.0
/* sha256() as nk has it, and once more with the CPU's instructions denied. */
#include "lib/sha256.c"

#include "nklib/nklib.h"

void sha256_portable(const void *data, u64 size, u8 digest[SHA256_SIZE])
{
	u32 state[8];
	u8 last[SHA256_BLOCK] = {0x80};

	/* Whole blocks only, so that the padding has a block of its own. */
	memcpy(state, initial, sizeof(state));
	portable_blocks(state, data, size / SHA256_BLOCK);
	store_be32(last + SHA256_BLOCK - 4, (u32)(size << 3));
	portable_blocks(state, last, 1);
	for (int i = 0; i < 8; i++)
		store_be32(digest + 4 * i, state[i]);
}

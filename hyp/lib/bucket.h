/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much somebody may have nk print, or keep: so many bytes at once, and then so many a second. What is taken last may
 * be more than was left.
 */
#ifndef LIB_BUCKET_H
#define LIB_BUCKET_H

#include "lib/types.h"

#define BUCKET_BYTE 1000000 /* what one costs; a microsecond pays for `rate` of these */

struct bucket {
	u64 paid; /* when, in microseconds times rate, time will have paid for all that was taken */
};

/* Whether some of the `burst` bytes are left. now: microseconds. Context: any, with the lock that guards *b held. */
static inline bool bucket_left(struct bucket *b, u64 now, u32 rate, u32 burst)
{
	now *= rate;
	b->paid = MAX(b->paid, now);
	return b->paid - now < (u64)burst * BUCKET_BYTE;
}

static inline void bucket_take(struct bucket *b, u32 bytes)
{
	b->paid += (u64)bytes * BUCKET_BYTE;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NKLIB_NKLIB_H
#define NKLIB_NKLIB_H

#include "lib/sha256.h"

void *nk_memcpy(void *dst, const void *src, size_t n);
void *nk_memmove(void *dst, const void *src, size_t n);
void *nk_memset(void *dst, int c, size_t n);

/* As sha256(), never with the SHA-2 instructions; size is a multiple of 64, below 512 MiB. */
void sha256_portable(const void *data, u64 size, u8 digest[SHA256_SIZE]);

#endif

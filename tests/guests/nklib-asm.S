/* SPDX-License-Identifier: Apache-2.0 */
/* nk's own assembly, under other names beside the runtime's. */
#define memcpy nk_memcpy
#define memmove nk_memmove
#define memset nk_memset

#include "lib/string_copy.S"
#include "lib/sha256_ce.S"

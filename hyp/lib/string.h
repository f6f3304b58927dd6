/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory and string functions of the C standard (C11 7.24) that nk uses.
 * The declarations are the standard's own, so that host builds take the C library's functions.
 *
 * At EL2 none of them needs more alignment than a byte, and none makes an access that is not
 * naturally aligned (SCTLR_EL2.A may be set); none uses SIMD registers. Not for Device memory.
 * Context: any.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

/* Big copies cost 10 instructions per 64 bytes when dst and src agree modulo 8. */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

#endif

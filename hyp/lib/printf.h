/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatted text: %d %u %x %X %c %s %p %%, lengths l ll z, flags '-' '0' '#', width, and precision
 * for %s; both may be '*'. Whatever else follows a '%' is printed as it stands.
 */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <stdarg.h>

#include "lib/types.h"

/*
 * Write at most size bytes with the NUL into buf. Return the length the whole text has without
 * the NUL, as snprintf of C11 7.21.6.5 does. buf may be NULL when size is 0. Context: any.
 */
int fmt_snprintf(char *buf, size_t size, const char *fmt, ...) __printf_like(3, 4);
int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf_like(3, 0);

#endif

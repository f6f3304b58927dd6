/* SPDX-License-Identifier: Apache-2.0 */
/* What files of guest-linux that are tested on the host need of Linux's headers. */
#ifndef UNIT_LINUX_TYPES_H
#define UNIT_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;

#endif

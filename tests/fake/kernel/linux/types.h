/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of guest-linux on the host: the kernel's short names beside what the host's header has. */
#ifndef FAKE_KERNEL_TYPES_H
#define FAKE_KERNEL_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef u64 phys_addr_t;

#endif

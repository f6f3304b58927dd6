/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the kernel's short names beside what the host's header has. */
#ifndef FAKE_KERNEL_LIMITS_H
#define FAKE_KERNEL_LIMITS_H

#include_next <linux/limits.h>
#include <stdint.h>

#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has everywhere. */
#ifndef FAKE_KERNEL_KERNEL_H
#define FAKE_KERNEL_KERNEL_H

#include <linux/types.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif

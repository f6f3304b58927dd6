// SPDX-License-Identifier: Apache-2.0
/* The same under ThreadSanitizer, which knows no fences: what one side reads of the other is ordered, or read as an atomic. */
#include "test_shadow_smp.c"

#define __atomic_thread_fence(order) smp_mb()
#include "../../../guest-linux/tools/nk-vhost-user/shadow.c"

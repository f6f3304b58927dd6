// SPDX-License-Identifier: Apache-2.0
/* The same under ThreadSanitizer: what one side reads of the other is ordered, or read as an atomic. */
#include "test_vwalk_smp.c"

#include "../../../guest-linux/drivers/virtio/vwalk.c"

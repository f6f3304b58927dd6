// SPDX-License-Identifier: Apache-2.0
/* Once more, for ThreadSanitizer. */
#include "../../../guest-linux/drivers/virtio/vwalk_split.c"

/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* An older name of <nk/nkern.h>, for vlinks and their memory. */
#ifndef NK_NKDEV_H
#define NK_NKDEV_H

#include <nk/nkern.h>

#endif

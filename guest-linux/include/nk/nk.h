/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* An older name of <nk/nkern.h>, for its types. */
#ifndef NK_NK_H
#define NK_NK_H

#include <nk/nkern.h>

#endif

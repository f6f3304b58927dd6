/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* An older name of <nk/nkern.h>, for nkops. */
#ifndef VLX_NKDEVOPS_H
#define VLX_NKDEVOPS_H

#include <nk/nkern.h>

#endif

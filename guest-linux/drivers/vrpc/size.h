/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory a link has, by the infos of its ends. */
#ifndef VRPC_SIZE_H
#define VRPC_SIZE_H

#include <linux/types.h>

/*
 * Bytes with the header, of both infos (NULL for none) the greater number, which for one that says none is by_default; it
 * is at least the header's.
 */
u32 vrpc_size(const char *info, const char *peer_info, u32 by_default);

#endif

/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Operations and results of NK_BALLOON_CTRL(3D). Page frames are of 4 KiB. */
#ifndef NK_BALLOON_H
#define NK_BALLOON_H

#define NK_BALLOON_STATUS 0
#define NK_BALLOON_HOST 1
#define NK_BALLOON_RGN_BASE 2
#define NK_BALLOON_RGN_SIZE 3
#define NK_BALLOON_ALLOC 4
#define NK_BALLOON_FREE 5

#define NK_BALLOON_DISABLED 0
#define NK_BALLOON_ENABLED 1

#define NK_BALLOON_PFN_SHIFT 12
#define NK_BALLOON_BATCH 256 /* page frames one call takes at most; more is done in part */

#endif

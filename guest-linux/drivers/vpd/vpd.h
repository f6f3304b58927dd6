/* SPDX-License-Identifier: GPL-2.0-only */
/* vpd: requests and answers of power domains. The page has no layout; this one is ours. */
#ifndef VPD_H
#define VPD_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define VPD_NAME "vpd_ctrl" /* of its endpoints */
#define VPD_PROVIDER 32 /* bytes of a provider's name, with the NUL */
#define VPD_CELLS 8

enum vpd_command {
	VPD_OFF,
	VPD_ON,
};

struct vpd_request {
	u32 command; /* enum vpd_command */
	char provider[VPD_PROVIDER];
	u32 nr_cells;
	u32 cells[VPD_CELLS]; /* the domain's specifier */
};

struct vpd_answer {
	s32 result; /* 0, or an error below 0 */
};

static_assert(sizeof(struct vpd_request) == 72);
static_assert(sizeof(struct vpd_answer) == 4);

#endif

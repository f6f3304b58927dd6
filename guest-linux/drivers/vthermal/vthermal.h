/* SPDX-License-Identifier: GPL-2.0-only */
/* vthermal: requests and answers. The page has no layout; this one is ours. */
#ifndef VTHERMAL_H
#define VTHERMAL_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define VTHERMAL_NAME "vthermal" /* of its endpoints */
#define VTHERMAL_ZONE 32 /* bytes of a zone's name, with the NUL */

/* What is the temperature of the zone with this name? */
struct vthermal_request {
	char zone[VTHERMAL_ZONE];
};

struct vthermal_answer {
	s32 result; /* 0, or an error below 0 */
	s32 temp; /* thousandths of a degree Celsius */
};

static_assert(sizeof(struct vthermal_request) == 32);
static_assert(sizeof(struct vthermal_answer) == 8);

#endif

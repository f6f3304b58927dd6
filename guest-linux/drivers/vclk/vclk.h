/* SPDX-License-Identifier: GPL-2.0-only */
/* vclk: requests and answers of clocks. The page has no layout; this one is ours. */
#ifndef VCLK_H
#define VCLK_H

#include <linux/build_bug.h>
#include <linux/string.h>
#include <linux/types.h>

/* Of their endpoints: that of a thread, and that of enable and disable, which is served in the interrupt. */
#define VCLK_NAME "vclk_ctrl"
#define VCLK_FAST_NAME "vclk_fast_ctrl"

#define VCLK_PROVIDER 32 /* bytes of a provider's name, with the NUL */
#define VCLK_CELLS 8
#define VCLK_PARENTS 32 /* the most that a clock has */
#define VCLK_DUTY_SCALE 10000 /* Linux multiplies by it in 32 bits */

/* A clock, by its provider's name and the specifier. */
struct vclk_id {
	char provider[VCLK_PROVIDER];
	u32 nr_cells;
	u32 cells[VCLK_CELLS];
};

/* Each may be asked for twice. What has a number in its answer has it in value[0]. */
enum vclk_command {
	VCLK_FIND, /* whether it is exported; -EAGAIN: its provider is not there yet. Answer: VCLK_FAST or 0 */
	VCLK_PARENT, /* answer: its possible parent number value[0], of those that are exported, or -ENOENT */
	VCLK_GET_PARENT, /* answer: its parent, or -ENOENT where that is not exported */
	VCLK_PREPARE, /* and, with value[0] 1, enable */
	VCLK_UNPREPARE, /* and disable */
	VCLK_ENABLE, /* these two over the fast endpoint only, of a prepared clock with VCLK_FAST */
	VCLK_DISABLE,
	VCLK_GET_RATE, /* Hz */
	VCLK_ROUND_RATE, /* of value[0] */
	VCLK_GET_ACCURACY, /* ppb */
	VCLK_GET_PHASE, /* degrees */
	VCLK_GET_DUTY, /* times VCLK_DUTY_SCALE */
	/* Settings. */
	VCLK_SET_PARENT, /* other */
	VCLK_SET_RATE, /* value[0] */
	VCLK_SET_PHASE, /* value[0], below 360 */
	VCLK_SET_DUTY, /* value[0] / value[1] */
	VCLK_COMMANDS
};

#define VCLK_FAST 1

struct vclk_request {
	u32 command; /* enum vclk_command */
	struct vclk_id clock;
	struct vclk_id other;
	u32 pad;
	u64 value[2];
};

struct vclk_answer {
	s32 result; /* 0, or an error below 0 */
	struct vclk_id clock;
	u64 value;
};

static_assert(sizeof(struct vclk_request) == 160);
static_assert(sizeof(struct vclk_answer) == 80);

/* What a peer has sent may be looked at. */
static inline bool vclk_id_ok(const struct vclk_id *id)
{
	return id->nr_cells <= VCLK_CELLS && memchr(id->provider, 0, sizeof(id->provider));
}

/* Of two that are. */
static inline bool vclk_id_same(const struct vclk_id *a, const struct vclk_id *b)
{
	return !strcmp(a->provider, b->provider) && a->nr_cells == b->nr_cells &&
	       !memcmp(a->cells, b->cells, a->nr_cells * sizeof(*a->cells));
}

#endif

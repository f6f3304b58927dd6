/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-clk-ctrl-fe: clocks of another VM. */
#ifndef VCLK_FE_H
#define VCLK_FE_H

#include <linux/clk-provider.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <vlx/vcall.h>
#include "vclk.h"

#define VCLK_SETTINGS (VCLK_COMMANDS - VCLK_SET_PARENT)

/* Of a parent its number among the clock's. */
struct vclk_setting {
	bool made; /* it was asked for */
	bool found; /* so it was when the clock was registered: Linux does not ask for that any more */
	u64 value[2];
};

struct vclk {
	struct clk_hw hw;
	struct list_head entry; /* of the provider's */
	struct list_head listed; /* of vclk_all */
	struct vclk_id id;
	struct vcall_end *end; /* whose back-end has it */
	struct vcall_end *fast; /* for enable and disable; NULL: they are part of prepare */
	unsigned int nr_parents; /* that have a node here; one more is all others */
	struct vclk_id parents[VCLK_PARENTS];
	bool asked; /* the last rate that Linux has from here was one that somebody asked for */
	/* What the back-end is to have, noted before it is asked; vclk_lock. */
	bool prepared;
	struct vclk_setting set[VCLK_SETTINGS];
	bool enabled; /* vclk_atomic */
};

extern struct mutex vclk_lock;
extern struct list_head vclk_all;
extern struct vcall_family vclk_family, vclk_fast;

/* ops.c */
extern const struct clk_ops vclk_ops;

/*
 * ask.c: a command for that clock. Returns 0 and the answer, -EIO or another error of vcall(), or the back-end's refusal, in
 * errors that a front-end may have (-EREMOTEIO for others).
 */
int vclk_ask(struct vclk *c, enum vclk_command command, u64 value, u64 second,
	     struct vclk_answer *a);

/* The same in two parts: whether there was an answer, and what it says. */
int vclk_exchange(struct vcall_end *end, struct vclk *c, enum vclk_command command, u64 value,
		  u64 second, struct vclk_answer *a);
int vclk_result(const struct vclk_answer *a);

/* ask.c: VCLK_SET_*, which a back-end that comes back is told again. */
int vclk_set(struct vclk *c, enum vclk_command command, u64 value, u64 second);

/*
 * ask.c: VCLK_ENABLE or VCLK_DISABLE by the fast endpoint; with vclk_atomic. It looks for the answer for fast_ms at the
 * most. Context: any.
 */
extern spinlock_t vclk_atomic;
int vclk_switch(struct vclk *c, enum vclk_command command);

/* replay.c: vclk_family's and vclk_fast's up(): the back-end has what it is to have. */
int vclk_replay(struct vcall_end *end);
int vclk_replay_fast(struct vcall_end *end);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-clk-ctrl-fe: what Linux asks of a clock. The clocks' tree is there once more here, as far as it is exported; but rates
 * are the back-end's: this side computes none.
 */
#include <linux/clk.h>
#include <linux/ratelimit.h>
#include "fe.h"

static struct vclk *to_vclk(struct clk_hw *hw)
{
	return container_of(hw, struct vclk, hw);
}

static void note_prepared(struct vclk *c, bool prepared)
{
	mutex_lock(&vclk_lock);
	c->prepared = prepared;
	mutex_unlock(&vclk_lock);
}

/* As vclk_set() notes. */
static int prepare(struct clk_hw *hw)
{
	struct vclk *c = to_vclk(hw);
	struct vclk_answer a;
	int err;

	note_prepared(c, true);
	err = vclk_ask(c, VCLK_PREPARE, !c->fast, 0, &a);
	if (err)
		note_prepared(c, false);
	return err;
}

/* A back-end that is not there has it off; one that comes up now finds the note. */
static void unprepare(struct clk_hw *hw)
{
	struct vclk *c = to_vclk(hw);
	struct vclk_answer a;
	int err;

	note_prepared(c, false);
	if (!vcall_is_up(c->end))
		return;
	err = vclk_ask(c, VCLK_UNPREPARE, 0, 0, &a);
	if (err)
		pr_warn_ratelimited("vclk: %s: may still be prepared: error %d\n", c->id.provider,
				    err);
}

/* Only while the back-end has what it is to have: it may not be waited for. */
static int enable_fast(struct vclk *c)
{
	int err;

	if (!vcall_is_ready(c->end))
		return -EIO;
	c->enabled = true;
	err = vclk_switch(c, VCLK_ENABLE);
	if (err)
		c->enabled = false;
	return err;
}

static int enable(struct clk_hw *hw)
{
	struct vclk *c = to_vclk(hw);
	unsigned long flags;
	int err;

	if (!c->fast)
		return 0;
	spin_lock_irqsave(&vclk_atomic, flags);
	err = enable_fast(c);
	spin_unlock_irqrestore(&vclk_atomic, flags);
	return err;
}

/* Also to one that is being told what it is to have, which may have been this. */
static void disable(struct clk_hw *hw)
{
	struct vclk *c = to_vclk(hw);
	unsigned long flags;
	int err;

	if (!c->fast)
		return;
	spin_lock_irqsave(&vclk_atomic, flags);
	c->enabled = false;
	err = vcall_is_up(c->fast) ? vclk_switch(c, VCLK_DISABLE) : 0;
	spin_unlock_irqrestore(&vclk_atomic, flags);
	if (err)
		pr_warn_ratelimited("vclk: %s: may still be enabled: error %d\n", c->id.provider,
				    err);
}

/* Of a back-end that is not there it is the last one: callers divide by rates. */
static unsigned long recalc_rate(struct clk_hw *hw, unsigned long parent_rate)
{
	struct vclk *c = to_vclk(hw);
	u64 *rate = &c->set[VCLK_SET_RATE - VCLK_SET_PARENT].value[0];
	struct vclk_answer a;

	c->asked = false;
	if (!vcall_is_up(c->end) || vclk_ask(c, VCLK_GET_RATE, 0, 0, &a))
		return *rate;
	mutex_lock(&vclk_lock);
	*rate = a.value;
	mutex_unlock(&vclk_lock);
	return a.value;
}

static void note_found(struct vclk *c, enum vclk_command command, u64 value, bool found)
{
	struct vclk_setting *s = &c->set[command - VCLK_SET_PARENT];

	mutex_lock(&vclk_lock);
	s->value[0] = value;
	s->found = found;
	mutex_unlock(&vclk_lock);
}

/* That rate is as good as asked for: if the back-end has it already, Linux does not say so. */
static void note_rounded(struct vclk *c, u64 rate)
{
	struct vclk_setting *s = &c->set[VCLK_SET_RATE - VCLK_SET_PARENT];

	mutex_lock(&vclk_lock);
	s->made |= s->value[0] == rate;
	mutex_unlock(&vclk_lock);
}

/* Linux asks for nothing where it believes that the rate is this already, so it is to know the one that it has now. */
static int determine_rate(struct clk_hw *hw, struct clk_rate_request *req)
{
	struct vclk *c = to_vclk(hw);
	struct vclk_answer a;
	int err = vclk_ask(c, VCLK_ROUND_RATE, req->rate, 0, &a);

	if (err)
		return err;
	clk_get_rate(hw->clk);
	note_rounded(c, a.value);
	c->asked = true;
	req->rate = a.value;
	return 0;
}

/*
 * When a parent's rate is set Linux sets those of the clocks below too, to what recalc_rate() has said: that is
 * nobody's wish, and over there they have followed already.
 */
static int set_rate(struct clk_hw *hw, unsigned long rate, unsigned long parent_rate)
{
	struct vclk *c = to_vclk(hw);

	if (!c->asked)
		return 0;
	c->asked = false;
	return vclk_set(c, VCLK_SET_RATE, rate, 0);
}

static u8 get_parent(struct clk_hw *hw)
{
	struct vclk *c = to_vclk(hw);
	unsigned int index = c->nr_parents;
	struct vclk_answer a;

	if (!vclk_ask(c, VCLK_GET_PARENT, 0, 0, &a) && vclk_id_ok(&a.clock))
		for (index = 0; index < c->nr_parents; index++)
			if (vclk_id_same(&a.clock, &c->parents[index]))
				break;
	note_found(c, VCLK_SET_PARENT, index, index < c->nr_parents);
	return index;
}

/* One that is not exported is not to be had. */
static int set_parent(struct clk_hw *hw, u8 index)
{
	struct vclk *c = to_vclk(hw);

	return index < c->nr_parents ? vclk_set(c, VCLK_SET_PARENT, index, 0) : -EPERM;
}

static unsigned long recalc_accuracy(struct clk_hw *hw, unsigned long parent_accuracy)
{
	struct vclk_answer a;

	return vclk_ask(to_vclk(hw), VCLK_GET_ACCURACY, 0, 0, &a) ? 0 : a.value;
}

/* An error would have the clock not registered. */
static int get_phase(struct clk_hw *hw)
{
	struct vclk *c = to_vclk(hw);
	struct vclk_answer a;

	if (vclk_ask(c, VCLK_GET_PHASE, 0, 0, &a) || a.value >= 360)
		return 0;
	note_found(c, VCLK_SET_PHASE, a.value, a.value);
	return a.value;
}

static int set_phase(struct clk_hw *hw, int degrees)
{
	return vclk_set(to_vclk(hw), VCLK_SET_PHASE, degrees, 0);
}

static int get_duty_cycle(struct clk_hw *hw, struct clk_duty *duty)
{
	struct vclk_answer a;
	int err = vclk_ask(to_vclk(hw), VCLK_GET_DUTY, 0, 0, &a);

	if (err || a.value > VCLK_DUTY_SCALE)
		return err ?: -EPROTO;
	duty->num = a.value;
	duty->den = VCLK_DUTY_SCALE;
	return 0;
}

static int set_duty_cycle(struct clk_hw *hw, struct clk_duty *duty)
{
	return vclk_set(to_vclk(hw), VCLK_SET_DUTY, duty->num, duty->den);
}

const struct clk_ops vclk_ops = {
	.prepare = prepare,
	.unprepare = unprepare,
	.enable = enable,
	.disable = disable,
	.recalc_rate = recalc_rate,
	.determine_rate = determine_rate,
	.set_rate = set_rate,
	.get_parent = get_parent,
	.set_parent = set_parent,
	.recalc_accuracy = recalc_accuracy,
	.get_phase = get_phase,
	.set_phase = set_phase,
	.get_duty_cycle = get_duty_cycle,
	.set_duty_cycle = set_duty_cycle,
};
